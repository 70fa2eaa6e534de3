"""The list: what came in and what went out, with whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events.actor import Actor
from people.models import Patient
from people.request import ActingRequest
from referrals import access
from referrals.access import about
from referrals.models import Referral
from referrals.moves import MOVES, Status, Urgency, Verb
from referrals.views.words import state

PAGE = 50
RUNNING = [Status.REQUESTED, Status.ASKED_BACK, Status.ACCEPTED, Status.IN_PROGRESS]
STATES = {
    "open": RUNNING,
    "ours": [],
    "closed": [Status.COMPLETED, Status.REJECTED, Status.CANCELLED],
}
TURNS = {side: [move.target for move in MOVES if move.turn == side] for side in ("receiver", "sender")}


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    url: str
    who: str
    who_note: str
    what: str
    what_note: str
    source: str
    status: str
    label: str
    due: datetime | None
    accept: str


@login_required
@require_safe
def index(request: ActingRequest) -> HttpResponse:
    """What was received or sent, open, waiting for us or closed, 50 on a page; a fixed number of queries."""
    actor = request.actor
    organisation = access.need_organisation(actor)
    side = request.GET.get("side", "")
    shown = request.GET.get("state") if request.GET.get("state") in STATES else "open"
    soon, text = request.GET.get("urgency") == Urgency.SOON, request.GET.get("q", "").replace("\0", "").strip()[:80]
    mine = {"received": Q(receiving_organisation_id=organisation), "sent": Q(sending_organisation_id=organisation)}
    if side not in mine:
        some_came_in = access.referrals_for(actor).filter(mine["received"], status__in=RUNNING).exists()
        side = "received" if some_came_in else "sent"
    seen = Q(status=Status.REJECTED, settled_at__isnull=False)
    turn = {"received": Q(status__in=TURNS["receiver"]), "sent": Q(status__in=TURNS["sender"]) & ~seen}
    states = {"open": Q(status__in=RUNNING), "ours": turn[side], "closed": Q(status__in=STATES["closed"])}
    counts = access.referrals_for(actor).aggregate(
        **{name: Count("id", filter=q & Q(status__in=RUNNING)) for name, q in mine.items()},
        **{name: Count("id", filter=mine[side] & q) for name, q in states.items()},
    )
    found = Referral.objects.filter(mine[side] & states[str(shown)])
    if soon:
        found = found.filter(urgency=Urgency.SOON)
    if text:
        found = found.filter(Q(service__name__icontains=text) | Q(number__iexact=text))
    order = (
        [F("closed_at").desc(nulls_last=True)]
        if shown == "closed"
        else [F("due").asc(nulls_last=True), F("sent_at").asc()]
    )
    found = found.select_related("service", "sending_organisation", "receiving_organisation").order_by(*order, "id")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    patients = access.patients_of(list(page), actor)
    kept = {"side": side, "state": str(shown), **({"urgency": "soon"} if soon else {}), **({"q": text} if text else {})}
    here = reverse("referrals:list")

    def link(**changed: str) -> str:
        return f"{here}?{urlencode({k: v for k, v in {**kept, **changed}.items() if v})}"

    context = {
        "rows": [_row(r, patients.get(r.patient_id), actor, side) for r in page],
        "page": page,
        "query": f"{urlencode(kept)}&",
        "side": side,
        "shown": shown,
        "text": text,
        "tabs": [
            {
                "url": f"{here}?side=received",
                "label": _("Ontvangen"),
                "count": counts["received"],
                "current": side == "received",
            },
            {"url": f"{here}?side=sent", "label": _("Verstuurd"), "count": counts["sent"], "current": side == "sent"},
        ],
        "sifts": [
            {"url": link(state="open"), "label": _("lopend"), "count": counts["open"], "current": shown == "open"},
            {
                "url": link(state="ours"),
                "label": _("wacht op ons"),
                "count": counts["ours"],
                "current": shown == "ours",
            },
            {
                "url": link(state="closed"),
                "label": _("gesloten"),
                "count": counts["closed"],
                "current": shown == "closed",
            },
            {"url": link(urgency="" if soon else "soon"), "label": _("alleen snel"), "current": soon, "remove": soon},
        ],
    }
    return render(request, "referrals/list.html", context)


def _row(referral: Referral, patient: Patient | None, actor: Actor, side: str) -> Row:
    kind, label = state(referral, actor)
    url = reverse("referrals:thread", args=[referral.pk])
    soon = _("snel") if referral.urgency == Urgency.SOON else ""
    other = referral.sending_organisation if side == "received" else referral.receiving_organisation
    may_accept = any(move.verb == Verb.ACCEPT for move in access.moves_for(referral, actor))
    if patient is not None:
        who, note = (
            patient.name,
            " · ".join(filter(None, [patient.get_gender_display(), str(patient.age), patient.place])),
        )
    else:
        who = about(referral)
        note = _("naam na acceptatie") if not access.name_known(referral, actor) else _("niet meer in zorg")
    return Row(
        url, who, note, referral.service.name, " · ".join(filter(None, [soon, referral.notice, referral.number])), other.name,
        kind, label, referral.due, f"{reverse('referrals:move', args=[referral.pk, Verb.ACCEPT])}?then=list" if may_accept else "",
    )  # fmt: skip
