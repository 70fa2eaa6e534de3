"""What a decided request left behind: a restriction that can be lifted, a refusal beside which the person may put a statement."""

from __future__ import annotations

from django.db.models.functions import Now

from dossier.models import Statement
from rights.models import Request
from rights.moves import Kind, Status
from trust.models import Restriction


def restriction_of(request: Request) -> Restriction | None:
    """The restriction in force that this request led to, for who keeps it."""
    if request.kind != Kind.RESTRICTION or request.status not in {Status.GRANTED, Status.PARTLY_GRANTED}:
        return None
    number = request.result.get("restriction", 0)
    return Restriction.objects.filter(pk=number, period__contains=Now()).first()


def statement_possible(request: Request) -> bool:
    """Whether the person may still put a statement beside what was not, or not wholly, corrected (Wgbo art. 7:454 lid 2 BW)."""
    refused = request.status in {Status.REFUSED, Status.PARTLY_GRANTED}
    return request.kind == Kind.CORRECTION and refused and not statement_exists(request)


def statement_exists(request: Request) -> bool:
    """Whether the person's statement stands beside it already, as far as the record was opened."""
    kind, _colon, rest = request.reference.partition(":")
    about = {"entry_id": int(rest)} if kind == "entry" and rest.isdecimal() else {"reference": request.reference}
    return Statement.objects.filter(patient_id=request.patient_id, at__gte=request.sent_at, **about).exists()
