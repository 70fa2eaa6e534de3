"""What of the network stands in the own system, is on its way there or has to be copied: for entries, for a team, in figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.access.health import reason_words
from dossier.models import Copy, CopyText, Entry, Source
from dossier.models.copies import CopyQuerySet
from dossier.moves import CopyStatus
from events.actor import Actor
from people.access import need_professional
from people.models import Patient
from trust.access import Opening, has_permission

COUNTED_DAYS = 30

CHIPS = {
    CopyStatus.WAITING: "theirs",
    CopyStatus.ARRIVED: "done",
    CopyStatus.FAILED: "alert",
    CopyStatus.LISTED: "ours",
    CopyStatus.COPIED: "done",
    CopyStatus.DROPPED: "off",
}
"""How each state shows; the words are those of the state itself."""


def states_for(entries: Iterable[Entry]) -> dict[int, Copy]:
    """Where the copy of each of these entries for the own organisation's system is, by entry; one query.

    An entry of another organisation has none here, nor has one of which no system of the own organisation takes a copy.
    """
    wanted = [entry.pk for entry in entries]
    if not wanted:
        return {}
    found = Copy.objects.filter(entry__in=wanted).select_related("source").order_by("pk")
    return {copy.entry_id: copy for copy in found if copy.entry_id is not None}


def put_copies_beside(entries: Sequence[Entry]) -> None:
    """Give each of these entries its ``copy``, or nothing; one query."""
    states = states_for(entries)
    for entry in entries:
        entry.copy = states.get(entry.pk)


def said_of_copy(copy: Copy | None) -> str:
    """Where a copy is, in a few words; empty without one."""
    if copy is None or copy.status == CopyStatus.DROPPED:
        return ""
    words = {
        CopyStatus.ARRIVED: _("Staat in %(system)s"),
        CopyStatus.WAITING: _("Wacht op %(system)s"),
        CopyStatus.COPIED: _("Zelf overgenomen in %(system)s"),
    }
    said = words.get(CopyStatus(copy.status), _("Nog niet in %(system)s: neem het zelf over"))
    return said % {"system": copy.source.name}


def states_of(references: Iterable[str]) -> dict[str, Copy]:
    """As :func:`states_for`, for what was said in a consultation or about a referral, by its reference; one query."""
    wanted = list(references)
    if not wanted:
        return {}
    return {copy.reference: copy for copy in Copy.objects.filter(reference__in=wanted).select_related("source")}


def copies_for(actor: Actor, source: Source | None = None) -> CopyQuerySet:
    """What of the own organisation goes to its system, as far as the actor's role works with it.

    Raises ``PermissionDenied`` for who does not work for a participant.
    """
    need_professional(actor)
    found = Copy.objects.exclude(status=CopyStatus.DROPPED).filter(source__in=_own(actor))
    found = found.select_related("source", "author_organisation")
    return found if source is None else found.filter(source=source)


def _own(actor: Actor) -> QuerySet[Source]:
    return Source.objects.filter(organisation_id=actor.works_for)


def get_own_source(actor: Actor, pk: int) -> Source:
    """A source of the own organisation by number; anybody else's does not exist here."""
    need_professional(actor)
    found = _own(actor).select_related("organisation").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_copy(actor: Actor, pk: int) -> Copy:
    """One copy for the own organisation's system; ``Http404`` for anybody else's."""
    found = copies_for(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def words_of(opening: Opening, copy: Copy) -> CopyText | None:
    """The words of a copy, of a record that was opened for its category; nothing once they are no longer kept."""
    return CopyText.objects.filter(copy=copy, patient=opening.patient).first()


def patients_of(copies: Sequence[Copy]) -> dict[int, Patient]:
    """About whom copies are, as far as there is still a relation; one query."""
    return Patient.objects.in_bulk({copy.patient_id for copy in copies})


def why(copy: Copy) -> str:
    """Why a copy is not in the own system, in words that say what to do."""
    system = copy.source.name
    words = {
        "": "",
        "takes-no-writing": _("%(system)s neemt geen teksten aan."),
        "unknown-patient": _("%(system)s kent deze inwoner niet."),
        "other-person": _("%(system)s gaf een andere persoon dan bedoeld. Er is niets geschreven."),
        "other-birth-date": _("In %(system)s staat een andere geboortedatum. Er is niets geschreven."),
        "several-patients": _("In %(system)s staat deze inwoner meer dan één keer. Er is niets geschreven."),
        "no-bsn": _("Uw organisatie verwerkt geen BSN of van deze inwoner is het niet bekend."),
        "restricted": _("Op verzoek van de inwoner mag uw organisatie deze gegevens nu niet gebruiken."),
        "switched-off": _("%(system)s neemt dit soort teksten niet meer zelf aan."),
        "not-own": _("%(system)s is niet meer van uw organisatie."),
        "unclear": _("Het is niet zeker of het is aangekomen. Kijk eerst in %(system)s voordat u het overneemt."),
    }
    if copy.reason in words:
        said = words[copy.reason] % {"system": system}
    elif copy.reason.startswith("status-4"):
        said = _("%(system)s weigerde de tekst (code %(code)s).") % {"system": system, "code": copy.reason[7:]}
    else:
        said = _("%(system)s gaf geen goed antwoord: %(why)s.") % {"system": system, "why": reason_words(copy.reason)}
    if copy.uncertain and copy.is_to_copy and copy.reason != "unclear":
        said = f"{said} " + _("Misschien is het toch aangekomen: kijk daar eerst.")
    return said


@dataclass(frozen=True)
class Counted:
    """How much of what was written went over, since ``since``: by itself, by hand, and what waits.

    ``by_itself`` is the number of texts that nobody had to type twice; how many minutes that saved is not measured.
    """

    since: datetime
    by_itself: int
    by_hand: int
    waiting: int
    to_copy: int


def counted(actor: Actor, days: int = COUNTED_DAYS) -> Counted:
    """The figures of the own organisation over the last ``days``; what waits or is to be copied now, whatever its age. One query."""
    since = timezone.now() - timedelta(days=days)
    told = copies_for(actor).aggregate(
        by_itself=Count("pk", filter=Q(status=CopyStatus.ARRIVED, settled_at__gte=since)),
        by_hand=Count("pk", filter=Q(status=CopyStatus.COPIED, settled_at__gte=since)),
        waiting=Count("pk", filter=Q(status=CopyStatus.WAITING)),
        to_copy=Count("pk", filter=Q(status__in=[CopyStatus.FAILED, CopyStatus.LISTED])),
    )
    return Counted(since, **told)


def may_set(actor: Actor, source: Source) -> bool:
    """Whether the actor says what a system takes: who manages the sources of its organisation."""
    return source.organisation_id == actor.works_for and has_permission(actor, source.organisation, "manage_sources")


def systems_of(actor: Actor) -> list[dict[str, Any]]:
    """The connected systems of the own organisation with what each takes; one query."""
    need_professional(actor)
    found = _own(actor).filter(active=True).select_related("organisation", "copying")
    return [{"source": one, "copying": getattr(one, "copying", None)} for one in found]
