"""The open interface: FHIR R4 over what the signed-in person may see, and the public lists of offer and participants."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

import orjson
from django.db.models import Model, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from events.actor import Actor
from exchange import access, fhir
from people.access import participants
from people.models import Organisation, Patient, PatientIdentity
from referrals.access import items_of, letter_of, open_referral, patients_of, supplements_of
from referrals.models import Referral
from square.models import HealthcareService
from trust.access import open_record, search_patients
from trust.categories import Category

PAGE, MOST = 20, 100
JSON = "application/fhir+json"
ANSWER = {(200, JSON): OpenApiTypes.OBJECT}
PAGING = ("_count", "_after")


class Invalid(APIException):
    """What was asked is not something this interface knows; ``detail`` says why in words."""

    status_code = 400


class FhirRenderer(BaseRenderer):
    """FHIR R4 as JSON."""

    media_type = JSON
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The bytes of a resource."""
        return orjson.dumps(data) if data is not None else b""


class PlainRenderer(FhirRenderer):
    """The same bytes for who asks for plain JSON."""

    media_type = "application/json"


class FhirView(APIView):
    """One operation: answers and refusals alike are FHIR resources."""

    renderer_classes = [FhirRenderer, PlainRenderer]

    @property
    def actor(self) -> Actor:
        """Who asks."""
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        return actor

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """The handler of the product, with the words of :class:`Invalid` as they are."""
        usual = super().get_exception_handler()

        def handle(error: Exception, context: dict[str, Any]) -> Response | None:
            if isinstance(error, Invalid):
                return Response(fhir.outcome("invalid", str(error.detail)), status=error.status_code)
            return usual(error, context)

        return handle


class PublicView(FhirView):
    """One operation that is open to everybody."""

    authentication_classes = []
    permission_classes = [AllowAny]


def described(kind: str, *, read: bool, public: bool = False) -> Callable[[Any], Any]:
    """The lines of the OpenAPI description for reading or searching a type."""
    parameters = [] if read else [
        *[OpenApiParameter(name, OpenApiTypes.STR, description=f"FHIR {form}") for name, form in fhir.SEARCHES[kind]],
        OpenApiParameter("_count", OpenApiTypes.INT, description=f"0-{MOST}, {PAGE}"),
        OpenApiParameter("_after", OpenApiTypes.INT, description="Bundle.link[next]"),
    ]  # fmt: skip
    verb = "read" if read else "search"
    more: dict[str, Any] = {"auth": []} if public else {}
    return extend_schema(
        operation_id=f"{verb}_{kind}",
        tags=[kind],
        summary=f"{kind} {verb}",
        description=fhir.SPOKEN[kind],
        parameters=parameters,
        responses=ANSWER,
        **more,
    )


def wanted(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """The search parameters as given; raises :class:`Invalid` for one this type is not searched by.

    R4 lets a server leave out what it does not know (3.1.1.1.1); a list that is longer than was asked for would then show
    too much, so everything is handled as strict.
    """
    known = {name for name, _form in fhir.SEARCHES[kind]} | set(PAGING)
    for name in given:
        if name not in known:
            raise Invalid(
                _("Zoeken op %(name)s kan niet. Wel op: %(known)s.")
                % {"name": name[:40], "known": ", ".join(sorted(known))}
            )
        if "\0" in given[name]:
            raise Invalid(_("%(name)s bevat een teken dat niet kan.") % {"name": name})
    return {name: value.strip() for name, value in given.items() if value.strip()}


def whole_number(values: Mapping[str, str], name: str, usual: int) -> int:
    """A parameter that is a whole number, or the usual one when it was not given; raises :class:`Invalid` for anything else."""
    value = values.get(name, str(usual))
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise Invalid(_("%(name)s is een geheel getal.") % {"name": name})
    return int(value)


def number_of(values: Mapping[str, str], name: str, kind: str) -> int:
    """The number in a reference to a resource of this kind, as ``Organization/12`` or ``12``."""
    value = values[name].removeprefix(f"{kind}/")
    return whole_number({name: value}, name, 0)


def _token(value: str) -> tuple[str | None, str]:
    """System and code of a token parameter; no system when only a code was given."""
    system, bar, code = value.rpartition("|")
    return (system if bar else None), code


def answer_page(
    kind: str, found: QuerySet[Any], values: dict[str, str], write: Callable[[list[Any]], list[fhir.Resource]]
) -> Response:
    """One page of what was found, newest first, with a link to the next; ``total`` counts what this actor may see."""
    size = min(whole_number(values, "_count", PAGE), MOST)
    after = whole_number(values, "_after", 0)
    total = found.count()
    rows: list[Model] = (
        list((found.filter(pk__lt=after) if after else found).order_by("-pk")[: size + 1]) if size else []
    )
    here, address = rows[:size], f"{fhir.BASE}/{kind}"
    following = urlencode({**values, "_after": here[-1].pk}) if len(rows) > size else ""
    return Response(
        fhir.bundle(
            write(here),
            total=total,
            self_url=f"{address}?{urlencode(values)}" if values else address,
            next_url=f"{address}?{following}" if following else "",
        )
    )


class Metadata(PublicView):
    """What this interface can do."""

    @extend_schema(
        operation_id="capabilities", tags=["metadata"], summary="CapabilityStatement", responses=ANSWER, auth=[]
    )
    def get(self, request: Request) -> Response:
        """The CapabilityStatement."""
        return Response(fhir.capability_statement())


class PatientRead(FhirView):
    """One citizen; reading opens the record under the category of identity."""

    @described("Patient", read=True)
    def get(self, request: Request, key: uuid.UUID) -> Response:
        """Open the record of a citizen and show who it is; never the BSN."""
        opening = open_record(self.actor, key, [Category.IDENTITY])
        identity = PatientIdentity.objects.defer("bsn").filter(patient=opening.patient).first()
        return Response(fhir.patient_resource(opening.patient, identity))


class PatientSearch(FhirView):
    """Finding a citizen within reach: by POST only, so that no name and no number stands in an address."""

    parser_classes = [FormParser]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Refuse a search by address."""
        raise Invalid(
            _("Zoek een inwoner met POST %(address)s: een naam of BSN hoort niet in een adres.")
            % {"address": f"{fhir.BASE}/Patient/_search"}
        )

    @extend_schema(
        operation_id="search_Patient", tags=["Patient"], summary="Patient search", description=fhir.SPOKEN["Patient"],
        request=fhir.search_form("Patient"),
        responses=ANSWER,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Find at most 25 citizens within reach; the search is logged."""
        values = wanted("Patient", request.POST.dict())
        if not values.keys() - set(PAGING):
            raise Invalid(_("Geef een naam, een geboortedatum of een BSN."))
        system, bsn = _token(values.get("identifier", ""))
        if "identifier" in values:
            if system != fhir.BSN or not (len(bsn) == 9 and bsn.isascii() and bsn.isdecimal()):
                raise Invalid(
                    _("Zoeken op identifier gaat met %(system)s|BSN van negen cijfers.") % {"system": fhir.BSN}
                )
            access.need_bsn_right(self.actor)
        found = search_patients(
            self.actor, names=values.get("name", "").split(), birth_date=_day(values.get("birthdate", "")), bsn=bsn
        )
        resources = [fhir.patient_resource(patient) for patient in found]
        return Response(fhir.bundle(resources, total=len(resources), self_url=f"{fhir.BASE}/Patient/_search"))


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value.removeprefix("eq")) if value else None
    except ValueError:
        raise Invalid(_("birthdate is een hele datum: jjjj-mm-dd.")) from None


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
        system, number = _token(values["identifier"])
        found = found.filter(number=number) if system in {None, fhir.OWN_REFERRAL} else found.none()
    return found, values


class ServiceRequestSearch(FhirView):
    """The referrals of the own organisation, as an index: without the question and what went along."""

    @described("ServiceRequest", read=False)
    def get(self, request: Request) -> Response:
        """One page of referrals to which the actor is a party."""
        found, values = _referrals(self.actor, "ServiceRequest", request.query_params.dict(), fhir.REQUEST_STATUS)

        def write(page: list[Referral]) -> list[fhir.Resource]:
            people = patients_of(page, self.actor)
            return [fhir.request_resource(referral, people.get(referral.patient_id)) for referral in page]

        return answer_page("ServiceRequest", found, values, write)


class ServiceRequestRead(FhirView):
    """One referral with its content, where the record may be opened."""

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
        return Response(fhir.request_resource(referral, opening.patient, letter, items, later))


class TaskSearch(FhirView):
    """How far the referrals of the own organisation are."""

    @described("Task", read=False)
    def get(self, request: Request) -> Response:
        """One page of tasks to which the actor is a party."""
        found, values = _referrals(self.actor, "Task", request.query_params.dict(), fhir.TASK_STATUS)

        def write(page: list[Referral]) -> list[fhir.Resource]:
            people = patients_of(page, self.actor)
            return [fhir.task_resource(referral, people.get(referral.patient_id)) for referral in page]

        return answer_page("Task", found, values, write)


class TaskRead(FhirView):
    """How far one referral is."""

    @described("Task", read=True)
    def get(self, request: Request, pk: int) -> Response:
        """The task of one referral; the record is opened where the actor may know who it is about."""
        referral = access.get_referral(self.actor, pk)
        opening = open_referral(self.actor, referral)
        patient = opening.patient if opening else patients_of([referral], self.actor).get(referral.patient_id)
        return Response(fhir.task_resource(referral, patient))


class HealthcareServiceSearch(PublicView):
    """The offer, for everybody."""

    @described("HealthcareService", read=False, public=True)
    def get(self, request: Request) -> Response:
        """One page of services."""
        values, found = wanted("HealthcareService", request.query_params.dict()), access.services()
        if "name" in values:
            found = found.filter(name__icontains=values["name"])
        if "organization" in values:
            found = found.filter(organisation_id=number_of(values, "organization", "Organization"))
        if "service-category" in values:
            found = found.filter(domain=_token(values["service-category"])[1])
        if "service-type" in values:
            found = found.filter(kind=_token(values["service-type"])[1])
        return answer_page("HealthcareService", found, values, _services)


def _services(page: list[HealthcareService]) -> list[fhir.Resource]:
    return [fhir.service_resource(service) for service in page]


class HealthcareServiceRead(PublicView):
    """One service on offer."""

    @described("HealthcareService", read=True, public=True)
    def get(self, request: Request, pk: int) -> Response:
        """One service."""
        return Response(fhir.service_resource(get_object_or_404(access.services(), pk=pk)))


class OrganizationSearch(PublicView):
    """The list of participants, for everybody (ViSD 4.2.1)."""

    @described("Organization", read=False, public=True)
    def get(self, request: Request) -> Response:
        """One page of admitted participants."""
        values, found = wanted("Organization", request.query_params.dict()), participants()
        if "name" in values:
            found = found.filter(name__icontains=values["name"])
        if "type" in values:
            found = found.filter(domain=_token(values["type"])[1])
        if "identifier" in values:
            system, number = _token(values["identifier"])
            field = {fhir.URA: "ura", fhir.AGB: "agb", fhir.KVK: "kvk"}.get(system or "")
            if field is None:
                raise Invalid(_("identifier is systeem|nummer, met het systeem van URA, AGB of KvK."))
            found = found.filter(**{field: number}) if number else found.none()
        return answer_page("Organization", found, values, _organisations)


def _organisations(page: list[Organisation]) -> list[fhir.Resource]:
    return [fhir.organisation_resource(organisation) for organisation in page]


class OrganizationRead(PublicView):
    """One participant."""

    @described("Organization", read=True, public=True)
    def get(self, request: Request, pk: int) -> Response:
        """One admitted participant."""
        return Response(fhir.organisation_resource(get_object_or_404(participants(), pk=pk)))


@extend_schema(exclude=True)
class Unknown(PublicView):
    """Every other address below the interface: answered in its own form."""

    def get(self, request: Request, rest: str = "") -> Response:
        """Say that there is nothing here."""
        raise Http404

    post = put = patch = delete = get
