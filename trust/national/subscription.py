"""Asks the national consent service to tell of changes (Subscription, FHIR STU3), and reads what it then tells (Consent).

A notification is a transaction Bundle of Consent-Mitz-Notify with the Patient and the Organization they speak of, as XML or
JSON. ``status`` active is a permission and inactive a refusal; extension OTV-ProviderCategory names the readers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.utils import timezone

from people.models import Organisation
from trust.categories import Category
from trust.national.codes import CODES, DOMAIN_OF_FACILITY, DOMAIN_OF_READER, FACILITY, permitted_by, refused_by
from trust.national.fhir_tree import FHIR, Node, tree_of
from trust.national.safe_xml import Unreadable

BSN, URA = "http://fhir.nl/fhir/NamingSystem/bsn", "http://fhir.nl/fhir/NamingSystem/ura"
TYPE = "http://nictiz.nl/fhir/NamingSystem/organization-type"
PROFILE: Final = "http://vzvz.nl/fhir/StructureDefinition/Consent-Mitz-Notify"
READERS: Final = "http://fhir.nl/StructureDefinition/OTV-ProviderCategory"
READER_CODES: Final = "http://fhir.nl/otv/CodeSystem/raadplegende-zorgaanbiedercategorie"
DATA_CODES: Final = "http://fhir.nl/otv/CodeSystem/gegevenscategorie"
UNDERSTOOD = {"type", "actor", "purpose"}


def write_subscription(*, bsn: str, birth_date: date, organisation: Organisation) -> bytes:
    """The Subscription for a patient whom this participant has registered, as FHIR XML.

    The channel carries the secret with which the service proves itself when it notifies.
    """
    root = Element(f"{{{FHIR}}}Subscription")
    extensions = [
        ("Patient.birthDate", "valueDate", birth_date.isoformat()),
        ("GatewaySystem", "valueOid", settings.NATIONAL_CONSENT_GATEWAY),
        ("SourceSystem", "valueOid", settings.NATIONAL_CONSENT_SYSTEM),
    ]
    for name, kind, value in extensions:
        if value:
            extension = SubElement(root, f"{{{FHIR}}}extension", url=f"http://fhir.nl/StructureDefinition/{name}")
            SubElement(extension, f"{{{FHIR}}}{kind}", value=value)
    asked = {
        "_query": "otv",
        "patientid": bsn,
        "providerid": organisation.ura,
        "providertype": FACILITY[organisation.domain],
    }
    for name, value in (("status", "requested"), ("reason", "OTV"), ("criteria", f"Consent?{urlencode(asked)}")):
        SubElement(root, f"{{{FHIR}}}{name}", value=value)
    channel = SubElement(root, f"{{{FHIR}}}channel")
    for name, value in (
        ("type", "rest-hook"),
        ("endpoint", f"{settings.ADDRESS}/consent-notifications/"),
        ("payload", "application/fhir+xml"),
        ("header", f"Authorization: Bearer {settings.NATIONAL_CONSENT_NOTIFY_SECRET}"),
    ):
        SubElement(channel, f"{{{FHIR}}}{name}", value=value)
    message: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return message


@dataclass(frozen=True)
class Choice:
    """What one person decided nationally: the holder by URA or, without one, by domain; the domains that read; since when."""

    bsn: str
    holder_ura: str
    holder_domain: str
    reader_domains: frozenset[str]
    categories: frozenset[Category]
    permit: bool
    at: datetime


def read_notification(body: bytes, content_type: str) -> list[Choice]:
    """The choices in a notification, the oldest first; all of it is understood, or :class:`Unreadable` is raised.

    Readers and data categories that the network does not know are left out. A permission with a condition that is not
    understood is unreadable; a refusal holds with or without it. A permission that names no readers opens nothing, a
    refusal that names none closes for all. Where a bundle says something about one sort of data and about the category
    that covers it, the first counts for that sort. A moment in the future, by a clock that differs, becomes now.
    """
    bundle = tree_of(body, content_type)
    if bundle.name != "Bundle" or bundle.text("type") != "transaction":
        raise Unreadable("not-a-transaction")
    known: dict[str, Node] = {}
    consents: list[Node] = []
    for entry in bundle.all("entry"):
        resource = entry.one("resource").only()
        if resource.name == "Consent":
            consents.append(resource)
        elif known.setdefault(entry.text("fullUrl"), resource) is not resource:
            raise Unreadable("same-address-twice")
    if not consents:
        raise Unreadable("no-choice")
    if any(node.name == "modifierExtension" for node in bundle.walk()):
        raise Unreadable("modifier")
    read = [part for consent in consents for part in _read(consent, known)]
    return sorted(_specific_first(read), key=lambda choice: (choice.at, not choice.permit))


@dataclass(frozen=True)
class _Part:
    """One consent about one code and one domain of readers."""

    code: str
    choice: Choice


def _read(consent: Node, known: dict[str, Node]) -> list[_Part]:
    if not any(profile.split("|")[0] == PROFILE for profile in consent.one("meta").texts("profile")):
        raise Unreadable("other-profile")
    status = consent.text("status")
    if status not in ("active", "inactive"):
        raise Unreadable("status")
    if "patient-privacy" not in [coding.text("code") for coding in consent.all("scope", "coding")]:
        raise Unreadable("scope")
    permit = status == "active"
    provision = consent.one("provision")
    kind = provision.text("type")
    if kind not in ("permit", "deny", "") or (kind == "deny" and permit):
        raise Unreadable("contradiction")
    if permit and any(child.name not in UNDERSTOOD for child in provision.children):
        raise Unreadable("condition")
    purposes = [purpose.text("code") for purpose in provision.all("purpose")]
    if purposes and "TREAT" not in purposes:
        return []
    ura, holder_domain = _holder(provision, known)
    if not ura and not holder_domain:
        return []
    bsn = _bsn(_known(known, consent.one("patient").text("reference"), "Patient"))
    at = _moment(consent.text("dateTime"))
    parts = []
    for code in _codes(consent):
        categories = permitted_by(code, holder_domain) if permit else refused_by(code)
        for reader in _readers(consent, permit=permit):
            choice = Choice(bsn, ura, "" if ura else holder_domain, frozenset({reader}), categories, permit, at)
            parts.append(_Part(code, choice))
    return parts


def _readers(consent: Node, *, permit: bool) -> list[str]:
    named = [extension for extension in consent.all("extension") if extension.text("url") == READERS]
    if not named:
        return [] if permit else sorted(DOMAIN_OF_READER.values())
    codes = [
        coding.text("code")
        for extension in named
        for coding in extension.all("valueCodeableConcept", "coding")
        if coding.text("system") == READER_CODES
    ]
    if len(codes) < len(named):
        raise Unreadable("readers")
    return sorted({DOMAIN_OF_READER[code].value for code in codes if code in DOMAIN_OF_READER})


def _codes(consent: Node) -> list[str]:
    codings = consent.all("category", "coding")
    told = {coding.text("code") for coding in codings if coding.text("system") == DATA_CODES}
    if not told:
        raise Unreadable("category")
    return [code for code in CODES if code in told]


def _holder(provision: Node, known: dict[str, Node]) -> tuple[str, str]:
    """The holder's URA and domain, each "" where not told; the holder is the actor in the role of custodian."""
    actors = [
        actor
        for actor in provision.all("actor")
        if "CST" in [coding.text("code") for coding in actor.all("role", "coding")]
    ]
    if len(actors) != 1:
        raise Unreadable("holder")
    organisation = _known(known, actors[0].one("reference").text("reference"), "Organization")
    numbers = {i.text("value") for i in organisation.all("identifier") if i.text("system") == URA}
    types = {coding.text("code") for coding in organisation.all("type", "coding") if coding.text("system") == TYPE}
    if len(numbers) > 1 or not (numbers or types) or any("\0" in number for number in numbers):
        raise Unreadable("holder")
    domains = {DOMAIN_OF_FACILITY[one].value for one in types if one in DOMAIN_OF_FACILITY}
    return next(iter(numbers), ""), next(iter(domains)) if len(domains) == 1 else ""


def _known(known: dict[str, Node], reference: str, kind: str) -> Node:
    resource = known.get(reference)
    if resource is None or resource.name != kind:
        raise Unreadable("reference")
    return resource


def _bsn(patient: Node) -> str:
    numbers = {i.text("value") for i in patient.all("identifier") if i.text("system") == BSN}
    number = next(iter(numbers), "")
    if len(numbers) != 1 or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise Unreadable("bsn")
    return number.zfill(9)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("moment") from None
    if moment.tzinfo is None:
        raise Unreadable("moment")
    try:
        return min(moment.astimezone(UTC), timezone.now())
    except OverflowError:
        raise Unreadable("moment") from None


def _specific_first(parts: list[_Part]) -> list[Choice]:
    """Take from a covering code what the same bundle says apart about a sort of data, for the same holder and reader."""
    made = []
    for part in parts:
        one = part.choice
        apart: set[Category] = set()
        for other in parts:
            same = (other.choice.bsn, other.choice.holder_ura, other.choice.holder_domain, other.choice.reader_domains)
            if other.code != CODES[0] and same == (one.bsn, one.holder_ura, one.holder_domain, one.reader_domains):
                apart |= other.choice.categories
        left = one.categories - apart if part.code == CODES[0] else one.categories
        if left:
            made.append(replace(one, categories=left))
    return made
