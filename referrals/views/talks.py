"""The explorers of a talk on the page of its referral: asking them, their answer, and letting them go."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from people.request import ActingRequest
from referrals import access, actions
from referrals.forms import InviteForm, JoinForm
from referrals.models import Exploring, Referral
from referrals.moves import HELPING
from referrals.moves.talks import ExplorerStatus


@login_required
@require_POST
def explorers(request: ActingRequest, pk: int, verb: str) -> HttpResponse:
    """Ask somebody (``invite``), take it back (``release``), or answer for the own organisation (``join``, ``decline``)."""
    actor = request.actor
    referral = access.get_referral(actor, pk)
    if verb == "invite":
        form = InviteForm(request.POST, able=access.explorers_to_ask(referral))
        _need(form)
        domain, number = form.chosen()
        place = get_object_or_404(Organisation, pk=number)
        actions.invite(referral=referral, organisation=place, domain=domain, by=actor)
        messages.success(request, _("%(name)s is gevraagd.") % {"name": place.name})
    elif verb == "release":
        typed = request.POST.get("exploring", "")
        found = Exploring.objects.filter(referral=referral, pk=int(typed[:18]) if typed.isdecimal() else 0)
        actions.release(referral=referral, exploring=get_object_or_404(found), by=actor)
        messages.success(request, _("De uitnodiging is ingetrokken."))
    elif verb == "join":
        joining = JoinForm(request.POST, colleagues=access.colleagues_for(actor))
        _need(joining)
        actions.join(referral=referral, user_id=joining.cleaned_data["user"], by=actor)
        messages.success(request, _("U doet mee aan het verkennend gesprek. Naam en brief staan voor u open."))
    elif verb == "decline":
        actions.decline(referral=referral, by=actor)
        messages.success(request, _("U doet niet mee; wie het gesprek leidt krijgt bericht."))
        return redirect("workplace:today")
    else:
        raise Http404
    return redirect("referrals:thread", pk)


def _need(form: InviteForm | JoinForm) -> None:
    if not form.is_valid():
        field, found = next(iter(form.errors.items()))
        raise Refused(str(found[0]), field=field)


def talk_shown(referral: Referral, actor: Actor) -> dict[str, Any]:
    """What the page of a referral shows of a talk; nothing for any other referral."""
    talk = access.talk_of(referral, actor)
    if talk is None:
        return {"talk": None}
    runs = referral.status in HELPING
    mine = talk.mine if runs and not talk.leads else None
    return {
        "talk": talk,
        "invite_form": InviteForm(able=access.explorers_to_ask(referral))
        if runs and talk.leads and talk.room
        else None,
        "join_form": JoinForm(colleagues=access.colleagues_for(actor)) if mine else None,
        "invited": mine is not None and mine.status == ExplorerStatus.INVITED,
        "joined": mine is not None and mine.status == ExplorerStatus.AGREED,
        "talk_runs": runs,
    }
