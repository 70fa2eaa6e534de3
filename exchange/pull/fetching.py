"""Going to the system of who refers: saying how it stands here, and fetching the person and what is held ready, in STU3."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from dossier.access import Item
from dossier.sources.bundles import arrived, entries_of, next_of
from dossier.sources.check import fault_of
from dossier.sources.classify import category_of
from dossier.sources.coded import coded_of
from dossier.sources.mishap import Mishap
from dossier.sources.names import read_name
from dossier.sources.owner import Owner, bsn_of, identifier_bsn
from dossier.sources.present import columns_of, present
from dossier.sources.reading import Json, clean, code_set, dicts, extension_text, first
from dossier.sources.results import Outcome
from dossier.sources.stu3 import to_r4
from dossier.sources.wire import Wire
from exchange.partners.models import FhirConnection
from exchange.partners.wires import wire_to
from exchange.pull import spec
from trust.actions import Registration
from trust.categories import Category

SECONDS = 25.0
PAGES = 10
MOST = 500
NOTE = "57133-1"
"""A letter of referral (LOINC): its words are the question."""


class Unfit(Exception):
    """What was fetched cannot be taken, however often it is tried."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Pulled:
    """Whom it is about, the question, and what came along; ``set_aside`` is how much of it could not be taken."""

    person: Registration
    question: str
    items: tuple[Item, ...]
    set_aside: int


def bring(here: FhirConnection, base: str, remote: str, changed: Mapping[str, Any]) -> bool:
    """Bring the workflow task at the other side to a state, on the version it is in; what it is already changes nothing.

    Raises ``Mishap``. False where it is over there.
    """
    wire = wire_to(here, scope=spec.PULL_SCOPE, base=base)
    try:
        return _bring(wire, remote, changed)
    finally:
        wire.close()


def _bring(wire: Wire, remote: str, changed: Mapping[str, Any]) -> bool:
    there = wire.get(remote, [])
    if all(there.get(name) == value for name, value in changed.items()):
        return True
    if str(there.get("status")) in spec.OVER:
        return False
    version = str(first(there.get("meta")).get("versionId") or "")
    wire.write("PUT", remote, {**there, **changed}, {"If-Match": f'W/"{version}"'})
    return True


def pull(here: FhirConnection, base: str, remote: str) -> Pulled:
    """Accept over there, and fetch. Raises ``Mishap`` for what can be tried again, :class:`Unfit` for what cannot."""
    wire = wire_to(here, scope=spec.PULL_SCOPE, base=base, seconds=SECONDS)
    try:
        if not _bring(wire, remote, {"status": "accepted"}):
            raise Unfit("withdrawn")
        task = wire.get(remote, [])
        patient, owner = _person(wire, task)
        found: dict[tuple[str, str], Json] = {}
        beside: list[Json] = []
        aside: set[tuple[str, str]] = set()
        for name in _sections(task):
            for resource in _section(wire, spec.SECTIONS[name], owner):
                key = str(resource.get("resourceType")), str(resource.get("id"))
                if owner.owns(resource):
                    aside.add(key)
                elif key[0] != spec.SECTIONS[name].kind:
                    if len(beside) < MOST and (along := _read(resource)):
                        beside.append(along)
                elif len(found) < MOST:
                    found.setdefault(key, resource)
    finally:
        wire.close()
    question, items = _words(first(task.get("reason")).get("text")), []
    for key, resource in found.items():
        read = _read(resource)
        if read is None:
            aside.add(key)
        elif read["resourceType"] == "DocumentReference" and NOTE in code_set(read.get("type")):
            question = question or _text_of(read)
        else:
            items.append(_item(key, read, beside, here.organisation.name))
    return Pulled(_registration(patient), question[:4000], tuple(items), len(aside))


def _person(wire: Wire, task: Json) -> tuple[Json, Owner]:
    """The one person, whom the workflow task names as well; any other answer is not taken."""
    search = spec.SECTIONS["person"]
    entries = entries_of(wire.get(search.path, list(search.parameters)))
    people = [
        first(one.get("resource")) for one in entries if first(one.get("resource")).get("resourceType") == "Patient"
    ]
    meant = first(task.get("for"))
    named, place = identifier_bsn(meant.get("identifier")), str(meant.get("reference") or "")
    if len(people) != 1 or not people[0].get("id"):
        raise Unfit("several-patients" if people else "no-patient")
    patient = people[0]
    if _read(patient) is None:
        raise Unfit("unreadable")
    number, key = bsn_of(patient), str(patient["id"])
    same = not place or urlsplit(place).path.rpartition("Patient/")[2] == key
    if not number or (named and named != number) or not same or not (named or place):
        raise Unfit("other-person" if number else "no-bsn")
    return patient, Owner(key, (wire.base,), number)


def _sections(task: Json) -> list[str]:
    """The sections that are held ready, of those that the BgZ knows."""
    asked = [spec.section_of_query(str(one.get("valueString", ""))) for one in dicts(task.get("input"))]
    return [name for name in dict.fromkeys(asked) if name and name != "person"]


def _section(wire: Wire, section: spec.Section, owner: Owner) -> Iterator[Json]:
    """What one search gives, with what accompanies it: a medicine, who prescribed."""
    bundle = wire.get(section.path, list(section.parameters))
    for _page in range(PAGES):
        for one in arrived(entries_of(bundle), owner):
            yield one.resource
        link = next_of(bundle)
        if not link:
            return
        bundle = wire.follow(link, f"{wire.base}/{section.path}")
    raise Mishap(Outcome.FAULT, "too-many-pages")


def _read(resource: Json) -> Json | None:
    """The resource in R4; nothing for what is none, or cannot be kept."""
    try:
        read = to_r4(resource)
        return None if fault_of(read) else read
    except Exception:  # what is wrong with what another system sends is told by many sorts of errors
        return None


def _item(key: tuple[str, str], read: Json, beside: list[Json], place: str) -> Item:
    line = present(read, beside)
    shown = columns_of(line)
    detail = " · ".join(
        part for part in (shown["detail"] if shown["detail"] != shown["title"] else "", *line.attention) if part
    )
    if read["resourceType"] == "DocumentReference":
        detail = detail or _text_of(read)
    coded = coded_of(read, title=shown["title"], code=shown["code"], attention=line.attention)
    kind = Category(category_of(read))
    return Item(f"pulled:{'/'.join(key)}", kind, shown["title"], detail[:600], shown["on_date"], place, coded=coded)


def _text_of(document: Json) -> str:
    """The words of a document that is plain text."""
    for one in dicts(document.get("content")):
        given = first(one.get("attachment"))
        if str(given.get("contentType", "")).startswith("text/plain") and isinstance(given.get("data"), str):
            try:
                text = b64decode(given["data"], validate=True).decode()
            except ValueError:
                return ""
            return _words(text)
    return clean(document.get("description"))


def _words(text: Any) -> str:
    """What of a text from elsewhere can be kept and read."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n").strip() if isinstance(text, str) else ""


def _registration(patient: Json) -> Registration:
    """The person as the other side knows it; raises :class:`Unfit` without surname or whole day of birth."""
    name = read_name(patient.get("name"))
    try:
        born = date.fromisoformat(str(patient.get("birthDate")))
    except ValueError:
        raise Unfit("no-birth-date") from None
    if not name.own_name:
        raise Unfit("no-name")
    address = next(iter(dicts(patient.get("address"))), {})
    line = next(iter(dicts(address.get("_line"))), {})
    lines = [one for one in address.get("line", []) if isinstance(one, str)]
    return Registration(
        bsn=bsn_of(patient), birth_date=born, initials=name.initials[:40], own_prefix=name.own_prefix[:20],
        own_name=name.own_name[:120], gender=_gender(patient), street=(extension_text(line, "ADXP-streetName") or " ".join(lines))[:120],
        house_number=extension_text(line, "ADXP-houseNumber")[:20], postcode=clean(address.get("postalCode")).replace(" ", "")[:6],
        place=clean(address.get("city"))[:80], municipality=clean(address.get("district"))[:80], reason="Verwezen via het eigen systeem",
    )  # fmt: skip


def _gender(patient: Json) -> str:
    found = str(patient.get("gender"))
    return found if found in {"male", "female", "other"} else "unknown"
