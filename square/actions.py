"""Everything that changes the offer: a provider edits a service, looks it over, and states a waiting time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from square.access import demand_manager
from square.models import HealthcareService, Postcode, Session, WaitingTimeReport
from trust.access import need_role
from trust.categories import Category

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
    if locked.open_for_new or "open_for_new" in changed:
        locked.stopped_until, locked.stop_reason = None, ""
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


@transaction.atomic
def stop_for_new(*, service: HealthcareService, until: date, reason: str, by: Actor) -> HealthcareService:
    """Take nobody new until a day, for a reason that referrers and citizens read; who works at the desk does so itself.

    ``until`` is the first day on which it is open again; a clock opens it then (:func:`reopen_stopped`). Raises ``Refused``
    for a day that is not ahead or over a year away, ``PermissionDenied`` for who does not work with requests there.
    """
    locked = _at_desk(service, by)
    today = timezone.localdate()
    if not today < until <= today + timedelta(days=366):
        raise Refused(_("Kies een dag na vandaag, binnen een jaar."), field="until")
    if not reason.strip():
        raise Refused(_("Schrijf waarom; verwijzers en inwoners lezen dat."), field="reason")
    locked.open_for_new, locked.stopped_until, locked.stop_reason = False, until, reason.strip()[:160]
    locked.save(update_fields=["open_for_new", "stopped_until", "stop_reason"])
    record("service.stopped", subject=locked, data={"until": until.isoformat()}, by=by)
    return locked


@transaction.atomic
def reopen_service(*, service: HealthcareService, by: Actor) -> HealthcareService:
    """Take new people again from now on; twice is harmless."""
    locked = _at_desk(service, by)
    if not locked.open_for_new:
        _reopen(locked, by)
    return locked


@transaction.atomic
def state_places(*, service: HealthcareService, places: int | None, by: Actor) -> HealthcareService:
    """State how many people a service can help at once; nothing when that is not counted."""
    locked = _at_desk(service, by)
    locked.places = places
    locked.save(update_fields=["places"])
    record("service.places_stated", subject=locked, data={"places": places}, by=by)
    return locked


@transaction.atomic
def plan_session(*, service: HealthcareService, values: Mapping[str, Any], by: Actor) -> Session:
    """Offer a meeting of a training, for which people can enrol from now on.

    ``values`` are those of ``SESSION``. Raises ``Refused`` for a service that is no training and for moments that do not fit,
    ``PermissionDenied`` for who does not work with requests there.
    """
    locked = _at_desk(service, by)
    if locked.process != HealthcareService.Process.TRAINING:
        raise Refused(_("Bijeenkomsten zijn er bij een training."))
    _need_sound(values)
    made = Session.objects.create(service=locked, made_by_id=by.user_id, **{name: values[name] for name in SESSION})
    record("session.planned", subject=made, data={"service": locked.pk, "places": made.places}, by=by)
    return made


@transaction.atomic
def change_session(*, session: Session, values: Mapping[str, Any], by: Actor) -> Session:
    """Change a meeting that is still to come; everybody who is enrolled or waits for a place is told.

    There are never fewer places than are taken. Where nothing changed, nobody hears of it.
    """
    locked = _session(session, by)
    _need_sound(values)
    if values["places"] < locked.taken:
        raise Refused(
            _("Er zijn al %(taken)s plekken bezet. Minder kan pas als er mensen af zijn.") % {"taken": locked.taken},
            field="places",
        )
    changed = [name for name in SESSION if getattr(locked, name) != values[name]]
    if not changed:
        return locked
    for name in changed:
        setattr(locked, name, values[name])
    if set(changed) - UNTOLD:
        locked.changed_at = timezone.now()
    locked.save(update_fields=[*changed, "changed_at"])
    record("session.changed", subject=locked, data={"fields": changed}, by=by)
    return locked


@transaction.atomic
def cancel_session(*, session: Session, by: Actor) -> Session:
    """Call a meeting off; everybody who is enrolled or waits for a place is told. Twice is harmless."""
    locked = _session(session, by)
    if locked.cancelled_at is None:
        locked.cancelled_at = locked.changed_at = timezone.now()
        locked.save(update_fields=["cancelled_at", "changed_at"])
        record("session.cancelled", subject=locked, by=by)
    return locked


SESSION = ("starts", "ends", "online", "place", "teacher", "note", "places", "enrol_until")
"""What a provider says of a meeting."""
UNTOLD = frozenset({"places", "enrol_until"})
"""What changes nothing for who is enrolled."""
FURTHEST = timedelta(days=366)


def _session(session: Session, by: Actor) -> Session:
    _at_desk(session.service, by)
    locked = Session.objects.select_for_update().get(pk=session.pk)
    if locked.cancelled_at is not None or locked.starts <= timezone.now():
        raise Refused(_("Deze bijeenkomst is geweest of gaat niet door; er is niets meer aan te wijzigen."))
    return locked


def _need_sound(values: Mapping[str, Any]) -> None:
    """``Refused`` for moments that have passed or are out of order, and for a meeting that is nowhere."""
    starts, ends, until = (values[name] for name in ("starts", "ends", "enrol_until"))
    now: datetime = timezone.now()
    if not now < starts <= now + FURTHEST:
        raise Refused(_("Kies een moment dat nog komt, binnen een jaar."), field="day")
    if ends <= starts:
        raise Refused(_("De bijeenkomst eindigt na het begin."), field="minutes")
    if not now < until <= starts:
        raise Refused(_("Inschrijven kan tot op zijn laatst het begin, en nu nog."), field="enrol_until")
    if not values["online"] and not values["place"].strip():
        raise Refused(_("Schrijf waar het is, of kies dat het online is."), field="place")


@transaction.atomic
def reopen_stopped(*, by: Actor) -> int:
    """Open what was stopped until today or before; for the clock alone. Returns how many."""
    if by.kind != "system":
        raise PermissionDenied
    over = HealthcareService.objects.select_for_update(skip_locked=True).filter(stopped_until__lte=timezone.localdate())
    for service in over:
        _reopen(service, by)
    return len(over)


def _reopen(service: HealthcareService, by: Actor) -> None:
    service.open_for_new, service.stopped_until, service.stop_reason = True, None, ""
    service.save(update_fields=["open_for_new", "stopped_until", "stop_reason"])
    record("service.reopened", subject=service, by=by)


def _at_desk(service: HealthcareService, by: Actor) -> HealthcareService:
    need_role(by, Category.REFERRAL)
    locked = HealthcareService.objects.select_for_update(of=("self",)).get(pk=service.pk)
    if by.kind != "professional" or by.works_for != locked.organisation_id:
        raise PermissionDenied(_("Dit kan alleen wie bij deze organisatie met verwijzingen werkt."))
    return locked


def _locked(service: HealthcareService, by: Actor) -> HealthcareService:
    locked = HealthcareService.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=service.pk)
    demand_manager(by, locked.organisation)
    return locked


def _reviewed(service: HealthcareService, by: Actor) -> None:
    service.reviewed_on, service.reviewed_by_id = timezone.localdate(), by.user_id
