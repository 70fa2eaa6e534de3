"""The words a made-up region is built from: names, streets and places as they occur in Gooi en Vechtstreek."""

# ruff: noqa: SIM905  lists of names read best as running text

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

POSTCODES = Path(__file__).resolve().parents[2] / "square" / "data" / "postcodes.csv"
LETTERS = [a + b for a in "BCDEGHJKLMNPRTVWXZ" for b in "ABCDEGHJKLMNPRTVWXZ"]

# Citizens in thousands, about 2025 (CBS StatLine 03759ned, rounded).
MUNICIPALITIES = {
    "Hilversum": 93.5,
    "Gooise Meren": 60.3,
    "Huizen": 42.0,
    "Wijdemeren": 25.0,
    "Blaricum": 12.9,
    "Laren": 11.7,
    "Eemnes": 9.6,
}


class Area(NamedTuple):
    """A four-digit postcode where people live."""

    digits: str
    place: str
    municipality: str
    latitude: float
    longitude: float


def areas() -> list[Area]:
    """The postcodes of the region without those of post boxes, from the table that the offer measures distances by."""
    boxes = {"1200", "1201", "1202", "1230", "1240", "1250", "1260", "1270", "1400", "1410"}
    with POSTCODES.open(encoding="utf-8") as file:
        return [
            Area(row["digits"], row["place"], row["municipality"], float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
            if row["municipality"] in MUNICIPALITIES and row["digits"] not in boxes
        ]


_PLAIN = (
    "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Smits Koster "
    "Willems Jacobs Kok Prins Huisman Peeters Kuiper Kramer Scholten Postma Timmermans Bosch Willemsen Verhoeven "
    "Hermans Schipper Martens Maas Gerritsen Verbeek Molenaar Kuijpers Blom Evers Hoekstra Verhoef Mol Driessen "
    "Koning Schouten Boer Groen Zwart Rebel Calis Schaap Lustig Kos Vlaanderen Rokebrand Westland Veerman Honing "
    "Brasser Zeeman Schram Teeuwissen Haddad Yilmaz Kaya Demir Öztürk Aydin Çelik Bouzid Ouali Amrani Idrissi "
    "Chaouch Mohan Ramdin Kartosen Nguyen Tran Wang Kowalski Nowak Popescu Haile Tesfay Hassan Ahmadi Karimi "
    "Osman Silva Fernandes Lopes Leeflang"
).split()
_PREFIXED = (
    "de:Vries, de:Jong, de:Boer, de:Groot, de:Wit, de:Graaf, de:Bruin, de:Haan, de:Lange, de:Ruiter, van:Dijk, "
    "van:Dam, van:Vliet, van:Leeuwen, van:Beek, van:Veen, van:Wijk, van:Es, van:Eijden, van:Schaik, van der:Meer, "
    "van der:Linden, van der:Heijden, van der:Wal, van der:Veen, van den:Berg, van den:Brink, van den:Bosch, "
    "van de:Ven, van 't:Hof, ter:Horst, ten:Have, in 't:Veld, van het:Klooster, el:Khatib, el:Amrani, dos:Santos"
).split(", ")
SURNAMES = [("", name) for name in _PLAIN] + [
    (prefix, name) for prefix, _, name in (pair.partition(":") for pair in _PREFIXED)
]

# By generation, so that a man of 85 is called Hendrik and a girl of 6 Noor.
FIRST_NAMES: dict[str, list[list[str]]] = {
    "female": [
        (
            "Johanna Maria Cornelia Wilhelmina Hendrika Elisabeth Adriana Catharina Petronella Geertruida Alida "
            "Neeltje Trijntje Margaretha"
        ).split(),
        (
            "Anna Ingrid Marijke Monique Yvonne Jolanda Anja Petra Karin Fatima Wilma Saskia Marjan Aicha Sylvia "
            "Esther Ellen Nicole"
        ).split(),
        "Sanne Kim Laura Linda Naima Esra Lisa Anouk Femke Marloes Samira Elif Iris Roos Nadia Zoë Maud".split(),
        "Noor Emma Julia Sara Mila Tess Yara Lotte Evi Nora Amina Fenna Saar Liv".split(),
    ],
    "male": [
        (
            "Johannes Cornelis Hendrik Willem Jacobus Gerrit Pieter Adrianus Dirk Lambertus Antonius Teunis Jan Klaas"
        ).split(),
        (
            "Peter Hans Rob Erik Ahmed Frank Ronald Marcel Mohamed Paul Mustafa René Richard Edwin Arjan Theo Ruud"
        ).split(),
        "Thomas Jeroen Bas Karim Mark Stefan Niels Rick Yusuf Tim Bilal Sander Joost Daan Koen Ravi".split(),
        "Noah Sem Lucas Levi Finn Adam Milan Luuk Jens Mees Ilyas Teun Boaz Otis".split(),
    ],
}
_CALLED = (
    "Johanna:Jo Cornelia:Corrie Wilhelmina:Willy Hendrika:Riek Elisabeth:Bep Adriana:Jeanne Catharina:Toos "
    "Petronella:Nel Geertruida:Truus Margaretha:Greet Johannes:Jan Cornelis:Cor Hendrik:Henk Jacobus:Koos "
    "Adrianus:Adri Lambertus:Bertus Antonius:Ton Willem:Wim"
).split()
CALL_NAMES = dict(pair.split(":") for pair in _CALLED)

STREETS = (
    "Dorpsstraat Kerkstraat Schoolstraat Molenweg Havenstraat Brinklaan Naarderstraat Eemlandweg Meentweg "
    "Heideweg Dennenlaan Lindenlaan Kastanjelaan Beukenlaan Berkenweg Eikenlaan Acacialaan Iepenlaan Julianalaan "
    "Wilhelminastraat Emmastraat Bernhardlaan Gooiergracht Melkweg Veerweg Zuiderzeestraat Visserstraat "
    "Botterstraat Zomerkade Weidemaat Bovenmaat Oostermeent Landweg Torenlaan Koninginneweg Ruitersweg Vaartweg "
    "Bosdrift Minckelersstraat Diependaalselaan Kortenhoefsedijk Rembrandtlaan Vermeerlaan Mauvelaan Mozartlaan "
    "Beethovenlaan Marathonweg Lorentzweg Edisonstraat Bremstraat Zonnelaan"
).split()

TREES = (
    "De Heuvel, De Meent, De Brink, Het Spanderwoud, De Vecht, De Zanderij, Het Anker, De Engh, De Tol, "
    "De Botter, De Erven, De Trompenberg, De Plassen, De Loosdrechtse Hoek, Oude Dorp, De Hoeve, De Wilg, "
    "De Kastanje, De Melkmeent, De Eemhof, De Vesting, De Keverdijk, De Batterij, Zuidereind, De Warande, "
    "De Hooge Naarder, De Kamerik, De Lieberg"
).split(", ")
"""Words after which practices and houses are called."""
