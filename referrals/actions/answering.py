"""Keeping the answers to the form of a service with a referral: with what is sent at first, and when it is changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from dossier.access import Item
from events.actor import Actor
from events.errors import Refused
from referrals.access import Filled, along_fault, form_of
from referrals.models import QuestionnaireResponse, Referral, Step
from square.models import HealthcareService
from trust.categories import to_mask


def need_form(service: HealthcareService, answers: Filled | None, *, later: bool) -> None:
    """The form of the service is there, or follows with the letter; ``Refused`` says what is wrong."""
    if answers is None:
        if service.questionnaire and not later:
            raise Refused(
                _("Vul het formulier van “%(service)s” in.") % {"service": service.name}, field="questionnaire"
            )
        return
    if form_of(service, answers.key) is None:
        raise Refused(
            _("Het formulier van “%(service)s” is intussen een ander. Open het opnieuw en vul het in.")
            % {"service": service.name},
            field="questionnaire",
        )


def need_along(service: HealthcareService, answers: Filled | None, chosen: Iterable[Item]) -> None:
    """What must go with the form goes along: of one of its categories at least one thing, such as the order for a medicine."""
    form = form_of(service, answers.key) if answers else None
    if fault := along_fault(form, [item.kind for item in chosen]):
        raise Refused(fault, field="items")


def put_answers(referral: Referral, answers: Filled | None, by: Actor, step: Step | None = None) -> None:
    """Keep the answers; those that came before stay, and count no more."""
    if answers is not None:
        QuestionnaireResponse.objects.create(
            referral=referral, patient_id=referral.patient_id, organisation_id=by.organisation_id, category=referral.sensitivity,
            questionnaire=answers.key, answers=answers.answers, kinds=to_mask(answers.kinds), step=step, author_id=by.user_id,
        )  # fmt: skip
