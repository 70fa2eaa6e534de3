"""What was said in the thread of a referral, as the parties read it, and taking it off the list."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from events.actor import Actor
from people.request import ActingRequest
from referrals import access, actions
from referrals.forms import SayForm
from referrals.models import Referral
from referrals.moves import Verb
from trust.access import Opening


def talk_of(
    referral: Referral, actor: Actor, opening: Opening | None, possible: Collection[Verb], wrong: BaseForm | None
) -> dict[str, Any]:
    """What was said, the form to say something, and what is kept for who may still accept; ``wrong`` is what was typed and is not right."""
    remarks = access.remarks_of(opening, referral) if opening else []
    may_accept = not opening and Verb.ACCEPT in possible
    return {
        "remarks": [
            (one, "ours" if one.organisation_id and one.organisation_id == actor.organisation_id else "theirs")
            for one in remarks
        ],
        "say": (wrong or SayForm()) if Verb.SAY in possible and opening else None,
        "unheard": access.unheard_by(referral, actor),
        "unread": access.said_so_far(referral) if may_accept else 0,
    }


@login_required
@require_POST
def heard(request: ActingRequest, pk: int) -> HttpResponse:
    """What the person said was read; it leaves the list."""
    actions.heard(referral=access.get_referral(request.actor, pk), by=request.actor)
    return redirect("referrals:thread", pk)
