"""The person without the portal: the paper to print, stating that the person was told, and choosing how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from events.actor import Actor
from people.models import Patient
from people.request import ActingRequest
from referrals import access, actions
from referrals.letter import pdf
from referrals.models import Referral, Step
from referrals.moves import Told
from trust.access import Opening


@login_required
@require_safe
def paper(request: ActingRequest, pk: int) -> HttpResponse:
    """The copy for the person as PDF/A, to print at once; the name of the file says nothing about the person.

    For who gives it, with the record open. It is in Dutch, whatever language the page is in.
    """
    actor = request.actor
    referral = access.get_referral(actor, pk)
    if not access.gives_copy(referral, actor):
        raise PermissionDenied(_("Dit kan alleen de organisatie die de inwoner op de hoogte houdt."))
    opening = access.open_referral(actor, referral)
    if opening is None:
        raise PermissionDenied(_("U ziet deze inwoner niet meer."))
    with override(settings.LANGUAGE_CODE):
        content = {**access.paper_of(referral, opening), "address_of_portal": settings.ADDRESS}
        made = pdf(referral, content, "referrals/paper.html")
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{referral.number}.pdf"'
    return response


@login_required
@require_POST
def told(request: ActingRequest, pk: int) -> HttpResponse:
    """State that the person has the paper, or was told."""
    how = request.POST.get("how", "")
    if how not in Told.values:
        raise Http404
    referral = access.get_referral(request.actor, pk)
    actions.tell_person(referral=referral, how=how, by=request.actor)
    messages.success(request, _("Opgeschreven bij %(number)s.") % {"number": referral.number})
    return redirect("referrals:thread", pk)


@login_required
@require_POST
def channel(request: ActingRequest, pk: int) -> HttpResponse:
    """Have the person told in another way."""
    referral = access.get_referral(request.actor, pk)
    actions.choose_channel(referral=referral, channel=request.POST.get("channel", ""), by=request.actor)
    messages.success(request, _("Aangepast hoe de inwoner bericht krijgt."))
    return redirect("referrals:thread", pk)


def telling_of(referral: Referral, steps: Sequence[Step], actor: Actor, opening: Opening | None) -> dict[str, Any]:
    """What the page says of how the person is told: what waits, and the choice for who gives the copy."""
    waiting = access.to_tell(referral, steps, actor)
    patient: Patient | None = opening.patient if opening else None
    return {
        "telling": {
            "paper": waiting.paper,
            "closed": opening is None,
            "said": access.said_of(waiting, referral),
            "words": access.words_of(referral),
            "channels": access.channels_for(patient) if patient and access.may_choose(referral, actor) else [],
        }
    }
