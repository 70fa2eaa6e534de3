"""Brings one text to one source system: finds the person there, writes once however often it is tried, and tells how it went."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from concurrent.futures import wait
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from dossier.sources import shared
from dossier.sources.codes import BSN
from dossier.sources.mishap import Mishap
from dossier.sources.outgoing import URI, Ability, Former, Parcel, abilities_of, carries, resource_of, type_for
from dossier.sources.owner import normal_bsn, pick_patient
from dossier.sources.pools import callers
from dossier.sources.reading import Json, dicts, first
from dossier.sources.results import FetchResult, Outcome, SourceConfig, UserContext
from dossier.sources.wire import Wire, Written

_ADDRESS = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?$")
_NOT_SENT = frozenset({"no-connection", "certificate", "rate-limit", "bad-address", "secret-missing", "status-429"})
"""Reasons for which what was to be written certainly did not get there."""


class Fate(StrEnum):
    """How it went with a text: the system has it, will never have it, or has to be tried again."""

    ARRIVED = "arrived"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True)
class Sent:
    """How it went, with what the system gave in return: type, number and version of the resource there.

    ``uncertain``: nobody knows whether it arrived. ``abilities`` is what the system said of itself, where it was asked.
    """

    fate: Fate
    reason: str = ""
    type: str = ""
    key: str = ""
    version: str = ""
    uncertain: bool = False
    abilities: Mapping[str, Ability] | None = field(default=None, repr=False)


def send(
    source: SourceConfig,
    parcel: Parcel,
    bsn: str,
    birth_date: date,
    abilities: Mapping[str, Ability] | None,
    deadline_seconds: float,
    request_id: str,
    user: UserContext | None = None,
) -> Sent:
    """Write a text to a system within ``deadline_seconds``; never raises for what the other side does.

    The system is asked what it takes where ``abilities`` is not known. The BSN travels in a POST body only. What was
    written before is not written again: it goes on condition that nothing with its identifier is there
    (FHIR R4 3.1.0.8.1), and where a system knows no conditions it is looked up first.
    """
    number = normal_bsn(bsn)
    if not number:
        return Sent(Fate.REFUSED, "no-bsn", uncertain=parcel.uncertain)
    passage = shared.enter(source, deadline_seconds)
    if passage == "open":
        return Sent(Fate.LATER, "breaker-open", uncertain=parcel.uncertain)
    outcome, reason = Outcome.ANSWERED, ""
    sending: _Sending | None = None
    try:
        wire = Wire(source, time.monotonic() + deadline_seconds, request_id, user)
        sending = _Sending(source, wire, parcel, number, birth_date, abilities)
        future = callers().submit(sending.run)
        try:
            wait([future], timeout=max(wire.left(), 0))
            sent = future.result(timeout=0) if future.done() else None
        finally:
            wire.close()
            late = future.cancel()
        if sent is None:
            raise Mishap(Outcome.NO_ANSWER, "busy" if late else "deadline")
    except Mishap as mishap:
        outcome, reason = mishap.outcome, mishap.reason
        fate = Fate.REFUSED if outcome is Outcome.REFUSED or reason in _FOR_GOOD else Fate.LATER
        begun = sending is not None and sending.writing and fate is Fate.LATER and reason not in _NOT_SENT
        sent = Sent(fate, reason, uncertain=begun or parcel.uncertain, abilities=sending.learned if sending else None)
    shared.leave(source, passage, FetchResult(source, outcome, reason))
    return sent


_FOR_GOOD = frozenset({"redirect", "bad-address"})
"""Reasons that lie with how the system is connected: trying again changes nothing."""


class _Sending:
    def __init__(
        self,
        source: SourceConfig,
        wire: Wire,
        parcel: Parcel,
        bsn: str,
        born: date,
        abilities: Mapping[str, Ability] | None,
    ) -> None:
        self.source, self.wire, self.parcel, self.bsn, self.born = source, wire, parcel, bsn, born
        self.abilities = abilities
        self.learned: Mapping[str, Ability] | None = None
        self.writing = False

    def run(self) -> Sent:
        abilities = self.abilities if self.abilities is not None else self._ask_abilities()
        type_ = type_for(self.parcel.kind, abilities)
        if not type_:
            return self._refused("takes-no-writing")
        patient_id, reason = self._patient()
        if not patient_id:
            return self._refused(reason)
        ability, former = abilities[type_], self.parcel.former
        if self.parcel.uncertain:
            found, able = self._look_up(type_, self.parcel.identifier)
            if found:
                return found
            if not able and not ability.conditional:
                return self._refused("unclear")
        if former is None and self.parcel.lost:
            older, _able = self._look_up(type_, self.parcel.lost)
            former = Former(older.type, older.key, older.version) if older else None
            self.parcel = replace(self.parcel, former=former)
        replaced = None
        if former and former.type == type_ and former.version and ability.update:
            replaced = self._replace(type_, former, patient_id)
        return replaced or self._create(type_, ability, patient_id)

    def _ask_abilities(self) -> Mapping[str, Ability]:
        try:
            told = self.wire.get("metadata", [])
        except Mishap as mishap:
            if mishap.reason != "not-supported":
                raise
            told = {}
        self.learned = abilities_of(told)
        return self.learned

    def _patient(self) -> tuple[str, str]:
        """The number of the person at this system, or the reason why there is none."""
        try:
            bundle = self.wire.post("Patient/_search", {"identifier": f"{BSN}|{self.bsn}"})
        except Mishap as mishap:
            if mishap.reason != "not-supported":
                raise
            return "", "no-patient-search"
        if bundle.get("resourceType") != "Bundle":
            raise Mishap(Outcome.FAULT, "not-a-bundle")
        found = [(str(one.get("fullUrl") or ""), first(one.get("resource"))) for one in dicts(bundle.get("entry"))]
        patients = [(url, one) for url, one in found if one.get("resourceType") == "Patient"]
        patient, _url, reason = pick_patient(patients, self.bsn, self.born)
        if patient is None:
            return "", reason or "unknown-patient"
        key = patient.get("id")
        if not isinstance(key, str) or not key or self.bsn.lstrip("0") in key:
            return "", "unusable-patient-id"
        return key, ""

    def _create(self, type_: str, ability: Ability, patient_id: str) -> Sent:
        conditions = {"If-None-Exist": f"identifier={URI}%7C{self.parcel.identifier}"} if ability.conditional else {}
        resource = resource_of(self.parcel, type_, patient_id, self.source.fhir_version)
        self.writing = True
        made = self.wire.write("POST", type_, resource, conditions)
        return self._arrived(type_, made)

    def _replace(self, type_: str, former: Former, patient_id: str) -> Sent | None:
        """Put the newer version in the place of the older, unless somebody changed that one in the system."""
        resource = resource_of(self.parcel, type_, patient_id, self.source.fhir_version) | {"id": former.key}
        resource.pop("relatesTo", None)
        resource.pop("extension", None)
        self.writing = True
        try:
            made = self.wire.write("PUT", f"{type_}/{former.key}", resource, {"If-Match": former.version})
        except Mishap as mishap:
            if mishap.reason not in {"status-404", "status-405", "status-409", "status-410", "status-412"}:
                raise
            self.writing = False
            return None
        version = made.version or _weak(first(made.resource.get("meta")).get("versionId"))
        return Sent(Fate.ARRIVED, "", type_, former.key, version, abilities=self.learned)

    def _arrived(self, type_: str, made: Written) -> Sent:
        """What was taken, by the number that the system gave it; where it gives none, as it says when it is asked."""
        known = _ADDRESS.search(urlsplit(made.address).path)
        if known and known[1] == type_:
            return Sent(Fate.ARRIVED, "", type_, known[2], made.version or _weak(known[3]), abilities=self.learned)
        if made.resource.get("resourceType") == type_ and isinstance(made.resource.get("id"), str):
            return self._found(type_, made.resource, made.version)
        found, _able = self._look_up(type_, self.parcel.identifier)
        return found or Sent(Fate.LATER, "no-number", uncertain=True, abilities=self.learned)

    def _look_up(self, type_: str, identifier: str) -> tuple[Sent | None, bool]:
        """What stands at the system under this identifier, and whether it can be asked that at all."""
        try:
            bundle = self.wire.get(type_, [("identifier", f"{URI}|{identifier}")])
        except Mishap as mishap:
            if mishap.reason in {"not-supported", "status-400"}:
                return None, False
            raise
        for entry in dicts(bundle.get("entry")):
            resource = first(entry.get("resource"))
            if resource.get("resourceType") == type_ and carries(resource, identifier):
                return self._found(type_, resource), True
        return None, True

    def _found(self, type_: str, resource: Json, version: str = "") -> Sent:
        given = version or _weak(first(resource.get("meta")).get("versionId"))
        return Sent(Fate.ARRIVED, "", type_, str(resource.get("id"))[:64], given, abilities=self.learned)

    def _refused(self, reason: str) -> Sent:
        return Sent(Fate.REFUSED, reason, uncertain=self.parcel.uncertain, abilities=self.learned)


def _weak(version: object) -> str:
    return f'W/"{version}"' if isinstance(version, str) and version else ""
