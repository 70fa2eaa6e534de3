"""What was sent, as the parties read it: the letter, supplements, items, and the documents that went along."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils.translation import gettext as _

from dossier.models import Document
from events.actor import Actor
from events.errors import Refused
from people.models import Patient
from referrals.access.parties import moves_for, parties_of, patients_of, was
from referrals.models import LetterItem, Referral, Report, Supplement
from referrals.moves import Verb
from trust.access import Opening, decide
from trust.categories import Category

REPORTED_WITH = frozenset({Verb.REPORT, Verb.COMPLETE, Verb.ADVISE})
"""Steps that may carry a report; without one of these there is none."""


def supplements_of(opening: Opening, referral: Referral) -> list[Supplement]:
    """The texts that came after the letter, oldest first, as far as the opened record shows them."""
    if not was(referral, {Verb.SUPPLEMENT}):
        return []
    found = Supplement.objects.filter(referral=referral, patient=opening.patient).exclude(text="")
    return list(found.select_related("step__user", "step__organisation").order_by("step__at", "step_id"))


def reports_of(opening: Opening, referral: Referral) -> list[Report]:
    """What the receiver reported, oldest first, as far as the opened record shows it."""
    if not was(referral, REPORTED_WITH):
        return []
    found = Report.objects.filter(referral=referral, patient=opening.patient)
    return list(found.select_related("step__user", "organisation").order_by("step__at", "step_id"))


def need_supplement(referral: Referral, actor: Actor) -> Patient:
    """The patient of a referral to which the actor may add now; ``PermissionDenied`` or ``Refused`` says why not."""
    if "sender" not in parties_of(referral, actor):
        raise PermissionDenied(_("Dit kan alleen de organisatie die verwees."))
    if not any(move.verb == Verb.SUPPLEMENT for move in moves_for(referral, actor)):
        raise Refused(_("Deze verwijzing is gesloten; er kan niets meer bij."))
    patient = patients_of([referral], actor).get(referral.patient_id)
    if patient is None:
        raise PermissionDenied(_("Uw organisatie heeft geen relatie meer met deze inwoner."))
    return patient


def letter_closed(referral: Referral, actor: Actor) -> bool:
    """Whether a letter was announced that the sender's side can write no more: its relation ended, or the person shut it out.

    Whoever may open the record can still write it.
    """
    if referral.letter_due is None or "sender" not in parties_of(referral, actor):
        return False
    patient = patients_of([referral], actor).get(referral.patient_id)
    if patient is None:
        return True
    found = decide(actor, patient, {Category.REFERRAL})
    return Category.REFERRAL not in found.allowed or found.lent


def get_sent_document(opening: Opening, referral: Referral, item: int) -> Document:
    """The version of a document that went along with a referral, for who may open its letter now.

    The database gives it for this one item, and judges the parties, the state and the opening again. ``Refused`` where it was
    removed or may not be used at the moment.
    """
    sent = LetterItem.objects.filter(
        pk=item, referral=referral, patient=opening.patient, document__isnull=False
    ).first()
    found = None
    if sent is not None:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('nis.sent_item', %s, true)", [str(sent.pk)])
        found = Document.objects.filter(pk=sent.document_id).select_related("organisation").first()
    if found is None:
        raise Refused(_("Dit document is hier niet meer te openen. Vraag het zo nodig bij de verwijzer."))
    return found
