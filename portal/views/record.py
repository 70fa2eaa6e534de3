"""The citizen's pages about the record: each opens it first, and so writes its line in the log."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import HTMX_STOP_POLLING

from dossier.access import (
    answers_for,
    connected_sources,
    documents_for,
    entries_for,
    facts_for,
    residences_for,
    when,
)
from dossier.access.medication import medication_of
from dossier.models import Fact
from dossier.sources import wording
from people.request import ActingRequest
from portal import access, words
from portal.access import Standing, open_in, open_least
from portal.forms import ReplyForm, SayForm
from portal.views.standing import in_record
from referrals.access import (
    Story,
    answers_of,
    appointment_of,
    asked_of,
    calendar_of,
    explorers_of,
    place_of,
    proposed_for,
    remarks_of,
    reports_of,
)
from referrals.moves import Verb
from trust.categories import EVERYTHING, Category

HOME = frozenset({Category.IDENTITY, Category.NETWORK, Category.REFERRAL})
"""What the first page opens."""

DOORS = {
    "referrals": (Category.REFERRAL, Category.CONSULTATION),
    "network": (Category.NETWORK,),
}
"""What the pages behind the doors need at least."""


LASTING = frozenset(
    {
        Category.IDENTITY, Category.NETWORK, Category.PROBLEMS, Category.ALLERGIES, Category.ALERTS, Category.WISHES,
        Category.FUNCTIONING, Category.DEVICES, Category.MENTAL_HEALTH, Category.SOCIAL, Category.PLAN,
    }
)  # fmt: skip
"""What holds on: said twice it is one thing. A result or a visit in the same words is another one, on another day."""


@in_record
@require_safe
def home(request: ActingRequest, standing: Standing) -> HttpResponse:
    """What is going on now, what comes next, and the doors to the rest."""
    opening = open_in(request.actor, standing, standing.categories & HOME or standing.categories)
    stories = access.stories_for(opening)
    # An appointment comes before anything that only waits.
    running = sorted((story for story in stories if story.running), key=lambda story: story.appointment is None)
    first = running[0] if running else None
    return render(
        request,
        "portal/home.html",
        {
            "standing": standing,
            "sees": {name: standing.covers(*categories) for name, categories in DOORS.items()},
            "first": first,
            "can": [str(verb) for verb in access.steps_for(request.actor, first.referral)]
            if first and standing.acts
            else [],
            "more": running[1:],
            "ended": len(stories) - len(running),
            "helpers": len(access.helpers_for(opening)),
            "visits": access.visits_lately(opening) if standing.acts else 0,
            "news": access.count_new(request.actor, opening) if standing.acts else 0,
            "acts_for_others": standing.own and bool(access.held_by(request.actor)),
            "waiting": access.count_waiting(opening) if standing.guards else 0,
        },
    )


@in_record
@require_safe
def referrals(request: ActingRequest, standing: Standing) -> HttpResponse:
    """The citizen's referrals, and who was asked to think along."""
    wanted = [Category.REFERRAL, Category.CONSULTATION]
    opening = open_in(request.actor, standing, wanted, *wanted)
    return render(
        request,
        "portal/referrals.html",
        {"stories": access.stories_for(opening), "consultations": access.consultations_for(opening)},
    )


@in_record
@require_safe
def referral(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """One referral: its steps, who is involved, what was said and what was sent along, and what the citizen can do now."""
    return referral_page(request, standing, access.get_story(standing, pk))


def referral_page(
    request: ActingRequest,
    standing: Standing,
    story: Story,
    *,
    say: SayForm | None = None,
    reply: ReplyForm | None = None,
) -> HttpResponse:
    """The page of one referral; ``say`` and ``reply`` are what was typed and is not right yet."""
    opening = open_in(request.actor, standing, EVERYTHING)
    letter, later, items = access.letter_for(opening, story.referral)
    can = access.steps_for(request.actor, story.referral) if standing.acts else frozenset()
    kinds = [
        {
            "kind": str(words.CATEGORIES[Category(kind)]),
            "items": [{"item": item, "on": when(item.on_date)} for item in found],
        }
        for kind, found in groupby(items, key=lambda item: item.kind)
        if standing.covers(Category(kind))
    ]
    return render(
        request,
        "portal/referral.html",
        {
            "story": story,
            "letter": letter,
            "later": later,
            "answered": answers_of(opening, story.referral),
            "explorers": [one for one in explorers_of(story.referral) if one.status in {"invited", "agreed"}],
            "kinds": kinds,
            "standing": standing,
            "reports": reports_of(opening, story.referral),
            "remarks": remarks_of(opening, story.referral),
            "can": [str(verb) for verb in can],
            "place": place_of(story.referral),
            "say": say or SayForm(),
            "reply": reply or ReplyForm(),
            "asked": asked_of(story.referral) if Verb.ANSWER in can else None,
            "proposed": proposed_for(story.referral) if Verb.REDIRECT in can else None,
        },
        status=422 if say or reply else 200,
    )


@in_record
@require_safe
def referral_state(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """The steps of one referral alone, for a page that stays open; tells the page to stop asking when it has ended."""
    story = access.get_story(standing, pk)
    response = render(
        request, "portal/_state.html", {"story": story}, status=200 if story.running else HTMX_STOP_POLLING
    )
    if request.GET.get("seen", "") != story.seen:
        response.headers["HX-Refresh"] = "true"
    return response


@in_record
@require_safe
def calendar(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """The appointment of a referral for the own calendar, also to remove one that was called off; it names no care."""
    story = access.get_story(standing, pk)
    open_least(request.actor, standing)
    made = appointment_of(story.referral)
    if made is None:
        raise Http404
    content = calendar_of(made, title=_("Afspraak"), place=made.place, url=reverse("portal:referral", args=[pk]))
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="afspraak.ics"'
    return response


def _held(fact: Fact) -> dict[str, Any]:
    """A fact as the citizen reads it, with what changes its meaning: a limit, a refusal, a state one would not expect."""
    return {
        "title": fact.title,
        "detail": fact.detail if fact.detail != fact.title else "",
        "attention": fact.attention,
        # The state of a medicine follows from its periods and stops, never from what a source calls it.
        "status": "" if fact.category == Category.MEDICATION else fact.status,
        "on": when(fact.on_date),
        "holder": fact.organisation.name,
        "reference": f"fact:{fact.reference}",
        "statements": fact.statements,
    }


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What several care providers hold in the same words as one line, with each of them below it; the order stays."""
    lines: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        said = tuple(str(row.get(name, "")) for name in ("title", "detail", "attention"))
        status = row.get("status", "")
        key = (*said, "" if status in wording.AS_EXPECTED else status)
        # A line with a statement of the citizen stays by itself, so that it is clear to which the statement belongs.
        if row.get("statements") or row.get("url"):
            key = (*key, str(len(lines)))
        if key in lines:
            lines[key]["also"].append(row)
        else:
            lines[key] = {**row, "also": []}
    return list(lines.values())


def _medicines(facts: Iterable[Fact], held: dict[str, dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """One line for each medicine, under whether it is used now, with what is said otherwise of it and everything held of it."""
    return [
        (
            str(words.MEDICINES[section]),
            [
                {
                    "line": one.lead,
                    "otherwise": one.others if one.comparison and one.comparison.conflicts else [],
                    "facts": [held[block.ref] for line in one.lines for block in line.blocks],
                }
                for one in clusters
            ],
        )
        for section, clusters in medication_of(facts).clusters.items()
    ]


@in_record
@require_safe
def record(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Everything the network knows about the citizen, by kind, with who holds it and from when it is."""
    opening = open_in(request.actor, standing, EVERYTHING)
    shown: dict[int, list[dict[str, Any]]] = {}
    for entry in entries_for(opening):
        detail = _("%(kind)s, opgeschreven door %(who)s") % {"kind": entry.get_kind_display(), "who": entry.author_name}
        shown.setdefault(entry.category, []).append(
            {
                "title": entry.text,
                "detail": detail,
                "on": when(entry.on_date.isoformat()),
                "holder": entry.organisation.name,
                "reference": f"entry:{entry.pk}",
                "statements": entry.statements,
            }
        )
    for document in documents_for(opening):
        detail = _("%(kind)s, toegevoegd door %(who)s") % {
            "kind": document.get_kind_display(),
            "who": document.author_name,
        }
        shown.setdefault(document.category, []).append(
            {
                "title": document.title,
                "url": reverse("portal:document", args=[document.category, document.pk]),
                "file": f"{document.get_format_display()}, {filesizeformat(document.size)}",
                "detail": detail,
                "on": when(document.on_date.isoformat()),
                "holder": document.organisation.name,
            }
        )
    facts = facts_for(opening)
    held = {fact.mark: _held(fact) for fact in facts}
    for fact in facts:
        shown.setdefault(fact.category, []).append(held[fact.mark])
    answers = answers_for(opening)
    kinds: list[dict[str, Any]] = []
    at_others: list[dict[str, Any]] = []
    for number in sorted(shown):
        medicines = _medicines(facts, held) if number == Category.MEDICATION else []
        # What stands in a line of a medicine stands there; what else is of this kind, an entry or a document, beside it.
        placed = {fact["reference"] for _heading, lines in medicines for line in lines for fact in line["facts"]}
        rows = [row for row in shown[number] if row.get("reference") not in placed]
        rows = _once(rows) if number in LASTING else rows
        found = sum(len(lines) for _heading, lines in medicines) + len(rows)
        kind = str(words.CATEGORIES[Category(number)])
        if number == Category.IDENTITY:
            at_others = rows
        else:
            kinds.append({"kind": kind, "number": found, "facts": rows, "medicines": medicines})
    return render(
        request,
        "portal/record.html",
        {
            "kinds": kinds,
            "at_others": at_others,
            "sources": [
                {"source": source, "answer": answers[source.pk]}
                for source in connected_sources()
                if source.pk in answers and standing.covers(Category.NETWORK)
            ],
            "standing": standing,
            "identity": getattr(opening.patient, "identity", None),
            "residences": residences_for(opening) if standing.covers(Category.IDENTITY) else [],
            "patient": opening.patient,
        },
    )


@in_record
@require_safe
def log(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Who looked at the record and who was kept from it."""
    access.need_acting(standing)
    opening = access.open_least(request.actor, standing)
    own = request.GET.get("who") == "self"
    page, found = access.visits_for(opening, page=request.GET.get("page"), own=own)
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
