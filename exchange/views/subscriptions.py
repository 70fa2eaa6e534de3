"""The page on which an organisation says which of its systems hear of changes in care networks."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossier.access.health import need_manager
from exchange import access, actions
from exchange.forms import SubscriptionForm
from people.request import ActingRequest


@require_http_methods(["GET", "POST"])
def subscriptions(request: ActingRequest) -> HttpResponse:
    """The systems that hear, when each was told last, and adding one."""
    form = SubscriptionForm(request.POST or None, organisation=need_manager(request.actor))
    if request.method == "POST" and form.is_valid():
        actions.add_subscription(**form.cleaned_data, by=request.actor)
        messages.success(request, _("Dit systeem hoort voortaan wanneer er iets verandert."))
        return redirect("exchange:subscriptions")
    listed = access.subscriptions_for(request.actor)
    return render(request, "exchange/subscriptions.html", {"form": form, "subscriptions": listed})


@require_POST
def subscription_stop(request: ActingRequest, pk: int) -> HttpResponse:
    """Tell a system nothing more."""
    actions.stop_subscription(subscription=access.get_subscription(request.actor, pk), by=request.actor)
    messages.success(request, _("Dit systeem hoort niets meer."))
    return redirect("exchange:subscriptions")
