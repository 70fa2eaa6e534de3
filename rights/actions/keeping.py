"""What the night does: remove what has reached the end of its term, follow corrections at their source, drop old copies."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

import consultations.actions
import dossier.actions
import referrals.actions
from events.actions import done, record
from events.actor import Actor
from people.models import Organisation, Patient
from rights.clock import years_before
from rights.models import Request
from rights.moves import Kind, Status
from rights.retention import BY_KEY, OF_RECORD, Term
from trust.categories import to_mask

AT_ONCE = 100
"""Records of which a part is removed in one transaction; each is a line in the log of its person."""


@dataclass(frozen=True)
class Ended:
    """What one organisation holds of one patient that has reached the end of a term, and how much of it there is."""

    patient_id: int
    organisation_id: int
    rows: int


def ended_of(*, term: Term, by: Actor, limit: int = AT_ONCE) -> list[Ended]:
    """The first records of which a part has reached the end of this term: nothing runs, nothing changed since, no hold."""
    before = years_before(timezone.now(), term.years)
    with connection.cursor() as cursor:
        cursor.execute(
            "select patient, organisation, found from rights_ended(%s::text[], %s, %s, %s, %s)",
            [sorted(term.domains), to_mask(term.categories), term.minors, before, limit],
        )
        return [Ended(*row) for row in cursor.fetchall()]


@transaction.atomic
def remove_ended(*, term: Term, by: Actor, limit: int = AT_ONCE) -> tuple[int, int]:
    """Remove one batch of what has reached the end of a term; returns how many records and how many rows.

    Each record is a line in the log, which tells the person too; enrolments follow by that line.
    """
    found = ended_of(term=term, by=by, limit=limit)
    rows = 0
    for one in found:
        removed = sum(
            erase(patient_id=one.patient_id, organisation_id=one.organisation_id, categories=term.categories, by=by)
            for erase in (dossier.actions.erase, referrals.actions.erase, consultations.actions.erase)
        )
        data = {"term": term.key, "organisation": one.organisation_id, "categories": to_mask(term.categories)}
        record(
            "retention.removed",
            subject=Patient(pk=one.patient_id),
            patient_id=one.patient_id,
            data={**data, "removed": removed},
            by=by,
        )
        rows += removed
    return len(found), rows


@transaction.atomic
def remove_old_requests(*, by: Actor, dry: bool = False) -> int:
    """Remove the requests that were closed longer ago than their term, with what was said; returns how many."""
    with connection.cursor() as cursor:
        before = years_before(timezone.now(), BY_KEY["request"].years)
        cursor.execute("select rights_requests_ended(%s, %s)", [before, not dry])
        count: int = cursor.fetchone()[0]
    return count


@transaction.atomic
def report_night(*, counts: dict[str, int], by: Actor) -> None:
    """Write in the log what one night removed, by term; also when that is nothing, so that a missing night shows."""
    region = Organisation.objects.filter(domain="region").order_by("pk").first() or Organisation(pk=0)
    record("retention.done", subject=region, data={"removed": counts}, by=by)


@transaction.atomic
def follow_sources(*, by: Actor) -> int:
    """See whether the sources now show the corrections that were granted; those that do stand from now on; returns how many."""
    waiting = Request.objects.select_for_update(of=("self",), skip_locked=True).filter(
        kind=Kind.CORRECTION,
        status__in=[Status.GRANTED, Status.PARTLY_GRANTED],
        carried_out_at=None,
        reference__startswith="fact:",
    )
    stands = 0
    for request in waiting:
        if _state_at_source(request) in {None, request.source_digest}:
            continue
        request.carried_out_at, request.result = timezone.now(), {"source": "corrected"}
        request.save(update_fields=["carried_out_at", "result"])
        done(subject=request, by=by)
        data = {"kind": str(request.kind), "organisation": request.organisation_id}
        record("request.carried_out", subject=request, patient_id=request.patient_id, data=data, by=by)
        stands += 1
    return stands


def _state_at_source(request: Request) -> str | None:
    """The digest of the fact at its source since the decision, empty when it is gone there, nothing when not asked since."""
    _fact, source, name = request.reference.split(":", 2)
    kind, _slash, key = name.partition("/")
    category = request.categories.bit_length() - 1
    with connection.cursor() as cursor:
        cursor.execute(
            "select dossier_fact_state(%s, %s, %s, %s, %s, %s)",
            [request.patient_id, int(source), kind, key, category, request.closed_at],
        )
        state: str | None = cursor.fetchone()[0]
    return state


def counts_of(*, by: Actor, most: int = 100_000) -> dict[str, int]:
    """How many rows each term would remove now; for a dry run."""
    counts = {term.key: sum(one.rows for one in ended_of(term=term, by=by, limit=most)) for term in OF_RECORD}
    return {**counts, "request": remove_old_requests(by=by, dry=True)}
