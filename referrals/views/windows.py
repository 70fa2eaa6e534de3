"""What keeps a form from being sent: it was sent already, its draft was changed or sent in another window, or the same was asked since."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from people.request import ActingRequest
from referrals import access, actions
from referrals.models import Referral
from referrals.views.drafts import typed_of
from referrals.views.filling import moment_of, which_of
from square.models import HealthcareService
from trust.access import Opening


@dataclass(frozen=True)
class Unsent:
    """Why nothing was sent, in words; what was typed is kept. ``meant`` is the referral beside which it goes when sent again."""

    words: str
    token: uuid.UUID
    which: access.Which | None
    meant: Referral | None


def unsent(
    request: ActingRequest, opening: Opening, service: HealthcareService, values: dict[str, Any]
) -> Unsent | None:
    """Whether the form must not be sent unseen; ``None`` when it can be. Pressing twice is no reason: that sends once.

    It is judged with the draft held, so that of two windows that press at once the second one hears of the first.
    """
    said, patient, token = request.POST, opening.patient, values["token"]
    standing = access.standing_of(patient, token, which_of(said))
    meant = Referral.objects.select_related("receiving_organisation").filter(token=token, patient=patient).first()
    if meant is not None:
        if _same(opening, meant, service, values):
            return None
        token = uuid.uuid4()
        words = _(
            "Er is niets verstuurd: dit formulier ging al weg als %(number)s. Wat u daarna veranderde, is bewaard als concept. "
            "Stuur het na bij %(number)s, of verstuur nog eens als u een tweede verwijzing bedoelt."
        )
    else:
        since = moment_of(said.get("opened", ""))
        anywhere = None if standing == "gone" else service
        meant = access.sent_since(request.actor, patient, since, anywhere) if since else None
        meant = None if meant and str(meant.pk) == said.get("again") else meant
        if meant is not None:
            words = _(
                "Er is niets verstuurd: sinds u dit formulier opende, is %(number)s al verstuurd naar %(name)s. Wat u hier typte, "
                "is bewaard als concept. Verstuur nog eens als u een tweede verwijzing bedoelt."
            )
        elif standing == "gone":
            words = _(
                "Er is niets verstuurd: dit concept is in een ander venster verstuurd, weggegooid of overgedragen. Wat u hier typte, "
                "is apart bewaard. Verstuur nog eens als het toch weg moet."
            )
        elif standing == "changed":
            words = _(
                "Er is niets verstuurd: dit concept is in een ander venster intussen veranderd. Wat u hier typte, is apart bewaard. "
                "Verstuur nog eens als dit de goede is."
            )
        else:
            return None
    names = {"number": meant.number, "name": meant.receiving_organisation.name} if meant else {}
    saved = actions.keep_draft(
        patient=patient, token=token, typed=typed_of(said), draft=which_of(said), by=request.actor
    )
    return Unsent(words % names, token, saved.which, meant)


def _same(opening: Opening, sent: Referral, service: HealthcareService, values: dict[str, Any]) -> bool:
    """Whether what was sent says what the form says now."""
    letter = access.letter_of(opening, sent)
    question, wish = (letter.question, letter.wish) if letter else ("", "")
    typed = values["question"].strip()
    return sent.service_id == service.pk and typed in {"", question.strip()} and (not typed or wish == values["wish"])
