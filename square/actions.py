"""Everything that changes the offer: a provider edits a service, looks it over, and states a waiting time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from square.access import demand_manager
from square.models import HealthcareService, Postcode, WaitingTimeReport

EDITABLE = frozenset(
    {
        "name", "summary", "for_whom", "needs", "criteria", "minimum_age", "maximum_age", "languages", "cost", "on_location",
        "at_home", "online", "municipalities", "postcode", "place", "phone", "next_step", "takes_referrals", "self_referral",
        "open_for_new", "codes", "answer_days", "norm_days", "questionnaire",
    }
)  # fmt: skip
"""What a provider may change itself; the kind, the process and the law are kept by the region."""


@transaction.atomic
def edit_service(*, service: HealthcareService, values: Mapping[str, Any], by: Actor) -> HealthcareService:
    """Change what a service says of itself; it then counts as looked over today.

    Raises ``PermissionDenied`` for who does not manage the provider's offer. A known postcode also sets the point on the
    map; without one the service has no point and no distance.
    """
    locked = _locked(service, by)
    changed = [name for name in sorted(EDITABLE & values.keys()) if getattr(locked, name) != values[name]]
    for name in changed:
        setattr(locked, name, values[name])
    if "postcode" in changed:
        area = Postcode.objects.filter(digits=locked.postcode[:4]).first()
        locked.latitude, locked.longitude = (area.latitude, area.longitude) if area else (None, None)
    _reviewed(locked, by)
    locked.save()
    record("service.edited", subject=locked, data={"fields": changed}, by=by)
    return locked


@transaction.atomic
def review_service(*, service: HealthcareService, by: Actor) -> HealthcareService:
    """Say that everything still holds: the service counts as looked over today."""
    locked = _locked(service, by)
    _reviewed(locked, by)
    locked.save(update_fields=["reviewed_on", "reviewed_by"])
    record("service.reviewed", subject=locked, by=by)
    return locked


@transaction.atomic
def report_waiting_time(*, service: HealthcareService, days: int, measured_on: date, by: Actor) -> WaitingTimeReport:
    """State how many calendar days somebody new waits at present, measured on a day; earlier statements stay.

    Raises ``Refused`` for a day in the future and ``PermissionDenied`` for who does not manage the provider's offer.
    """
    locked = _locked(service, by)
    if measured_on > timezone.localdate():
        raise Refused(_("Een wachttijd is op zijn laatst vandaag gemeten."), field="measured_on")
    report = WaitingTimeReport.objects.create(
        service=locked, days=days, measured_on=measured_on, reported_by_id=by.user_id
    )
    record("waiting_time.reported", subject=locked, data={"days": days}, by=by)
    return report


def _locked(service: HealthcareService, by: Actor) -> HealthcareService:
    locked = HealthcareService.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=service.pk)
    demand_manager(by, locked.organisation)
    return locked


def _reviewed(service: HealthcareService, by: Actor) -> None:
    service.reviewed_on, service.reviewed_by_id = timezone.localdate(), by.user_id
