"""The open interface: FHIR R4 over what the signed-in person may see, and the public lists of offer and participants."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from events.actor import Actor, act
from exchange import access, fhir
from exchange.capability import capability_statement
from exchange.partners import door
from exchange.partners.identity import Machine, NotAdmitted
from exchange.partners.reading import Faulty
from people.access import participants
from people.models import Organisation, PatientIdentity
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
    """One operation: answers and refusals alike are FHIR resources.

    ``scopes`` says, by method, what a system of a participant must have been granted; without it the operation is for people.
    """

    renderer_classes = [FhirRenderer, PlainRenderer]
    scopes: ClassVar[dict[str, str]] = {}
    machine: Machine | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let a system in that shows a token, as whom it is; people come with their session."""
        if not door.shown(request):
            return super().dispatch(request, *args, **kwargs)
        try:
            self.machine = door.let_in(request, self.scopes.get(str(request.method), ""))
        except NotAdmitted as refused:
            return door.refusal(refused)
        visitor: Actor = request.actor  # type: ignore[attr-defined]
        actor = self.machine.actor(request_id=visitor.request_id, place=visitor.place)
        request.actor = actor  # type: ignore[attr-defined]
        with act(actor):
            response = super().dispatch(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    def get_authenticators(self) -> list[Any]:
        """None for a system: it showed who it is."""
        return [] if self.machine else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        """None for a system: what it may do was judged with its token."""
        return [] if self.machine else list(super().get_permissions())

    def need_machine(self, request: Request) -> Machine:
        """The system that shows itself; people write on the pages."""
        if self.machine is None:
            raise MethodNotAllowed(str(request.method))
        return self.machine

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
            if isinstance(error, Faulty):
                return Response(door.faults(error.faults), status=error.status)
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


def token_of(value: str) -> tuple[str | None, str]:
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
        return Response(capability_statement())


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
        system, bsn = token_of(values.get("identifier", ""))
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
            found = found.filter(domain=token_of(values["service-category"])[1])
        if "service-type" in values:
            found = found.filter(kind=token_of(values["service-type"])[1])
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
            found = found.filter(domain=token_of(values["type"])[1])
        if "identifier" in values:
            system, number = token_of(values["identifier"])
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
