"""Placing and ending legal holds."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from rights.access.holds import need_region
from rights.models import Hold


@transaction.atomic
def place_hold(
    *,
    reason: str,
    by: Actor,
    key: uuid.UUID | None = None,
    organisation: Organisation | None = None,
    reference: str = "",
    ends: date | None = None,
) -> Hold:
    """Stop every removal of one record, of one participant, of both together, or with neither of everything.

    By the region's privacy officer, for a complaint, a claim or an investigation (AVG art. 17(3)(e)). The record is named by
    its key, which who asks for the hold gives; no name is shown. Raises ``Refused`` for a key that nothing has.
    """
    need_region(by)
    if not reason.strip():
        raise Refused(_("Schrijf waarvoor de gegevens bewaard moeten blijven."), field="reason")
    if ends is not None and ends <= timezone.localdate():
        raise Refused(_("Kies een einddatum in de toekomst."), field="ends")
    until = timezone.make_aware(datetime.combine(ends, time.max)) if ends else None
    with connection.cursor() as cursor:
        values = [key, organisation.pk if organisation else None, reference.strip()[:60], reason.strip()[:300], until]
        cursor.execute("select rights_hold_place(%s, %s, %s, %s, %s)", values)
        number = cursor.fetchone()[0]
    if number is None:
        raise Refused(
            _("Dit kenmerk hoort bij geen dossier. Vraag het na bij wie om de bewaarplicht vraagt."), field="key"
        )
    hold = Hold.objects.get(pk=number)
    record("hold.placed", subject=hold, data=_data(hold), by=by)
    return hold


@transaction.atomic
def end_hold(*, hold: Hold, by: Actor) -> Hold:
    """End a hold; what had reached its term goes with the next night. Twice is harmless."""
    need_region(by)
    locked = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    now = timezone.now()
    if now in locked.period:
        locked.period = DateTimeTZRange(locked.period.lower, now)
        locked.ended_by_id = by.user_id
        locked.save(update_fields=["period", "ended_by"])
        record("hold.ended", subject=locked, data=_data(locked), by=by)
    return locked


def _data(hold: Hold) -> dict[str, object]:
    """Whom it covers in codes; the line has no patient, for a hold may be part of an investigation."""
    return {"one_record": hold.patient_id is not None, "organisation": hold.organisation_id}
