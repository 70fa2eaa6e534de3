"""The form of a service as it is filled in for a referral, and the answers that were given, as the parties read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from dossier.access import questionnaires
from dossier.access.questionnaires import Questionnaire, QuestionnaireForm, Said
from events.actor import Actor
from referrals.models import QuestionnaireResponse, Referral
from square.models import HealthcareService
from trust.access import Opening, sharing
from trust.categories import Category, named


@dataclass(frozen=True)
class Filled:
    """A form that was filled in: which version, the answers as they are kept, and the categories of the record in them."""

    key: str
    answers: list[dict[str, Any]]
    kinds: frozenset[Category] = field(default=frozenset())


@dataclass(frozen=True)
class Answered:
    """Answers to read; ``lines`` say what was asked and answered then. ``current`` tells whether none came after."""

    response: QuestionnaireResponse
    title: str
    lines: list[Said]
    current: bool


def form_of(service: HealthcareService, key: str = "") -> Questionnaire | None:
    """The form of a service: in the version with which it was opened, else the newest; ``None`` where the service has none, or the
    version is not of this form any more."""
    if not service.questionnaire:
        return None
    return questionnaires.made_with(key, service.questionnaire) if key else questionnaires.newest(service.questionnaire)


def to_fill(
    actor: Actor,
    opening: Opening,
    service: HealthcareService,
    questionnaire: Questionnaire,
    *,
    data: Any = None,
    given: Mapping[str, list[str]] | None = None,
    partial: bool = False,
) -> QuestionnaireForm:
    """The form with what the record answers, as far as that may go to who will read it; of the rest the reason is said."""
    may = sharing(actor, opening.patient, service.organisation)
    whom = {"domain": service.organisation.get_domain_display()}
    back = dict.fromkeys(may.not_consented, _("geen toestemming van de inwoner voor %(domain)s") % whom)
    back |= dict.fromkeys(may.not_needed, _("niet nodig voor %(domain)s") % whom)
    back.pop(Category.IDENTITY, None)  # name and ways to reach go along by themselves after acceptance
    found = questionnaires.prefilled(questionnaire, opening, back)
    return QuestionnaireForm(data, questionnaire=questionnaire, given=given, prefilled=found, partial=partial)


def filled_in(form: QuestionnaireForm) -> Filled | None:
    """What was filled in; nothing where no question was answered. To be asked of a form that was found right."""
    answers = form.answers
    return Filled(form.questionnaire.key, answers, form.kinds) if answers else None


def along_fault(questionnaire: Questionnaire | None, kinds: Iterable[Category]) -> str:
    """What is wrong with what goes along: of some categories at least one thing must go with a form, such as the order for a
    medicine. Empty when nothing is wrong."""
    if questionnaire is None or not questionnaire.along or set(kinds) & {*questionnaire.along}:
        return ""
    wanted = _(" of ").join(named([category]) for category in questionnaire.along)
    return _("Bij dit formulier hoort iets uit: %(categories)s. Vink het aan bij wat er meegaat.") % {
        "categories": wanted
    }


def answers_of(opening: Opening, referral: Referral) -> list[Answered]:
    """The answers that went with a referral, newest first, as far as the opened record shows them."""
    found = QuestionnaireResponse.objects.filter(referral=referral, patient=opening.patient)
    found = found.select_related("author", "organisation").order_by("-at", "-pk")
    return [
        Answered(
            one,
            questionnaires.title_of(one.questionnaire),
            questionnaires.read_out(one.answers),
            current=place == 0,
        )
        for place, one in enumerate(found)
    ]
