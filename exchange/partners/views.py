"""The pages on which an organisation connects its own software and looks after its keys, and the region says who has secure mail."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from events.errors import Refused
from exchange import fhir
from exchange.partners import connecting, identity, mailboxes
from exchange.partners.forms import ConnectionForm, KeyForm, MailboxForm
from exchange.partners.models import FhirConnection
from people.request import ActingRequest

_FIELDS = ("active", "scopes", "way", "endpoint", "token_url", "own_client_id", "secret")


@require_http_methods(["GET", "POST"])
def connection(request: ActingRequest) -> HttpResponse:
    """What the system may do and where it hears, and its keys."""
    place, found = connecting.need_place(request.actor), connecting.connection_of(request.actor)
    before = {name: getattr(found, name) for name in _FIELDS} if found else {"scopes": []}
    form = ConnectionForm(request.POST or None, organisation=place, initial=before)
    sent = request.method == "POST" and form.is_valid()
    if sent and _done(form, lambda: connecting.connect(**form.cleaned_data, by=request.actor)):
        messages.success(request, _("Uw keuze is bewaard."))
        return redirect("exchange:partner")
    return _page(request, found, form, KeyForm())


@require_POST
def key_add(request: ActingRequest) -> HttpResponse:
    """Have a key count."""
    place, found = connecting.need_place(request.actor), connecting.connection_of(request.actor)
    form = KeyForm(request.POST)
    if form.is_valid() and _done(form, lambda: connecting.add_key(**form.cleaned_data, by=request.actor)):
        messages.success(request, _("Deze sleutel telt nu mee. Stop de vorige als uw systeem is overgestapt."))
        return redirect("exchange:partner")
    before = {name: getattr(found, name) for name in _FIELDS} if found else {"scopes": []}
    return _page(request, found, ConnectionForm(organisation=place, initial=before), form)


@require_POST
def key_stop(request: ActingRequest, pk: int) -> HttpResponse:
    """Have a key count no more."""
    key = connecting.get_key(request.actor, pk)
    if key is None:
        raise Http404
    connecting.stop_key(key=key, by=request.actor)
    messages.success(request, _("Deze sleutel telt niet meer."))
    return redirect("exchange:partner")


@require_http_methods(["GET", "POST"])
def secure_mail(request: ActingRequest) -> HttpResponse:
    """Which organisations have a mailbox of secure mail, and adding one."""
    form = MailboxForm(request.POST or None, places=mailboxes.places_for(request.actor))
    sent = request.method == "POST" and form.is_valid()
    if sent and _done(form, lambda: mailboxes.state(**form.cleaned_data, by=request.actor)):
        messages.success(request, _("Deze mailbox is vastgelegd."))
        return redirect("exchange:secure_mail")
    context = {
        "form": form, "mailboxes": mailboxes.mailboxes_for(request.actor), "relay": settings.SECURE_MAIL_HOST,
        "asks_dns": bool(settings.SECURE_MAIL_DNS),
    }  # fmt: skip
    return render(request, "exchange/secure_mail.html", context, status=422 if form.errors else 200)


@require_POST
def secure_mail_end(request: ActingRequest, pk: int) -> HttpResponse:
    """Have no letter go to a mailbox any more."""
    mailboxes.end(mailbox=get_object_or_404(mailboxes.mailboxes_for(request.actor), pk=pk), by=request.actor)
    messages.success(request, _("Naar deze mailbox gaat geen brief meer."))
    return redirect("exchange:secure_mail")


def _done(form: BaseForm, do: Callable[[], object]) -> bool:
    """Do it; what is refused stands at its field."""
    try:
        do()
    except Refused as refused:
        form.add_error(refused.field or None, refused.message)
        return False
    return True


def _page(request: ActingRequest, found: FhirConnection | None, form: BaseForm, keys: BaseForm) -> HttpResponse:
    wrong = form.errors or keys.errors
    context = {
        "connection": found,
        "form": form,
        "key_form": keys,
        "keys": list(found.keys.all()) if found else [],
        "token_address": identity.token_address(),
        "base": fhir.BASE,
    }
    return render(request, "exchange/partner.html", context, status=422 if wrong else 200)
