"""What waits for a team: the lines of today's list, and what others have to do first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.access import answers_so_far, who_was_asked
from consultations.models import Consultation
from consultations.moves import Status as ConsultationStatus
from dossier.access import at_work
from events.actor import Actor
from events.models import WorkItem
from people.models import Patient
from referrals.access import about, name_known
from referrals.models import Referral

SOON = timedelta(days=14)
"""What must be done within this time stands on top of today's list."""

LINKS = {
    "referral": "referrals:thread",
    "consultation": "consultations:thread",
    "draft": "referrals:draft",
    "source": "dossier:copies_of",
    "patient": "dossier:network_of",
    "chainmessage": "exchange:chain_message",
    "announcement": "exchange:announcement",
}
"""Where the work about each thing is done; all that waits for systems stands on one page."""


def need_membership(actor: Actor) -> None:
    """Refuse whom has not chosen for which organisation they act."""
    if actor.works_for is None:
        raise PermissionDenied(_("Kies eerst voor welke organisatie u werkt."))


@dataclass(frozen=True)
class Work:
    """One line of today's list."""

    item: WorkItem
    title: str
    url: str
    who: str
    who_note: str
    mine: bool
    first: bool = False
    note: str = ""

    @property
    def timed(self) -> bool:
        """Whether it must be done within ``SOON``; what has longer, or no moment at all, comes after it under a heading of its own."""
        return self.item.due is not None and self.item.due < timezone.now() + SOON


def title_of(kept: str) -> str:
    """What is asked, in the reader's language; work is kept in Dutch as a sentence with at most one name at its end."""
    head, _colon, name = kept.partition(": ")
    for key in ("service", "name"):
        sentence = f"{head}: %({key})s"
        if (said := _(sentence)) != sentence:
            return said % {key: name}
    return _(kept)


def _noted(referral: Referral | None, patient: Patient | None, actor: Actor) -> tuple[str, str]:
    """Who the work is about: no name as long as the referral keeps it back, whatever other relation there is."""
    known = referral is None or name_known(referral, actor)
    if patient is not None and known:
        years = ngettext("%(n)s jaar", "%(n)s jaar", patient.age) % {"n": patient.age}
        return patient.name, " · ".join(filter(None, [patient.get_gender_display(), years, patient.place]))
    if referral is not None:
        return about(referral), _("niet meer in zorg") if known else _("naam na acceptatie")
    return "", ""


MOST = 200
"""How many lines today's list has at most."""


def count_work(actor: Actor) -> tuple[int, int]:
    """How many lines the list of the team has, and how many of them are the actor's own; one query."""
    need_membership(actor)
    users = list(WorkItem.objects.of_team(actor.organisation_id or 0).values_list("user_id", flat=True)[:MOST])
    mine = _mine(actor)
    return len(users), sum(user in mine for user in users)


def _mine(actor: Actor) -> frozenset[int]:
    """Whose work is the actor's now: the own, and that of colleagues who are away and named the actor to stand in."""
    return at_work(actor.organisation_id or 0).stands_in_for(actor.user_id or 0) | {actor.user_id or 0}


def work_of(actor: Actor, *, only_mine: bool = False) -> list[Work]:
    """What waits for the actor's organisation, or for the actor alone: late and due first, then the oldest; at most ``MOST``."""
    need_membership(actor)
    items, mine = WorkItem.objects.of_team(actor.organisation_id or 0), _mine(actor)
    if only_mine:
        items = items.filter(user_id__in=mine)
    listed = list(items[:MOST])
    patients = Patient.objects.in_bulk({item.patient_id for item in listed if item.patient_id})
    numbers = {item.subject_id for item in listed if item.subject_type == "referral"}
    referrals = Referral.objects.select_related("service").in_bulk(numbers)
    far = _answers_awaited({item.subject_id for item in listed if item.subject_type == "consultation"}, actor)
    work: list[Work] = []
    for item in listed:
        who, note = _noted(
            referrals.get(item.subject_id) if item.subject_type == "referral" else None,
            patients.get(item.patient_id or 0),
            actor,
        )
        title, behind = title_of(item.title), ""
        if item.subject_type == "consultation" and item.subject_id in far:
            words, _semicolon, behind = far[item.subject_id].partition("; ")
            title = _("Consult: %(far)s") % {"far": words}
        if not who:
            # Work about nobody in particular is named by what it is about: a system, a service.
            title, _colon, name = title.partition(": ")
            who = name or title
        url = reverse(LINKS[item.subject_type], args=[item.subject_id])
        work.append(Work(item, title, url, who, note, item.user_id in mine, not work, behind))
    return work


def _answers_awaited(numbers: set[int], actor: Actor) -> dict[int, str]:
    """How far each question is that the actor's organisation asked of several others and that not all of them answered."""
    asked = Consultation.objects.filter(pk__in=numbers, asking_organisation_id=actor.organisation_id)
    running = asked.filter(status=ConsultationStatus.OPEN).values_list("pk", "due", who_was_asked()) if numbers else []
    said = {pk: answers_so_far(who or [], due, actor.organisation_id) for pk, due, who in running}
    return {pk: words for pk, words in said.items() if words}


def waiting_on_others(actor: Actor) -> list[Referral]:
    """Referrals of the actor's organisation for which another party has the turn, the longest waiting first."""
    need_membership(actor)
    sent = Referral.objects.running().sent_by(actor.organisation_id or 0).exclude(status="asked_back")
    return list(sent.select_related("service", "receiving_organisation").order_by("due")[:50])
