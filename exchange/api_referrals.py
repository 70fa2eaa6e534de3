"""Referrals in the open interface: what was asked and how far it is; a system of a participant brings one, and takes steps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from events.actor import Actor
from exchange import access, fhir
from exchange.api import ANSWER, JSON, FhirView, Invalid, answer_page, described, token_of, wanted
from exchange.fhir_process import linked
from exchange.partners.door import FhirParser
from exchange.partners.models import Scope
from exchange.partners.reading import read_referral, read_task
from exchange.partners.receiving import Stale, bring, step, version_of
from people.models import Organisation, Patient, PatientIdentity
from referrals.access import items_of, letter_of, open_referral, patients_of, steps_of, supplements_of, whole_of
from referrals.models import Appointment, Referral
from trust.access import Opening

STALE = 412
BRING = (
    "Voor systemen van deelnemers: een ServiceRequest en de Task die erbij hoort. De identifier van de ServiceRequest is de sleutel: "
    "hetzelfde nog eens geeft hetzelfde antwoord, iets anders 409. Zie docs/fhir.md."
)
UPDATE = (
    "Voor systemen van een partij: de staat waarin de taak komt, met If-Match (412 als er intussen een stap was, 428 zonder). "
    "Zie docs/fhir.md."
)


def _referrals(
    actor: Actor, kind: str, given: Mapping[str, str], statuses: Mapping[str, str]
) -> tuple[QuerySet[Referral], dict[str, str]]:
    """The referrals that fit the parameters; ``statuses`` maps the own status to that of the type."""
    values, found = wanted(kind, given), access.referrals_for(actor)
    if "status" in values:
        asked = {code.rpartition("|")[2] for code in values["status"].split(",")}
        if not asked <= set(statuses.values()):
            raise Invalid(_("status is een van: %(known)s.") % {"known": ", ".join(sorted(set(statuses.values())))})
        found = found.filter(status__in=[own for own, name in statuses.items() if name in asked])
    if "patient" in values:
        try:
            key = uuid.UUID(values["patient"].removeprefix("Patient/"))
        except ValueError:
            raise Invalid(_("patient is de sleutel van een dossier.")) from None
        found = found.filter(patient_id__in=Patient.objects.filter(key=key).values("pk"))
    if "identifier" in values:
        system, number = token_of(values["identifier"])
        found = found.filter(number=number) if system in {None, fhir.OWN_REFERRAL} else found.none()
    return found, values


def _named(page: list[Referral], view: FhirView) -> dict[int, Patient]:
    """Whose name a list shows: those whom a person may know; none to a system, which asks for one at a time, with the record opened."""
    return {} if view.machine else patients_of(page, view.actor)


class ServiceRequestSearch(FhirView):
    """The referrals of the own organisation, as an index: without the question and what went along."""

    scopes: ClassVar[dict[str, str]] = {"GET": Scope.READ}

    @described("ServiceRequest", read=False)
    def get(self, request: Request) -> Response:
        """One page of referrals to which the actor is a party."""
        found, values = _referrals(self.actor, "ServiceRequest", request.query_params.dict(), fhir.REQUEST_STATUS)

        def write(page: list[Referral]) -> list[fhir.Resource]:
            people = _named(page, self)
            return [fhir.request_resource(referral, people.get(referral.patient_id)) for referral in page]

        return answer_page("ServiceRequest", found, values, write)


class ServiceRequestRead(FhirView):
    """One referral with its content, where the record may be opened."""

    scopes: ClassVar[dict[str, str]] = {"GET": Scope.CONTENT}

    @described("ServiceRequest", read=True)
    def get(self, request: Request, pk: int) -> Response:
        """Open the record; who may not know yet who it is about, and who has no right to the content, reads the index."""
        referral = access.get_referral(self.actor, pk)
        opening = open_referral(self.actor, referral)
        if opening is None:
            return Response(
                fhir.request_resource(referral, patients_of([referral], self.actor).get(referral.patient_id))
            )
        letter, items = letter_of(opening, referral), items_of(opening, referral)
        later = [one.text for one in supplements_of(opening, referral)]
        resource = fhir.request_resource(referral, opening.patient, letter, items, later)
        if whole := whole_of(referral, self.actor):
            resource["basedOn"] = [{"reference": f"ServiceRequest/{whole.pk}"}]
        return Response(self._with_person(resource, opening) if self.machine else resource)

    def _with_person(self, resource: fhir.Resource, opening: Opening) -> fhir.Resource:
        """Along with what is asked goes whom it is about; the BSN only where that organisation may process it (Wabvpz art. 5)."""
        identity = PatientIdentity.objects.filter(patient=opening.patient).first()
        person = fhir.patient_resource(opening.patient, identity) | {"id": "patient"}
        may = Organisation.objects.filter(pk=self.actor.organisation_id, may_process_bsn=True).exists()
        if may and identity is not None:
            person["identifier"] = [{"system": fhir.BSN, "value": identity.bsn}, *person["identifier"]]
        return resource | {"contained": [person], "subject": {"reference": "#patient"}}


class TaskSearch(FhirView):
    """How far the referrals of the own organisation are."""

    scopes: ClassVar[dict[str, str]] = {"GET": Scope.READ}

    @described("Task", read=False)
    def get(self, request: Request) -> Response:
        """One page of tasks to which the actor is a party."""
        found, values = _referrals(self.actor, "Task", request.query_params.dict(), fhir.TASK_STATUS)

        def write(page: list[Referral]) -> list[fhir.Resource]:
            people = _named(page, self)
            return [fhir.task_resource(referral, people.get(referral.patient_id)) for referral in page]

        return answer_page("Task", found, values, write)


class TaskRead(FhirView):
    """How far one referral is; a system of a party brings it further."""

    scopes: ClassVar[dict[str, str]] = {"GET": Scope.READ, "PUT": Scope.STEP}
    parser_classes = [FhirParser]

    @described("Task", read=True)
    def get(self, request: Request, pk: int) -> Response:
        """The task of one referral; a person opens the record where it may be known who it is about."""
        referral = access.get_referral(self.actor, pk)
        opening = None if self.machine else open_referral(self.actor, referral)
        return self._answer(referral, opening.patient if opening else None)

    @extend_schema(
        operation_id="update_Task", tags=["Task"], summary="Task update", description=UPDATE, responses=ANSWER,
        request={JSON: OpenApiTypes.OBJECT}, parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)],
    )  # fmt: skip
    def put(self, request: Request, pk: int) -> Response:
        """Take the step that leads to the state of this Task, when the system knows the newest version."""
        self.need_machine(request)
        referral = access.get_referral(self.actor, pk)
        known = request.headers.get("If-Match", "").strip()
        if not known:
            return _refused(428, "required", _("Stuur If-Match mee, met de versie die uw systeem kent."))
        here = steps_of(referral)
        notes = sum(1 for one in here if one.note)
        try:
            moved = step(
                referral=referral, wanted=read_task(request.data, pk, notes), version=_version(known), by=self.actor
            )
        except Stale:
            return _refused(
                STALE, "conflict", _("Er is intussen een stap genomen. Lees de taak opnieuw."), version_of(here)
            )
        return self._answer(moved, None)

    def _answer(self, referral: Referral, patient: Patient | None) -> Response:
        patient = patient or patients_of([referral], self.actor).get(referral.patient_id)
        steps = steps_of(referral)
        planned = Appointment.objects.filter(referral=referral).order_by("pk")
        resource = linked(fhir.task_resource(referral, patient, steps), steps, planned)
        return Response(resource, headers={"ETag": f'W/"{version_of(steps)}"'})


def _version(tag: str) -> str:
    """The version in an entity tag, weak or not; anything else is a version that never was."""
    return tag.removeprefix("W/").strip('"') if tag.endswith('"') else ""


def _refused(status: int, code: str, words: str, version: str = "") -> Response:
    return Response(fhir.outcome(code, words), status=status, headers={"ETag": f'W/"{version}"'} if version else {})


class Transaction(FhirView):
    """The base of the interface: where a system brings a referral."""

    scopes: ClassVar[dict[str, str]] = {"POST": Scope.SEND}
    parser_classes = [FhirParser]

    @extend_schema(
        operation_id="transaction", tags=["Task"], summary="Bundle transaction", description=BRING, responses=ANSWER,
        request={JSON: OpenApiTypes.OBJECT},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Send a referral; the same once more gives the same answer."""
        connection = self.need_machine(request).connection
        body: dict[str, Any] = dict(request.data)
        asked = read_referral(body, connection.endpoint)
        taken = bring(asked=asked, connection=connection, by=self.actor)
        version = version_of(steps_of(taken.referral))
        status = "200 OK" if taken.again else "201 Created"
        entries = [
            {
                "response": {
                    "status": status,
                    "location": f"{fhir.BASE}/{kind}/{taken.referral.pk}/_history/{version}",
                    "etag": f'W/"{version}"',
                }
            }
            for kind in (one["resource"]["resourceType"] for one in body["entry"])
        ]
        return Response({"resourceType": "Bundle", "type": "transaction-response", "entry": entries})
