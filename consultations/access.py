"""Who may see a consultation and what was said in it, and who may take which step."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.models import Attachment, Consultation, Contribution, Invitation
from consultations.moves import MOVES, InvitationStatus, Party, Status
from dossier.access import Item
from events.actor import Actor
from events.errors import Refused
from people.access import need_professional, participants
from people.models import Organisation, OrganisationQuerySet, Patient
from referrals.access import get_referral, items_of, letter_of, moves_for, parties_of
from referrals.models import Referral
from referrals.moves import Verb
from trust.access import Opening, decide, open_record, sharing
from trust.categories import EVERYTHING, Category, named
from trust.models import CareRelation

OPEN = (Status.OPEN, Status.ANSWERED)
CONTENT = frozenset({Category.IDENTITY, Category.CONSULTATION, Category.WISHES, Category.ALERTS})
"""What the parties open to read a consultation."""


def consultations_for(actor: Actor) -> QuerySet[Consultation]:
    """The consultations in which the actor's organisation is a party, as asker or as asked; index only."""
    organisation = _organisation(actor)
    invited = Invitation.objects.filter(organisation_id=organisation).values("consultation_id")
    return Consultation.objects.filter(Q(asking_organisation_id=organisation) | Q(pk__in=invited))


def asked_by_us(actor: Actor, *, closed: bool) -> QuerySet[Consultation]:
    """What the own organisation asked: still running with the first due on top, or closed with the newest on top."""
    return _in_order(Consultation.objects.filter(asking_organisation_id=_organisation(actor)), closed)


def asked_of_us(actor: Actor, *, closed: bool) -> QuerySet[Consultation]:
    """What others asked the own organisation, in the same order, with what it has answered below what waits for it."""
    ours = Invitation.objects.filter(organisation_id=_organisation(actor))
    answered = ours.filter(consultation=OuterRef("pk"), status=InvitationStatus.ANSWERED)
    found = _in_order(Consultation.objects.filter(pk__in=ours.values("consultation_id")), closed)
    return found if closed else found.annotate(answered=Exists(answered)).order_by("answered", "due", "id")


def _organisation(actor: Actor) -> int:
    if actor.works_for is None:
        raise PermissionDenied(_("Overleg is er voor professionals. Kies eerst voor welke organisatie u werkt."))
    return actor.works_for


def _in_order(consultations: QuerySet[Consultation], closed: bool) -> QuerySet[Consultation]:
    if closed:
        return consultations.exclude(status__in=OPEN).order_by(F("closed_at").desc(nulls_last=True), "-id")
    return consultations.filter(status__in=OPEN).order_by("due", "id")


def get_consultation(actor: Actor, pk: int) -> Consultation:
    """One consultation in which the actor's organisation is a party; else it does not exist, and the try is logged."""
    consultation = (
        consultations_for(actor).select_related("asking_organisation", "asker").filter(pk=pk).first()
        if actor.works_for is not None
        else None
    )
    if consultation is None:
        if 0 < pk < 2**63:
            with connection.cursor() as cursor:
                cursor.execute("select consultations_log_denied(%s)", [pk])
        raise Http404
    return consultation


def referrals_from(consultation: Consultation, actor: Actor) -> list[Referral]:
    """The referrals that the asker made of a consultation, newest first, for the asker alone."""
    if party_of(consultation, actor) != "asker":
        return []
    found = Referral.objects.filter(
        consultation=consultation.pk, patient_id=consultation.patient_id,
        sending_organisation_id=consultation.asking_organisation_id,
    )  # fmt: skip
    return list(found.select_related("service", "receiving_organisation").order_by("-sent_at", "-pk"))


def referral_behind(consultation: Consultation, actor: Actor) -> Referral | None:
    """The request that was turned into a consultation, for who was a party of it."""
    found = Referral.objects.select_related("service").filter(pk=consultation.referral_id or 0).first()
    return found if found and {"sender", "receiver"} & parties_of(found, actor) else None


def turned_into(actor: Actor, number: int) -> Consultation:
    """The consultation that a request was turned into, for its parties; for anybody else it does not exist, and the try is logged."""
    referral = get_referral(actor, number)
    consultation = consultations_for(actor).filter(referral=referral).first()
    if consultation is None:
        raise Http404
    return consultation


def referral_to_turn(actor: Actor, opening: Opening, number: int) -> Referral:
    """A request of the own organisation about this person that can still be asked as a consultation; anything else does not exist."""
    referral = get_referral(actor, number)
    if referral.patient_id != opening.patient.pk or Verb.CONSULT not in {
        move.verb for move in moves_for(referral, actor)
    }:
        raise Http404
    return referral


@dataclass(frozen=True)
class Turning:
    """What a consultation begins with that comes from a request: its question, and of what went along what may still go to whom
    was asked; ``behind`` is how many things stay behind."""

    referral: Referral
    question: str
    items: frozenset[str]
    behind: int


def turning_of(actor: Actor, opening: Opening, referral: Referral, items: Iterable[Item]) -> Turning:
    """The question of a request and what went along with it, judged anew for a consultation of the same receiver."""
    letter, sent = letter_of(opening, referral), items_of(opening, referral)
    may = sharing(actor, opening.patient, referral.receiving_organisation).consented
    able = {(item.kind, item.title, item.detail): item.ref for item in items if item.kind in may}
    refs = [able.get((Category(one.kind), one.title, one.detail), "") for one in sent]
    found = frozenset(ref for ref in refs if ref)
    question = letter.question if letter else referral.notice
    return Turning(referral, question, found, sum(not ref for ref in refs))


def party_of(consultation: Consultation, actor: Actor) -> Party:
    """On which side of the consultation the actor stands."""
    return "asker" if consultation.asking_organisation_id == actor.organisation_id else "asked"


def turn_of(consultation: Consultation) -> Party:
    """Whose turn it is now."""
    return next(move.turn for move in MOVES if move.target == consultation.status)


def patient_of(consultation: Consultation) -> Patient | None:
    """The patient as far as the actor still reaches them; an asked organisation loses reach when the consultation ends."""
    return Patient.objects.filter(pk=consultation.patient_id).first()


def open_consultation(
    actor: Actor, consultation: Consultation, *, also: frozenset[Category] = frozenset()
) -> Opening | None:
    """Open what was said; ``None`` when the consultation is over and the actor's access ended with it.

    Raises ``PermissionDenied`` where the role does not need consultations or the patient objected to sharing them.
    """
    patient = patient_of(consultation)
    if consultation.status not in OPEN and (patient is None or decide(actor, patient, CONTENT).lent):
        return None
    if patient is None:
        raise Http404
    opening = open_record(actor, patient.key, CONTENT | also)
    if Category.CONSULTATION not in opening.allowed:
        raise PermissionDenied(_("U mag de inhoud van consulten over deze inwoner niet zien."))
    return opening


def open_running(actor: Actor, consultation: Consultation, *, also: frozenset[Category] = frozenset()) -> Opening:
    """Open what was said in order to add to it; ``Refused`` when the consultation is over."""
    opening = open_consultation(actor, consultation, also=also)
    if opening is None:
        raise Refused(_("Dit consult is gesloten; er kan niets meer bij."))
    return opening


def open_to_conclude(actor: Actor, consultation: Consultation) -> Opening:
    """Open what was said together with the part of the record in which the conclusion will stand.

    That is the plan; for a role that does not work with plans, such as a pharmacist's, it is the medication.
    """
    patient = patient_of(consultation)
    planned = patient is not None and decide(actor, patient, [Category.PLAN])
    return open_running(actor, consultation, also=frozenset({Category.PLAN if planned else Category.MEDICATION}))


def open_for_question(actor: Actor, key: uuid.UUID, categories: frozenset[Category] = EVERYTHING) -> Opening:
    """Open the record as far as the actor may see it, to ask a question about it.

    An organisation that was itself only asked to think along asks nobody else: its access is borrowed from that question.
    """
    need_professional(actor)
    opening = open_record(actor, key, CONTENT | categories)
    if opening.lent:
        raise PermissionDenied(
            _(
                "U bent gevraagd om mee te denken. Een nieuw consult vragen kan alleen wie deze inwoner zelf zorg of ondersteuning geeft."
            )
        )
    if Category.CONSULTATION not in opening.allowed:
        raise PermissionDenied(
            _("Een consult vragen kan niet: u mag de inhoud van consulten over deze inwoner niet zien.")
        )
    return opening


def contributions_for(opening: Opening, consultation: Consultation) -> list[Contribution]:
    """What was said, oldest first, as far as the opened record shows it."""
    return list(
        Contribution.objects.filter(consultation=consultation, patient=opening.patient).select_related("organisation")
    )


def attachments_for(opening: Opening, consultation: Consultation) -> list[Attachment]:
    """The facts that came along, in the order of their kind."""
    return list(
        Attachment.objects.filter(consultation=consultation, patient=opening.patient).order_by("kind", "title", "id")
    )


def invitations_of(consultation: Consultation) -> list[Invitation]:
    """Who was asked and how far each is, in the order of asking."""
    return list(consultation.invitations.select_related("organisation", "user").order_by("id"))


def who_was_asked() -> Subquery:
    """Beside each consultation whom it was asked of, by name, and who of them answered; for :func:`answers_so_far`."""
    answered = Q(status=InvitationStatus.ANSWERED)
    one = JSONObject(organisation="organisation_id", name="organisation__name", answered=answered)
    asked = Invitation.objects.filter(consultation=OuterRef("pk")).order_by().values("consultation")
    return Subquery(asked.annotate(asked=JSONBAgg(one, order_by="organisation__name")).values("asked"))


def answers_so_far(asked: Sequence[dict[str, Any]], due: datetime, here: int | None) -> str:
    """How far those who were asked are, in one sentence that names who is late; "" where nobody answered of one and none is late.

    ``asked`` is what :func:`who_was_asked` gave; ``here`` is the reader's own organisation.
    """
    silent = [one for one in asked if not one["answered"]]
    said = []
    if len(asked) > 1:
        said.append(_("%(n)s van %(all)s antwoorden") % {"n": len(asked) - len(silent), "all": len(asked)})
    late = timezone.now() - due
    if silent and late > timedelta(0):
        names = [_("uw organisatie") if one["organisation"] == here else one["name"] for one in silent]
        words = ngettext("%(names)s is %(late)s te laat", "%(names)s zijn %(late)s te laat", len(names))
        said.append(words % {"names": get_text_list(names, _("en")), "late": _late(due)})
    return "; ".join(said)


def _late(due: datetime) -> str:
    """How long ago a term ended: in days of the calendar, on the day itself in hours."""
    now = timezone.localtime()
    days = (now.date() - timezone.localtime(due).date()).days
    if days:
        return ngettext("%(count)s dag", "%(count)s dagen", days) % {"count": days}
    hours = max(1, round((now - due).total_seconds() / 3600))
    return ngettext("%(count)s uur", "%(count)s uur", hours) % {"count": hours}


def askable(actor: Actor) -> OrganisationQuerySet:
    """Every participant that may be asked: admitted, and not the own organisation."""
    return participants().exclude(pk=actor.organisation_id)


def kept_from(actor: Actor, opening: Opening, organisations: Iterable[Organisation], items: Iterable[Item]) -> str:
    """Why something cannot go along to one of these organisations, by the choices of the patient; empty when all can.

    Everybody who is asked reads what went along. Ordinary facts go unless the patient objected; mental-health, social and
    financial facts only by a choice for that reader, or within its own field (:func:`trust.access.sharing`).
    """
    kinds = {item.kind for item in items}
    for organisation in organisations if kinds else ():
        kept = kinds - sharing(actor, opening.patient, organisation).consented
        if kept:
            words = _("Dit mag niet mee naar %(name)s, want de inwoner gaf daar geen toestemming voor: %(kinds)s.")
            return words % {"name": organisation.name, "kinds": named(kept)}
    return ""


def involved_with(opening: Opening, actor: Actor) -> list[Organisation]:
    """The participants that care for the patient now, for whoever may see the care network."""
    if Category.NETWORK not in opening.allowed:
        return []
    running = CareRelation.objects.filter(patient=opening.patient, period__contains=timezone.now())
    lent = CareRelation.Source.CONSULTATION
    return list(askable(actor).filter(pk__in=running.exclude(source=lent).values("organisation_id")))


def find_askable(actor: Actor, *, words: str = "", domain: str = "", limit: int = 20) -> list[Organisation]:
    """Participants that may be asked, by words of name or place and by domain; nothing when nothing was asked for."""
    if not words and not domain:
        return []
    found = askable(actor)
    if domain:
        found = found.filter(domain=domain)
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(place__icontains=word))
    return list(found[:limit])


def running_of(patient_id: int, organisation_id: int) -> int:
    """How many of an organisation's consultations about a patient have not ended, for who decides on a request to that organisation."""
    with connection.cursor() as cursor:
        cursor.execute("select consultations_running(%s, %s)", [patient_id, organisation_id])
        count: int = cursor.fetchone()[0]
    return count
