"""The pages of the table of roles and categories: as it holds now or held, and stating one role anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from oversight import sentences
from oversight.access import need as access
from oversight.forms.need import NeedForm
from people.request import ActingRequest
from trust.actions import state_need


@require_safe
def needs(request: ActingRequest) -> HttpResponse:
    """Which categories each role needs, now or from an earlier or later moment on."""
    actor = request.actor
    moment = _moment(request.GET.get("at", ""))
    versions = access.versions(actor)
    context = {
        "rows": [_row(row) for row in access.table_at(actor, moment)],
        "general": access.GENERAL,
        "apart": access.APART,
        "versions": versions,
        "current": access.moment_now(versions),
        "moment": moment,
        "may_manage": access.may_manage(actor),
    }
    return render(request, "oversight/needs.html", context)


def _moment(typed: str) -> datetime | None:
    """A moment from the address, as the list of versions writes it; nothing when it is none."""
    try:
        moment = parse_datetime(typed)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo and 1900 <= moment.year <= 2200 else None


def _row(row: access.Row) -> dict[str, Any]:
    return {
        "role": row.role,
        "label": row.label,
        "need": row.need,
        "general": [(category, category in row.categories) for category in access.GENERAL],
        "apart": [(category, category in row.categories) for category in access.APART],
        "words": sentences.categories(row.categories),
    }


@require_http_methods(["GET", "POST"])
def need(request: ActingRequest, role: str) -> HttpResponse:
    """State anew what one role needs: choose, see what changes, then keep it."""
    actor = request.actor
    row = access.get_row(actor, role)
    chosen = sorted(category.value for category in row.categories)
    form = NeedForm(request.POST or None, initial={"categories": chosen})
    difference = None
    seen = ""
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        seen = ",".join(str(number) for number in sorted(values["categories"]))
        if request.POST.get("do") == "save" and request.POST.get("seen") == seen:
            state_need(role=role, by=actor, **values)
            messages.success(request, _("Vastgelegd wat deze rol nodig heeft: %(role)s.") % {"role": row.label})
            return redirect("oversight:needs")
        difference = access.difference(row, values["categories"])
    picked = {int(number) for number in form["categories"].value() or [] if str(number).isdigit()}
    context = {
        "row": row,
        "form": form,
        "general": [(category, category.value in picked) for category in access.GENERAL],
        "apart": [(category, category.value in picked) for category in access.APART],
        "difference": difference,
        "seen": seen,
    }
    return render(request, "oversight/need.html", context)
