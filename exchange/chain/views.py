"""The pages of messages with municipalities and providers, and the address where the hub brings them."""

from __future__ import annotations

import json
from hmac import compare_digest
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossier.access.health import need_manager
from dossier.documents.upload import takes_file
from events.actor import act, own_transaction
from exchange.chain import access, codes, handling, making
from exchange.chain.forms import AnswerForm, FileForm, ProductForm, RequestForm, StartForm, StopForm
from exchange.chain.models import Assignment, ChainMessage
from exchange.chain.read import LARGEST, Unreadable
from exchange.models import ChainConnection
from people.request import ActingRequest
from referrals.access import get_referral
from referrals.models import Referral
from trust.access import Opening

PAGE = 30
REASONS: dict[str, Any] = {
    "too-big": gettext_lazy("het bestand is te groot"),
    "byte-order-mark": gettext_lazy("het bestand begint met een byte order mark"),
    "encoding": gettext_lazy("het bestand is niet in UTF-8"),
    "document-type": gettext_lazy("een documenttype of verwijzing naar buiten is niet toegestaan"),
    "too-complex": gettext_lazy("het bestand heeft te veel onderdelen"),
    "unknown-attribute": gettext_lazy("een attribuut dat de standaard niet kent"),
    "broken-xml": gettext_lazy("geen goed gevormde XML"),
    "unknown-message": gettext_lazy("geen bericht iWmo of iJw 3.2 dat hier wordt verwerkt"),
    "text-between": gettext_lazy("tekst tussen elementen"),
    "missing": gettext_lazy("een verplicht element ontbreekt"),
    "unknown-element": gettext_lazy("een element dat de standaard hier niet kent"),
    "wrong-namespace": gettext_lazy("een element uit de verkeerde namespace"),
    "out-of-place": gettext_lazy("een element op de verkeerde plaats, of te vaak"),
    "empty": gettext_lazy("een leeg element"),
    "too-long": gettext_lazy("een te lange waarde"),
    "unknown-code": gettext_lazy("een code die niet in de lijst staat"),
    "form": gettext_lazy("een waarde in de verkeerde vorm"),
}
STATES = {
    ChainMessage.Status.WAITING: "ours",
    ChainMessage.Status.HANDLED: "ok",
    ChainMessage.Status.REFUSED: "stuck",
    ChainMessage.Status.SENT: "theirs",
    ChainMessage.Status.APPROVED: "ok",
    ChainMessage.Status.DECLINED: "stuck",
}


def _line(message: ChainMessage) -> dict[str, Any]:
    faults = [
        {"words": codes.RETURN_CODES.get(str(one["code"]), ""), "parts": str(one["path"]).split("/"), **one}
        for one in message.faults
    ]
    return {
        "message": message,
        "kind": codes.KINDS[message.kind],
        "chip": STATES[ChainMessage.Status(message.status)],
        "faults": faults,
        "returns": list(message.returns.all()) if message.answers_id is None else [],
    }


@takes_file
@require_http_methods(["GET", "POST"])
def chain(request: ActingRequest) -> HttpResponse:
    """Every message of the own organisation with how it stands, and bringing a file."""
    actor = request.actor
    place = access.need_desk(actor)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    unreadable: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            taken = handling.bring(body=form.cleaned_data["file"], by=actor)
        except Unreadable as error:
            unreadable = {"words": REASONS.get(error.reason, error.reason), "line": error.line, "path": error.path}
            unreadable["parts"] = error.path.split("/")
        else:
            said = _("Dit bericht was hier al; er is niets veranderd.") if taken.again else _("Het bericht is gelezen.")
            messages.success(request, said)
            return redirect("exchange:chain_message", taken.message.pk)
    page = Paginator(access.messages_for(actor), PAGE).get_page(request.GET.get("page"))
    connection = access.connection_of(actor)
    context = {
        "form": form, "unreadable": unreadable, "page": page, "lines": [_line(one) for one in page], "place": place,
        "code": access.code_of(place), "connection": connection,
        "mine": bool(connection and connection.acting and connection.acting.user_id == actor.user_id),
    }  # fmt: skip
    return render(request, "exchange/chain.html", context, status=422 if unreadable else 200)


@require_safe
def message(request: ActingRequest, pk: int) -> HttpResponse:
    """One message: how it stands, what was wrong and where, and what may be done with it."""
    found = access.get_message(request.actor, pk)
    returned = [_line(one) for one in found.returns.select_related("sender", "receiver")]
    waiting = found.status == ChainMessage.Status.WAITING
    context = {
        "line": _line(found), "returned": returned, "has_file": found.sealed is not None,
        "may_handle": waiting and found.kind != "315", "received": found.receiver_id == request.actor.organisation_id,
        "answerable": waiting and found.kind == "315" and found.receiver_id == request.actor.organisation_id and found.referral_id,
    }  # fmt: skip
    return render(request, "exchange/chain_message.html", context)


@require_POST
def message_step(request: ActingRequest, pk: int, step: str) -> HttpResponse:
    """Handle a message, or take news of it off the list."""
    actor = request.actor
    found = access.get_message(actor, pk)
    if step == "handle":
        handled = handling.handle(message=found, by=actor)
        said = [_("Het bericht is verwerkt.")]
        if handled.compared and handled.compared.proposed:
            n = handled.compared.proposed
            words = ngettext(
                "Bij %(n)s contactpersoon is een wijziging voorgesteld.",
                "Bij %(n)s contactpersonen is een wijziging voorgesteld.",
                n,
            )
            said.append(words % {"n": n})
        if handled.compared and handled.compared.unknown:
            n = handled.compared.unknown
            words = ngettext(
                "%(n)s contactpersoon staat niet in het netwerk.", "%(n)s contactpersonen staan niet in het netwerk.", n
            )
            said.append(words % {"n": n})
        messages.success(request, " ".join(said))
    elif step == "seen":
        handling.see(message=found, by=actor)
        messages.success(request, _("Van de lijst gehaald."))
    else:
        raise Http404
    return redirect("exchange:chain_message", pk)


@require_POST
def message_file(request: ActingRequest, pk: int) -> HttpResponse:
    """The file of a message, for the system of the own organisation."""
    found = access.get_message(request.actor, pk)
    access.open_message(request.actor, found)
    body = handling.fetch(message=found, by=request.actor)
    if body is None:
        raise Http404
    response = HttpResponse(body, content_type="application/xml; charset=utf-8")
    name = get_valid_filename(f"{found.law}{found.kind}-{found.identification}.xml")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def assignments(request: ActingRequest, pk: int) -> HttpResponse:
    """What was asked and assigned at a referral, and the messages that can be made about it."""
    referral = get_referral(request.actor, pk)
    access.need_desk(request.actor)
    opening = access.open_for_message(request.actor, referral)
    rows = [one for one in access.assignments_of(request.actor, opening) if one.referral_id == referral.pk]
    return render(request, "exchange/assignments.html", _at(request, referral, rows))


def _at(request: ActingRequest, referral: Referral, rows: list[Assignment]) -> dict[str, Any]:
    mine = request.actor.organisation_id
    municipal = bool(access.need_desk(request.actor).municipality_code)
    asked = [one for one in rows if one.status in {Assignment.Status.ASKED, Assignment.Status.STUDIED}]
    return {
        "referral": referral,
        "rows": [
            {
                "one": one,
                "category": codes.CATEGORIES.get(one.product_category, one.product_category)
                if one.law == "wmo"
                else one.product_category,
                "unit": codes.UNITS.get(one.unit, ""),
                "frequency": codes.FREQUENCIES.get(one.frequency, ""),
                "periods": access.periods_of(one),
                "refusal": codes.REFUSALS[one.refusal][0] if one.refusal else "",
                "may_answer": municipal and one in asked,
                "may_start": not municipal and one.status == Assignment.Status.ASSIGNED and not one.running,
                "may_stop": not municipal and one.running,
            }
            for one in rows
        ],
        "may_request": not municipal and referral.sending_organisation_id == mine and not asked,
        "may_assign": municipal and (referral.receiving_organisation_id == mine or referral.accepted_at is not None),
    }


@require_http_methods(["GET", "POST"])
def make(request: ActingRequest, pk: int, kind: str, number: int = 0) -> HttpResponse:
    """Make one message about a referral: ask, assign, answer, tell that help began or ended."""
    actor = request.actor
    referral = get_referral(actor, pk)
    access.need_desk(actor)
    opening = access.open_for_message(actor, referral)
    rows = [one for one in access.assignments_of(actor, opening) if one.referral_id == referral.pk]
    one = next((row for row in rows if row.pk == number), None)
    if (kind in {"answer", "start", "stop"}) != (one is not None):
        raise Http404
    form = _form(kind, request, referral, rows, one)
    if request.method == "POST" and form.is_valid():
        made = _make(kind, opening, referral, one, form.cleaned_data, request)
        said = _("Het bericht is verstuurd.") if access.connected(made.receiver_id) else _("Het bericht staat klaar.")
        messages.success(request, said)
        return redirect("exchange:assignments", pk)
    titles = {
        "request": _("Verzoek om toewijzing"),
        "assign": _("Toewijzen"),
        "answer": _("Verzoek beantwoorden"),
        "start": _("Start melden"),
        "stop": _("Stop melden"),
    }
    return render(request, "exchange/chain_make.html", {"form": form, "referral": referral, "title": titles[kind]})


def _form(
    kind: str, request: ActingRequest, referral: Referral, rows: list[Assignment], one: Assignment | None
) -> forms.Form:
    said, law = request.POST or None, referral.service.law
    if kind == "request":
        return RequestForm(said, law=law)
    if kind == "assign":
        asked = next((row for row in rows if row.status in {Assignment.Status.ASKED, Assignment.Status.STUDIED}), None)
        return ProductForm(said, law=law, asked=asked)
    if kind == "answer":
        return AnswerForm(said)
    if kind == "start":
        return StartForm(said)
    if kind == "stop":
        return StopForm(said, law=law)
    raise Http404


def _make(
    kind: str,
    opening: Opening,
    referral: Referral,
    one: Assignment | None,
    said: dict[str, Any],
    request: ActingRequest,
) -> ChainMessage:
    by = request.actor
    if kind == "request":
        return making.request(opening=opening, referral=referral, values=said, by=by)
    if kind == "assign" or one is None:
        return making.assign(opening=opening, referral=referral, values=said, by=by)
    if kind == "answer":
        return making.answer(opening=opening, assignment=one, values=said, by=by)
    if kind == "start":
        return making.tell_start(opening=opening, assignment=one, on=said["on"], by=by)
    return making.tell_stop(opening=opening, assignment=one, on=said["on"], reason=said["reason"], by=by)


@require_POST
def stand_for(request: ActingRequest) -> HttpResponse:
    """Have steps from messages taken in the own name, or no longer."""
    handling.stand_for(takes=request.POST.get("takes") == "yes", by=request.actor)
    messages.success(request, _("Uw keuze is bewaard."))
    return redirect("exchange:chain")


@require_http_methods(["GET", "POST"])
def connection(request: ActingRequest) -> HttpResponse:
    """Whether the own organisation exchanges messages through the hub, for who manages its connections."""
    organisation = need_manager(request.actor)
    if request.method == "POST":
        handling.connect(active=request.POST.get("active") == "yes", by=request.actor)
        messages.success(request, _("Uw keuze is bewaard."))
        return redirect("exchange:chain_connection")
    found = ChainConnection.objects.filter(organisation=organisation).select_related("acting__user").first()
    context = {
        "connection": found, "organisation": organisation, "code": access.code_of(organisation), "hub": bool(settings.CHAIN_URL),
    }  # fmt: skip
    return render(request, "exchange/chain_connection.html", context)


@csrf_exempt
@login_not_required
@require_POST
@own_transaction
def hub(request: ActingRequest) -> HttpResponse:
    """Take a message that the hub brings, which shows the secret that both know; without one in the settings this does not exist.

    202: taken, the return message follows. 422 with place and reason: no message by the schema. 403: its sender is not
    connected, or its receiver takes no part. Nothing in the answer tells about whom the network knows.
    """
    secret = settings.CHAIN_SECRET
    if not secret:
        raise Http404
    shown = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if not compare_digest(shown, f"Bearer {secret}".encode()):
        response = _problem(401, "login")
        response["WWW-Authenticate"] = "Bearer"
        return response
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length[:12]) > LARGEST:
        return _problem(413 if length else 411, "too-big" if length else "length")
    if request.headers.get("Content-Type", "").partition(";")[0].strip() not in {"application/xml", "text/xml"}:
        return _problem(415, "content-type")
    body = request.read(int(length) + 1)
    try:
        with act(making.MACHINERY) as machinery:
            taken = handling.bring_from_hub(body=body, by=machinery)
    except Unreadable as error:
        return _problem(422, error.reason, line=error.line, path=error.path)
    except PermissionDenied as error:
        return _problem(403, "party", detail=str(error))
    told = {"identification": taken.message.identification, "again": taken.again}
    return HttpResponse(json.dumps(told), status=202, content_type="application/json")


def _problem(status: int, reason: str, **more: object) -> HttpResponse:
    """What was wrong (RFC 9457), without a word of what the message says."""
    told = {"type": "about:blank", "status": status, "title": reason, **{k: v for k, v in more.items() if v}}
    return HttpResponse(json.dumps(told), status=status, content_type="application/problem+json")
