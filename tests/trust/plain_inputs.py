"""The inputs of trust in plain words: moments, sets of categories, and who is meant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from trust.categories import Category

Period = tuple[datetime | None, datetime | None]
Categories = frozenset[Category]


def in_force(period: Period, moment: datetime) -> bool:
    """Whether a period holds this moment; its end no longer belongs to it."""
    begins, ends = period
    return (begins is None or begins <= moment) and (ends is None or moment < ends)


@dataclass(frozen=True)
class Place:
    """A participant: its kind, and the one it merged into."""

    domain: str
    merged_into: int | None = None


@dataclass(frozen=True)
class Relation:
    """A care relation."""

    organisation: int
    source: str
    period: Period


@dataclass(frozen=True)
class Choice:
    """A choice of the patient on its three axes."""

    permit: bool
    categories: Categories
    period: Period
    holder_domain: str = ""
    holder_organisation: int | None = None
    reader_domain: str = ""
    reader_organisation: int | None = None
    reader_user: int | None = None
    awaits: bool = False

    @property
    def about_reader(self) -> int:
        """How much it says about who reads."""
        if self.reader_user is not None:
            return 3
        if self.reader_organisation is not None:
            return 2
        return 1 if self.reader_domain else 0

    @property
    def about_holder(self) -> int:
        """How much it says about who holds."""
        if self.holder_organisation is not None:
            return 2
        return 1 if self.holder_domain else 0

    def beats(self, other: Choice) -> bool:
        """At least as specific on both axes, and more so on one."""
        reader, holder = self.about_reader - other.about_reader, self.about_holder - other.about_holder
        return reader >= 0 and holder >= 0 and reader + holder > 0


@dataclass(frozen=True)
class National:
    """An answer of the national consent service about two participants, or what it told of kinds of participant."""

    permitted: Categories
    refused: Categories
    period: Period
    told_at: datetime
    holder: int | None = None
    reader: int | None = None
    holder_domain: str = ""
    reader_domain: str = ""

    def says_of(self, category: Category) -> bool:
        """Whether it says anything about this category."""
        return category in self.permitted or category in self.refused


@dataclass(frozen=True)
class Limit:
    """A restriction of what one holder keeps."""

    organisation: int
    categories: Categories
    period: Period


@dataclass(frozen=True)
class Proxy:
    """A mandate that was taken up, with the day on which its holder died when that is known."""

    user: int
    kind: str
    categories: Categories
    period: Period
    holder_died: date | None = None
    acts: bool = False


@dataclass(frozen=True)
class Alarm:
    """Access in an emergency."""

    organisation: int
    user: int
    period: Period


@dataclass(frozen=True)
class Line:
    """One line of a policy."""

    categories: Categories
    purposes: frozenset[str]
    reader_domain: str = ""
    reader_organisation: int | None = None
    roles: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Version:
    """One version of a participant's policy."""

    organisation: int
    lines: tuple[Line, ...]
    period: Period


@dataclass(frozen=True)
class Need:
    """What a role needs during a period."""

    role: str
    categories: Categories
    period: Period


@dataclass
class Person:
    """A patient with everything that was put in about the person."""

    born: date
    account: int | None = None
    died: date | None = None
    relations: list[Relation] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    nationals: list[National] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    proxies: list[Proxy] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
