"""The citizen's pages: each opens the own record first, and so writes its line in the log."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from dossier.access import answers_for, entries_for, facts_for, participants_for, related_persons_for, sources, when
from people.request import ActingRequest
from portal import access, words
from portal.forms import ChoiceForm
from trust.actions import choose
from trust.categories import EVERYTHING, Category


@login_required
@require_safe
def home(request: ActingRequest) -> HttpResponse:
    """What is going on now, what comes next, and the doors to the rest."""
    opening = access.open_own(request.actor, [Category.IDENTITY, Category.NETWORK, Category.REFERRAL])
    stories = access.stories_for(opening)
    running = [story for story in stories if story.running]
    return render(
        request,
        "portal/home.html",
        {
            "name": words.greeting(opening.patient),
            "first": running[0] if running else None,
            "more": running[1:],
            "ended": len(stories) - len(running),
            "helpers": len(access.helpers_for(opening)),
            "visits": access.visits_lately(request.actor, opening),
        },
    )


@login_required
@require_safe
def referrals(request: ActingRequest) -> HttpResponse:
    """The citizen's referrals, and who was asked to think along."""
    opening = access.open_own(request.actor, [Category.REFERRAL, Category.CONSULTATION])
    return render(
        request,
        "portal/referrals.html",
        {"stories": access.stories_for(opening), "consultations": access.consultations_for(opening)},
    )


@login_required
@require_safe
def referral(request: ActingRequest, pk: int) -> HttpResponse:
    """One referral: its steps, who is involved, and what was sent along."""
    story = access.get_story(access.own_patient(request.actor), pk)
    opening = access.open_own(request.actor, EVERYTHING)
    letter, items = access.letter_for(opening, story.referral)
    kinds = [
        {
            "kind": str(words.CATEGORIES[Category(kind)]),
            "items": [{"item": item, "on": when(item.on_date)} for item in found],
        }
        for kind, found in groupby(items, key=lambda item: item.kind)
    ]
    return render(request, "portal/referral.html", {"story": story, "letter": letter, "kinds": kinds})


@login_required
@require_safe
def referral_state(request: ActingRequest, pk: int) -> HttpResponse:
    """The steps of one referral alone, for a page that stays open; tells the page to stop asking when it has ended."""
    story = access.get_story(access.own_patient(request.actor), pk)
    return render(request, "portal/_state.html", {"story": story}, status=200 if story.running else HTMX_STOP_POLLING)


@login_required
@require_safe
def network(request: ActingRequest) -> HttpResponse:
    """Who helps the citizen, and the contact persons."""
    opening = access.open_own(request.actor, [Category.IDENTITY, Category.NETWORK])
    helpers = access.helpers_for(opening, participants_for(opening))
    return render(request, "portal/network.html", {"helpers": helpers, "related": related_persons_for(opening)})


@login_required
@require_safe
def record(request: ActingRequest) -> HttpResponse:
    """Everything the network knows about the citizen, by kind, with who holds it and from when it is."""
    opening = access.open_own(request.actor, EVERYTHING)
    shown: dict[int, list[dict[str, Any]]] = {}
    for entry in entries_for(opening):
        detail = _("%(kind)s, opgeschreven door %(who)s") % {"kind": entry.get_kind_display(), "who": entry.author_name}
        shown.setdefault(entry.category, []).append(
            {
                "title": entry.text,
                "detail": detail,
                "on": when(entry.on_date.isoformat()),
                "holder": entry.organisation.name,
            }
        )
    for fact in facts_for(opening):
        shown.setdefault(fact.category, []).append(
            {"title": fact.title, "detail": fact.detail, "on": when(fact.on_date), "holder": fact.organisation.name}
        )
    answers = answers_for(opening)
    return render(
        request,
        "portal/record.html",
        {
            "kinds": [
                {"kind": str(words.CATEGORIES[Category(number)]), "facts": shown[number]} for number in sorted(shown)
            ],
            "sources": [
                {"source": source, "answer": answers[source.pk]} for source in sources() if source.pk in answers
            ],
            "identity": getattr(opening.patient, "identity", None),
            "patient": opening.patient,
        },
    )


@login_required
@require_safe
def log(request: ActingRequest) -> HttpResponse:
    """Who looked at the record and who was kept from it."""
    opening = access.open_own(request.actor, [Category.IDENTITY])
    own = request.GET.get("who") == "self"
    page, found = access.visits_for(request.actor, opening, page=request.GET.get("page"), own=own)
    tabs = [
        {"url": reverse("portal:log"), "label": _("Anderen"), "current": not own},
        {"url": f"{reverse('portal:log')}?who=self", "label": _("U zelf"), "current": own},
    ]
    months = [
        {"month": visits[0].day, "visits": visits}
        for visits in (
            list(group) for _month, group in groupby(found, key=lambda visit: (visit.day.year, visit.day.month))
        )
    ]
    return render(
        request,
        "portal/log.html",
        {"months": months, "page": page, "tabs": tabs, "own": own, "query": "who=self&" if own else ""},
    )


@login_required
@require_safe
def consent(request: ActingRequest) -> HttpResponse:
    """Who may see what, with a choice for each kind of reader and each group of data."""
    opening = access.open_own(request.actor, [Category.IDENTITY])
    return render(
        request,
        "portal/consent.html",
        {"readers": access.readers_for(opening), "opened": request.GET.get("reader", ""), "account": request.user.pk},
    )


@login_required
@require_POST
def choose_consent(request: ActingRequest, reader: str, group: str, answer: str) -> HttpResponse:
    """Keep one choice; it counts from this moment, and choosing again undoes it."""
    opening = access.open_own(request.actor, [Category.IDENTITY])
    readers = {found.key: found for found in access.readers_for(opening)}
    organisations = [int(key) for key in readers if key.isdigit()]
    form = ChoiceForm({"reader": reader, "group": group, "answer": answer}, organisations=organisations)
    if not form.is_valid():
        raise Http404
    chosen = form.group_chosen
    choose(
        patient=opening.patient,
        permit=form.permit,
        categories=chosen.categories,
        by=request.actor,
        reader_domain=form.domain,
        reader_organisation=None if form.domain else access.organisation_of(int(reader)),
    )
    former = next(found.state for found in readers[reader].answers if found.group.key == group)
    back = {"yes": "permit", "no": "refuse"}.get(former)
    undo = reverse("portal:choose", args=[reader, group, back]) if back and back != answer else ""
    said = (
        _("%(who)s: u staat toe dat zij %(what)s zien.")
        if form.permit
        else _("%(who)s: u weigert dat zij %(what)s zien.")
    )
    messages.success(request, said % {"who": readers[reader].title, "what": chosen.words}, extra_tags=undo)
    return redirect(f"{reverse('portal:consent')}?reader={reader}#reader-{reader}")
