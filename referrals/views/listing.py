"""The list: what came in and what went out, what waits for us on top."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events.actor import Actor
from people.models import Patient
from people.request import ActingRequest
from referrals import access
from referrals.access import about
from referrals.access.lists import PAGE, Counts, Sift, Tally, announced_to, ended, listed, tally, with_names
from referrals.models import Appointment, Referral
from referrals.moves import Status, Urgency, Verb
from referrals.views.words import ended_words, state


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
    """What was received or sent, running, waiting for us, late or closed, 50 on a page; a fixed number of queries."""
    actor, now = request.actor, timezone.now()
    organisation = access.need_organisation(actor)
    hands = access.hands_of(actor)
    sift, found = Sift.asked(request.GET.dict()), tally(organisation, now, hands)
    if not sift.side:
        sift = replace(sift, side="received" if found.received.open else "sent")
    counts = _counts(found, sift)
    if sift.state == "former":
        return _former(request, found, sift)
    if sift.state == "closed":
        part = ended(organisation, sift, now, request.GET.get("before", ""))
        page, shown, following = None, part.referrals, part.following
    else:
        page = _page(listed(organisation, sift, now, hands), sift, counts, request.GET.get("page"))
        shown, following = with_names(list(page)), ""
    patients = access.patients_of(shown, actor)
    booked = access.booked_among(r for r in shown if r.status == Status.ACCEPTED)
    context = {
        "drafts": access.drafts_for(actor),
        "announced": announced_to(organisation) if sift.side == "received" else 0,
        "rows": [_row(r, patients.get(r.patient_id), booked.get(r.pk), actor, sift) for r in shown],
        "page": page,
        "query": f"{urlencode(sift.kept)}&",
        "more": _link(sift, before=following) if following else "",
        "start": _link(sift) if request.GET.get("before") else "",
        "sift": sift,
        "narrowed": sift.soon or bool(sift.hand) or sift.service is not None or bool(sift.text),
        "services": _services(found, sift),
        "tabs": _tabs(found, sift),
        "sifts": _sifts(counts, sift),
    }
    return render(request, "referrals/list.html", context)


def _former(request: ActingRequest, found: Tally, sift: Sift) -> HttpResponse:
    """What was asked of the own organisation and is with another now; how it goes on there is not for us."""
    rounds = access.former_rounds_for(request.actor).select_related("service")
    page = Paginator(rounds, PAGE).get_page(request.GET.get("page"))
    sift = replace(sift, side="received")
    context = {
        "rounds": [(one, reverse("referrals:thread", args=[one.referral_id]), ended_words(one)) for one in page],
        "page": page,
        "query": f"{urlencode(sift.kept)}&",
        "sift": sift,
        "tabs": _tabs(found, sift),
        "sifts": _sifts(found.received, sift),
    }
    return render(request, "referrals/list.html", context)


def _page(rows: QuerySet[Referral], sift: Sift, counts: Counts, number: str | None) -> Page[int]:
    """The numbers of one page; what the tally counted is not counted again."""
    pages: Paginator[int] = Paginator(rows.values_list("pk", flat=True), PAGE)
    if not (sift.soon or sift.text or sift.hand):
        pages.count = getattr(counts, sift.state)
    return pages.get_page(number)


def _counts(found: Tally, sift: Sift) -> Counts:
    if sift.side == "sent":
        return found.sent
    if sift.service is None:
        return found.received
    return found.services.get(sift.service, ("", Counts()))[1]


def _link(sift: Sift, **more: str) -> str:
    return f"{reverse('referrals:list')}?{urlencode({**sift.kept, **more})}"


def _tabs(found: Tally, sift: Sift) -> list[dict[str, Any]]:
    here = reverse("referrals:list")
    sides = (("received", _("Ontvangen"), found.received), ("sent", _("Verstuurd"), found.sent))
    return [
        {"url": f"{here}?side={side}", "label": label, "count": counts.open, "current": sift.side == side}
        for side, label, counts in sides
    ]


def _sifts(counts: Counts, sift: Sift) -> list[dict[str, Any]]:
    states = (
        ("open", _("lopend"), counts.open),
        ("ours", _("wacht op ons"), counts.ours),
        ("late", _("te laat"), counts.late),
        ("closed", _("gesloten"), None),
        *([("former", _("elders verder"), None)] if sift.side == "received" else []),
    )
    soon = {
        "url": _link(replace(sift, soon=not sift.soon)), "label": _("alleen snel"), "current": sift.soon, "remove": sift.soon,
    }  # fmt: skip
    hands = (("mine", _("van mij"), counts.mine), ("free", _("niet opgepakt"), counts.free))
    held = [
        {
            "url": _link(replace(sift, hand="" if sift.hand == name else name)),  # type: ignore[arg-type]
            "label": label,
            "count": count,
            "current": sift.hand == name,
            "remove": sift.hand == name,
        }
        for name, label, count in hands
        if sift.side == "received" and sift.state in {"open", "ours", "late"}
    ]
    return [
        {"url": _link(replace(sift, state=name)), "label": label, "count": count, "current": sift.state == name}
        for name, label, count in states
    ] + [*held, soon]


def _services(found: Tally, sift: Sift) -> list[dict[str, Any]]:
    """The services to choose between, with how many run; none where an organisation has one."""
    if sift.side != "received" or (len(found.services) < 2 and sift.service is None):
        return []
    return [
        {"value": str(number), "label": name, "count": counts.open, "current": number == sift.service}
        for number, (name, counts) in found.services.items()
    ]


def _row(referral: Referral, patient: Patient | None, made: Appointment | None, actor: Actor, sift: Sift) -> Row:
    kind, label = state(referral, actor, made)
    url, kept = reverse("referrals:thread", args=[referral.pk]), urlencode(sift.kept)
    soon = _("snel") if referral.urgency == Urgency.SOON else ""
    other = referral.referrer if sift.side == "received" else referral.receiving_organisation.name
    may_accept = any(move.verb == Verb.ACCEPT for move in access.moves_for(referral, actor))
    if patient is not None:
        who, note = (
            patient.name,
            " · ".join(filter(None, [patient.get_gender_display(), str(patient.age), patient.place])),
        )
    else:
        who = about(referral)
        note = _("naam na acceptatie") if not access.name_known(referral, actor) else _("niet meer in zorg")
    hand = _in_hand(referral) if sift.side == "received" and sift.state != "closed" else ""
    notes = " · ".join(filter(None, [soon, referral.notice, referral.number, hand]))
    accept = f"{reverse('referrals:move', args=[referral.pk, Verb.ACCEPT])}?then=list&{kept}" if may_accept else ""
    return Row(f"{url}?{kept}", who, note, referral.service.name, notes, other, kind, label, referral.due, accept)


def _in_hand(referral: Referral) -> str:
    return _("bij %(name)s") % {"name": referral.receiver} if referral.receiver else _("niet opgepakt")
