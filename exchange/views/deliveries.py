"""The page on which who manages the connections sees which messages do not arrive, and has them tried again or given up."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from dossier.access.health import reason_words
from exchange import access, actions
from exchange.forms import SkipForm
from people.request import ActingRequest

FAULTS = {
    "ConnectError": "no-connection",
    "ConnectionRefusedError": "no-connection",
    "ConnectTimeout": "deadline",
    "ReadTimeout": "deadline",
    "WriteTimeout": "deadline",
    "TimeoutError": "deadline",
    "ReadError": "connection-lost",
    "WriteError": "connection-lost",
    "RemoteProtocolError": "broken-http",
    "SMTPServerDisconnected": "connection-lost",
    "SMTPConnectError": "no-connection",
    "SMTPAuthenticationError": "status-401",
    "address": "bad-address",
    "name": "no-connection",
    "secret": "secret-missing",
}
"""What went wrong on the way out, in the words that the pages of sources have for it."""
OWN = {
    "no-tls": gettext_lazy("geen versleutelde verbinding aangeboden"),
    "dns": gettext_lazy("kon niet nagaan of het domein beveiligde e-mail aanneemt"),
}
"""What only goes wrong with secure mail."""


def _words(fault: str) -> str:
    if fault in OWN:
        return str(OWN[fault])
    return reason_words(FAULTS.get(fault, fault.replace("http-", "status-"))) if fault else ""


def _status(one: access.Duties) -> tuple[str, str]:
    if one.failing_since:
        return "late", _("antwoordt niet")
    if one.parked:
        return "stuck", _("neemt iets niet aan")
    return "neutral", _("onderweg")


@require_safe
def deliveries(request: ActingRequest) -> HttpResponse:
    """Where messages wait, how many, since when and why; those that are parked one by one, without whom they are about."""
    rows = [
        {
            "duties": one,
            "fault": _words(one.fault),
            "status": _status(one)[0],
            "words": _status(one)[1],
            "parked": [
                {"message": message, "fault": _words(message.fault), "form": SkipForm(prefix=str(message.pk))}
                for message in one.messages
            ],
        }
        for one in access.duties_for(request.actor)
    ]
    return render(request, "exchange/deliveries.html", {"rows": rows})


@require_POST
def delivery_retry(request: ActingRequest) -> HttpResponse:
    """Try a destination again now."""
    again = actions.try_again(destination=request.POST.get("destination", ""), by=request.actor)
    words = ngettext(
        "Het wordt nu opnieuw geprobeerd, ook %(n)s bericht dat apart stond.",
        "Het wordt nu opnieuw geprobeerd, ook %(n)s berichten die apart stonden.",
        again,
    )
    messages.success(request, words % {"n": again} if again else _("Het wordt nu opnieuw geprobeerd."))
    return redirect("exchange:deliveries")


@require_POST
def delivery_skip(request: ActingRequest, pk: int) -> HttpResponse:
    """Give up one message that is parked."""
    form = SkipForm(request.POST, prefix=str(pk))
    if form.is_valid():
        destination = request.POST.get("destination", "")
        actions.skip(delivery=pk, destination=destination, reason=form.cleaned_data["reason"], by=request.actor)
        messages.success(request, _("Dit bericht wordt overgeslagen. Wat erna kwam, gaat nu verder."))
    else:
        messages.error(request, _("Kies waarom u dit bericht overslaat."))
    return redirect("exchange:deliveries")
