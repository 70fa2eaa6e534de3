"""A simulated participant with other software that refers and is referred to by notified pull (TA Notified Pull, BgZ, STU3).

It knows nothing of the product's own reading and writing. Who asks: it keeps a workflow task and a record, notifies, and lets
the other fetch with a token that is bound to that one referral, the record only once the task was accepted. Who is asked: it
hears of a task, comes for it with its own token, and takes steps on it.
"""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import httpx

from region.partner import BSN, Partner, Resource
from region.web import Answer, not_found

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
URA = "http://fhir.nl/fhir/NamingSystem/ura"
PARAMETER = "http://fhir.nl/fhir/NamingSystem/TaskParameter"
QUERIES = (
    ("79191-3", "Patient?_include=Patient:general-practitioner"),
    ("11450-4", "Condition"),
    ("48765-2", "AllergyIntolerance"),
    (
        "422979000",
        "MedicationStatement?category=urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3|6&_include=MedicationStatement:medication",
    ),
    ("85354-9", "Observation/$lastn?code=http://loinc.org|85354-9"),
    ("77599-9", "DocumentReference?status=current"),
)


class PullPartner(Partner):
    """The WSGI callable and the client; ``record`` is what it holds of the person, ``me`` is its URA."""

    def __init__(self, product: str = "", client_id: str = "", ura: str = "") -> None:
        super().__init__(product, client_id)
        self.me = ura
        self.notified: list[Resource] = []
        self.record: list[Resource] = []
        self.asked: list[str] = []
        self.person = "p1"
        self._bound: dict[str, str] = {}

    # --- its server: who asks

    def _token(self, body: bytes) -> Answer:
        """A token, bound to the referral whose base was shown."""
        form = parse_qs(body.decode())
        answer = super()._token(body)
        base = form.get("authorization_base", [""])[0]
        if answer.status == 200 and base:
            self._bound[json.loads(answer.body)["access_token"]] = base
        return answer

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self._shown = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        self._query = environ.get("QUERY_STRING", "")
        return super().__call__(environ, start_response)

    def _fhir(self, path: str, method: str, body: bytes, known: str) -> Answer:
        name = path.removeprefix("fhir/")
        if self.trouble:
            return Answer(b"", self.trouble)
        if method == "POST" and name == "Task":
            told = json.loads(body)
            self.heard.append((method, path, told))
            self.notified.append(told)
            return Answer(
                b"{}",
                201,
                {
                    "Content-Type": "application/fhir+json",
                    "Location": f"{self.address}/fhir/Task/n{len(self.notified)}",
                },
            )
        base = self._bound.get(self._shown, "")
        key = base.removeprefix("base-")
        if not base or f"Task/{key}" not in self.stored:
            return Answer(b"", 403)
        if name.startswith("Task/"):
            return super()._fhir(path, method, body, known) if name == f"Task/{key}" else not_found()
        if self.stored[f"Task/{key}"][-1]["status"] != "accepted":
            return Answer(b"", 403)
        self.asked.append(f"{name}?{self._query}".rstrip("?"))
        kind = name.partition("/")[0]
        wanted = dict(parse_qsl(self._query)).get("code", "").rpartition("|")[2]
        found = [
            one
            for one in self.record
            if one["resourceType"] == kind and (not wanted or wanted in json.dumps(one.get("code", {})))
        ]
        entries = [{"fullUrl": f"{self.address}/fhir/{kind}/{one['id']}", "resource": one} for one in found]
        return _json({"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries})

    def _keep(self, name: str, resource: Resource) -> None:
        """Once it is accepted, the task says whom it is about and what is held ready."""
        if name.startswith("Task/") and resource.get("status") == "accepted":
            inputs = [{"type": {"coding": [{"code": code}]}, "valueString": query} for code, query in QUERIES]
            resource = {**resource, "for": {"reference": f"Patient/{self.person}"}, "input": inputs}
        super()._keep(name, resource)

    # --- its client: who asks

    def refer(self, key: str, to: str, description: str, **more: Any) -> httpx.Response:
        """Keep a workflow task and notify of it; ``more`` changes elements of the notification."""
        task = {
            "resourceType": "Task", "id": key, "status": "requested", "intent": "proposal", "description": description,
            "code": {"coding": [{"system": SNOMED, "code": "3457005"}]}, "reason": {"text": "Graag beoordelen van de wond."},
        }  # fmt: skip
        with self._lock:
            self._keep(f"Task/{key}", task)
        return self.notify(key, to, **more)

    def notify(self, key: str, to: str, **more: Any) -> httpx.Response:
        """Tell that something waits, or waits no more."""
        told = {
            "resourceType": "Task", "status": "requested", "intent": "proposal",
            "code": {"coding": [{"system": "http://fhir.nl/fhir/NamingSystem/TaskCode", "code": "pull-notification"}]},
            "groupIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, key)}"},
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid4()}"}],
            "basedOn": [{"reference": f"{self.address}/fhir/Task/{key}"}],
            "requester": {"agent": {"display": "EPD"}, "onBehalfOf": {"identifier": {"system": URA, "value": self.me}}},
            "owner": {"identifier": {"system": URA, "value": to}},
            "input": [
                {
                    "type": {"coding": [{"system": PARAMETER, "code": "authorization-base"}]},
                    "valueString": f"base-{key}",
                },
                {"type": {"coding": [{"system": PARAMETER, "code": "get-workflow-task"}]}, "valueBoolean": True},
            ],
            **more,
        }  # fmt: skip
        return self.call("POST", "/stu3/Task", told)

    # --- its client: who is asked

    def pulling(self, base: str) -> httpx.Response:
        """Ask for a token that is bound to one referral."""
        return self.sign_in(more={"authorization_base": base})

    def come(self, method: str, path: str, token: str, body: Resource | None = None, **headers: str) -> httpx.Response:
        """One request with such a token."""
        address = f"{self.product}/fhir/stu3{path}"
        plain = address.partition("?")[0]
        head = {"Authorization": f"DPoP {token}", "DPoP": self.proof(method, plain, token), **headers}
        if body is not None:
            head = {"Content-Type": "application/fhir+json", **head}
        return self.http.request(method, address, content=json.dumps(body) if body is not None else None, headers=head)

    def base_of(self, told: Resource) -> str:
        """What a notification asks to show."""
        return next(str(one["valueString"]) for one in told["input"] if "valueString" in one)

    def bring(self, told: Resource, status: str, **more: Any) -> httpx.Response:
        """Bring the workflow task of a notification to a state, on the version that was read."""
        token = self.pulling(self.base_of(told)).json()["access_token"]
        place = "/Task/" + told["basedOn"][0]["reference"].rpartition("/")[2]
        read = self.come("GET", place, token)
        return self.come(
            "PUT", place, token, {**read.json(), "status": status, **more}, **{"If-Match": read.headers["ETag"]}
        )


def person(key: str, bsn: str, family: str, born: str, prefix: str = "") -> Resource:
    """Somebody as this system knows that person (nl-core-patient, STU3)."""
    parts = [("own-prefix", prefix), ("own-name", family)]
    told = [
        {"url": f"http://hl7.org/fhir/StructureDefinition/humanname-{name}", "valueString": value}
        for name, value in parts
        if value
    ]
    return {
        "resourceType": "Patient", "id": key, "identifier": [{"system": BSN, "value": bsn}], "gender": "female", "birthDate": born,
        "name": [{"use": "official", "family": f"{prefix} {family}".strip(), "_family": {"extension": told}, "given": ["Anna"]}],
        "address": [{"line": ["Dorpsstraat 1"], "city": "Huizen", "postalCode": "1271 AA"}],
    }  # fmt: skip


def held(person_: str = "p1") -> list[Resource]:
    """What it holds ready of the person: a problem, an allergy, a medicine, a blood pressure and a letter."""
    about = {"reference": f"Patient/{person_}"}
    medicine = {"resourceType": "Medication", "id": "m1", "code": {"text": "Metformine tablet 500mg"}}
    return [
        {
            "resourceType": "Condition", "id": "c1", "clinicalStatus": "active", "verificationStatus": "confirmed", "subject": about,
            "code": {"coding": [{"system": SNOMED, "code": "420226006", "display": "Decubitus"}], "text": "Decubitus"},
            "assertedDate": "2026-10-01",
        },
        {
            "resourceType": "AllergyIntolerance", "id": "a1", "clinicalStatus": "active", "verificationStatus": "confirmed",
            "patient": about, "code": {"text": "Jodium"},
        },
        {
            "resourceType": "MedicationStatement", "id": "s1", "status": "active", "taken": "y", "subject": about,
            "category": {"coding": [{"system": "urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3", "code": "6"}]},
            "medicationReference": {"reference": "#m1"}, "contained": [medicine], "dosage": [{"text": "2x per dag 1 tablet"}],
        },
        {
            "resourceType": "Observation", "id": "o1", "status": "final", "subject": about, "effectiveDateTime": "2026-11-01",
            "code": {"coding": [{"system": LOINC, "code": "85354-9"}]},
            "component": [
                {
                    "code": {"coding": [{"system": LOINC, "code": code}]},
                    "valueQuantity": {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
                }
                for code, value in (("8480-6", 142), ("8462-4", 84))
            ],
        },
    ]  # fmt: skip


def _json(value: Resource) -> Answer:
    return Answer(json.dumps(value).encode(), 200, {"Content-Type": "application/fhir+json"})
