"""What a fetch from a source system gives back: an outcome that can be shown, facts, and what was set aside and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from dossier.sources.reading import Json


class Outcome(StrEnum):
    """How a source, or one category of it, answered. The page shows each of them differently, never as emptiness."""

    ANSWERED = "answered"
    NOTHING = "nothing"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    FAULT = "fault"


@dataclass(frozen=True)
class SourceConfig:
    """A source system of a participant, as configured by the region, never by a user.

    `categories` are the trust categories the source serves; empty means all. `aliases` are other base addresses the
    same system uses in its references (a gateway). `headers` carry what the connection needs (an access token).
    """

    base_url: str
    fhir_version: Literal["R4", "STU3"]
    organisation: str
    categories: frozenset[int] = frozenset()
    aliases: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_bundle: str = ""
    client_certificate: str = ""


@dataclass(frozen=True)
class UserContext:
    """Who asks, as a source may want to know (IUA claims; RIVO design-usercontext)."""

    subject_id: str = ""
    subject_role: str = ""
    subject_organization: str = ""
    subject_organization_id: str = ""


@dataclass(frozen=True)
class Fact:
    """One resource of the found patient, in R4, with the source's own form when that differed.

    `related` are the resources that came with it and that it refers to (medicine, prescriber), also in R4.
    """

    kind: str
    source_id: str
    category: int
    date: str
    resource: Json = field(repr=False)
    original: Json | None = field(default=None, repr=False)
    related: tuple[Json, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class SetAside:
    """A resource that was not taken over: its type and id, and a machine reason. Never its content; of a resource of
    another person not even the id."""

    kind: str
    source_id: str
    category: int
    reason: str


@dataclass(frozen=True)
class CategoryResult:
    """How one category went. `complete` is false when part of it may be missing (a query failed, or pages are left)."""

    category: int
    outcome: Outcome
    reason: str = ""
    complete: bool = True
    facts: int = 0


@dataclass(frozen=True)
class FetchResult:
    """The answer of one source about one patient. `categories` has each category that was asked and is served;
    `messages` are warnings the source itself gave."""

    source: SourceConfig
    outcome: Outcome
    reason: str = ""
    categories: Mapping[int, CategoryResult] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    foreign: int = 0
    outside: int = 0
    messages: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """True when nothing is known to be missing."""
        good = (Outcome.ANSWERED, Outcome.NOTHING)
        return self.outcome in good and all(part.outcome in good and part.complete for part in self.categories.values())
