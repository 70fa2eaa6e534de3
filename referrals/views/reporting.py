"""What was reported on a referral, as a document that can be kept."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from dossier.access import person_of
from people.request import ActingRequest
from referrals import access
from referrals.letter import pdf
from referrals.views.thread import closed_words


@login_required
@require_safe
def report(request: ActingRequest, pk: int) -> HttpResponse:
    """The report as PDF/A, for who may open the letter; the name of the file says nothing about the person."""
    actor = request.actor
    referral = access.get_referral(actor, pk)
    opening = access.open_referral(actor, referral)
    if opening is None:
        raise PermissionDenied(closed_words(referral, actor))
    reports = access.reports_of(opening, referral)
    if not reports:
        raise Http404
    content = {"reports": reports, "person": person_of(opening, actor)}
    response = HttpResponse(pdf(referral, content, "referrals/report.html"), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{referral.number}-verslag.pdf"'
    return response
