"""What the simulated systems let others write: two take texts and show them from then on, one refuses, one is never up for it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from region.source_examples import Json
from region.source_store import Store

_ALL = {"create", "update"}
ABLE: dict[str, dict[str, set[str]]] = {
    "his": {"DocumentReference": _ALL, "Observation": _ALL, "Communication": {"create"}},
    "ecd": {"DocumentReference": {"create"}, "Communication": {"create"}},
    "epd": {"DocumentReference": {"create"}, "Communication": {"create"}},
    "ais": {"DocumentReference": {"create"}, "Communication": {"create"}},
}
"""What each says of itself: the HIS takes newer versions in the place of older ones, the others a new document beside."""
CONDITIONAL = frozenset({"his"})
REFUSES, NEVER_UP = "epd", "ais"
MOST = 1024 * 1024


@dataclass(frozen=True)
class Taken:
    """What is said of something that was given: a status, what to say of it, where it stands and in which version."""

    status: str
    resource: Json | None = None
    address: str = ""
    version: str = ""
    problem: str = ""


class Writes:
    """What was written to one system since it started, by the patient's number there."""

    def __init__(self, name: str, store: Store) -> None:
        self.name, self.store = name, store
        self._lock = threading.Lock()

    def interactions(self, kind: str) -> list[Json]:
        """What the capability statement says of writing this type."""
        return [{"code": code} for code in sorted(ABLE[self.name].get(kind, ()))]

    def create(self, kind: str, body: bytes, condition: str) -> Taken:
        """Take a new resource, unless one that meets the condition is there already (FHIR R4 3.1.0.8.1)."""
        resource, taken = self._judge(kind, body)
        if taken:
            return taken
        with self._lock:
            if condition and self.name in CONDITIONAL:
                there = self.store.find(kind, condition.partition("=")[2].replace("%7C", "|"))
                if len(there) > 1:
                    return Taken("412 Precondition Failed", problem="more than one")
                if there:
                    return self._said("200 OK", there[0])
            made = {**resource, "id": uuid4().hex[:16]}
            return self._said("201 Created", self._keep(made, "1"))

    def update(self, kind: str, number: str, body: bytes, version: str) -> Taken:
        """Put a newer version in the place of one that was written here, if nobody changed it since."""
        resource, taken = self._judge(kind, body, update=True)
        if taken:
            return taken
        with self._lock:
            former = self.store.written(kind, number)
            if former is None:
                return Taken("404 Not Found", problem="unknown resource")
            now = str(former["meta"]["versionId"])
            if version and version != f'W/"{now}"':
                return Taken("412 Precondition Failed", problem="changed since")
            made = {**resource, "id": number}
            return self._said("200 OK", self._keep(made, str(int(now) + 1)))

    def _judge(self, kind: str, body: bytes, *, update: bool = False) -> tuple[Json, Taken | None]:
        if self.name == NEVER_UP:
            return {}, Taken("503 Service Unavailable", problem="writing is down")
        if ("update" if update else "create") not in ABLE[self.name].get(kind, ()):
            return {}, Taken("405 Method Not Allowed", problem="this type is read only")
        try:
            resource = json.loads(body)
        except ValueError:
            resource = None
        if not isinstance(resource, dict) or resource.get("resourceType") != kind:
            return {}, Taken("400 Bad Request", problem="not a resource of this type")
        if self.name == REFUSES:
            return {}, Taken("422 Unprocessable Entity", problem="no contact to file it under")
        patient_id = str(resource.get("subject", {}).get("reference", "")).removeprefix("Patient/")
        if self.store.read("Patient", patient_id) is None:
            return {}, Taken("422 Unprocessable Entity", problem="unknown patient")
        return resource, None

    def _keep(self, resource: Json, version: str) -> Json:
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        made = {**resource, "meta": {"versionId": version, "lastUpdated": moment}}
        self.store.add(made)
        return made

    def _said(self, status: str, resource: Json) -> Taken:
        version = str(resource["meta"]["versionId"])
        address = f"/{self.name}/fhir/{resource['resourceType']}/{resource['id']}/_history/{version}"
        return Taken(status, resource, address, f'W/"{version}"')
