"""The form of a service on the pages where somebody fills it in: when referring, and when changing what was asked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from dossier.access.questionnaires import PREFIX, Questionnaire, QuestionnaireForm, given_in
from events.actor import Actor
from referrals import access
from referrals.models import Draft, QuestionnaireResponse, Referral, Supplement
from square.models import HealthcareService
from trust.access import Opening

MOST_QUESTIONS = 80
MOST_TYPED = 2000
MOST_CHOSEN = 30
LONGEST_NUMBER = 18
"""No number of a row has more digits."""


@dataclass
class Filling:
    """The form as it is filled in now; ``form`` is nothing where the service has none. ``changed`` says that it was opened in a
    version that is not there any more, or was not there yet, so that it must be looked over."""

    form: QuestionnaireForm | None = None
    changed: bool = False
    later: bool = False

    def sound(self) -> bool:
        """Whether it can be kept as it is; says at the questions what is wrong."""
        return self.form is None or (not self.changed and self.form.is_valid())

    @property
    def answers(self) -> access.Filled | None:
        """What was filled in, once it was found sound."""
        return access.filled_in(self.form) if self.form is not None else None


def of_new(
    actor: Actor, opening: Opening, service: HealthcareService | None, said: QueryDict, draft: Draft | None
) -> Filling:
    """The form on the page where a referral is made: as it was sent, as a draft kept it, or new with what the record answers."""
    if service is None or not service.questionnaire:
        return Filling()
    kept: Mapping[str, Any] = draft.typed if draft is not None else {}
    key = said.get("questionnaire") or str(kept.get("questionnaire", ""))
    later = bool(said.get("letter_later"))
    found = access.form_of(service, key) if key else None
    sending = said.get("do") == "send" or (bool(said) and "do" not in said and "pick" not in said and "set" not in said)
    changed = found is None and (key.partition("|")[0] == service.questionnaire or (sending and not key))
    form = found or access.form_of(service)
    if form is None:
        return Filling()
    if found and said.get("questionnaire") and sending:
        return Filling(access.to_fill(actor, opening, service, form, data=said, partial=later), later=later)
    given = typed_in(said) if said.get("questionnaire") else kept.get("answers")
    same = bool(key) and key.partition("|")[0] == service.questionnaire
    return Filling(
        access.to_fill(actor, opening, service, form, given=given if same else None, partial=later), changed, later
    )


def of_change(actor: Actor, opening: Opening, referral: Referral, said: QueryDict) -> tuple[Filling, bool]:
    """The form of a referral that was sent, with the answers that count now; and whether what was typed differs from them."""
    before = (
        QuestionnaireResponse.objects.filter(referral=referral, patient=opening.patient).order_by("-at", "-pk").first()
    )
    key = said.get("questionnaire", "")
    found = access.form_of(referral.service, key)
    form: Questionnaire | None = found or access.form_of(referral.service)
    if form is None:
        return Filling(), False
    if found and key and said.get("do") != "form":
        filled = access.to_fill(actor, opening, referral.service, form, data=said)
        filled.full_clean()
        pressed_again = Supplement.objects.filter(referral=referral, token=token_of(said)).exists()
        return Filling(filled), pressed_again or before is None or filled.answers != before.answers
    given = typed_in(said) if key else given_in(before.answers) if before else None
    return Filling(
        access.to_fill(actor, opening, referral.service, form, given=given), bool(key) and found is None
    ), False


def token_of(said: QueryDict) -> uuid.UUID:
    """The token of the form; another one where it is missing or wrong."""
    try:
        return uuid.UUID(said.get("token", ""))
    except ValueError:
        return uuid.uuid4()


def which_of(said: QueryDict) -> access.Which | None:
    """The draft that the form goes on with, and when it knows it was kept; nothing where it began without one."""
    number = said.get("draft", "")
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER):
        return None
    return access.Which(int(number), moment_of(said.get("seen", "")))


def moment_of(text: str) -> datetime | None:
    """A moment that a form carries along; nothing for what is none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def typed_in(said: QueryDict) -> dict[str, list[str]]:
    """What was typed in a form, right or not, as a draft keeps it: at most so much of so many questions."""
    begins = f"{PREFIX}-"
    names = [name for name in said if name.startswith(begins)][:MOST_QUESTIONS]
    return {
        name.removeprefix(begins)[:40]: [
            one.replace("\x00", "")[:MOST_TYPED] for one in said.getlist(name)[:MOST_CHOSEN] if one
        ]
        for name in names
    }
