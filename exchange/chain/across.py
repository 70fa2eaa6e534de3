"""Judges a message by what was exchanged before (level 3) and by the world outside (level 4): each fault has a return code of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from exchange.chain import codes
from exchange.chain.judge import Fault, day, several
from exchange.chain.read import Read, Values


@dataclass(frozen=True)
class Period:
    """One stretch of help under an assignment: when it began, and when and why it ended last."""

    begun: date
    ended: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Known:
    """An assignment as it stands: whose it is, by number, and the periods of help under it."""

    number: int
    same_person: bool = True
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A request for an assignment as it stands: not answered, in study, refused, or assigned."""

    reference: str
    state: str = ""
    same_person: bool = True


@dataclass(frozen=True)
class Before:
    """What municipality and provider exchanged before under this law: assignments by number, requests by reference."""

    assignments: dict[int, Known] = field(default_factory=dict)
    requests: dict[str, Asked] = field(default_factory=dict)
    identification_used: bool = False


OPEN = frozenset({"", codes.IN_STUDY})
ASSIGNED = "assigned"


def across(message: Read, before: Before, today: date) -> list[Fault]:
    """Every rule across messages and outside them that is broken; a double identification ends the judging."""
    if before.identification_used:
        return [Fault("TR056", "Header", "9056")]
    found = [Fault("TR135", "Header", "8848")] if message.dated > today else []
    judge = {"301": _assigned, "305": _started, "307": _stopped, "315": _requested, "319": _answered}.get(message.kind)
    return [*found, *judge(message, before)] if judge else found


def _assigned(message: Read, before: Before) -> Iterator[Fault]:
    for path, one in several(message.content, "ToegewezenProducten", "ToegewezenProduct"):
        known = before.assignments.get(int(one["ToewijzingNummer"]))
        if known and not known.same_person:
            yield Fault("TR332", path, "9332")
        reference = one.get("ReferentieAanbieder")
        # Later versions of the same assignment may repeat the reference or leave it out.
        if reference and known is None:
            asked = before.requests.get(reference)
            if asked is None or not asked.same_person or asked.state not in OPEN | {ASSIGNED}:
                yield Fault("TR379", path, "9379")


def _start_of(known: Known | None, one: Values) -> Period | None:
    begun = day(one["Begindatum"])
    return next((period for period in known.periods if period.begun == begun), None) if known else None


def _known(one: Values, before: Before) -> Known | None:
    number = one.get("ToewijzingNummer")
    known = before.assignments.get(int(number)) if number else None
    return known if known and known.same_person else None


def _started(message: Read, before: Before) -> Iterator[Fault]:
    for path, one in several(message.content, "StartProducten", "StartProduct"):
        known = _known(one, before)
        if known is None:
            yield Fault("TR019", path, "9019")
            continue
        there = _start_of(known, one)
        if one["StatusAanlevering"] == "3":
            if there is None:
                yield Fault("TR063", path, "9063")
            elif there.ended is not None:
                yield Fault("TR071", path, "9071")
        elif there is not None and there.ended is None:
            yield Fault("TR074", path, "9074")
        elif any(period.ended is None for period in known.periods):
            yield Fault("TR326", path, "9326")
        elif there is not None:
            yield Fault("TR074", path, "9074")


def _stopped(message: Read, before: Before) -> Iterator[Fault]:
    for path, one in several(message.content, "StopProducten", "StopProduct"):
        known = _known(one, before)
        if known is None:
            yield Fault("TR019", path, "9019")
            continue
        there, ended, reason = _start_of(known, one), day(one["Einddatum"]), one["RedenBeeindiging"]
        if one["StatusAanlevering"] == "3":
            if there is None or (there.ended, there.reason) != (ended, reason):
                yield Fault("TR063", path, "9063")
        elif there is None:
            yield Fault("TR069", path, "9069")
        elif there.ended is not None:
            if (there.ended, there.reason) == (ended, reason):
                yield Fault("TR074", path, "9074")
            elif there.reason != codes.PAUSED:
                yield Fault("TR415", path, "9415")
            elif reason == codes.PAUSED:
                yield Fault("TR413", path, "9413")
            elif ended and ended < there.ended:
                yield Fault("TR414", path, "9414")


def _requested(message: Read, before: Before) -> Iterator[Fault]:
    asked = several(message.content, "AangevraagdeProducten", "AangevraagdProduct")
    for path, one in asked:
        if one["ReferentieAanbieder"] in before.requests:
            yield Fault("TR347", path, "9347")
    if any(one.state in OPEN and one.same_person for one in before.requests.values()):
        yield Fault("TR374", "Client", "9374")


def _answered(message: Read, before: Before) -> Iterator[Fault]:
    answer = message.content
    asked = before.requests.get(answer["ReferentieAanbieder"])
    if asked is None:
        yield Fault("TR355", "Antwoord", "9355")
    elif asked.state == ASSIGNED:
        yield Fault("TR359", "Antwoord", "9359")
    elif asked.state == codes.REFUSED:
        yield Fault("TR365", "Antwoord", "9365")
    elif asked.state == codes.IN_STUDY and answer["VerzoekAntwoord"] == codes.IN_STUDY:
        yield Fault("TR360", "Antwoord", "9360")
