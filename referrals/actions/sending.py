"""Sending a referral: with its question and what was ticked of the record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossier.access import Item, responsible_for
from events.actions import next_number, record
from events.actor import Actor
from events.errors import Refused
from referrals.access import Filled, Which, colleagues_for, naming_fault, usual_channel
from referrals.actions.along import brought_along, chosen_of, put_along
from referrals.actions.answering import need_along, need_form, put_answers
from referrals.actions.drafting import drop_draft
from referrals.actions.enrolling import enrol
from referrals.actions.letting_know import let_know
from referrals.actions.moving import ask_receiver, ask_sender, put_step
from referrals.actions.placing import asked_place
from referrals.actions.turning import name_next
from referrals.models import Letter, Referral
from referrals.moves import SENSITIVITY, Channel, Origin, Urgency, Verb
from referrals.moves.training import Comes
from referrals.terms import answer_by, letter_by
from square.access import stopped_words
from square.models import HealthcareService, Session
from trust.access import Opening, need_role, need_unrestricted
from trust.categories import Category


@transaction.atomic
def send(
    *,
    opening: Opening,
    service: HealthcareService,
    question: str,
    agreed: bool,
    wish: str = "",
    urgency: str = Urgency.ROUTINE,
    notice: str = "",
    items: Iterable[str] = (),
    brought: Iterable[Item] = (),
    answers: Filled | None = None,
    then: Sequence[HealthcareService] = (),
    letter_later: bool = False,
    sender_id: int | None = None,
    token: uuid.UUID | None = None,
    draft: Which | None = None,
    session: Session | None = None,
    who: str = Comes.PERSON,
    whole: Referral | None = None,
    consultation: int | None = None,
    channel: str | None = None,
    by: Actor,
) -> Referral:
    """Send a referral with the question and what was ticked of the record, in one transaction with the receiver's work.

    The receiver first sees the need, the urgency, the notice, and age, gender and municipality; name and letter come with
    acceptance. ``items`` are references of :func:`referrals.access.selection_for`; ``brought`` is what the sender's own system
    gives along, of which stays behind what may not go to this receiver. ``then`` are at most two services to ask next,
    in this order, when the one before says no. With ``letter_later`` the question may wait: the
    sender has ``LETTER_DAYS`` for it and the notice says what it is about. ``sender_id`` is the colleague in whose name it goes,
    who is told; empty for who types, and there is none where a system sends for its organisation. With a
    ``session`` of a training it takes a place there, or the first turn for one, and ``who`` comes. ``whole`` is the request of which
    this is a part, ``consultation`` the number of the one that it came from. ``channel`` is how the person gets to know of it: empty as
    usual for this person, and of a part as of the whole.
    The same ``token`` twice gives the referral that was already sent; ``draft`` is what the form went on with, which is sent once.
    Raises ``Refused`` when that draft was changed or is gone, when the patient was not asked (art. 7:457 BW; AVG art. 13), when the
    service takes nobody new, when the notice names the patient, when something is ticked that may not go to this receiver, and when the
    form of the service is missing or out of date.
    """
    patient, moment = opening.patient, timezone.now()
    if by.organisation_id is None or by.user_id is None:
        raise PermissionDenied(_("Verwijzen doet u namens een organisatie."))
    if not agreed:
        raise Refused(
            _("Bespreek de verwijzing eerst met de inwoner; zonder akkoord gaat er niets weg."), field="agreed"
        )
    if not (service.active and service.takes_referrals and service.open_for_new):
        why = stopped_words(service) or _("neemt nu geen nieuwe aanvragen aan")
        raise Refused(f"“{service.name}” {why}.", field="service")
    if fault := naming_fault(notice, patient):
        raise Refused(fault, field="notice")
    need_form(service, answers, later=letter_later)
    question = question or asked_place(session)
    if not question and answers is None and not (letter_later and notice):
        raise Refused(_("Schrijf de vraag, of kies dat de brief volgt en kondig haar aan."), field="question")
    need_role(by, Category.REFERRAL)
    sender_id = None if by.by_machine else sender_id or by.user_id
    if sender_id not in {None, by.user_id} and not any(one.user_id == sender_id for one in colleagues_for(by)):
        raise Refused(_("Kies een collega die zelf mag verwijzen."), field="sender")
    sensitivity = Category(SENSITIVITY.get(service.domain, whole.sensitivity if whole else Category.REFERRAL))
    need_unrestricted(patient.pk, by.organisation_id, sensitivity)
    chosen = chosen_of(opening, service, items, by, whole)
    need_along(service, answers, chosen)
    given = brought_along(patient, service, brought, by)
    residence = responsible_for(opening, law=service.law, kind=service.kind, on=timezone.localdate())
    if channel == Channel.PORTAL and patient.account_id is None:
        raise Refused(_("Deze inwoner heeft geen Mijn Netwerk. Kies papier, of geen kopie."), field="channel")
    channel = channel or (whole.channel if whole else usual_channel(opening, by))
    try:
        with transaction.atomic():
            made = Referral.objects.create(
                number=next_number("V", "referrals_number"), token=token or uuid.uuid4(), based_on=whole, patient=patient, service=service,
                sending_organisation_id=by.organisation_id, receiving_organisation_id=service.organisation_id, sender_id=sender_id,
                origin=Origin.SYSTEM if by.by_machine else Origin.CONSULTATION if consultation else Origin.SENT, consultation=consultation,
                entered_by_id=None if sender_id in {None, by.user_id} else by.user_id, urgency=urgency, sensitivity=sensitivity,
                age=patient.age, gender=patient.gender, municipality=patient.municipality,
                responsible=residence.municipality if residence else "", notice=notice, sent_at=moment,
                due=answer_by(service.answer_days, urgency, moment), letter_due=letter_by(urgency, moment) if letter_later else None,
                channel=channel,
            )  # fmt: skip
    except IntegrityError:
        former = Referral.objects.filter(token=token, sender_id=sender_id, patient=patient).first()
        if former is None:
            raise Refused(_("Dit formulier is al gebruikt. Open het opnieuw om te verwijzen.")) from None
        return former
    if question or (answers and not letter_later):
        Letter.objects.create(
            referral=made, patient=patient, organisation_id=by.organisation_id, category=made.sensitivity, question=question,
            wish=wish, agreed=agreed,
        )  # fmt: skip
    put_along(made, [*chosen, *given], by)
    put_answers(made, answers, by)
    if then:
        name_next(made, then)
    put_step(made, Verb.SEND, "", by)
    ask_receiver(made, gettext_noop("Verwijzing: %(service)s"), by)
    if letter_later:
        ask_sender(made, gettext_noop("Brief nasturen: %(service)s"), by, kind="letter", due=made.letter_due)
    data = {"service": service.pk, "urgency": str(urgency), "items": len(chosen) + len(given)}
    if sender_id not in {None, by.user_id}:
        data["sender"] = sender_id
    record("referral.sent", subject=made, patient_id=patient.pk, data=data, by=by)
    let_know(made, Verb.SEND, by)
    if session is not None:
        made = enrol(referral=made, session=session, who=who, by=by)
    if not drop_draft(patient=patient, token=made.token, draft=draft, by=by) and draft is not None:
        raise Refused(
            _("Dit concept is intussen in een ander venster veranderd, verstuurd of weggegooid."), field="draft"
        )
    if sender_id not in {None, by.user_id}:
        record("referral.entered", subject=made, patient_id=patient.pk, data={"sender": sender_id}, by=by)
    return made
