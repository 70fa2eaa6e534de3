"""Messages as parties send them: one valid of each kind, and changing one thing in it."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from exchange.chain import codes
from exchange.chain.codes import Law
from exchange.chain.spec import message
from exchange.chain.write import write

MUNICIPALITY, PROVIDER, BSN = "0406", "42420001", "999900006"
TODAY = datetime.now(ZoneInfo("Europe/Amsterdam")).date()
Values = dict[str, Any]

PRODUCT = {"Categorie": "02", "Code": "02A03"}
EXTENT = {"Volume": "3", "Eenheid": "04", "Frequentie": "2"}
CONTACT = {
    "Soort": "01",
    "Adres": {
        "Huis": {"Huisnummer": "12", "Huisletter": "A"},
        "Postcode": "1271AA",
        "Straatnaam": "Dorpsstraat",
        "Plaatsnaam": "Huizen",
        "LandCode": "NL",
    },
    "Telefoon": {"Telefoon01": {"Telefoonnummer": "0351234567", "Landnummer": "31"}},
    "Emailadres": "post@voorbeeld.example",
}
RELATION = {
    "Nummer": "1",
    "Volgorde": "1",
    "Soort": "16",
    "Geboortedatum": {"Datum": "1975-05-01"},
    "Geslacht": "2",
    "Naam": {
        "Geslachtsnaam": {"Achternaam": "Vries", "Voorvoegsel": "de"},
        "Partnernaam": {"Achternaam": "Bakker"},
        "Voorletters": "M",
        "NaamGebruik": "3",
    },
    "Contact": {"Soort": "02", "Telefoon": {"Telefoon01": {"Telefoonnummer": "0612345678"}}},
}


def header(kind: str, law: Law = "wmo", **values: Any) -> Values:
    """The header of a message between the municipality and the provider."""
    ends = (MUNICIPALITY, PROVIDER) if kind in codes.BY_MUNICIPALITY else (PROVIDER, MUNICIPALITY)
    return {
        "BerichtCode": codes.MESSAGE_CODES[law][kind],
        "BerichtVersie": "3",
        "BerichtSubversie": "2",
        "Afzender": values.get("sender", ends[0]),
        "Ontvanger": values.get("receiver", ends[1]),
        "BerichtIdentificatie": {
            "Identificatie": values.get("identification", f"B{kind}"),
            "Dagtekening": values.get("dated", TODAY.isoformat()),
        },
        "XsdVersie": {"BasisschemaXsdVersie": "1.0.0", "BerichtXsdVersie": "1.0.0"},
    }


def person(bsn: str = BSN) -> Values:
    """Whom a message is about."""
    return {
        "Bsn": bsn,
        "Geboortedatum": {"Datum": "1948-03-12"},
        "Geslacht": "2",
        "Naam": {"Geslachtsnaam": {"Achternaam": "Vries", "Voorvoegsel": "de"}, "Voorletters": "AB"},
    }


def assigned(**values: Any) -> Values:
    """A product as it is assigned."""
    return {
        "ToewijzingNummer": "300201",
        "Product": PRODUCT,
        "Toewijzingsdatum": TODAY.isoformat(),
        "Toewijzingstijd": "10:00:00",
        "Ingangsdatum": TODAY.isoformat(),
        "Einddatum": (TODAY + timedelta(days=180)).isoformat(),
        "Omvang": EXTENT,
        **values,
    }


def requested(**values: Any) -> Values:
    """A product as it is asked for."""
    return {
        "ReferentieAanbieder": "REF-1",
        "Product": PRODUCT,
        "ToewijzingIngangsdatum": TODAY.isoformat(),
        "ToewijzingEinddatum": (TODAY + timedelta(days=180)).isoformat(),
        "Omvang": EXTENT,
        "Verwijzer": {"Type": "02", "Naam": "K. Haddou"},
        **values,
    }


def delivered(**values: Any) -> Values:
    """A start of help; with an end and a reason it is a stop."""
    return {
        "ToewijzingNummer": "300201",
        "Product": PRODUCT,
        "ToewijzingIngangsdatum": TODAY.isoformat(),
        "Begindatum": TODAY.isoformat(),
        "StatusAanlevering": "1",
        **values,
    }


STOPPED = {"RedenBeeindiging": "19", "Einddatum": (TODAY + timedelta(days=10)).isoformat()}


def content(kind: str, law: Law = "wmo", *products: Values, bsn: str = BSN) -> Values:
    """What follows the header, with these products or with one as it usually is."""
    if kind == "319":
        return {"ReferentieAanbieder": "REF-1", "VerzoekAntwoord": "1", "RedenAfwijzingVerzoek": "3"}
    client = person(bsn)
    if kind == "301":
        client["Naam"]["NaamGebruik"] = "1"
        return {
            **client,
            "Contactgegevens": {"Contact": [copy.deepcopy(CONTACT)]},
            "ToegewezenProducten": {"ToegewezenProduct": list(products) or [assigned()]},
        }
    if kind == "315":
        return {**client, "AangevraagdeProducten": {"AangevraagdProduct": list(products) or [requested()]}}
    if kind == "305":
        return {**client, "StartProducten": {"StartProduct": list(products) or [delivered()]}}
    ending = STOPPED if law == "wmo" else {**STOPPED, "RedenBeeindiging": "31"}
    return {**client, "StopProducten": {"StopProduct": list(products) or [delivered(**ending)]}}


def values_of(kind: str, law: Law = "wmo", *products: Values, bsn: str = BSN, **head: Any) -> Values:
    """A whole message as values."""
    name = "Antwoord" if kind == "319" else "Client"
    return {"Header": header(kind, law, **head), name: content(kind, law, *products, bsn=bsn)}


def made(kind: str, law: Law = "wmo", *products: Values, bsn: str = BSN, **head: Any) -> bytes:
    """A whole message as a file."""
    return write(message(kind, law), values_of(kind, law, *products, bsn=bsn, **head))


SENT = tuple(codes.ANSWERED_BY)
LAWS: tuple[Law, ...] = ("wmo", "jeugdwet")
