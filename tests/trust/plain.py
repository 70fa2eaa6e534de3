"""The rule of access once more, read plainly from ``docs/trust.md``: loops over inputs, no SQL and no masks.

It is written from the words of the rule and shares nothing with the database but the inputs, so that the two can be held
against each other. Everything here answers for one moment; a period is a pair of moments, either of which may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tests.trust.plain_inputs import (
    Alarm,
    Categories,
    Choice,
    Limit,
    Line,
    National,
    Need,
    Period,
    Person,
    Place,
    Proxy,
    Relation,
    Version,
    in_force,
)
from trust.categories import Category

HOME = ZoneInfo("Europe/Amsterdam")
"""Where the days of birth and death begin."""
LENT = frozenset({Category.IDENTITY, Category.CONSULTATION})
"""What a question to think along lends."""
NETWORK_RECORD = frozenset(
    {
        Category.IDENTITY,
        Category.NETWORK,
        Category.WISHES,
        Category.ALERTS,
        Category.PLAN,
        Category.REFERRAL,
        Category.CONSULTATION,
    }
)
"""What everybody with a care relation may see of the shared record without a choice: the network's own work."""


@dataclass(frozen=True)
class Reader:
    """Who asks."""

    kind: str
    user: int | None
    organisation: int | None
    role: str
    purpose: str


@dataclass
class Network:
    """The participants and the terms."""

    places: dict[int, Place]
    policies: list[Version]
    needs: list[Need]

    def needed(self, role: str, moment: datetime) -> Categories:
        """What a role needs at this moment."""
        for need in self.needs:
            if need.role == role and in_force(need.period, moment):
                return need.categories
        return frozenset()

    def heirs(self, organisation: int) -> Iterator[int]:
        """An organisation and those it was merged into, one after the other."""
        seen: list[int] = []
        following: int | None = organisation
        while following is not None and following not in seen:
            seen.append(following)
            yield following
            following = self.places[following].merged_into


@dataclass(frozen=True)
class Case:
    """One question: this reader, this person, at this moment, in this network."""

    network: Network
    person: Person
    reader: Reader
    moment: datetime

    # -- the four answers

    def sees_entry(self, holder: int, category: Category) -> bool:
        """An entry of the shared record that this organisation wrote."""
        if not self._asks_rightly(category):
            return False
        if self.reader.kind == "citizen":
            return self.is_holder(holder) and (self._is_self() or self._is_mandated(category))
        shared = self.is_holder(holder) and self._shared(holder, category)
        return shared or (holder == self.reader.organisation and self._own(category))

    def sees_fact(self, holder: int, category: Category) -> bool:
        """A fact in the systems of this organisation."""
        if not self._asks_rightly(category):
            return False
        if self.reader.kind == "citizen":
            return self.is_holder(holder) and (self._is_self() or self._is_mandated(category))
        if holder == self.reader.organisation:
            return self._own(category)
        return self._of_others(holder, category)

    def sees_own(self, category: Category) -> bool:
        """A row that the reader's own organisation holds."""
        return self.reader.organisation is not None and self.sees_fact(self.reader.organisation, category)

    def sees_index(self) -> bool:
        """That the person is there at all: a line in a list."""
        if Category.IDENTITY not in self.network.needed(self.reader.role, self.moment):
            return False
        if self.reader.kind == "citizen":
            return self._is_self() or any(self._mandates())
        return bool(self._relations()) or self._is_emergency()

    # -- who asks

    def _asks_rightly(self, category: Category) -> bool:
        purposes = {"professional": {"TREAT", "COC"}, "citizen": {"PATRQT"}}.get(self.reader.kind, set())
        return self.reader.purpose in purposes and category in self.network.needed(self.reader.role, self.moment)

    def _is_self(self) -> bool:
        """The person, as long as alive; an account does not go on for who died."""
        died = self.person.died
        alive = died is None or self.moment.astimezone(HOME).date() < died
        return alive and self.person.account is not None and self.person.account == self.reader.user

    def _mandates(self) -> Iterator[Proxy]:
        today = self.moment.astimezone(HOME).date()
        for proxy in self.person.proxies:
            dead = any(died is not None and died <= today for died in (self.person.died, proxy.holder_died))
            if proxy.user == self.reader.user and in_force(proxy.period, self.moment) and not dead:
                if proxy.kind == "parent" and today >= sixteenth_birthday(self.person.born):
                    continue
                yield proxy

    def _is_mandated(self, category: Category) -> bool:
        return any(category in proxy.categories for proxy in self._mandates())

    def _relations(self) -> list[str]:
        return [
            relation.source
            for relation in self.person.relations
            if relation.organisation == self.reader.organisation and in_force(relation.period, self.moment)
        ]

    def _is_emergency(self) -> bool:
        return any(
            alarm.user == self.reader.user
            and alarm.organisation == self.reader.organisation
            and in_force(alarm.period, self.moment)
            for alarm in self.person.alarms
        )

    # -- what was chosen

    def _fits_organisation(self, named: int, organisation: int, *, permit: bool) -> bool:
        """A choice about an organisation; an objection also counts for the one it merged into."""
        return organisation == named if permit else organisation in self.network.heirs(named)

    def _fits(self, choice: Choice, holder: int) -> bool:
        places, me = self.network.places, self.reader.organisation
        assert me is not None
        if choice.awaits or not in_force(choice.period, self.moment):
            return False
        if choice.reader_user is not None and choice.reader_user != self.reader.user:
            return False
        if choice.reader_organisation is not None and not self._fits_organisation(
            choice.reader_organisation, me, permit=choice.permit
        ):
            return False
        if choice.reader_domain and choice.reader_domain != places[me].domain:
            return False
        if choice.holder_organisation is not None and not self._fits_organisation(
            choice.holder_organisation, holder, permit=choice.permit
        ):
            return False
        return not choice.holder_domain or choice.holder_domain == places[holder].domain

    def _unbeaten(self, holder: int, category: Category) -> list[Choice]:
        fitting = [
            choice for choice in self.person.choices if category in choice.categories and self._fits(choice, holder)
        ]
        return [choice for choice in fitting if not any(other.beats(choice) for other in fitting)]

    def _chosen(self, holder: int, category: Category) -> bool | None:
        """Yes, no, or nothing chosen."""
        unbeaten = self._unbeaten(holder, category)
        if not unbeaten:
            return None
        return all(choice.permit for choice in unbeaten)

    def _restricted(self, holder: int, category: Category) -> bool:
        return any(
            limit.organisation == holder and category in limit.categories and in_force(limit.period, self.moment)
            for limit in self.person.limits
        )

    # -- what follows

    def _shared(self, holder: int, category: Category) -> bool:
        if self._restricted(holder, category):
            return False
        chosen = self._chosen(holder, category)
        if self._is_emergency() and chosen is not False:
            return True
        for source in self._relations():
            if source == "consultation":
                if category in LENT and not self._refused_in_person(holder, category):
                    return True
            elif chosen or (chosen is None and category in NETWORK_RECORD):
                return True
        return False

    def _refused_in_person(self, holder: int, category: Category) -> bool:
        """Whether an objection about this very person stands."""
        return any(not choice.permit and choice.reader_user is not None for choice in self._unbeaten(holder, category))

    def _own(self, category: Category) -> bool:
        me = self.reader.organisation
        assert me is not None
        if self._restricted(me, category) or self._refused_in_person(me, category):
            return False
        if self._is_emergency():
            return True
        return any(source != "consultation" or category in LENT for source in self._relations())

    def _of_others(self, holder: int, category: Category) -> bool:
        if not self.is_holder(holder) or self._restricted(holder, category):
            return False
        chosen, nationally = self._chosen(holder, category), self._nationally(holder, category)
        if chosen is False or nationally is False:
            return False
        if self._is_emergency() and self._offered(holder, category, "ETREAT"):
            return True
        treated = any(source != "consultation" for source in self._relations())
        return treated and bool(chosen or nationally) and self._offered(holder, category, self.reader.purpose)

    def is_holder(self, organisation: int) -> bool:
        """Whether an organisation has a care relation with the person, now, before or to come, or met them in need."""
        return any(known.organisation == organisation for known in (*self.person.relations, *self.person.alarms))

    def _nationally(self, holder: int, category: Category) -> bool | None:
        """What the national service says: of two that count the refusal.

        What was asked about these two participants counts over what was told of their kinds before.
        """
        kinds = (self.network.places[holder].domain, self._domain())
        said = [
            answer
            for answer in self.person.nationals
            if in_force(answer.period, self.moment)
            and answer.says_of(category)
            and (answer.holder == holder or answer.holder_domain == kinds[0])
            and (answer.reader == self.reader.organisation or answer.reader_domain == kinds[1])
        ]
        asked = [answer for answer in said if answer.holder is not None and answer.reader is not None]
        counts = [
            answer
            for answer in said
            if answer.reader is not None or not any(other.told_at > answer.told_at for other in asked)
        ]
        if not counts:
            return None
        return all(category in answer.permitted and category not in answer.refused for answer in counts)

    def _domain(self) -> str:
        assert self.reader.organisation is not None
        return self.network.places[self.reader.organisation].domain

    def _offered(self, holder: int, category: Category, purpose: str) -> bool:
        """Whether a line of the holder's policy in force lets this go to this reader for this purpose."""
        me, sources = self.reader.organisation, self._relations()
        assert me is not None
        for version in self.network.policies:
            if version.organisation != holder or not in_force(version.period, self.moment):
                continue
            for line in version.lines:
                if (
                    category in line.categories
                    and purpose in line.purposes
                    and line.reader_organisation in (None, me)
                    and line.reader_domain in ("", self.network.places[me].domain)
                    and (not line.roles or self.reader.role in line.roles)
                    and (not line.relations or any(source in line.relations for source in sources))
                ):
                    return True
        return False


def sixteenth_birthday(born: date) -> date:
    """The day on which somebody turns sixteen; born on the 29th of February that is the first of March."""
    try:
        return born.replace(year=born.year + 16)
    except ValueError:
        return date(born.year + 16, 3, 1)


__all__ = [
    "Alarm", "Case", "Categories", "Choice", "Limit", "Line", "National", "Need", "Network", "Period", "Person", "Place", "Proxy",
    "Reader", "Relation", "Version", "in_force",
]  # fmt: skip
