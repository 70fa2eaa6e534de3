"""Names of people as zib NameInformation gives them: their parts, and the one way they are written in Dutch."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape
from typing import Any

OWN_PREFIX = "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix"
OWN_NAME = "http://hl7.org/fhir/StructureDefinition/humanname-own-name"
PARTNER_PREFIX = "http://hl7.org/fhir/StructureDefinition/humanname-partner-prefix"
PARTNER_NAME = "http://hl7.org/fhir/StructureDefinition/humanname-partner-name"
ASSEMBLY_ORDER = "http://hl7.org/fhir/StructureDefinition/humanname-assembly-order"
QUALIFIER = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier"


@dataclass(frozen=True)
class PersonName:
    """One person's name in parts (zib NameInformation 2020, NL-CM:20.4). `order` says which surname is used:
    NL1 own, NL2 partner, NL3 partner-own, NL4 own-partner, empty when the source does not say."""

    initials: str = ""
    first_names: str = ""
    call_name: str = ""
    own_prefix: str = ""
    own_name: str = ""
    partner_prefix: str = ""
    partner_name: str = ""
    order: str = ""
    title_before: str = ""
    title_after: str = ""
    family: str = ""
    text: str = ""

    @property
    def surname(self) -> str:
        """The surname as the person uses it, prefixes included; as the source wrote it when no order is given."""
        own = _join(self.own_prefix, self.own_name)
        partner = _join(self.partner_prefix, self.partner_name)
        if self.order == "NL2" and partner:
            return partner
        if self.order == "NL3" and partner:
            return "-".join(part for part in (partner, own) if part)
        if self.order == "NL4" and partner:
            return "-".join(part for part in (own, partner) if part)
        if self.order == "NL1" and own:
            return own
        return self.family or "-".join(part for part in (own, partner) if part)

    @property
    def display(self) -> str:
        """Initials and surname, as on an envelope: "J.P.M. van Putten-van der Giessen"."""
        given = self.initials or self.first_names or self.call_name
        name = _join(self.title_before, given, self.surname, self.title_after)
        return name if self.surname else (self.text or name)


def _join(*parts: str) -> str:
    return " ".join(part.strip() for part in parts if part and part.strip())


def _clean(value: Any) -> str:
    return unescape(value).strip() if isinstance(value, str) else ""


def _extension(element: Any, url: str) -> str:
    if not isinstance(element, dict):
        return ""
    for extension in element.get("extension") or []:
        if isinstance(extension, dict) and extension.get("url") == url:
            return _clean(extension.get("valueString") or extension.get("valueCode"))
    return ""


def _given(name: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """First names, initials and call names of one HumanName; a part without a qualifier counts as an initial when
    it ends in a full stop (several sources leave the qualifier out)."""
    first: list[str] = []
    initials: list[str] = []
    call: list[str] = []
    qualifiers = name.get("_given") or []
    for index, raw in enumerate(name.get("given") or []):
        part = _clean(raw)
        if not part:
            continue
        qualifier = _extension(qualifiers[index] if index < len(qualifiers) else None, QUALIFIER)
        if qualifier == "IN" or (not qualifier and part.endswith(".")):
            initials.append(part)
        elif qualifier == "CL":
            call.append(part)
        else:
            first.append(part)
    return first, initials, call


def read_name(names: Any) -> PersonName:
    """The name of a person out of `Patient.name` (a list) or one HumanName: the official one leads; a usual name
    with only given names is the call name (nl-core-NameInformation.GivenName)."""
    if isinstance(names, dict):
        names = [names]
    candidates = [name for name in names or [] if isinstance(name, dict)]
    if not candidates:
        return PersonName()
    ranked = sorted(
        candidates,
        key=lambda name: (
            name.get("use") in ("old", "maiden", "anonymous", "nickname", "temp"),
            not (name.get("family") or name.get("_family") or name.get("text")),
            name.get("use") != "official",
        ),
    )
    chosen = ranked[0]
    first, initials, call = _given(chosen)
    if not call:
        for other in candidates:
            if other is not chosen and other.get("use") == "usual" and not other.get("family"):
                call = [_clean(part) for part in other.get("given") or []]
    written = "".join(part if part.endswith(".") or len(part) > 3 else f"{part}." for part in initials)
    if not written:
        written = "".join(f"{word[0].upper()}." for part in first for word in part.split() if word)
    family = chosen.get("_family")
    return PersonName(
        initials=written,
        first_names=" ".join(dict.fromkeys(first)),
        call_name=" ".join(call),
        own_prefix=_extension(family, OWN_PREFIX),
        own_name=_extension(family, OWN_NAME),
        partner_prefix=_extension(family, PARTNER_PREFIX),
        partner_name=_extension(family, PARTNER_NAME),
        order=_extension(chosen, ASSEMBLY_ORDER),
        title_before=" ".join(_clean(part) for part in chosen.get("prefix") or []),
        title_after=" ".join(_clean(part) for part in chosen.get("suffix") or []),
        family=_clean(chosen.get("family")),
        text=_clean(chosen.get("text")),
    )
