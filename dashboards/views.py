"""The pages of figures, and the same figures as a table to download."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboards import access, sentences
from dashboards.figures import FEWEST, STALE_DAYS, Count, Days, Month, WaitingTimes
from dashboards.forms import PERIODS, PeriodForm, SelectionForm
from people.request import ActingRequest
from referrals.moves import TALK_OUTCOMES, RejectionReason


def _points(months: list[Month], wait: str) -> list[dict[str, Any]]:
    """The months as points of a line chart, with the band from the middle to where four in five are."""
    points = []
    for month in months:
        middle, p80 = getattr(month, wait), getattr(month, f"{wait}_p80")
        points.append(
            {
                "label": date_format(month.month, _("b Y")),
                "value": middle.value,
                "low": middle.value if p80.value is not None else None,
                "high": p80.value if middle.value is not None else None,
                "n": middle.n if middle.state in {"known", "not_yet"} else f"< {FEWEST}" if middle.n else 0,
            }
        )
    return points


def _tabs(request: ActingRequest, form: SelectionForm) -> list[dict[str, Any]]:
    query = request.GET.copy()
    tabs = []
    for value, label in PERIODS:
        query["months"] = value
        tabs.append({"url": f"?{query.urlencode()}", "label": label, "current": form.selection.months == int(value)})
    return tabs


@login_required
@require_safe
def waiting_times(request: ActingRequest) -> HttpResponse:
    """Waiting times of the region: a sentence first, then the figures behind it."""
    form = SelectionForm(request.GET, offer=access.offer_for(request.actor))
    found = access.waiting_times_for(request.actor, form.selection)
    return render(
        request,
        "dashboards/waiting_times.html",
        {
            "form": form,
            "subject": form.subject,
            "sentences": sentences.summary(found.whole),
            "found": found,
            "months": form.selection.months,
            "tiles": _tiles(found),
            "tabs": _tabs(request, form),
            "start_points": _points(found.months, "start"),
            "answer_points": _points(found.months, "answer"),
            "rejections": _rejections(found),
            "query": request.GET.urlencode(),
            "now": timezone.now(),
            "definitions": reverse("dashboards:definitions"),
            "fewest": FEWEST,
        },
    )


def _rejections(found: WaitingTimes) -> list[dict[str, Any]]:
    return [
        {"label": RejectionReason(reason).label if reason else _("geen reden"), "value": n.shown, "n": None}
        for reason, n in found.rejections
    ]


def _tiles(found: WaitingTimes) -> list[dict[str, Any]]:
    """The key figures, each with its definition and the figure to hold it against."""
    quarter, former = found.quarter, _("vorig kwartaal")
    response = quarter.response
    return [
        {"label": _("Verstuurd"), "anchor": "sent", "figure": quarter.sent.now, "beside": former, "other": quarter.sent.former},
        {
            "label": _("Geaccepteerd"), "anchor": "accepted", "figure": quarter.accepted.now,
            "beside": former, "other": quarter.accepted.former,
        },
        {
            "label": _("Afgewezen"), "anchor": "rejected", "figure": quarter.rejected.now,
            "beside": former, "other": quarter.rejected.former,
        },
        {
            "label": _("Tijd tot antwoord, mediaan"), "anchor": "response", "figure": response.now, "days": True,
            "beside": former, "other": response.former,
        },
        {
            "label": _("Wacht nu nog"), "anchor": "providers", "figure": found.whole.waiting,
            "beside": _("tot nu toe, mediaan"), "other": found.whole.waiting_so_far, "beside_days": True,
        },
        {
            "label": _("Verkennende gesprekken sinds het begin"), "anchor": "talks", "figure": quarter.talks,
            "beside": _("waarvan dit kwartaal"), "other": quarter.talks_this,
        },
    ]  # fmt: skip


@login_required
@require_safe
def emergencies(request: ActingRequest) -> HttpResponse:
    """How often emergency access was used, per month and organisation, and what the reviews found."""
    form = PeriodForm(request.GET)
    months = form.months_chosen
    found = access.emergencies_for(request.actor, months=months)
    points = [
        {"label": date_format(one.label, _("b Y")), "value": one.started.shown, "n": _count(one.started)}
        for one in found.months
    ]
    bars = [{"label": one.label, "value": one.started.shown} for one in found.organisations]
    tabs = [{"url": f"?months={value}", "label": label, "current": months == int(value)} for value, label in PERIODS]
    context = {
        "found": found, "points": points, "bars": bars, "tabs": tabs, "fewest": FEWEST, "now": timezone.now(),
        "sentences": sentences.emergencies(found.whole),
    }  # fmt: skip
    return render(request, "dashboards/emergencies.html", context)


@login_required
@require_safe
def talks(request: ActingRequest) -> HttpResponse:
    """How many exploratory talks were asked, planned and held, by month and outcome."""
    months = PeriodForm(request.GET).months_chosen
    found = access.talks_for(request.actor, months=months)
    words = [*(str(outcome.label) for outcome in TALK_OUTCOMES), _("nog geen uitkomst")]
    points = [
        {"label": date_format(one.month, _("b Y")) if one.month else "", "value": one.held.shown, "n": _count(one.held)}
        for one in found.months
    ]
    bars = [{"label": label, "value": count.shown} for label, count in zip(words, found.whole.led, strict=True)]
    tabs = [{"url": f"?months={value}", "label": label, "current": months == int(value)} for value, label in PERIODS]
    context = {
        "found": found, "words": words, "points": points, "bars": bars, "tabs": tabs, "fewest": FEWEST, "now": timezone.now(),
        "rows": [(one, list(zip(words, one.led, strict=True))) for one in reversed(found.months)],
        "sentences": sentences.talks(found.whole),
    }  # fmt: skip
    return render(request, "dashboards/talks.html", context)


@login_required
@require_safe
def stuck(request: ActingRequest) -> HttpResponse:
    """Which referrals of the region are stuck, with whom and why."""
    found = access.stuck_for(request.actor)
    bars = [{"label": name, "value": count} for name, count in found.holders[:12]]
    context = {"found": found, "bars": bars, "sentences": sentences.stuck(found), "now": timezone.now()}
    return render(request, "dashboards/stuck.html", context)


@login_required
@require_safe
def definitions(request: ActingRequest) -> HttpResponse:
    """How each figure is computed."""
    access.require_dashboards(request.actor)
    return render(
        request, "dashboards/definitions.html", {"fewest": FEWEST, "stale_days": STALE_DAYS, "now": timezone.now()}
    )


def _count(count: Count) -> str:
    return _("te weinig") if count.shown is None else str(count.shown)


def _days(figure: Days) -> list[str]:
    """The value and the number it rests on, as two cells."""
    value = {"nobody": "", "too_few": _("te weinig"), "not_yet": _("nog niet bekend")}.get(figure.state, "")
    if figure.value is not None:
        value = number_format(figure.value, 0 if figure.value.is_integer() else 1, use_l10n=True)
    return [value, f"< {FEWEST}" if figure.state == "too_few" else str(figure.n)]


def _provider_table(found: WaitingTimes) -> Iterable[list[str]]:
    yield [
        _("aanbieder"), _("antwoord mediaan (dagen)"), _("geantwoord"), _("start mediaan van wie begon (dagen)"), _("begonnen"),
        _("start 80% van wie begon (dagen)"), _("start mediaan met wie nog wacht (dagen)"), _("meegeteld"), _("wacht nog"),
        _("wacht nu mediaan (dagen)"), _("eigen opgave (dagen)"), _("gemeten op"), _("verouderd"),
    ]  # fmt: skip
    for p in found.providers:
        yield [
            p.name, *_days(p.answer), *_days(p.start), _days(p.start_p80)[0], *_days(p.whole),
            _count(p.waiting), _days(p.waiting_so_far)[0],
            "" if p.reported is None else str(p.reported), p.measured_on.isoformat() if p.measured_on else "", _("ja") if p.stale else "",
        ]  # fmt: skip


def _month_table(found: WaitingTimes) -> Iterable[list[str]]:
    yield [
        _("maand van versturen"), _("verstuurd"), _("antwoord mediaan (dagen)"), _("meegeteld"), _("antwoord 80% (dagen)"),
        _("start mediaan (dagen)"), _("meegeteld"), _("start 80% (dagen)"), _("wacht nog"),
    ]  # fmt: skip
    for m in found.months:
        yield [
            m.month.strftime("%Y-%m"),
            _count(m.sent),
            *_days(m.answer),
            _days(m.answer_p80)[0],
            *_days(m.start),
            _days(m.start_p80)[0],
            _count(m.waiting),
        ]


def _rejection_table(found: WaitingTimes) -> Iterable[list[str]]:
    yield [_("reden"), _("afgewezen")]
    for reason, n in found.rejections:
        yield [str(RejectionReason(reason).label if reason else _("geen reden")), _count(n)]


TABLES = {"providers": _provider_table, "months": _month_table, "rejections": _rejection_table}


@login_required
@require_safe
def download(request: ActingRequest, table: str) -> HttpResponse:
    """One table of the page as a file that a Dutch spreadsheet opens: semicolons, decimal commas, a byte order mark."""
    if table not in TABLES:
        raise Http404
    form = SelectionForm(request.GET, offer=access.offer_for(request.actor))
    found = access.waiting_times_for(request.actor, form.selection)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table}-{timezone.localdate():%Y-%m-%d}.csv"'
    writer = csv.writer(response, delimiter=";")
    writer.writerows(TABLES[table](found))
    return response
