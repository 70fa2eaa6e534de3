"""The pages of policies: what each participant gives and on which terms, earlier versions, and stating an own one anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from oversight import sentences
from oversight.access import effect
from oversight.access import need as needs
from oversight.access import policy as access
from oversight.forms.policy import LineFormSet, StatementForm, drafted, initial_of, lines_of
from oversight.moves import PURPOSES
from people.models import Organisation, Role
from people.request import ActingRequest
from trust.actions import state_policy
from trust.categories import from_mask
from trust.models import CareRelation, Policy, PolicyLine

PREFIX = "line"


def _lines(policy: Policy | None) -> list[PolicyLine]:
    return list(policy.lines.all()) if policy else []


def _names(lines: Iterable[PolicyLine]) -> dict[int, str]:
    numbers = {line.reader_organisation_id for line in lines}
    return dict(Organisation.objects.filter(pk__in=numbers - {None}).values_list("pk", "name"))


def _table(lines: list[PolicyLine], names: dict[int, str]) -> list[dict[str, Any]]:
    """The lines as rows of a table, in words."""
    return [
        {
            "reader": sentences.reader(line, names),
            "categories": sentences.categories(from_mask(line.categories)),
            "purposes": [str(PURPOSES.get(purpose, purpose)) for purpose in PURPOSES if purpose in line.purposes],
            "roles": [str(Role(role).label) for role in sorted(line.roles)],
            "relations": [str(CareRelation.Source(source).label) for source in sorted(line.relations)],
        }
        for line in lines
    ]


@require_safe
def policies(request: ActingRequest) -> HttpResponse:
    """What every participant gives from its systems, for each professional to read."""
    actor = request.actor
    rows = []
    for offer in access.offers(actor):
        lines = _lines(offer.policy)
        rows.append((offer, sentences.brief(lines, _names(lines)), max(0, len(lines) - 1)))
    context = {
        "rows": rows,
        "may_manage": access.may_manage(actor),
        "own": actor.organisation_id,
        "may_rule": needs.may_manage(actor),
    }
    return render(request, "oversight/policies.html", context)


@require_safe
def policy(request: ActingRequest, organisation: int, version: int | None = None) -> HttpResponse:
    """One participant: a version of its policy in words and as a table, and the history of all versions."""
    actor = request.actor
    place = access.get_participant(actor, organisation)
    found = access.versions(actor, place)
    shown: Policy | None = next((one.policy for one in found if one.stands == "now"), None)
    stands = "now"
    if version is not None:
        chosen = next((one for one in found if one.policy.version == version), None)
        if chosen is None:
            raise Http404
        shown, stands = chosen.policy, chosen.stands
    lines = _lines(shown)
    names = _names(lines)
    context = {
        "organisation": place,
        "policy": shown,
        "stands": _stands(stands),
        "sentences": sentences.policy("" if place.pk == actor.organisation_id else place.name, lines, names),
        "lines": _table(lines, names),
        "versions": [(one.policy, _stands(one.stands)) for one in found],
        "may_manage": place.pk == actor.organisation_id and access.may_manage(actor),
    }
    return render(request, "oversight/policy.html", context)


def _stands(stands: str) -> dict[str, str]:
    words = {"now": _("geldt nu"), "ahead": _("gaat nog in"), "over": _("vervallen")}
    return {"status": {"now": "ok", "ahead": "soon", "over": "off"}[stands], "label": words[stands]}


@require_http_methods(["GET", "POST"])
def policy_edit(request: ActingRequest) -> HttpResponse:
    """State the own policy anew: write, see who would see less or more, then keep it."""
    actor = request.actor
    own = access.get_own(actor)
    do = request.POST.get("do", "")
    now = _lines(own.policy)
    if request.method == "GET":
        lines = LineFormSet(prefix=PREFIX, initial=[initial_of(line) for line in now])
        form = StatementForm()
    elif do == "add":
        lines = LineFormSet(prefix=PREFIX, initial=drafted(request.POST, PREFIX))
        form = StatementForm(initial={"note": request.POST.get("note", ""), "starts": request.POST.get("starts", "")})
    else:
        lines, form = LineFormSet(request.POST, prefix=PREFIX), StatementForm(request.POST)
    seen, effects, said = "", None, []
    if lines.is_bound and lines.is_valid() and form.is_valid():
        then = lines_of(lines)
        seen = _seal(then)
        if do == "save" and request.POST.get("seen") == seen:
            state_policy(organisation=own.organisation, lines=then, by=actor, **form.cleaned_data)
            messages.success(request, _("Het nieuwe beleid is vastgelegd."))
            return redirect("oversight:policy", organisation=own.organisation.pk)
        effects = _effects(effect.effects(now, then, needs=effect.needs_now()))
        said = sentences.policy("", then, _names(then))
    context = {
        "organisation": own.organisation, "lines": lines, "form": form, "effects": effects, "sentences": said, "seen": seen,
        "starts": form.cleaned_data.get("starts") if seen else None,
    }  # fmt: skip
    return render(request, "oversight/policy_edit.html", context)


def _effects(found: list[effect.Effect]) -> list[dict[str, Any]]:
    """The effects in words; what is true for ordinary care and for emergencies alike stands in one row."""
    when: dict[effect.Effect, list[bool]] = {}
    for one in found:
        when.setdefault(replace(one, urgent=False), []).append(one.urgent)
    words: dict[tuple[bool, ...], str] = {(False,): _("bij gewone zorg"), (True,): _("bij noodtoegang")}
    return [
        {
            "reader": one.reader,
            "roles": sentences.listed(Role(role).label for role in one.roles),
            "when": words.get(tuple(urgent), _("bij gewone zorg en bij noodtoegang")),
            "relations": sentences.listed(CareRelation.Source(source).label for source in one.relations),
            "more": sentences.listed(category.label for category in one.more),
            "less": sentences.listed(category.label for category in one.less),
        }
        for one, urgent in when.items()
    ]


def _seal(lines: list[PolicyLine]) -> str:
    """What was seen in the preview, so that nothing else is kept than what somebody saw the effect of."""
    told = [
        [one.categories, one.purposes, one.reader_domain, one.reader_organisation_id, one.roles, one.relations]
        for one in lines
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()
