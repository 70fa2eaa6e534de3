"""What is written, planned and filled in with a referral, in the open interface: read by its parties, and brought by their systems."""

from __future__ import annotations

from typing import ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dossier.access import questionnaires
from exchange import access, fhir
from exchange import fhir_process as written
from exchange.api import ANSWER, JSON, FhirView, Invalid, PublicView, described, number_of, wanted
from exchange.partners import process
from exchange.partners.door import FhirParser
from exchange.partners.models import Scope
from referrals.access import open_referral, reports_of, supplements_of
from referrals.models import Appointment, QuestionnaireResponse, Referral, Report, Step, Supplement
from trust.access import Opening

BRING = "Voor systemen van een partij. De identifier is de sleutel: hetzelfde nog eens geeft hetzelfde antwoord. Zie docs/fhir.md."


class OfReferral(FhirView):
    """What belongs to one referral: ``based-on`` names it, and the record is opened for it."""

    scopes: ClassVar[dict[str, str]] = {"GET": Scope.CONTENT, "POST": Scope.STEP, "PUT": Scope.STEP}
    parser_classes = [FhirParser]

    def asked(self, kind: str, request: Request) -> tuple[Referral, Opening, str]:
        """The referral that a search is about, with its record open; raises :class:`Invalid` without one."""
        values = wanted(kind, request.query_params.dict())
        if "based-on" not in values:
            raise Invalid(_("based-on is verplicht: ServiceRequest/<nummer>."))
        referral = access.get_referral(self.actor, number_of(values, "based-on", "ServiceRequest"))
        return referral, self.opened(referral), f"{fhir.BASE}/{kind}?based-on=ServiceRequest/{referral.pk}"

    def opened(self, referral: Referral) -> Opening:
        """The record, opened for this reading; what may not be read does not exist here."""
        opening = open_referral(self.actor, referral)
        if opening is None:
            raise Http404
        return opening


def _person(opening: Opening) -> fhir.Resource:
    return {"reference": f"Patient/{opening.patient.key}", "display": opening.patient.name}


def _bundle(found: list[fhir.Resource], address: str) -> Response:
    return Response(fhir.bundle(found, total=len(found), self_url=address))


class CommunicationSearch(OfReferral):
    """Supplements and reports."""

    @described("Communication", read=False)
    def get(self, request: Request) -> Response:
        """What was added to a referral and reported on it, oldest first."""
        referral, opening, address = self.asked("Communication", request)
        both: list[Supplement | Report] = [*supplements_of(opening, referral), *reports_of(opening, referral)]
        found = sorted(both, key=lambda one: one.pk)
        return _bundle([written.communication_resource(one, referral, _person(opening)) for one in found], address)

    @extend_schema(
        operation_id="create_Communication", tags=["Communication"], summary="Communication create", description=BRING, responses=ANSWER,
        request={JSON: OpenApiTypes.OBJECT},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Add to a referral as who referred, report on it as who helps."""
        connection = self.need_machine(request).connection
        said = process.read_communication(request.data)
        referral = access.get_referral(self.actor, said.referral)
        made = process.write(said=said, referral=referral, connection=connection, by=self.actor)
        resource = written.communication_resource(made, referral, _person(self.opened(referral)))
        return Response(resource, status=201, headers={"Location": f"{fhir.BASE}/Communication/{made.pk}"})


class CommunicationRead(OfReferral):
    """One supplement or report."""

    @described("Communication", read=True)
    def get(self, request: Request, pk: int) -> Response:
        """Open the record and read it."""
        step = get_object_or_404(Step.objects.all(), pk=pk)
        referral = access.get_referral(self.actor, step.referral_id)
        opening = self.opened(referral)
        both: list[Supplement | Report] = [*supplements_of(opening, referral), *reports_of(opening, referral)]
        found = next((one for one in both if one.pk == pk), None)
        if found is None:
            raise Http404
        return Response(written.communication_resource(found, referral, _person(opening)))


class AppointmentSearch(OfReferral):
    """The appointments of a referral."""

    @described("Appointment", read=False)
    def get(self, request: Request) -> Response:
        """Each that was made, with what became of it."""
        referral, opening, address = self.asked("Appointment", request)
        found = Appointment.objects.filter(referral=referral).order_by("pk")
        return _bundle([written.appointment_resource(one, referral, _person(opening)) for one in found], address)

    @extend_schema(
        operation_id="create_Appointment", tags=["Appointment"], summary="Appointment create", description=BRING, responses=ANSWER,
        request={JSON: OpenApiTypes.OBJECT},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Make the appointment, as who took the referral on; one that stands already is changed by PUT alone."""
        self.need_machine(request)
        asked = process.read_appointment(request.data)
        referral = access.get_referral(self.actor, asked.referral)
        made = process.plan(asked=asked, referral=referral, by=self.actor)
        return _appointment(made, referral, self.opened(referral), status=201)


class AppointmentRead(OfReferral):
    """One appointment."""

    @described("Appointment", read=True)
    def get(self, request: Request, pk: int) -> Response:
        """Open the record and read it."""
        made, referral = self._get(pk)
        return _appointment(made, referral, self.opened(referral))

    @extend_schema(
        operation_id="update_Appointment", tags=["Appointment"], summary="Appointment update", description=BRING, responses=ANSWER,
        request={JSON: OpenApiTypes.OBJECT}, parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)],
    )  # fmt: skip
    def put(self, request: Request, pk: int) -> Response:
        """Move it, call it off, or say that nobody came, on the version that the system knows."""
        self.need_machine(request)
        made, referral = self._get(pk)
        known = request.headers.get("If-Match", "").strip()
        if not known:
            return Response(fhir.outcome("required", _("Stuur If-Match mee.")), status=428)
        asked = process.read_appointment(request.data, made)
        if known.removeprefix("W/").strip('"') != str(made.sequence):
            words = _("De afspraak is intussen veranderd. Lees haar opnieuw.")
            return Response(fhir.outcome("conflict", words), status=412)
        return _appointment(
            process.change(asked=asked, made=made, referral=referral, by=self.actor), referral, self.opened(referral)
        )

    def _get(self, pk: int) -> tuple[Appointment, Referral]:
        made = get_object_or_404(Appointment.objects.all(), pk=pk)
        return made, access.get_referral(self.actor, made.referral_id)


def _appointment(made: Appointment, referral: Referral, opening: Opening, status: int = 200) -> Response:
    head = {"ETag": f'W/"{made.sequence}"', "Location": f"{fhir.BASE}/Appointment/{made.pk}"}
    return Response(written.appointment_resource(made, referral, _person(opening)), status=status, headers=head)


class AnswersSearch(OfReferral):
    """The answers to the form of a service."""

    @described("QuestionnaireResponse", read=False)
    def get(self, request: Request) -> Response:
        """Those that went with a referral, newest first; the newest counts."""
        referral, opening, address = self.asked("QuestionnaireResponse", request)
        found = QuestionnaireResponse.objects.filter(referral=referral, patient=opening.patient)
        rows = found.select_related("organisation").order_by("-at", "-pk")
        return _bundle([_answers(one, opening) for one in rows], address)


class AnswersRead(OfReferral):
    """The answers to one form."""

    @described("QuestionnaireResponse", read=True)
    def get(self, request: Request, number: int, pk: int) -> Response:
        """Open the record and read them; the number of the referral stands in the name, for without it nothing is found."""
        referral = access.get_referral(self.actor, number)
        opening = self.opened(referral)
        rows = QuestionnaireResponse.objects.filter(referral=referral, patient=opening.patient, pk=pk)
        found = rows.select_related("organisation").first()
        if found is None:
            raise Http404
        return Response(_answers(found, opening))


def _answers(one: QuestionnaireResponse, opening: Opening) -> fhir.Resource:
    return written.answers_resource(one, _person(opening), questionnaires.canonical_of(one.questionnaire))


class QuestionnaireSearch(PublicView):
    """The forms that services have, for everybody."""

    @described("Questionnaire", read=False, public=True)
    def get(self, request: Request) -> Response:
        """All versions of all forms."""
        values = wanted("Questionnaire", request.query_params.dict())
        found = [one for one in questionnaires.resources().values() if values.get("name", one["name"]) == one["name"]]
        return _bundle(found, f"{fhir.BASE}/Questionnaire")


class QuestionnaireRead(PublicView):
    """One version of a form."""

    @described("Questionnaire", read=True, public=True)
    def get(self, request: Request, key: str) -> Response:
        """Its questions."""
        found = questionnaires.resources().get(key)
        if found is None:
            raise Http404
        return Response(found)
