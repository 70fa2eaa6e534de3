"""The public page of the register of processing, and the same as a file."""

from __future__ import annotations

import csv
from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from people.request import ActingRequest
from rights.register import as_rows, register
from rights.retention import TERMS


@login_not_required
@require_safe
def page(request: ActingRequest) -> HttpResponse:
    """What the network does with personal data, for everybody to read (AVG art. 30, and 13 in plain words)."""
    return render(request, "rights/register.html", {"activities": register(), "terms": TERMS})


@login_not_required
@require_safe
def as_json(request: ActingRequest) -> HttpResponse:
    """The register as JSON."""
    answer = JsonResponse(
        {"activities": [asdict(one) for one in register()]}, json_dumps_params={"ensure_ascii": False}
    )
    answer["Content-Disposition"] = 'attachment; filename="register.json"'
    return answer


@login_not_required
@require_safe
def as_csv(request: ActingRequest) -> HttpResponse:
    """The register as CSV, with a mark by which a spreadsheet sees that it is UTF-8."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="register.csv"'
    rows = as_rows()
    writer = csv.DictWriter(answer, fieldnames=list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return answer
