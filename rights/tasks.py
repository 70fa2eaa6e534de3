"""What deliveries and the clock ask of the rights of the person: copies, the nightly removal, corrections at their source."""

from __future__ import annotations

from celery import shared_task

from events.actor import Actor, act, system
from events.models import Event
from rights import actions
from rights.models import Request
from rights.retention import OF_RECORD

COPIES_AT_ONCE = 10
BATCHES_A_NIGHT = 1000


def start_copy(event: Event, *, by: Actor) -> None:
    """Listener: a request was granted; where it asked for insight, its copy is made."""
    request = Request.objects.filter(pk=event.subject_id).first()
    if request is not None:
        actions.copy_for(request=request, by=by)


@shared_task(ignore_result=True)
def make_copies() -> int:
    """Make the copies that wait, one after another; the calendar asks again."""
    made = 0
    while made < COPIES_AT_ONCE and actions.make_next(by=system("copies", purpose="PATRQT")):
        made += 1
    return made


@shared_task(ignore_result=True)
def keep_to_terms() -> dict[str, int]:
    """Every night: remove what has reached the end of its term, batch by batch, and write in the log what went."""
    worker = system("retention", purpose="HOPERAT")
    counts: dict[str, int] = {}
    for term in OF_RECORD:
        for _batch in range(BATCHES_A_NIGHT):
            with act(worker) as actor:
                records, rows = actions.remove_ended(term=term, by=actor)
            counts[term.key] = counts.get(term.key, 0) + rows
            if records == 0 or rows == 0:
                break
    with act(worker) as actor:
        counts["request"] = actions.remove_old_requests(by=actor)
        actions.report_night(counts=counts, by=actor)
    return counts


@shared_task(ignore_result=True)
def follow_sources() -> int:
    """Every hour: see whether sources show the corrections that were granted, and drop copies that are too old."""
    with act(system("rights", purpose="HOPERAT")) as actor:
        actions.drop_copies(by=actor)
        return actions.follow_sources(by=actor)
