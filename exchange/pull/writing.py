"""What the other side reads, in STU3: the notification, the workflow task, and the sections of the BgZ with what was chosen."""

from __future__ import annotations

import uuid
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from django.conf import settings
from django.utils import timezone

from dossier.sources.stu3_write import to_stu3
from exchange import fhir
from exchange.fhir import Resource, filled, moment
from exchange.partners.base import base_of
from exchange.partners.models import FhirConnection
from exchange.pull import spec
from people.models import Organisation, PatientIdentity
from referrals.models import Letter, LetterItem, Referral, Step
from referrals.moves import HELPING, Status, Urgency
from trust.access import Opening

_NOTE = {"system": "http://loinc.org", "code": "57133-1", "display": "Referral note"}
_ANY = {"system": "http://loinc.org", "code": "34109-9", "display": "Note"}


def fetchable(referral: Referral) -> bool:
    """Whether the sections can be fetched now: taken on, still running, and not too long ago."""
    return referral.status in HELPING and timezone.now() < until_of(referral)


def until_of(referral: Referral) -> datetime:
    """Until when the sections can be fetched, or could be if it were taken on by then."""
    return (referral.accepted_at or referral.asked_at or referral.sent_at) + timedelta(days=spec.DAYS)


def status_of(referral: Referral) -> str:
    """The state in the words of the workflow task: *received* is seen there, or asked back."""
    if referral.status == Status.REQUESTED and referral.picked_up_at:
        return "received"
    return fhir.TASK_STATUS[referral.status]


def _urn(*parts: object) -> Resource:
    named = uuid.uuid5(uuid.NAMESPACE_URL, " ".join([fhir.BASE, *map(str, parts)]))
    return {"system": fhir.UUIDS, "value": f"urn:uuid:{named}"}


def group_of(referral: Referral, position: int) -> Resource:
    """By which all that is said of this request to who is asked in one round is known."""
    return _urn("referral", referral.pk, position)


def place_of(organisation: Organisation) -> Resource:
    """An organisation by its number in the registers, else by its number in this network."""
    if organisation.ura:
        return {"system": fhir.URA, "value": organisation.ura}
    return {"system": f"{fhir.BASE}/NamingSystem/organization", "value": str(organisation.pk)}


def _requester(referral: Referral) -> Resource:
    own = {"identifier": {"system": f"{fhir.BASE}/NamingSystem/system", "value": settings.ADDRESS}, "display": "NIS"}
    sender = referral.sending_organisation
    return filled(agent=own, onBehalfOf={"identifier": place_of(sender), "display": sender.name} if sender else {})


def notification(here: FhirConnection, referral: Referral, version: str, position: int) -> Resource:
    """That there is something to fetch, or that there is nothing any more: no name, no number of a person, no need, no service."""
    mine = referral.receiving_organisation_id == here.organisation_id and referral.status != Status.CANCELLED
    given = [
        {"type": _coded(spec.PARAMETER, spec.AUTHORIZATION), "valueString": base_of(referral)},
        {"type": _coded(spec.PARAMETER, spec.WORKFLOW), "valueBoolean": True},
    ]
    return {
        "resourceType": "Task",
        "identifier": [_urn("notification", here.pk, referral.pk, version)],
        "groupIdentifier": group_of(referral, position),
        "basedOn": [{"reference": f"{spec.BASE}/Task/{referral.pk}"}],
        "status": "requested" if mine else "cancelled",
        "intent": "proposal",
        "code": _coded(spec.TASK_CODE, spec.NOTIFICATION),
        "authoredOn": moment(timezone.now()),
        "requester": _requester(referral),
        "owner": {"identifier": place_of(here.organisation), "display": here.organisation.name},
        **({"restriction": {"period": {"end": moment(until_of(referral))}}, "input": given} if mine else {}),
    }


def _coded(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [filled(system=system, code=code, display=display)]}


def workflow_task(
    referral: Referral,
    steps: Sequence[Step],
    opening: Opening | None,
    letter: Letter | None,
    items: Sequence[LetterItem],
) -> Resource:
    """The request as it stands; whom it is about, the question and what can be fetched only with the record opened."""
    r4 = fhir.task_resource(referral, None, steps)
    kept = ("id", "identifier", "statusReason", "businessStatus", "priority", "description", "authoredOn", "note")
    now = steps[-1].at if steps else referral.sent_at
    route = {"reference": f"{fhir.BASE}/HealthcareService/{referral.service_id}", "display": referral.service.name}
    made = {
        "resourceType": "Task",
        "meta": {**r4.get("meta", {}), "profile": [spec.PROFILE]},
        **{name: r4[name] for name in kept if name in r4},
        "extension": [{"url": spec.ROUTE, "valueReference": route}],
        "groupIdentifier": group_of(referral, referral.round),
        "status": status_of(referral),
        "intent": "proposal",
        "code": {**_coded("http://snomed.info/sct", spec.REFERRAL, "verwijzen van patiënt"), "text": "Verwijzing"},
        "lastModified": moment(now),
        "requester": _requester(referral),
        "owner": {
            "identifier": place_of(referral.receiving_organisation), "display": referral.receiving_organisation.name,
        },
        "restriction": {"period": {"end": moment(until_of(referral))}},
        "output": r4.get("output", []),
    }  # fmt: skip
    for note in made.get("note", []):
        author = note.pop("authorReference", None)
        if author:
            note["authorString"] = author.get("display", "")
    if opening is not None:
        made["for"] = {"reference": f"Patient/{opening.patient.key}", "display": opening.patient.name}
        made["reason"] = {"text": letter.question} if letter and letter.question else {}
        sections = ["person", *dict.fromkeys([*(spec.section_of(stu3_kind(one)) for one in items), "documents"])]
        made["input"] = [
            {"type": _coded(section.system, section.code, section.display), "valueString": section.query}
            for name, section in spec.SECTIONS.items()
            if name in sections
        ]
    return {name: value for name, value in made.items() if value not in ({}, [], "")}


def stu3_kind(item: LetterItem) -> Resource | None:
    """The coded part of an item, where that can be told in STU3; without one it goes in words."""
    if not item.coded:
        return None
    return item.coded if to_stu3(item.coded, person="", title=item.title, detail=item.detail) else None


def person_resource(opening: Opening, *, number: bool) -> Resource:
    """Whom it is about; with the BSN only where that organisation may process it (Wabvpz art. 5)."""
    identity = PatientIdentity.objects.filter(patient=opening.patient).first()
    person = fhir.patient_resource(opening.patient, identity)
    if number and identity is not None:
        person["identifier"] = [{"system": fhir.BSN, "value": identity.bsn}, *person["identifier"]]
    return person


def section_resources(
    name: str,
    opening: Opening,
    referral: Referral,
    letter: Letter | None,
    items: Sequence[LetterItem],
    later: Sequence[str],
) -> list[Resource]:
    """What was chosen for one section; among the documents the letter, what was added, and what goes in words alone."""
    person = f"Patient/{opening.patient.key}"
    found = [_item(one, name, person) for one in items if spec.section_of(stu3_kind(one)) == name]
    if name != "documents":
        return found
    texts = [letter.question, letter.wish] if letter else []
    words = "\n\n".join(text for text in (*texts, *later) if text)
    note = _document(f"letter-{referral.pk}", "Verwijsbrief", words, _NOTE, person, moment(referral.sent_at))
    return [note, *found] if words else found


def _item(item: LetterItem, name: str, person: str) -> Resource:
    made = to_stu3(item.coded, person=person, title=item.title, detail=item.detail) if item.coded else None
    words = " · ".join(part for part in (item.title, item.detail, item.on_date, item.origin) if part)
    if made is None or name == "documents":
        made = _document(str(item.pk), item.title, words, _ANY, person, moment(timezone.now()))
        if item.document_id:
            made["content"].append({"attachment": {"title": item.title, "url": f"{spec.BASE}/Binary/{item.pk}"}})
        return made
    group = spec.SECTIONS[name].group
    if group:
        element, system, code = group
        mark = _coded(system, code)
        marked = made.get(element)
        made[element] = [*marked, mark] if isinstance(marked, list) else mark
        if made["resourceType"] == "Observation" and not isinstance(marked, list):
            made[element] = [mark]
    return {**made, "id": str(item.pk), "text": _narrative(words)}


def _document(key: str, title: str, words: str, code: Resource, person: str, at: str) -> Resource:
    text = {"contentType": "text/plain; charset=utf-8", "title": title, "data": b64encode(words.encode()).decode()}
    return {
        "resourceType": "DocumentReference",
        "id": key,
        "status": "current",
        "type": {"coding": [code], "text": title},
        "subject": {"reference": person},
        "indexed": at,
        "content": [{"attachment": text}],
    }


def _narrative(words: str) -> Resource:
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(words)}</p></div>'}


def searchset(resources: Sequence[Resource]) -> Resource:
    """The answer to a search."""
    entries = [
        {"fullUrl": f"{spec.BASE}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in resources
    ]
    return filled(resourceType="Bundle", type="searchset", entry=entries) | {"total": len(entries)}


def urgency_of(priority: str) -> Urgency:
    """The pace that another's workflow task asks for."""
    return Urgency.SOON if priority in {"urgent", "asap", "stat"} else Urgency.ROUTINE
