"""Judges a message that follows the schema by the rules within it (level 2), each by its number in the standard.

A broken one has the whole message refused with 0001 (docs/iwmo.md tells of each rule how certain it is).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from exchange.chain import codes
from exchange.chain.read import Read, Values

UNKNOWN_BIRTH = date(1900, 1, 1)
OLDEST = 120
SINCE_2021 = date(2020, 12, 31)
"""Rules about extent and frequency hold for what ends after this day, or does not end."""


@dataclass(frozen=True)
class Fault:
    """A rule that is broken, where, and the code with which the sender hears of it."""

    rule: str
    path: str
    code: str = codes.TECHNICAL


def within(message: Read) -> list[Fault]:
    """Every rule within the message that is broken, in the order of the message."""
    found = list(_of_person(message)) if "Bsn" in message.content else []
    judge = {"301": _assigned, "305": _started, "307": _stopped, "315": _requested, "319": _answered}.get(message.kind)
    return [*found, *judge(message)] if judge else found


def elfproef(bsn: str) -> bool:
    """Whether nine digits pass the test of the BSN."""
    total = sum((9 - place) * int(digit) for place, digit in enumerate(bsn[:8])) - int(bsn[8])
    return bsn != "000000000" and total % 11 == 0


def several(values: Values, name: str, part: str, path: str = "Client") -> list[tuple[str, Values]]:
    """Each of a repeated part with its path."""
    return [
        (f"{path}/{name}/{part}[{place}]", one) for place, one in enumerate(values.get(name, {}).get(part, []), start=1)
    ]


def day(value: str | None) -> date | None:
    """A day of a message; nothing where it says none."""
    return date.fromisoformat(value) if value else None


def _of_person(message: Read) -> Iterator[Fault]:
    client = message.content
    if not elfproef(client["Bsn"]):
        yield Fault("CS002", "Client/Bsn")
    yield from _birth(client["Geboortedatum"], "Client/Geboortedatum")
    born, dated = date.fromisoformat(client["Geboortedatum"]["Datum"]), message.dated
    unknown = client["Geboortedatum"].get("DatumGebruik") == "3" and born == UNKNOWN_BIRTH
    if not unknown and (dated.year - born.year, dated.month, dated.day) > (OLDEST, born.month, born.day):
        yield Fault("TR002", "Client/Geboortedatum/Datum")
    if born > dated:
        yield Fault("TR134", "Client/Geboortedatum/Datum")


def _birth(birth: Values, path: str) -> Iterator[Fault]:
    born, use = date.fromisoformat(birth["Datum"]), birth.get("DatumGebruik")
    fits = {
        "1": born.day == 1,
        "2": (born.month, born.day) == (1, 1),
        "3": born == UNKNOWN_BIRTH,
    }
    if use and not fits[use]:
        yield Fault("CS139", f"{path}/DatumGebruik")


def _name(name: Values, path: str, *, person: bool) -> Iterator[Fault]:
    use = name["NaamGebruik"]
    if use not in ({"1", "2", "3", "4"} if "Partnernaam" in name else {"1", "6"}):
        yield Fault("CS050", f"{path}/NaamGebruik")
    elif person and use == "6":
        yield Fault("CS318", f"{path}/NaamGebruik")


def _contact(contact: Values, path: str) -> Iterator[Fault]:
    address = contact.get("Adres", {})
    postcode, country = address.get("Postcode"), address.get("LandCode")
    if bool(postcode) != bool(country):
        yield Fault("CD005", f"{path}/Adres/LandCode")
    if country == "NL" and "Huis" not in address:
        yield Fault("CD025", f"{path}/Adres/Huis")
    if contact["Soort"] in {"01", "03"} and not postcode:
        yield Fault("CD034", f"{path}/Adres/Postcode")
    if country == "NL" and postcode and not re.fullmatch(r"[1-9]\d{3}\s?[A-Z]{2}", postcode):
        yield Fault("CS089", f"{path}/Adres/Postcode")
    if "Periode" in contact and contact["Soort"] != "04":
        yield Fault("CD009", f"{path}/Periode")
    period = contact.get("Periode", {})
    begin, end = day(period.get("Begindatum")), day(period.get("Einddatum"))
    if begin and end and end < begin:
        yield Fault("CS003", f"{path}/Periode/Einddatum")
    if "Telefoon" not in contact and not ("Huis" in address and postcode):
        yield Fault("TR006", path)


def _assigned(message: Read) -> Iterator[Fault]:
    client = message.content
    yield from _name(client["Naam"], "Client/Naam", person=True)
    spoken = client.get("Communicatie", {})
    if spoken and (spoken["Vorm"] == "1") != ("Taal" in spoken):
        yield Fault("CD007", "Client/Communicatie/Taal")
    relations = several(client, "Relaties", "Relatie")
    for path, one in relations:
        yield from _name(one["Naam"], f"{path}/Naam", person=False)
        if "Geboortedatum" in one:
            yield from _birth(one["Geboortedatum"], f"{path}/Geboortedatum")
        yield from _contact(one["Contact"], f"{path}/Contact")
    contacts = several(client, "Contactgegevens", "Contact")
    for path, one in contacts:
        yield from _contact(one, path)
    if not any(one["Soort"] in {"01", "02", "03"} for _path, one in contacts):
        yield Fault("TR061", "Client/Contactgegevens")
    products = several(client, "ToegewezenProducten", "ToegewezenProduct")
    for path, one in products:
        yield from _asked_for(one, path, "Ingangsdatum", "Einddatum", ("CD080", "CS338"))
        change, begin, end = one.get("RedenWijziging"), day(one["Ingangsdatum"]), day(one.get("Einddatum"))
        if change == codes.REMOVED and begin != end:
            yield Fault("CS335", f"{path}/RedenWijziging")
        if change == "01":
            yield Fault("CS336", f"{path}/RedenWijziging")
    yield from _double((path, str(int(one["ToewijzingNummer"]))) for path, one in products)
    yield from _double((path, one["Nummer"]) for path, one in relations)
    yield from _double((path, one["Soort"]) for path, one in contacts)
    standing = [pair for pair in products if pair[1].get("RedenWijziging") != codes.REMOVED]
    yield from _overlap(standing, "Ingangsdatum", "Einddatum", "TR302")


def _requested(message: Read) -> Iterator[Fault]:
    products = several(message.content, "AangevraagdeProducten", "AangevraagdProduct")
    for path, one in products:
        yield from _asked_for(one, path, "ToewijzingIngangsdatum", "ToewijzingEinddatum", ("CD095", "CS343"))
        if ("BeschikkingNummer" in one) != ("BeschikkingIngangsdatum" in one):
            yield Fault("CD043", f"{path}/BeschikkingIngangsdatum")
        referrer = one["Verwijzer"]
        if referrer["Type"] not in codes.NAMED_REFERRERS:
            if "ZorgverlenerCode" in referrer:
                yield Fault("CD068", f"{path}/Verwijzer/ZorgverlenerCode")
        elif "ZorgverlenerCode" in referrer and "Naam" in referrer:
            yield Fault("CD066", f"{path}/Verwijzer/Naam")
        elif "ZorgverlenerCode" not in referrer and "Naam" not in referrer:
            yield Fault("CD067", f"{path}/Verwijzer/Naam")
    yield from _double(((path, one["ReferentieAanbieder"]) for path, one in products), rule="TR383")
    yield from _overlap(products, "ToewijzingIngangsdatum", "ToewijzingEinddatum", "TR386")


def _asked_for(one: Values, path: str, begins: str, ends: str, own: tuple[str, str]) -> Iterator[Fault]:
    """What holds of a product that is asked for or assigned alike; ``own`` are the numbers that differ."""
    product, extent, budget = one.get("Product", {}), one.get("Omvang", {}), one.get("Budget")
    begin, end = day(one[begins]), day(one.get(ends))
    later = end is None or end > SINCE_2021
    if budget is None and not product:
        yield Fault("CD079", f"{path}/Product")
    if budget is not None and end is None:
        yield Fault("CD075", f"{path}/{ends}")
    if extent.get("Frequentie") == "2" and end is None:
        yield Fault("CD076", f"{path}/{ends}")
    if begin and end and end < begin:
        yield Fault("CS003", f"{path}/{ends}")
    if product.get("Code") and not extent:
        yield Fault("CD041", f"{path}/Omvang")
    if budget is not None and extent:
        yield Fault("CD077", f"{path}/Omvang")
    elif extent and not product.get("Code") and later:
        yield Fault(own[0], f"{path}/Omvang")
    if extent.get("Eenheid") in {"14", "16", "83", "84"} and later and extent["Frequentie"] not in {"2", "4", "6"}:
        yield Fault(own[1], f"{path}/Omvang/Frequentie")


def _started(message: Read) -> Iterator[Fault]:
    products = several(message.content, "StartProducten", "StartProduct")
    yield from _status(products)
    yield from _double((path, key_of(one)) for path, one in products)


def _stopped(message: Read) -> Iterator[Fault]:
    products = several(message.content, "StopProducten", "StopProduct")
    yield from _status(products)
    for path, one in products:
        if one["Einddatum"] < one["Begindatum"]:
            yield Fault("TR018", f"{path}/Einddatum")
    yield from _double((path, (*key_of(one), one["RedenBeeindiging"], one["Einddatum"])) for path, one in products)


def _status(products: Iterable[tuple[str, Values]]) -> Iterator[Fault]:
    for path, one in products:
        if one["StatusAanlevering"] not in {"1", "3"}:
            yield Fault("CS058", f"{path}/StatusAanlevering")


def _answered(message: Read) -> Iterator[Fault]:
    answer = message.content
    refused, reason = answer["VerzoekAntwoord"] == codes.REFUSED, answer.get("RedenAfwijzingVerzoek")
    if refused != bool(reason):
        yield Fault("IV095", "Antwoord/RedenAfwijzingVerzoek")
    if ("Woonplaatsbeginsel" in answer) and reason != codes.OTHER_MUNICIPALITY:
        yield Fault("IV095", "Antwoord/Woonplaatsbeginsel")


def key_of(one: Values) -> tuple[Any, ...]:
    """The key of a start or stop: assignment, product and first day."""
    number, product = one.get("ToewijzingNummer"), one.get("Product", {})
    return (int(number) if number else None, product.get("Categorie"), product.get("Code"), one["Begindatum"])


def _double(pairs: Iterable[tuple[str, Any]], rule: str = "TR101") -> Iterator[Fault]:
    known: Counter[Any] = Counter()
    for path, value in pairs:
        known[value] += 1
        if known[value] > 1:
            yield Fault(rule, path)


def _overlap(products: list[tuple[str, Values]], begins: str, ends: str, rule: str) -> Iterator[Fault]:
    """A product stands more than once only where the periods do not meet; without a code its category counts, without that all."""
    for place, (path, one) in enumerate(products):
        if any(
            _alike(one.get("Product", {}), other.get("Product", {}))
            and one[begins] <= other.get(ends, "9999")
            and other[begins] <= one.get(ends, "9999")
            for _path, other in products[:place]
        ):
            yield Fault(rule, path)


def _alike(one: Values, other: Values) -> bool:
    for name in ("Categorie", "Code"):
        if name not in one or name not in other:
            return True
        if one[name] != other[name]:
            return False
    return True
