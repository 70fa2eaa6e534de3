"""Everything that changes a consultation: ask, pick up, answer, conclude, cancel."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from consultations.access import askable, kept_from, party_of
from consultations.models import Attachment, Consultation, Contribution, Invitation
from consultations.moves import MOVES, InvitationStatus, Move, Status, Verb
from dossier.access import chosen_items
from dossier.actions import add_entry, copy_back
from dossier.models import CopyKind, Entry
from events.actions import ask as ask_work
from events.actions import done, next_number, record
from events.actions import pick_up as pick_up_work
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation, Role, User
from referrals.actions import become_consultation
from referrals.models import Referral
from trust.access import Opening, need_role, need_unrestricted
from trust.actions import end_relation, start_relation
from trust.categories import Category, to_mask

_NOT_ASKED = gettext_lazy("Dit kan alleen een organisatie aan wie dit is gevraagd.")
_ANSWERED = gettext_noop("Uw organisatie heeft deze vraag al beantwoord. Aanvullen kan nog wel.")

MOST_ASKED = 5
"""How many organisations one question may go to; more is a meeting."""


@transaction.atomic
def ask(
    *,
    opening: Opening,
    question: str,
    organisations: Sequence[Organisation],
    due: datetime,
    items: Iterable[str] = (),
    token: uuid.UUID | None = None,
    referral: Referral | None = None,
    by: Actor,
) -> Consultation:
    """Ask one to five other participants to think along about a patient, with what was attached from the record.

    ``items`` are references of :func:`dossier.access.items_for`: only what the asker sees can go along. Each asked
    organisation gets a care relation for the length of the consultation, which opens this consultation and the identity
    and nothing else. With a ``referral`` that was not taken on it takes its place: whom it went to is asked, and it ends. The same
    ``token`` twice gives the consultation that was already made. Raises ``Refused`` for an
    organisation that cannot be asked, a moment that has passed, or what the patient keeps from whom is asked.
    """
    asked = list(askable(by).filter(pk__in=[organisation.pk for organisation in organisations]).order_by("name", "pk"))
    if not 1 <= len(asked) <= MOST_ASKED or len(asked) != len(set(organisations)):
        raise Refused(_("Kies één tot vijf andere organisaties die meedoen aan het netwerk."), field="organisations")
    if due <= timezone.now():
        raise Refused(_("Kies een dag die nog komt."), field="due")
    if referral is not None and [place.pk for place in asked] != [referral.receiving_organisation_id]:
        raise Refused(_("Dit consult gaat naar wie de verwijzing kreeg."), field="organisations")
    if by.organisation_id is None or by.user_id is None:
        raise PermissionDenied(_("Een consult vraagt u namens een organisatie."))
    with override(settings.LANGUAGE_CODE):  # what goes along is kept in Dutch, whatever the asker reads
        chosen = chosen_items(opening, items)
    if words := kept_from(by, opening, asked, chosen):
        raise Refused(words, field="items")
    if referral is not None:
        become_consultation(referral=referral, by=by)
    try:
        with transaction.atomic():
            made = Consultation.objects.create(
                number=next_number("C", "consultations_number"),
                patient=opening.patient,
                asking_organisation_id=by.organisation_id,
                asker_id=by.user_id,
                due=due,
                token=token or uuid.uuid4(),
                referral=referral,
            )
    except IntegrityError:
        former = Consultation.objects.filter(token=token, asker_id=by.user_id, patient=opening.patient).first()
        if former is None:
            raise Refused(_("Dit formulier is al gebruikt. Open het opnieuw om een vraag te stellen.")) from None
        return former
    for organisation in asked:
        start_relation(
            patient_id=opening.patient.pk,
            organisation=organisation,
            source="consultation",
            reference=_reference(made),
            by=by,
        )
    Invitation.objects.bulk_create(
        Invitation(
            consultation=made,
            patient=opening.patient,
            asking_organisation_id=by.organisation_id,
            organisation=organisation,
        )
        for organisation in asked
    )
    _say(made, Contribution.Kind.QUESTION, question, by)
    Attachment.objects.bulk_create(
        Attachment(
            consultation=made, patient=opening.patient, organisation_id=by.organisation_id, kind=item.kind, title=item.title[:300],
            detail=item.detail[:600], on_date=item.on_date[:25], origin=item.origin[:160],
        )
        for item in chosen
    )  # fmt: skip
    sender = _organisation_name(by)
    for organisation in asked:
        ask_work(
            "consultation", subject=made, organisation_id=organisation.pk, patient_id=opening.patient.pk, sender=sender, due=due, by=by,
            title=gettext_noop("Consult: vraag om mee te denken"),
        )  # fmt: skip
    record("consultation.asked", subject=made, patient_id=opening.patient.pk, data={"asked": len(asked)}, by=by)
    return made


@transaction.atomic
def pick_up(*, consultation: Consultation, by: Actor) -> Invitation:
    """Take the question in hand for the own organisation, which all parties see.

    Raises ``Refused`` when a colleague was first or the organisation has answered already.
    """
    locked, _move = _judge(consultation, Verb.PICK_UP, by)
    invitation = _own_invitation(locked, by)
    if invitation.status == InvitationStatus.PICKED_UP and invitation.user_id == by.user_id:
        return invitation
    if invitation.status == InvitationStatus.PICKED_UP:
        raise Refused(
            _("%(name)s heeft dit consult al opgepakt. Antwoorden kunt u nog wel; overleg eerst even.")
            % {"name": invitation.user}
        )
    if invitation.status == InvitationStatus.ANSWERED:
        raise Refused(_(_ANSWERED))
    invitation.status, invitation.user_id = InvitationStatus.PICKED_UP, by.user_id
    invitation.save(update_fields=["status", "user"])
    pick_up_work(subject=locked, user_id=by.user_id, by=by)
    record("consultation.picked_up", subject=locked, patient_id=locked.patient_id, by=by)
    return invitation


@transaction.atomic
def answer(
    *, opening: Opening, consultation: Consultation, text: str, addition: bool = False, by: Actor
) -> Consultation:
    """Answer for the own organisation; the consultation counts as answered once every asked organisation did.

    The answer also goes to the own systems of both organisations, where these take it.

    ``addition`` says that the writer knows of the organisation's earlier answer and adds to it; without it ``Refused``
    is raised when a colleague was first. The same words of the same person sent twice are said once.
    """
    locked, move = _judge(consultation, Verb.ANSWER, by)
    invitation = _own_invitation(locked, by)
    former = Contribution.objects.filter(
        consultation=locked, organisation_id=by.organisation_id, kind=Contribution.Kind.ANSWER
    ).last()
    if former is not None and former.author_id == by.user_id and former.text == text:
        return locked
    if invitation.status == InvitationStatus.ANSWERED and not addition:
        raise Refused(
            _(
                "%(name)s heeft deze vraag al beantwoord. Uw tekst is niet verstuurd; ga terug om die te lezen en als aanvulling te sturen."
            )
            % {"name": invitation.user}
        )
    said = _say(locked, Contribution.Kind.ANSWER, text, by)
    copy_back(
        patient_id=locked.patient_id,
        organisations=[locked.asking_organisation_id, invitation.organisation_id],
        kind=CopyKind.ANSWER,
        category=Category.CONSULTATION,
        reference=f"{_reference(locked)}:answer:{said.pk}",
        title=_title(locked),
        text=text,
        by=by,
    )
    invitation.status, invitation.user_id, invitation.answered_at = (
        InvitationStatus.ANSWERED,
        by.user_id,
        timezone.now(),
    )
    invitation.save(update_fields=["status", "user", "answered_at"])
    if not locked.invitations.exclude(status=InvitationStatus.ANSWERED).exists():
        locked.status = move.target
        locked.save(update_fields=["status"])
    done(subject=locked, kind="consultation", organisation_id=by.organisation_id, by=by)
    name = _organisation_name(by)
    ask_work(
        "consultation", subject=locked, organisation_id=locked.asking_organisation_id, user_id=locked.asker_id,
        patient_id=locked.patient_id, sender=name, title=gettext_noop("Consult beantwoord: %(name)s") % {"name": name[:130]}, by=by,
    )  # fmt: skip
    record(
        "consultation.answered",
        subject=locked,
        patient_id=locked.patient_id,
        data={"complete": locked.status == move.target},
        by=by,
    )
    return locked


@transaction.atomic
def conclude(*, opening: Opening, consultation: Consultation, text: str, by: Actor) -> Consultation:
    """Close the consultation with a conclusion, which becomes a signed entry of the record (Wgbo art. 7:454 BW).

    The asked organisations lose the access that the question lent them. The conclusion stands with the plan, or with
    the medication where the asker's role does not work with plans (:func:`consultations.access.open_to_conclude`).
    """
    locked, move = _judge(consultation, Verb.CONCLUDE, by)
    _say(locked, Contribution.Kind.CONCLUSION, text, by)
    add_entry(
        opening=opening,
        kind=Entry.Kind.CONCLUSION,
        text=text,
        category=Category.PLAN if Category.PLAN in opening.own else Category.MEDICATION,
        reference=_reference(locked),
        by=by,
    )
    return _close(locked, move, "consultation.concluded", by)


@transaction.atomic
def cancel(*, consultation: Consultation, by: Actor) -> Consultation:
    """Withdraw the question without a conclusion; the asked organisations lose the access that it lent them."""
    locked, move = _judge(consultation, Verb.CANCEL, by)
    return _close(locked, move, "consultation.cancelled", by)


def _close(locked: Consultation, move: Move, verb: str, by: Actor) -> Consultation:
    locked.status, locked.closed_at = move.target, timezone.now()
    locked.save(update_fields=["status", "closed_at"])
    done(subject=locked, by=by)
    record(verb, subject=locked, patient_id=locked.patient_id, by=by)
    end_relation(reference=_reference(locked), patient_id=locked.patient_id, by=by)
    return locked


def _judge(consultation: Consultation, verb: Verb, by: Actor) -> tuple[Consultation, Move]:
    locked = Consultation.objects.select_for_update().get(pk=consultation.pk)
    move = next(move for move in MOVES if move.verb == verb)
    if by.kind != "professional" or party_of(locked, by) != move.by:
        words = {"asker": _("Dit kan alleen de organisatie die de vraag stelde."), "asked": _NOT_ASKED}
        raise PermissionDenied(words[move.by])
    need_role(by, Category.CONSULTATION)
    if locked.status not in move.sources:
        raise Refused(
            {
                Status.ANSWERED: _(_ANSWERED),
                Status.CONCLUDED: _("Dit consult is afgerond; er kan niets meer bij."),
                Status.CANCELLED: _("Dit consult is ingetrokken; er kan niets meer bij."),
            }.get(Status(locked.status), _("Dit kan nu niet bij dit consult."))
        )
    return locked, move


def _own_invitation(consultation: Consultation, by: Actor) -> Invitation:
    own = Invitation.objects.filter(consultation=consultation, organisation_id=by.organisation_id)
    invitation = own.select_for_update(of=("self",)).select_related("user").first()
    if invitation is None:
        raise PermissionDenied(_NOT_ASKED)
    return invitation


def _title(consultation: Consultation) -> str:
    """What an answer is called in a system that knows it alone."""
    with override(settings.LANGUAGE_CODE):
        return _("Antwoord op consult %(number)s") % {"number": consultation.number}


def _say(consultation: Consultation, kind: Contribution.Kind, text: str, by: Actor) -> Contribution:
    need_unrestricted(consultation.patient_id, by.organisation_id, Category.CONSULTATION)
    with override(settings.LANGUAGE_CODE):  # the role is kept in Dutch, whatever the author reads
        role = str(Role(by.role).label)
    return Contribution.objects.create(
        consultation=consultation, patient_id=consultation.patient_id, organisation_id=by.organisation_id, kind=kind, text=text,
        author_id=by.user_id, author_name=str(User.objects.get(pk=by.user_id))[:160], author_role=role[:60],
    )  # fmt: skip


def _organisation_name(by: Actor) -> str:
    return Organisation.objects.values_list("name", flat=True).get(pk=by.organisation_id)


def _reference(consultation: Consultation) -> str:
    return f"consultation:{consultation.pk}"


def erase(*, patient_id: int, organisation_id: int, categories: Iterable[int], by: Actor) -> int:
    """Remove what an organisation said in consultations that have ended.

    That there was one stays, without what was said. Only for a granted request or an ended term, never under a hold; the
    database judges. Returns how many rows went.
    """
    with connection.cursor() as cursor:
        cursor.execute("select consultations_erase(%s, %s, %s)", [patient_id, organisation_id, to_mask(categories)])
        removed: int = cursor.fetchone()[0]
    return removed


def follow_merger(*, organisation_id: int, by: Actor) -> int:
    """Give the consultations that a merged participant asked for, and that still run, to its successor; returns how many.

    Only a worker does this; twice is harmless.
    """
    with connection.cursor() as cursor:
        cursor.execute("select consultations_follow_merger(%s)", [organisation_id])
        moved: int = cursor.fetchone()[0]
    return moved
