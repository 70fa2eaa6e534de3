"""The messages as tables: which element stands where, how often, and what it may say.

Own tables of facts about release 3.2 (docs/iwmo.md names the source of each and how certain it is). A group that belongs to the
basic schema has its parts in the namespace of that schema, every other group in that of its message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, time
from functools import cache

from exchange.chain import codes
from exchange.chain.codes import ANSWERED_BY, BY_MUNICIPALITY, MESSAGE_CODES, Law

HOST = "http://www.istandaarden.nl"
STANDARD: dict[Law, tuple[str, str]] = {"wmo": ("iwmo", "wmo"), "jeugdwet": ("ijw", "jw")}
"""How each standard is called in namespaces, and its messages."""

MANY = 1000
"""The most often that one element may be repeated; the standard has no limit, a reader needs one."""


@dataclass(frozen=True)
class Text:
    """What one value may be: its length, its form, the codes it is one of, and what it must be to be a day, time or number."""

    longest: int
    form: str = ".+"
    codes: frozenset[str] = frozenset()
    fits: Callable[[str], object] | None = None

    def fault(self, value: str) -> str:
        """The restriction that a value breaks, by its word; nothing for a good one."""
        if not value.strip():
            return "empty"
        if len(value) > self.longest:
            return "too-long"
        if self.codes and value not in self.codes:
            return "unknown-code"
        if not re.fullmatch(self.form, value, re.DOTALL):
            return "form"
        if self.fits is not None:
            try:
                self.fits(value)
            except ValueError:
                return "form"
        return ""


@dataclass(frozen=True)
class Part:
    """One element in a group: what it holds, and how often it stands there."""

    name: str
    holds: Text | Group
    least: int = 1
    most: int = 1

    @property
    def group(self) -> Group:
        """The group it holds."""
        if isinstance(self.holds, Text):
            raise TypeError(self.name)
        return self.holds


@dataclass(frozen=True)
class Group:
    """Elements in their order. ``basis``: they are of the basic schema. ``judged``: a return code is given about it."""

    parts: tuple[Part, ...]
    basis: bool = False
    judged: bool = False


@dataclass(frozen=True)
class Message:
    """One message of one standard: ``301`` under the law ``wmo``."""

    kind: str
    law: Law
    root: Group

    @property
    def name(self) -> str:
        """Its name in the standard: ``wmo301``."""
        return f"{STANDARD[self.law][1]}{self.kind}"

    @property
    def namespace(self) -> str:
        """The namespace of its own elements."""
        return f"{HOST}/{STANDARD[self.law][0]}/3_2/{self.name}/schema"

    @property
    def basis(self) -> str:
        """The namespace of the basic schema."""
        return f"{HOST}/{STANDARD[self.law][0]}/3_2/basisschema/schema"


def _number(most: int) -> Text:
    return Text(len(str(most)), r"0|[1-9]\d*|0\d+")


def _code(known: Iterable[str]) -> Text:
    found = frozenset(known)
    return Text(max(len(one) for one in found), codes=found)


EARLIEST = 1800
"""No day of a message lies before this year: a moment before the year 1 could be kept and never read again."""


def _day(value: str) -> date:
    if int(value[:4]) < EARLIEST:
        raise ValueError(value)
    return date.fromisoformat(value)


DAY = Text(10, r"\d{4}-\d{2}-\d{2}", fits=_day)
TIME = Text(8, r"\d{2}:\d{2}:\d{2}", fits=time.fromisoformat)
BSN = Text(9, r"\d{9}")
AGB = Text(8, r"\d{8}")
MUNICIPALITY = Text(4, r"\d{4}")
NUMBER, VOLUME, PLACE = _number(999_999_999), _number(99_999_999), _number(99)
REMARK = Text(4000)
REFERENCE = Text(36)
VERSION = Text(14, r"\d{1,4}\.\d{1,4}\.\d{1,4}")
NAME = Text(200)
PREFIX = Text(10)
RETURN_CODE = Text(4, r"[0-9A-Z]{4}")


def _optional(*parts: Part) -> tuple[Part, ...]:
    return tuple(replace(part, least=0) for part in parts)


def basis(*parts: Part) -> Group:
    return Group(parts, basis=True)


IDENTIFICATION = basis(Part("Identificatie", Text(12)), Part("Dagtekening", DAY))
VERSIONS = basis(Part("BasisschemaXsdVersie", VERSION), Part("BerichtXsdVersie", VERSION))
BIRTH = basis(Part("Datum", DAY), *_optional(Part("DatumGebruik", _code(codes.DATE_USES))))
SURNAME = basis(Part("Achternaam", NAME), *_optional(Part("Voorvoegsel", PREFIX)))
SHORT_NAME = basis(
    Part("Geslachtsnaam", SURNAME), *_optional(Part("Voornamen", NAME), Part("Voorletters", Text(6, r"[^\s.]+")))
)
WHOLE_NAME = basis(
    Part("Geslachtsnaam", SURNAME),
    *_optional(Part("Partnernaam", SURNAME), Part("Voornamen", NAME), Part("Voorletters", Text(6, r"[^\s.]+"))),
    Part("NaamGebruik", _code(codes.NAME_USES)),
)
COMMUNICATION = basis(Part("Vorm", _code(codes.FORMS)), *_optional(Part("Taal", Text(25))))
HOUSE = basis(
    Part("Huisnummer", _number(99_999)),
    *_optional(
        Part("Huisletter", Text(1)),
        Part("HuisnummerToevoeging", Text(4)),
        Part("AanduidingWoonadres", _code(codes.HOUSES)),
    ),
)
ADDRESS = basis(
    *_optional(
        Part("Huis", HOUSE),
        Part("Postcode", Text(8)),
        Part("Straatnaam", Text(24)),
        Part("Plaatsnaam", Text(80)),
        Part("LandCode", Text(2, r"[A-Z]{2}")),
    )
)
PHONE = basis(Part("Telefoonnummer", Text(15, r"\d+")), *_optional(Part("Landnummer", Text(4))))
PHONES = basis(Part("Telefoon01", PHONE), *_optional(Part("Telefoon02", PHONE)))
PERIOD = basis(*_optional(Part("Begindatum", DAY), Part("Einddatum", DAY)))
EXTENT = basis(
    Part("Volume", VOLUME), Part("Eenheid", _code(codes.UNITS)), Part("Frequentie", _code(codes.FREQUENCIES))
)
REFERRER = basis(
    Part("Type", _code(codes.REFERRERS)), *_optional(Part("Naam", Text(64)), Part("ZorgverlenerCode", AGB))
)
CONTACT = Group(
    (
        Part("Soort", _code(codes.ADDRESSES)),
        *_optional(
            Part("Adres", ADDRESS),
            Part("Organisatie", Text(35)),
            Part("Telefoon", PHONES),
            Part("Emailadres", Text(80)),
            Part("Periode", PERIOD),
        ),
    ),
    judged=True,
)
RELATION = Group(
    (
        Part("Nummer", Text(20)),
        *_optional(Part("Volgorde", PLACE)),
        Part("Soort", _code(codes.RELATIONS)),
        *_optional(Part("Geboortedatum", BIRTH), Part("Geslacht", _code(codes.GENDERS))),
        Part("Naam", WHOLE_NAME),
        Part("Contact", CONTACT),
    ),
    judged=True,
)


def _product(law: Law) -> Group:
    category = _code(codes.CATEGORIES) if law == "wmo" else Text(2, r"[0-9A-Z]{2}")
    return basis(Part("Categorie", category), *_optional(Part("Code", Text(5))))


def _several(name: str, part: str, holds: Group, least: int = 1) -> Part:
    return Part(name, Group((Part(part, holds, 1, MANY),)), least)


def _person(name: Group) -> tuple[Part, ...]:
    return (
        Part("Bsn", BSN),
        Part("Geboortedatum", BIRTH),
        Part("Geslacht", _code(codes.GENDERS)),
        Part("Naam", name),
    )


def _assigned(law: Law) -> Group:
    return Group(
        (
            Part("ToewijzingNummer", NUMBER),
            *_optional(Part("ReferentieAanbieder", REFERENCE), Part("Product", _product(law))),
            Part("Toewijzingsdatum", DAY),
            Part("Toewijzingstijd", TIME),
            Part("Ingangsdatum", DAY),
            *_optional(
                Part("Einddatum", DAY),
                Part("RedenWijziging", _code(codes.CHANGES)),
                Part("Omvang", EXTENT),
                Part("Budget", VOLUME),
                Part("Commentaar", REMARK),
            ),
        ),
        judged=True,
    )


def _delivered(law: Law, *more: Part) -> Group:
    return Group(
        (
            *_optional(
                Part("ToewijzingNummer", NUMBER),
                Part("Product", _product(law)),
                Part("ToewijzingIngangsdatum", DAY),
            ),
            Part("Begindatum", DAY),
            *more,
            Part("StatusAanlevering", Text(1, r"\d")),
        ),
        judged=True,
    )


def _requested(law: Law) -> Group:
    return Group(
        (
            Part("ReferentieAanbieder", REFERENCE),
            *_optional(
                Part("BeschikkingNummer", NUMBER),
                Part("Product", _product(law)),
                Part("BeschikkingIngangsdatum", DAY),
            ),
            Part("ToewijzingIngangsdatum", DAY),
            *_optional(Part("ToewijzingEinddatum", DAY), Part("Omvang", EXTENT), Part("Budget", VOLUME)),
            Part("Verwijzer", REFERRER),
            *_optional(Part("Raamcontract", _code(codes.YES_NO)), Part("Commentaar", REMARK)),
        ),
        judged=True,
    )


def _content(kind: str, law: Law) -> Part:
    """What follows the header of a message."""
    if kind == "301":
        more = (
            *_optional(
                Part("Communicatie", COMMUNICATION),
                Part("JuridischeStatus", _code(codes.LEGAL_STATES)),
                Part("WettelijkeVertegenwoordiging", _code(codes.REPRESENTATIONS)),
                Part("Commentaar", REMARK),
                _several("Relaties", "Relatie", RELATION),
            ),
            _several("Contactgegevens", "Contact", CONTACT),
            _several("ToegewezenProducten", "ToegewezenProduct", _assigned(law)),
        )
        return Part("Client", Group((*_person(WHOLE_NAME), *more), judged=True))
    if kind == "319":
        residence = Part("Woonplaatsbeginsel", Group((Part("Gemeente", MUNICIPALITY),), judged=True), 0)
        parts = (
            Part("ReferentieAanbieder", REFERENCE),
            Part("VerzoekAntwoord", _code(codes.ANSWERS)),
            *_optional(Part("RedenAfwijzingVerzoek", _code(codes.REFUSALS))),
            *((residence,) if law == "jeugdwet" else ()),
        )
        return Part("Antwoord", Group(parts, judged=True))
    if kind == "315":
        known = _optional(Part("GezagsdragerBekend", _code(codes.YES_NO))) if law == "jeugdwet" else ()
        asked = _several("AangevraagdeProducten", "AangevraagdProduct", _requested(law))
        return Part(
            "Client",
            Group((*_person(SHORT_NAME), *known, *_optional(Part("Commentaar", REMARK)), asked), judged=True),
        )
    ending = (Part("RedenBeeindiging", _code(codes.ENDINGS[law])), Part("Einddatum", DAY)) if kind == "307" else ()
    word = "Stop" if kind == "307" else "Start"
    told = _several(f"{word}Producten", f"{word}Product", _delivered(law, *ending))
    return Part("Client", Group((*_person(SHORT_NAME), told), judged=True))


def _header(kind: str, law: Law, asked: str) -> tuple[Part, ...]:
    ends = (MUNICIPALITY, AGB) if asked in BY_MUNICIPALITY else (AGB, MUNICIPALITY)
    return (
        Part("BerichtCode", _code({MESSAGE_CODES[law][kind]})),
        Part("BerichtVersie", _code("3")),
        Part("BerichtSubversie", _code("2")),
        Part("Afzender", ends[0]),
        Part("Ontvanger", ends[1]),
        Part("BerichtIdentificatie", IDENTIFICATION),
        Part("XsdVersie", VERSIONS),
    )


RETURN_CODES = Part("RetourCodes", Group((Part("RetourCode", RETURN_CODE, 1, MANY),)))


def _with_codes(group: Group) -> Group:
    """The same group as a return message repeats it: what is judged ends with its return codes."""
    parts = tuple(
        replace(part, holds=_with_codes(part.holds)) if isinstance(part.holds, Group) else part for part in group.parts
    )
    return replace(group, parts=(*parts, RETURN_CODES) if group.judged else parts)


@cache
def message(kind: str, law: Law) -> Message:
    """The tables of one message. A return message repeats the header of what it answers, not turned round, and adds its own."""
    asked = next((sent for sent, answer in ANSWERED_BY.items() if answer == kind), kind)
    header, content = _header(kind, law, asked), _content(asked, law)
    if asked != kind:
        header = (
            *header,
            Part("IdentificatieRetour", Text(12)),
            Part("DagtekeningRetour", DAY),
            Part("XsltVersie", VERSION, 0),
            Part("XsdVersieRetour", VERSIONS),
            replace(RETURN_CODES, least=0),
        )
        content = replace(content, holds=_with_codes(content.group), least=0)
    return Message(kind, law, Group((Part("Header", Group(header)), content)))


@cache
def by_namespace() -> dict[str, Message]:
    """Every message that the adapter knows, by the namespace of its root."""
    return {made.namespace: made for law in STANDARD for kind in MESSAGE_CODES[law] for made in [message(kind, law)]}
