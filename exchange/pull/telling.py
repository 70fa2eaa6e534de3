"""Telling a system that works with notified pull how a referral goes on: a notification, or the state of its own workflow task."""

from __future__ import annotations

from django.utils import timezone

from dossier.sources.address import fault_of_address
from dossier.sources.mishap import Mishap
from events.actions import Errand, Later, record
from events.actor import Actor
from events.models import Event
from exchange import fhir
from exchange.partners.models import FhirConnection, PartnerTask
from exchange.partners.sending import settled_by
from exchange.partners.wires import later, wire_to
from exchange.pull import fetching, spec, writing
from exchange.pull.models import Announcement
from exchange.pull.receiving import base_of
from referrals.models import Referral, Step
from referrals.moves import OVER, Status, Taker

_STANDS = {
    Status.REQUESTED: "received", Status.ASKED_BACK: "received", Status.ACCEPTED: "accepted", Status.IN_PROGRESS: "accepted",
    Status.COMPLETED: "completed", Status.REJECTED: "rejected", Status.CANCELLED: "cancelled",
}  # fmt: skip
"""How a referral stands in the states of the BgZ referral, where it came from another system."""


def send(*, event: Event, here: FhirConnection, by: Actor) -> Errand | None:
    """Bring one system up to date about a referral, outside any transaction; nothing when it took the step itself."""
    parts = ("service", "sending_organisation", "receiving_organisation")
    referral = Referral.objects.select_related(*parts).filter(pk=event.data["referral"]).first()
    if referral is None or not here.endpoint or fault_of_address(here.endpoint):
        return None
    known = PartnerTask.objects.filter(connection=here, referral=referral).first()
    steps = list(referral.steps.select_related("organisation"))
    own = steps and steps[-1].party == Taker.SYSTEM and steps[-1].organisation_id == here.organisation_id
    mine = here.organisation_id == referral.receiving_organisation_id
    if known is not None and known.system == spec.BASE:
        return _state(here, referral, steps, known)
    if (known is None and referral.status in OVER) or (mine and own):
        return None
    position = referral.round if mine else _asked_in(here, referral, known)
    if position is None:
        return None
    version = steps[-1].pk if mine and steps else f"gone {position}"
    told = writing.notification(here, referral, str(version), position)

    def go() -> str | Later:
        try:
            wire = wire_to(here, scope=spec.NOTIFY_SCOPE)
            try:
                return wire.write("POST", "Task", told, {}).address
            finally:
                wire.close()
        except Mishap as mishap:
            return later(mishap)

    def back(address: str, worker: Actor) -> None:
        row, _new = PartnerTask.objects.get_or_create(connection=here, referral=referral)
        # Who is asked no more is told so once, and of nothing that comes after.
        row.remote, row.told_at = (row.remote or _name(address, here.endpoint)) if mine else "", timezone.now()
        row.save(update_fields=["remote", "told_at"])
        record("partner.told", subject=referral, patient_id=referral.patient_id, data={"to": here.pk}, by=worker)

    return Errand(go, back)


def _asked_in(here: FhirConnection, referral: Referral, known: PartnerTask | None) -> int | None:
    """The round in which an organisation was asked that is asked no more, while its system does not know that yet."""
    if known is None or not known.remote:
        return None
    asked = referral.rounds.filter(organisation_id=here.organisation_id, ended_at__isnull=False)
    return asked.order_by("-position").values_list("position", flat=True).first()


def _name(address: str, endpoint: str) -> str:
    """Where the notification stands there; a system need not say."""
    name = address.removeprefix(f"{endpoint}/").partition("/_history")[0]
    return name[:80] if name.startswith("Task/") else "Task"


def _state(here: FhirConnection, referral: Referral, steps: list[Step], known: PartnerTask) -> Errand | None:
    """The state of the workflow task of who referred, over there."""
    announced = Announcement.objects.filter(connection=here, referral=referral).select_related("connection").first()
    if (
        announced is None
        or not announced.sealed
        or (steps and steps[-1].party == Taker.SYSTEM and steps[-1].organisation_id == here.organisation_id)
    ):
        return None
    task, base, remote = fhir.task_resource(referral, None, steps), base_of(announced), known.remote
    said = [{"time": one["time"], "text": one["text"]} for one in task.get("note", [])]
    changed: fhir.Resource = {"status": _STANDS[Status(referral.status)]}
    changed |= {name: task[name] for name in ("statusReason", "output") if name in task}
    changed |= {"note": said} if said else {}

    def go() -> bool | Later:
        try:
            return fetching.bring(here, base, remote, changed)
        except Mishap as mishap:
            return later(mishap)

    def back(_taken: bool, worker: Actor) -> None:
        PartnerTask.objects.filter(pk=known.pk).update(told_at=timezone.now())
        if referral.closed_at is not None:
            Announcement.objects.filter(pk=announced.pk).update(sealed=b"")
        record("partner.told", subject=referral, patient_id=referral.patient_id, data={"to": here.pk}, by=worker)
        settled_by(referral, here)

    return Errand(go, back)
