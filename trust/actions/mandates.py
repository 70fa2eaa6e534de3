"""Mandates: given by the citizen or registered with a document, taken up with a code, and ended."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Patient
from trust.access import digest_of, guards, may_choose
from trust.actions.call import call, row
from trust.actions.consent import end_of
from trust.categories import to_mask
from trust.models import Mandate

CODE_COUNTS_FOR = timedelta(days=30)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for another: no I, O, 0 or 1. Twelve of them carry 60 bits."""


@transaction.atomic
def give_mandate(
    *,
    patient: Patient,
    kind: str,
    name: str,
    categories: Iterable[int],
    acts: bool,
    by: Actor,
    ends: date | None = None,
    document: str = "",
) -> tuple[Mandate, str]:
    """Let somebody act for a patient; returns the mandate and the code with which that person takes it up within 30 days.

    A citizen gives a mandate to a carer; a professional with a care relation registers one with a ``document`` (a court's
    decision, an extract, a signed form). Raises ``Refused`` for a parent of somebody of sixteen or older (art. 7:447 BW)
    and for who has died.
    """
    mask = to_mask(categories)
    own = (
        by.kind == "citizen"
        and (patient.account_id == by.user_id or guards(by, patient))
        and kind == Mandate.Kind.CARER
    )
    if not own and not (
        by.kind == "professional" and may_choose(by, patient, permit=True, holder=None, established=document)
    ):
        raise PermissionDenied(_("U geeft voor deze inwoner geen machtiging."))
    if patient.deceased_on:
        raise Refused(_("Voor wie is overleden kan niemand gemachtigd worden."))
    if kind == Mandate.Kind.PARENT and patient.age >= 16:
        raise Refused(
            _("Vanaf zestien jaar beslist iemand zelf; een ouder kan niet meer gemachtigd worden."), field="kind"
        )
    if not mask:
        raise Refused(_("Kies minstens één soort gegevens."), field="categories")
    code = "-".join("".join(secrets.choice(_LETTERS) for _sign in range(4)) for _group in range(3))
    number = call(
        "trust_give_mandate",
        patient.pk,
        kind,
        name,
        mask,
        acts,
        end_of(ends),
        document,
        digest_of(code),
        timezone.now() + CODE_COUNTS_FOR,
    )
    made = Mandate.objects.get(pk=number)
    record("mandate.given", subject=made, patient_id=patient.pk, data={"kind": kind}, by=by)
    return made, code


def take_up(*, code: str, by: Actor) -> Mandate:
    """Take up a mandate with its code; raises ``Refused`` when the code is not known any more, is one's own, or was tried too often."""
    number, outcome = row("trust_take_up", digest_of(code))
    if outcome == "too_often":
        raise Refused(
            _("U heeft te vaak een code geprobeerd die niet klopt. Probeer het over een uur opnieuw."), field="code"
        )
    if outcome == "own":
        raise Refused(_("Deze code is van uzelf. Geef de code aan wie u wilt machtigen."), field="code")
    if outcome != "taken_up":
        raise Refused(_("Deze code klopt niet of geldt niet meer. Vraag om een nieuwe code."), field="code")
    mandate = Mandate.objects.get(pk=number)
    record("mandate.taken_up", subject=mandate, patient_id=mandate.patient_id, by=by)
    return mandate


@transaction.atomic
def end_mandate(*, mandate: Mandate, by: Actor) -> None:
    """End a mandate at once: by the patient, a legal representative, its holder, or who registered it. Twice is harmless."""
    if call("trust_end_mandate", mandate.pk):
        record("mandate.ended", subject=mandate, patient_id=mandate.patient_id, by=by)
