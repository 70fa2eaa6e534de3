"""The register of the network in the open interface: contact persons and the care team of one person at a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from dossier.access import network_for
from dossier.access.network import all_related_persons, patient_key_of
from dossier.models import RelatedPerson
from exchange import fhir, fhir_network
from exchange.api import FhirView, Invalid, described, wanted
from trust.access import Opening, open_record
from trust.categories import Category


def _opened(view: FhirView, key: uuid.UUID) -> Opening:
    """The record opened for the network; who may not see that finds nothing here."""
    opening = open_record(view.actor, key, [Category.NETWORK])
    if Category.NETWORK not in opening.allowed | opening.own:
        raise Http404
    return opening


def _patient_in(values: dict[str, str]) -> uuid.UUID:
    """The record that a search names; there is no searching over everybody."""
    try:
        return uuid.UUID(values.get("patient", "").removeprefix("Patient/"))
    except ValueError:
        raise Invalid(_("patient is verplicht: de sleutel van een dossier.")) from None


def _named(people: Iterable[RelatedPerson], values: dict[str, str]) -> list[RelatedPerson]:
    found = list(people)
    if "active" in values:
        if values["active"] not in {"true", "false"}:
            raise Invalid(_("active is true of false."))
        found = [one for one in found if one.ended != (values["active"] == "true")]
    if "name" in values:
        found = [one for one in found if values["name"].casefold() in one.name.casefold()]
    if "relationship" in values:
        code = values["relationship"].rpartition("|")[2]
        found = [one for one in found if code == one.relationship or code in one.roles]
    if "identifier" in values:
        code = values["identifier"].rpartition("|")[2].removeprefix("urn:uuid:")
        found = [one for one in found if code == str(one.key)]
    return found


class RelatedPersonSearch(FhirView):
    """The contact persons of one person."""

    @described("RelatedPerson", read=False)
    def get(self, request: Request) -> Response:
        """Open the record for its network and list the contact persons, those of before too."""
        values = wanted("RelatedPerson", request.query_params.dict())
        opening = _opened(self, _patient_in(values))
        found = _named(all_related_persons(opening), values)
        resources = [fhir_network.related_person_resource(one, opening.patient) for one in found]
        address = f"{fhir.BASE}/RelatedPerson?patient={opening.patient.key}"
        return Response(fhir.bundle(resources, total=len(resources), self_url=address))


class RelatedPersonRead(FhirView):
    """One contact person."""

    @described("RelatedPerson", read=True)
    def get(self, request: Request, key: uuid.UUID) -> Response:
        """Open the record for its network and show one contact person of it."""
        opening = _opened(self, patient_key_of(key) or key)
        found = next((one for one in all_related_persons(opening) if one.key == key), None)
        if found is None:
            raise Http404
        return Response(fhir_network.related_person_resource(found, opening.patient))


class CareTeamSearch(FhirView):
    """The care team of one person."""

    @described("CareTeam", read=False)
    def get(self, request: Request) -> Response:
        """Open the record for its network and give its one team."""
        values = wanted("CareTeam", request.query_params.dict())
        if "status" in values and values["status"] != "active":
            raise Invalid(_("status is active: een team van nu."))
        opening = _opened(self, _patient_in(values))
        network = network_for(opening)
        resources = [fhir_network.care_team_resource(opening.patient, network.team, network.contacts)]
        address = f"{fhir.BASE}/CareTeam?patient={opening.patient.key}"
        return Response(fhir.bundle(resources, total=1, self_url=address))


class CareTeamRead(FhirView):
    """The care team of one person, by the key of the record."""

    @described("CareTeam", read=True)
    def get(self, request: Request, key: uuid.UUID) -> Response:
        """Open the record for its network and show its team, with who covers at this moment."""
        opening = _opened(self, key)
        network = network_for(opening)
        return Response(fhir_network.care_team_resource(opening.patient, network.team, network.contacts))
