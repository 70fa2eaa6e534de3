"""How the network's own objects are written as FHIR R4 resources: plain dictionaries, checked against the R4 schema in tests.

No resource carries a BSN. Whoever signs in here is a person who already knows for whom they work; systems of
participants get the BSN only through an exchange in which the receiving system itself is known to be entitled to it
(Wabvpz art. 5; welfare organisations never are), and that is not this interface. The key of the record, a random UUID,
identifies a person within the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from people.models import Domain, Gender, Organisation, Patient, PatientIdentity
from people.moves import Admission
from referrals.models import Letter, LetterItem, Referral, Step
from referrals.moves import Status, Urgency
from square.models import HealthcareService

Resource = dict[str, Any]

BASE = f"{settings.ADDRESS}/fhir"
BSN = "http://fhir.nl/fhir/NamingSystem/bsn"
URA = "http://fhir.nl/fhir/NamingSystem/ura"
AGB = "http://fhir.nl/fhir/NamingSystem/agb-z"
KVK = "http://fhir.nl/fhir/NamingSystem/kvk"
UUIDS = "urn:ietf:rfc:3986"
ORGANISATION_TYPES = "http://nictiz.nl/fhir/NamingSystem/organization-type"
OWN_DOMAIN = f"{BASE}/CodeSystem/domain"
OWN_SERVICE_KIND = f"{BASE}/CodeSystem/service-kind"
OWN_LAW = f"{BASE}/CodeSystem/law"
OWN_REFERRAL_STATUS = f"{BASE}/CodeSystem/referral-status"
OWN_REJECTION = f"{BASE}/CodeSystem/rejection-reason"
OWN_ASK_REASON = f"{BASE}/CodeSystem/ask-reason"
OWN_OUTCOME = f"{BASE}/CodeSystem/outcome"
OWN_REFERRAL = f"{BASE}/NamingSystem/referral"
EXTENSION = "http://hl7.org/fhir/StructureDefinition"
QUALIFIER = f"{EXTENSION}/iso21090-EN-qualifier"
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
REFERRING = {"coding": [{"system": "http://snomed.info/sct", "code": "3457005", "display": "verwijzen van patiënt"}]}

# Nictiz organisation types (standards: zib HealthcareProvider); the other domains have none.
TYPES: dict[str, str] = {
    Domain.GP: "Z3",
    Domain.HOME_CARE: "T2",
    Domain.MENTAL_HEALTH: "G5",
    Domain.HOSPITAL: "V4",
    Domain.PHARMACY: "J8",
}

REQUEST_STATUS: dict[str, str] = {
    Status.REQUESTED: "active", Status.ASKED_BACK: "active", Status.ACCEPTED: "active", Status.IN_PROGRESS: "active",
    Status.COMPLETED: "completed", Status.REJECTED: "revoked", Status.CANCELLED: "revoked",
}  # fmt: skip
TASK_STATUS: dict[str, str] = {
    Status.REQUESTED: "requested", Status.ASKED_BACK: "received", Status.ACCEPTED: "accepted", Status.IN_PROGRESS: "in-progress",
    Status.COMPLETED: "completed", Status.REJECTED: "rejected", Status.CANCELLED: "cancelled",
}  # fmt: skip
"""A question back is a task received and not yet accepted; ``businessStatus`` tells it apart."""


def filled(**elements: Any) -> Resource:
    """A resource or element without what is empty, since FHIR knows no empty values (R4, 2.6.2.1)."""
    return {name.rstrip("_"): value for name, value in elements.items() if value not in (None, "", [], {})}


def moment(value: datetime | None) -> str:
    """An instant with its offset, to the second."""
    return timezone.localtime(value).isoformat(timespec="seconds") if value else ""


def _coded(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [filled(system=system, code=code, display=display)]}


def _reference(kind: str, key: object, display: str = "") -> Resource:
    return filled(reference=f"{kind}/{key}", type=kind, display=display)


def _name(patient: Patient) -> Resource:
    """nl-core-NameInformation: parts of the surname as extensions, initials and first names told apart by a qualifier."""
    named = {
        "own-prefix": patient.own_prefix, "own-name": patient.own_name,
        "partner-prefix": patient.partner_prefix, "partner-name": patient.partner_name,
    }  # fmt: skip
    parts = {part: value for part, value in named.items() if value}
    given = [(name, "BR") for name in patient.first_names.split()] or [
        (initial, "IN") for initial in patient.initials.split()
    ]
    return filled(
        use="official",
        extension=[{"url": f"{EXTENSION}/humanname-assembly-order", "valueCode": patient.name_use}],
        text=patient.name,
        family=patient.surname,
        _family=filled(
            extension=[{"url": f"{EXTENSION}/humanname-{part}", "valueString": value} for part, value in parts.items()]
        ),
        given=[name for name, _ in given],
        _given=[{"extension": [{"url": QUALIFIER, "valueCode": code}]} for _, code in given],
    )


def _nickname(patient: Patient) -> list[Resource]:
    return [{"use": "usual", "given": [patient.call_name]}] if patient.call_name else []


def _address(identity: PatientIdentity) -> list[Resource]:
    line = f"{identity.street} {identity.house_number}".strip()
    if not line and not identity.place:
        return []
    parts = [("streetName", identity.street), ("houseNumber", identity.house_number)]
    extensions = [{"url": f"{EXTENSION}/iso21090-ADXP-{part}", "valueString": value} for part, value in parts if value]
    return [filled(
        use="home", type="physical", line=[line] if line else [], _line=[{"extension": extensions}] if extensions else [],
        city=identity.place, postalCode=f"{identity.postcode[:4]} {identity.postcode[4:]}".strip(), country="NL",
    )]  # fmt: skip


def patient_resource(patient: Patient, identity: PatientIdentity | None = None) -> Resource:
    """A citizen (nl-core-Patient). Without ``identity``, which opening the record gives, only what a list shows."""
    telecom = []
    if identity is not None:
        telecom = [
            filled(system=kind, value=value)
            for kind, value in (("phone", identity.phone), ("email", identity.email))
            if value
        ]
    return filled(
        resourceType="Patient",
        id=str(patient.key),
        meta={} if identity else {"tag": [SUBSETTED]},
        identifier=[{"system": UUIDS, "value": f"urn:uuid:{patient.key}"}],
        name=[_name(patient), *_nickname(patient)],
        telecom=telecom,
        gender=patient.gender,
        birthDate=patient.birth_date.isoformat(),
        deceasedDateTime=patient.deceased_on.isoformat() if patient.deceased_on else "",
        address=_address(identity) if identity else [],
    )


def organisation_resource(organisation: Organisation) -> Resource:
    """A participant (nl-core-HealthcareProvider-Organization), with the numbers under which registers know it."""
    numbers = ((URA, organisation.ura), (AGB, organisation.agb), (KVK, organisation.kvk))
    types = [_coded(OWN_DOMAIN, organisation.domain, str(Domain(organisation.domain).label))]
    if organisation.domain in TYPES:
        types.append(_coded(ORGANISATION_TYPES, TYPES[organisation.domain]))
    telecom = [
        filled(system=kind, value=value)
        for kind, value in (("phone", organisation.phone), ("email", organisation.email))
        if value
    ]
    address = filled(
        line=[organisation.street] if organisation.street else [], city=organisation.place, district=organisation.municipality,
        postalCode=f"{organisation.postcode[:4]} {organisation.postcode[4:]}".strip(),
    )  # fmt: skip
    return filled(
        resourceType="Organization",
        id=str(organisation.pk),
        identifier=[{"system": system, "value": value} for system, value in numbers if value],
        active=organisation.admission == Admission.ADMITTED,
        type=types,
        name=organisation.name,
        telecom=telecom,
        address=[address | {"country": "NL"}] if address else [],
    )


def service_resource(service: HealthcareService) -> Resource:
    """A service on offer; ``appointmentRequired`` follows from taking no one without a referral."""
    return filled(
        resourceType="HealthcareService",
        id=str(service.pk),
        active=service.active,
        providedBy=_reference("Organization", service.organisation_id, service.organisation.name),
        category=[_coded(OWN_DOMAIN, service.domain, str(Domain(service.domain).label))],
        type=[{**_coded(OWN_SERVICE_KIND, service.kind), "text": service.name}],
        name=service.name,
        comment=service.summary,
        extraDetails=service.for_whom,
        telecom=[{"system": "phone", "value": service.phone}] if service.phone else [],
        serviceProvisionCode=[_coded(OWN_LAW, service.law, str(HealthcareService.Law(service.law).label))],
        eligibility=[{"comment": sentence} for sentence in service.criteria],
        communication=[_coded("urn:ietf:bcp:47", language) for language in service.languages],
        availabilityExceptions=_closed(service),
    )


def _closed(service: HealthcareService) -> str:
    if service.stopped_until:
        return f"Neemt tot {service.stopped_until.isoformat()} geen nieuwe inwoners aan: {service.stop_reason}"
    return "" if service.open_for_new else "Neemt nu geen nieuwe inwoners aan."


def _subject(referral: Referral, patient: Patient | None) -> Resource:
    """The person, where the actor has the citizen in reach; before acceptance only age, gender and municipality."""
    if patient is not None:
        return _reference("Patient", patient.key, patient.name)
    words = (str(Gender(referral.gender).label), f"{referral.age} jaar", referral.municipality)
    return {"type": "Patient", "display": ", ".join(word for word in words if word)}


def request_resource(
    referral: Referral,
    patient: Patient | None,
    letter: Letter | None = None,
    items: Iterable[LetterItem] = (),
    later: Iterable[str] = (),
) -> Resource:
    """What a referral asks for. ``letter``, ``items`` and what was written ``later`` are its content, which opening the record gives."""
    return filled(
        resourceType="ServiceRequest",
        id=str(referral.pk),
        meta={} if letter else {"tag": [SUBSETTED]},
        identifier=[{"system": OWN_REFERRAL, "value": referral.number}],
        status=REQUEST_STATUS[referral.status],
        intent="order",
        category=[REFERRING],
        priority="urgent" if referral.urgency == Urgency.SOON else "routine",
        code={**_coded(OWN_SERVICE_KIND, referral.service.kind), "text": referral.service.name},
        subject=_subject(referral, patient),
        authoredOn=moment(referral.sent_at),
        requester=_requester(referral, patient),
        performer=[_reference("HealthcareService", referral.service_id, referral.service.name)],
        reasonCode=[{"text": letter.question}] if letter else [],
        supportingInfo=[{"display": ": ".join(word for word in (item.title, item.detail) if word)} for item in items],
        note=[{"text": text} for text in (letter.wish if letter else "", *later) if text],
    )


def _requester(referral: Referral, patient: Patient | None) -> Resource:
    """The organisation that referred, or else the person, as far as that may be known."""
    if referral.sending_organisation is not None:
        return _reference("Organization", referral.sending_organisation.pk, referral.sending_organisation.name)
    return _subject(referral, patient)


def _why(referral: Referral) -> Resource:
    if referral.rejection_reason:
        return _coded(OWN_REJECTION, referral.rejection_reason)
    return _coded(OWN_ASK_REASON, referral.ask_reason) if referral.ask_reason else {}


def _standing(referral: Referral) -> Resource:
    """The own state; a request that somebody at the receiver took in hand is told apart."""
    if referral.status == Status.REQUESTED and referral.receiver_id:
        return _coded(OWN_REFERRAL_STATUS, "picked_up", "opgepakt")
    return _coded(OWN_REFERRAL_STATUS, referral.status, str(Status(referral.status).label))


def task_resource(referral: Referral, patient: Patient | None, steps: Sequence[Step] = ()) -> Resource:
    """How far a referral is with who is asked now: the workflow task of its sender (BgZ and eOverdracht have the same form).

    With its ``steps`` come the words that went with them, and the version, which every step makes another.
    """
    return filled(
        resourceType="Task",
        id=str(referral.pk),
        meta={"versionId": str(steps[-1].pk), "lastUpdated": moment(steps[-1].at)} if steps else {},
        identifier=[{"system": OWN_REFERRAL, "value": referral.number}],
        status=TASK_STATUS[referral.status],
        statusReason=_why(referral),
        businessStatus=_standing(referral),
        intent="order",
        priority="urgent" if referral.urgency == Urgency.SOON else "routine",
        code=REFERRING,
        description=referral.notice,
        focus=_reference("ServiceRequest", referral.pk),
        for_=_subject(referral, patient),
        executionPeriod=filled(start=moment(referral.started_at), end=moment(referral.closed_at)),
        authoredOn=moment(referral.asked_at or referral.sent_at),
        requester=_requester(referral, patient),
        owner=_reference("Organization", referral.receiving_organisation_id, referral.receiving_organisation.name),
        restriction={"period": {"end": moment(referral.due)}} if referral.due else {},
        note=[_said(step) for step in steps if step.note],
        output=[_result(referral)] if referral.outcome else [],
    )


def _result(referral: Referral) -> Resource:
    coded = _coded(OWN_OUTCOME, referral.outcome, str(referral.get_outcome_display()))
    return {"type": {"text": "uitkomst"}, "valueCodeableConcept": coded}


def _said(step: Step) -> Resource:
    return filled(
        authorReference=_reference("Organization", step.organisation_id, str(step.organisation or "")) if step.organisation_id else {},
        time=moment(step.at),
        text=step.note,
    )  # fmt: skip


def bundle(resources: list[Resource], *, total: int | None = None, self_url: str, next_url: str = "") -> Resource:
    """One page of a search, with the whole number found, where it is counted, and where the next page is."""
    links = [{"relation": "self", "url": self_url}]
    if next_url:
        links.append({"relation": "next", "url": next_url})
    entries = [
        {"fullUrl": f"{BASE}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in resources
    ]
    return filled(
        resourceType="Bundle", type="searchset", timestamp=moment(timezone.now()), link=links, entry=entries
    ) | ({} if total is None else {"total": total})


def outcome(code: str, words: str) -> Resource:
    """Why an operation was refused (code from issue-type)."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": words}]}


SEARCHES: dict[str, tuple[tuple[str, str], ...]] = {
    "Patient": (("name", "string"), ("birthdate", "date"), ("identifier", "token")),
    "ServiceRequest": (("status", "token"), ("patient", "reference"), ("identifier", "token")),
    "Task": (("status", "token"), ("patient", "reference"), ("identifier", "token")),
    "HealthcareService": (
        ("name", "string"),
        ("organization", "reference"),
        ("service-category", "token"),
        ("service-type", "token"),
    ),
    "Organization": (("name", "string"), ("identifier", "token"), ("type", "token")),
    "Communication": (("based-on", "reference"),),
    "Appointment": (("based-on", "reference"),),
    "QuestionnaireResponse": (("based-on", "reference"),),
    "Questionnaire": (("name", "string"),),
    "RelatedPerson": (
        ("patient", "reference"),
        ("active", "token"),
        ("name", "string"),
        ("relationship", "token"),
        ("identifier", "token"),
    ),
    "CareTeam": (("patient", "reference"), ("status", "token")),
    "AuditEvent": (
        ("date", "date"),
        ("patient", "reference"),
        ("agent", "reference"),
        ("outcome", "token"),
        ("subtype", "token"),
    ),
}
"""What each type is searched by; the interface accepts these and nothing else."""

SPOKEN = {
    "Patient": "Zoeken alleen met POST [base]/Patient/_search: een naam of BSN hoort niet in een adres. Uitkomsten zijn "
    "ingekort (SUBSETTED); lezen opent het dossier en wordt vastgelegd. Zonder BSN.",
    "ServiceRequest": "De vraag zelf en wat meeging alleen bij lezen, na openen van het dossier; voor acceptatie zonder persoon.",
    "Task": "De stand van een verwijzing; hetzelfde nummer als de ServiceRequest. Een systeem van een partij neemt een stap met PUT en "
    "If-Match, en brengt een verwijzing in een transactie op de basis.",
    "HealthcareService": "Het aanbod op het gezondheidsplein, voor iedereen.",
    "Organization": "De lijst van toegelaten deelnemers, voor iedereen.",
    "Communication": "Aanvullingen van de verwijzer en verslagen van de ontvanger bij één verwijzing; based-on is verplicht. Lezen "
    "opent het dossier. Het systeem van een partij brengt er een met POST: van de verwijzer is dat een aanvulling, van de ontvanger "
    "een verslag.",
    "Appointment": "De afspraken bij één verwijzing; based-on is verplicht. Het systeem van de ontvanger maakt er een met POST, en "
    "verzet haar, zegt af of meldt dat niemand kwam met PUT en If-Match.",
    "QuestionnaireResponse": "De antwoorden op het formulier van een aanbod, bij één verwijzing; based-on is verplicht. Lezen opent "
    "het dossier.",
    "Questionnaire": "De formulieren van het aanbod, voor iedereen.",
    "RelatedPerson": "Contactpersonen en mantelzorgers (nl-core-ContactPerson) van één inwoner; patient is verplicht. Zoeken en lezen "
    "openen het dossier en worden vastgelegd. meta.source is wie het beheert.",
    "CareTeam": "Het zorgnetwerk (nl-core-CareTeam): één team per inwoner, met de sleutel van het dossier en wie nu waarneemt. Lezen "
    "opent het dossier en wordt vastgelegd.",
    "AuditEvent": "Het logboek (NEN 7513, IHE BALP): de inwoner de eigen regels, de functionaris gegevensbescherming die van de "
    "eigen organisatie, die van de regio alle. Nieuwste eerst, zonder totaal. Een functionaris zoekt op het nummer van een "
    "inwoner met POST [base]/AuditEvent/_search. Zonder naam en BSN; zoeken wordt zelf vastgelegd.",
}  # fmt: skip


def search_form(kind: str) -> Resource:
    """The OpenAPI description of a search by POST: its parameters as a form."""
    fields = {name: {"type": "string"} for name, _form in SEARCHES[kind]}
    return {"application/x-www-form-urlencoded": {"type": "object", "properties": fields}}
