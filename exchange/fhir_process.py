"""What belongs to a referral besides the request and its task, as FHIR R4: what was written, the appointment, the form and its answers."""

from __future__ import annotations

from collections.abc import Iterable

from exchange import fhir
from exchange.fhir import Resource, filled, moment
from referrals.models import Appointment, QuestionnaireResponse, Referral, Report, Step, Supplement
from referrals.moves import AppointmentStatus, Verb, Way

OWN_KIND = f"{fhir.BASE}/CodeSystem/communication-kind"
PLAIN = f"{fhir.BASE}/StructureDefinition/plain"
"""Extension on a payload: that it says it in plain words, for the person."""
WAYS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
KINDS = {"supplement": "aanvulling", "report": "verslag"}


def communication_resource(written: Supplement | Report, referral: Referral, person: Resource) -> Resource:
    """A supplement of the sender, or a report of the receiver; the number is that of its step."""
    report = isinstance(written, Report)
    kind = "report" if report else "supplement"
    payload: list[Resource] = [{"contentString": written.text}] if written.text else []
    if isinstance(written, Report) and written.plain:
        payload.append({"extension": [{"url": PLAIN, "valueBoolean": True}], "contentString": written.plain})
    other = referral.sending_organisation if report else referral.receiving_organisation
    return filled(
        resourceType="Communication",
        id=str(written.pk),
        basedOn=[{"reference": f"ServiceRequest/{referral.pk}"}],
        status="completed",
        category=[{"coding": [{"system": OWN_KIND, "code": kind, "display": KINDS[kind]}]}],
        subject=person,
        sent=moment(written.step.at),
        sender={"reference": f"Organization/{written.organisation_id}", "display": written.organisation.name},
        recipient=[{"reference": f"Organization/{other.pk}", "display": other.name}] if other else [],
        payload=payload,
    )


def appointment_resource(made: Appointment, referral: Referral, person: Resource) -> Resource:
    """When and where the receiver and the person meet; *noshow* and *fulfilled* are how it went."""
    place = {"actor": {"type": "Location", "display": made.place}, "status": "accepted"}
    here = {"reference": f"Organization/{made.organisation_id}", "display": referral.receiving_organisation.name}
    way = {"system": WAYS, "code": "VR" if made.way == Way.PHONE else made.way}
    return filled(
        resourceType="Appointment",
        id=str(made.pk),
        meta={"versionId": str(made.sequence), "lastUpdated": moment(made.changed_at)},
        identifier=[{"system": fhir.UUIDS, "value": f"urn:uuid:{made.uid}"}],
        status=AppointmentStatus(made.status).value,
        appointmentType={"coding": [way], "text": str(Way(made.way).label)},
        start=moment(made.starts),
        end=moment(made.ends),
        basedOn=[{"reference": f"ServiceRequest/{referral.pk}"}],
        patientInstruction=made.note,
        participant=[
            {"actor": person, "status": "accepted"},
            {"actor": here, "status": "accepted"},
            *([place] if made.place else []),
        ],
    )


def answers_resource(response: QuestionnaireResponse, person: Resource, canonical: str) -> Resource:
    """The answers to the form of a service, with the words that were asked then."""
    author = response.organisation
    return filled(
        resourceType="QuestionnaireResponse",
        id=f"{response.referral_id}-{response.pk}",
        basedOn=[{"reference": f"ServiceRequest/{response.referral_id}"}],
        questionnaire=canonical,
        status="completed",
        subject=person,
        authored=moment(response.at),
        author={"reference": f"Organization/{author.pk}", "display": author.name},
        item=response.answers,
    )


def linked(task: Resource, steps: Iterable[Step], appointments: Iterable[Appointment]) -> Resource:
    """A Task with what was written and planned named in it, so that a change of it is heard; nothing of what it says."""
    told = [(one.pk, one.verb) for one in steps]
    came = [_named("aanvulling", f"Communication/{pk}") for pk, verb in told if verb == Verb.SUPPLEMENT]
    gave = [_named("verslag", f"Communication/{pk}") for pk, verb in told if verb in {Verb.REPORT, Verb.ADVISE}]
    gave += [_named("afspraak", f"Appointment/{one.pk}", f"{one.status} {one.sequence}") for one in appointments]
    return filled(**{**task, "input": [*task.get("input", []), *came], "output": [*task.get("output", []), *gave]})


def _named(words: str, reference: str, display: str = "") -> Resource:
    return {"type": {"text": words}, "valueReference": filled(reference=reference, display=display)}
