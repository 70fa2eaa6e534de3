"""How the register of the network is written as FHIR R4: contact persons and the care team, with the nl-core profiles."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from dossier.models import Capacity, ContactRole, Participant, RelatedPerson, Relationship
from dossier.sources.register import COD472, EXTRA_ROLES, PARTICIPATION, ROLE_CODE, SNOMED
from exchange.fhir import AGB, BASE, UUIDS, Resource, filled, moment
from people.models import Patient

PROFILE = "http://nictiz.nl/fhir/StructureDefinition/nl-core-"
UZI = "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers"
NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
OWN_TEAM_ROLE = f"{BASE}/CodeSystem/team-role"
COORDINATES = {"system": OWN_TEAM_ROLE, "code": "coordinator", "display": "coördinator van zorg"}


def _patient(patient: Patient) -> Resource:
    return {"reference": f"Patient/{patient.key}", "type": "Patient", "display": patient.name}


def _telecom(*numbers: tuple[str, str]) -> list[Resource]:
    return [{"system": system, "value": value} for system, value in numbers if value]


def _keeper(entry: RelatedPerson | Participant, patient: Patient) -> str:
    """Who keeps the entry, as the source of the resource."""
    return f"{BASE}/Organization/{entry.organisation_id}" if entry.organisation_id else f"{BASE}/Patient/{patient.key}"


def role_coding(role: str) -> Resource:
    """A role of the RolCodelijst: COD472 of Vektis has two digits, the four extra codes of the zib six."""
    return {
        "system": EXTRA_ROLES if len(role) == 6 else COD472,
        "code": role,
        "display": str(ContactRole(role).label).capitalize(),
    }


def relationship_coding(code: str) -> Resource:
    """A relation of the RelatieCodelijst."""
    system = NULL_FLAVOR if code == Relationship.OTH else ROLE_CODE
    return {"system": system, "code": code, "display": str(Relationship(code).label).capitalize()}


def related_person_resource(person: RelatedPerson, patient: Patient) -> Resource:
    """A contact person or informal carer (nl-core-ContactPerson); ``meta.source`` names who keeps it."""
    relation = [{"coding": [role_coding(role)]} for role in person.roles]
    if person.relationship:
        relation.append({"coding": [relationship_coding(person.relationship)]})
    return filled(
        resourceType="RelatedPerson",
        id=str(person.key),
        meta={
            "versionId": str(person.version),
            "lastUpdated": moment(person.at),
            "source": _keeper(person, patient),
            "profile": [f"{PROFILE}ContactPerson"],
        },
        identifier=[{"system": UUIDS, "value": f"urn:uuid:{person.key}"}],
        active=not person.ended,
        patient=_patient(patient),
        relationship=relation,
        name=[{"use": "official", "text": person.name}],
        telecom=_telecom(("phone", person.phone), ("phone", person.other_phone), ("email", person.email)),
        address=[{"text": person.address}] if person.address else [],
        period=filled(start=person.since.isoformat(), end=person.until.isoformat() if person.until else ""),
    )


def capacity_coding(code: str) -> Resource:
    """In which capacity somebody takes part, of the ZorgverlenerRolCodelijst."""
    systems = {Capacity.CASE: SNOMED, Capacity.OTH: NULL_FLAVOR}
    return {
        "system": systems.get(Capacity(code), PARTICIPATION),
        "code": code,
        "display": str(Capacity(code).label).capitalize(),
    }


def _roles_of(member: Participant) -> list[Resource]:
    roles = [{"coding": [capacity_coding(member.capacity)]}] if member.capacity else []
    if member.coordinates:
        roles.append({"coding": [COORDINATES]})
    return [*roles, {"text": member.function}]


def _contained(member: Participant) -> list[Resource]:
    """The PractitionerRole of a member and, when named, the Practitioner: this interface has no list of people to point at."""
    place, user = member.place, member.membership
    person = member.name or (user.user.name if user else "")
    numbers = ((UZI, user.uzi), (AGB, user.agb)) if user else ()
    role = filled(
        resourceType="PractitionerRole",
        id=f"role-{member.key}",
        active=not member.ended,
        practitioner={"reference": f"#person-{member.key}", "type": "Practitioner", "display": person}
        if person
        else {},
        organization=filled(
            reference=f"Organization/{place.pk}" if place else "", type="Organization", display=member.where
        ),
        code=[{"text": member.function}],
        telecom=_telecom(("phone", member.reach_phone), ("email", member.reach_email)),
        availabilityExceptions=_cover(member),
    )
    if not person:
        return [role]
    named = filled(
        resourceType="Practitioner",
        id=f"person-{member.key}",
        identifier=[{"system": system, "value": value} for system, value in numbers if value],
        name=[{"use": "official", "text": person}],
    )
    return [role, named]


def _cover(member: Participant) -> str:
    """Who covers at this moment, in a sentence; nothing where the member can be reached."""
    cover = getattr(member, "cover", None)
    if cover is None:
        return ""
    until = f" tot {moment(cover.until)}" if cover.until else ""
    by = ", ".join(word for word in (cover.by, cover.phone) if word)
    return f"{'Afwezig' if cover.absent else 'Gesloten'}{until}" + (f"; waarneming: {by}" if by else "")


def care_team_resource(patient: Patient, team: Iterable[Participant], contacts: Iterable[RelatedPerson]) -> Resource:
    """Everybody around a person (nl-core-CareTeam): one team for each person, with the key of the record."""
    members, people = list(team), list(contacts)
    changed = max([one.at for one in (*members, *people)], default=timezone.now())
    contained = [one for member in members for one in _contained(member)]
    coordinator = next((one for one in members if one.coordinates and one.place), None)
    participants = [
        filled(
            role=_roles_of(member),
            member={"reference": f"#role-{member.key}", "type": "PractitionerRole", "display": f"{member.who}, {member.function}"},
            period=filled(start=member.since.isoformat(), end=member.until.isoformat() if member.until else ""),
        )
        for member in members
    ]  # fmt: skip
    participants += [
        filled(
            role=[{"coding": [role_coding(role)]} for role in person.roles],
            member={"reference": f"RelatedPerson/{person.key}", "type": "RelatedPerson", "display": person.name},
            period=filled(start=person.since.isoformat(), end=person.until.isoformat() if person.until else ""),
        )
        for person in people
    ]
    place = coordinator.place if coordinator else None
    return filled(
        resourceType="CareTeam",
        id=str(patient.key),
        meta={"lastUpdated": moment(changed), "profile": [f"{PROFILE}CareTeam"]},
        contained=contained,
        identifier=[{"system": UUIDS, "value": f"urn:uuid:{patient.key}"}],
        status="active",
        name="Zorgnetwerk",
        subject=_patient(patient),
        participant=[*participants, {"member": _patient(patient)}],
        managingOrganization=[{"reference": f"Organization/{place.pk}", "type": "Organization", "display": place.name}]
        if place
        else [],
    )
