"""The pages of connected source systems: how they do, connecting one, changing it, and trying whether it answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossier.access import health
from dossier.access.health import Health, Period, reason_words
from dossier.actions import change_source, connect_source, try_source
from dossier.models import SourceAnswer
from dossier.sources.shared import Breaker
from events.actor import act, own_transaction
from events.errors import Refused
from exchange.forms import SourceForm
from people.models import Domain
from people.request import ActingRequest
from trust.categories import from_mask, named

PAGE = 50


def _period(request: ActingRequest) -> Period:
    asked = request.GET.get("period", "")
    return next((one for one in Period if one == asked), Period.DAY)


def _tabs(period: Period) -> list[dict[str, Any]]:
    words = {Period.DAY: _("24 uur"), Period.WEEK: _("7 dagen"), Period.MONTH: _("30 dagen")}
    return [{"url": f"?period={one}", "label": words[one], "current": one == period} for one in Period]


def _words(status: str, breaker: Breaker) -> str:
    if status == "stuck" and breaker.state == "half_open":
        return _("wordt weer geprobeerd")
    return {
        "off": _("wordt niet gevraagd"),
        "stuck": _("met rust gelaten"),
        "neutral": _("nog niets gevraagd"),
        "late": _("vaak geen antwoord"),
    }.get(status, _("antwoordt"))


def _row(one: Health) -> dict[str, Any]:
    return {"health": one, "status": one.status, "words": _words(one.status, one.breaker)}


@require_safe
def sources(request: ActingRequest) -> HttpResponse:
    """Every source that the reader manages, or all of them for the region, with how it does."""
    actor = request.actor
    organisation = health.need_manager(actor)
    period = _period(request)
    page = Paginator(health.sources_for(actor), PAGE).get_page(request.GET.get("page"))
    regional = organisation.domain == Domain.REGION
    context = {
        "rows": [_row(one) for one in health.healths(page, period)],
        "page": page,
        "query": f"period={period}",
        "tabs": _tabs(period),
        "regional": regional,
        "may_connect": not regional,
    }
    return render(request, "exchange/sources.html", context)


@require_safe
def source(request: ActingRequest, pk: int) -> HttpResponse:
    """One source: how it does over a period, why it failed, its breaker and its last answers."""
    actor = request.actor
    found = health.get_source(actor, pk)
    period = _period(request)
    (one,) = health.healths([found], period, last=True)
    course = health.course(found, period)
    context = {
        **_row(one),
        "source": found,
        "kinds": named(from_mask(found.categories)),
        "tabs": _tabs(period),
        "points": [{"label": point.label, "value": point.most, "n": point.answers} for point in course]
        if any(point.most is not None for point in course)
        else [],
        "last": [
            {
                "at": answer.at,
                "outcome": str(SourceAnswer.Outcome(answer.outcome).label),
                "well": answer.outcome in {SourceAnswer.Outcome.ANSWERED, SourceAnswer.Outcome.NOTHING},
                "reason": reason_words(answer.reason),
                "seconds": answer.seconds,
                "test": answer.test,
            }
            for answer in one.last
        ],
        "may_change": health.may_change(actor, found),
    }
    return render(request, "exchange/source.html", context)


@require_http_methods(["GET", "POST"])
def source_new(request: ActingRequest) -> HttpResponse:
    """Connect a source of the own organisation."""
    organisation = health.need_manager(request.actor)
    if organisation.domain == Domain.REGION:
        raise PermissionDenied(_("Een bron wordt aangesloten door de deelnemer van wie zij is."))
    form = SourceForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            made = connect_source(organisation=organisation, values=form.values, by=request.actor)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("De bron is aangesloten. Probeer nu of zij antwoordt."))
            return redirect("exchange:source", pk=made.pk)
    return render(request, "exchange/source_edit.html", {"form": form, "organisation": organisation, "source": None})


@require_http_methods(["GET", "POST"])
def source_edit(request: ActingRequest, pk: int) -> HttpResponse:
    """State anew how a source is reached."""
    found = health.get_source(request.actor, pk)
    if not health.may_change(request.actor, found):
        raise PermissionDenied(_("Een bron wordt gewijzigd door de deelnemer van wie zij is."))
    form = SourceForm(request.POST or None, organisation=found.organisation, source=found)
    if request.method == "POST" and form.is_valid():
        try:
            change_source(source=found, values=form.values, by=request.actor)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("De wijziging is bewaard en geldt meteen."))
            return redirect("exchange:source", pk=found.pk)
    return render(
        request, "exchange/source_edit.html", {"form": form, "organisation": found.organisation, "source": found}
    )


@require_POST
@own_transaction
def source_test(request: ActingRequest, pk: int) -> HttpResponse:
    """Try whether a source answers: it is asked what it is, and nothing about anybody."""
    with act(request.actor) as actor:
        found = health.get_source(actor, pk)
    result = try_source(source=found, by=request.actor)
    seconds = f"{result.seconds:.2f}".replace(".", ",")
    if result.outcome == SourceAnswer.Outcome.ANSWERED:
        messages.success(request, _("De bron antwoordt, in %(seconds)s seconden.") % {"seconds": seconds})
        if found.batch != ("batch" in result.abilities):
            can = _("De bron zegt dat zij veel vragen in één keer aankan. U kunt dat aanzetten bij de grenzen.")
            cannot = _(
                "De bron zegt niet dat zij veel vragen in één keer aankan. Zij wordt zo nodig per vraag gevraagd."
            )
            messages.info(request, cannot if found.batch else can)
    else:
        words = _("De bron antwoordt niet goed: %(why)s.") % {"why": reason_words(result.reason)}
        messages.error(request, words)
    return redirect("exchange:source", pk=found.pk)
