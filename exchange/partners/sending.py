"""Telling a participant's own software of a referral: a minimal notification, and from then on how it stands, on a known version.

What goes out is the index: no name, no BSN, no letter. The system fetches those itself once its organisation accepted (ADR 0010).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from dossier.sources.address import fault_of_address
from dossier.sources.mishap import Mishap
from dossier.sources.results import Outcome
from dossier.sources.wire import Wire
from events.actions import Errand, Later, record
from events.actor import Actor, act
from events.errors import Refused
from events.models import Event
from exchange import fhir
from exchange.fhir_process import linked
from exchange.partners.identity import Machine
from exchange.partners.models import FhirConnection, PartnerTask
from exchange.partners.wires import later, wire_to
from referrals.actions import settle
from referrals.models import Appointment, Referral
from referrals.moves import OVER, Origin, Status

TOLD = ("status", "statusReason", "businessStatus", "note", "input", "output", "restriction")
"""What of a Task at the other side follows how it stands here; the rest is its own."""


@transaction.atomic
def tell(*, event: Event, by: Actor) -> int:
    """Begin to tell each system that must hear of a step, each with a delivery of its own, in order for each referral."""
    with database.cursor() as cursor:
        cursor.execute("select array(select * from exchange_partners(%s))", [event.subject_id])
        found: list[int] = cursor.fetchone()[0]
    for number in found:
        about = {"referral": event.subject_id}
        here = FhirConnection(pk=number)
        lane = f"referral:{event.subject_id}"
        record("partner.due", subject=here, patient_id=event.patient_id, data=about, lane=lane, by=by)
    return len(found)


@dataclass(frozen=True)
class Telling:
    """One referral as one system is to know it: both resources, and where its task stands there."""

    request: fhir.Resource
    task: fhir.Resource
    remote: str


def send(*, event: Event, here: FhirConnection, by: Actor) -> Errand | None:
    """Bring one system up to date about a referral, outside any transaction; nothing when it knows of none that is over."""
    parts = ("service", "sending_organisation", "receiving_organisation")
    referral = Referral.objects.select_related(*parts).filter(pk=event.data["referral"]).first()
    if not here.endpoint or referral is None:
        return None
    known = PartnerTask.objects.filter(connection=here, referral=referral).first()
    party = here.organisation_id in (referral.sending_organisation_id, referral.receiving_organisation_id)
    remote = known.remote if known else ""
    if not remote and (known is not None or not party or referral.status in OVER):
        return None
    telling = Telling(*(_whole(referral, here) if party else _gone(referral)), remote)
    endpoint = here.endpoint

    def go() -> str | Later:
        try:
            return _bring(here, telling)
        except Mishap as mishap:
            return later(mishap)

    def back(address: str, worker: Actor) -> None:
        row, _new = PartnerTask.objects.get_or_create(connection=here, referral=referral)
        row.remote, row.told_at = address, timezone.now()
        row.save(update_fields=["remote", "told_at"])
        record("partner.told", subject=referral, patient_id=referral.patient_id, data={"to": here.pk}, by=worker)
        settled_by(referral, here)

    return None if fault_of_address(endpoint) else Errand(go, back)


def settled_by(referral: Referral, here: FhirConnection) -> None:
    """A refusal that the system which sent it was told of, is seen: nobody of that organisation has it on a list."""
    brought = referral.status == Status.REJECTED and referral.origin == Origin.SYSTEM
    if not brought or here.organisation_id != referral.sending_organisation_id or referral.settled_at is not None:
        return
    with act(Machine(here, frozenset()).actor()) as machine, suppress(Refused):
        settle(referral=referral, by=machine)


def _whole(referral: Referral, here: FhirConnection) -> tuple[fhir.Resource, fhir.Resource]:
    """The index of a referral; who was asked before is nothing for who is asked now."""
    steps = list(referral.steps.select_related("organisation"))
    if here.organisation_id == referral.receiving_organisation_id != referral.sending_organisation_id:
        steps = [one for one in steps if one.round == referral.round]
    planned = list(Appointment.objects.filter(referral=referral).order_by("pk"))
    request, task = fhir.request_resource(referral, None), fhir.task_resource(referral, None, steps)
    task = linked(task, steps, planned)
    return _absolute(request), _absolute(task) | {"focus": {"reference": f"{fhir.BASE}/ServiceRequest/{referral.pk}"}}


def _gone(referral: Referral) -> tuple[fhir.Resource, fhir.Resource]:
    """For who was asked and is not any more: that it is over, and nothing of what came after."""
    return {}, {"resourceType": "Task", "status": "cancelled"}


def _absolute(value: Any) -> Any:
    """The same with every reference as a full address: at the other side a relative one would be its own."""
    if isinstance(value, dict):
        return {
            name: f"{fhir.BASE}/{item}" if name == "reference" and not urlsplit(str(item)).scheme else _absolute(item)
            for name, item in value.items()
        }
    return [_absolute(one) for one in value] if isinstance(value, list) else value


def _bring(here: FhirConnection, telling: Telling) -> str:
    """Notify, or change what the other side has on the version that it is in; returns where its task stands."""
    wire = wire_to(here)
    try:
        if not telling.remote:
            return _notify(wire, telling, here.endpoint)
        there = wire.get(telling.remote, [])
        changed = {name: telling.task[name] for name in TOLD if name in telling.task}
        if all(there.get(name) == value for name, value in changed.items() if name != "restriction"):
            return telling.remote
        version = str(there.get("meta", {}).get("versionId", ""))
        kept = {name: value for name, value in there.items() if name not in TOLD}
        wire.write("PUT", telling.remote, {**kept, **changed}, {"If-Match": f'W/"{version}"'})
        return telling.remote
    finally:
        wire.close()


def _notify(wire: Wire, telling: Telling, endpoint: str) -> str:
    """Bring both resources in one transaction; what the other side has already is not made again."""
    entries = [
        {
            "fullUrl": f"{fhir.BASE}/{one['resourceType']}/{one['id']}",
            "resource": one,
            "request": {
                "method": "POST",
                "url": one["resourceType"],
                "ifNoneExist": f"identifier={fhir.OWN_REFERRAL}|{one['identifier'][0]['value']}",
            },
        }
        for one in (telling.request, telling.task)
    ]
    taken = wire.write("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries}, {})
    for one in taken.resource.get("entry", []):
        kind, _slash, rest = _inside(str(one.get("response", {}).get("location", "")), endpoint).partition("/")
        name = rest.partition("/")[0]
        if kind == "Task" and 0 < len(name) <= 64 and all(sign.isalnum() or sign in "-." for sign in name):
            return f"Task/{name}"
    raise Mishap(Outcome.FAULT, "no-location")


def _inside(address: str, endpoint: str) -> str:
    return address.removeprefix(f"{endpoint}/")
