"""What a fetch from a source system gives back: an outcome that can be shown, facts, and what was set aside and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from dossier.sources.present import Line
from dossier.sources.reading import Json


class Outcome(StrEnum):
    """How a source, or one category of it, answered. The page shows each of them differently, never as emptiness."""

    ANSWERED = "answered"
    NOTHING = "nothing"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    FAULT = "fault"


@dataclass(frozen=True)
class OAuth:
    """How the network gets a token for a source (RFC 6749 4.4): where, as whom, and by what it shows that it is so.

    ``method`` is private_key_jwt (RFC 7523), client_secret_basic, client_secret_post or tls_client_auth (RFC 8705).
    ``private_key`` in PEM, RSA or P-384/P-256. With ``tell_user`` each token is asked for one user, whose IUA claims go along.
    ``more`` are further fields of the question, which must not be in a log either.
    """

    token_url: str
    client_id: str
    method: str = "private_key_jwt"
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    key_id: str = ""
    scope: str = ""
    tell_user: bool = False
    more: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SourceConfig:
    """A source system of a participant, as its functional manager connected it.

    `categories` are the trust categories the source serves; empty means all. `aliases` are other base addresses the
    same system uses in its references (a gateway). `headers` carry what the connection needs. `ca_bundle`,
    `client_certificate` and `client_key` are paths of PEM files. `number` is what the processes know it by for the limits
    that they share (`rate_limit` calls a second, the breaker); with 0 there are none.
    """

    base_url: str
    fhir_version: Literal["R4", "STU3"]
    organisation: str
    categories: frozenset[int] = frozenset()
    aliases: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_bundle: str = ""
    client_certificate: str = ""
    client_key: str = ""
    oauth: OAuth | None = None
    page_size: int = 100
    page_limit: int = 25
    batch: bool = False
    number: int = 0
    rate_limit: int = 0
    breaker_failures: int = 0
    breaker_seconds: int = 30


@dataclass(frozen=True)
class UserContext:
    """Who asks and what for, as a source may want to know (IUA claims; RIVO design-usercontext)."""

    subject_id: str = ""
    subject_role: str = ""
    subject_organization: str = ""
    subject_organization_id: str = ""
    subject_role_code: str = ""
    purpose_of_use: str = ""


@dataclass(frozen=True)
class Fact:
    """One resource of the found patient, in R4, with the line that shows it, and the source's own form when that differed.

    `related` are the resources that came with it and that it refers to (medicine, prescriber), also in R4.
    """

    kind: str
    source_id: str
    category: int
    line: Line
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
    `messages` are warnings the source itself gave; `abilities` what it said of itself when it was tried ("batch")."""

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
    abilities: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """True when nothing is known to be missing."""
        good = (Outcome.ANSWERED, Outcome.NOTHING)
        return self.outcome in good and all(part.outcome in good and part.complete for part in self.categories.values())
