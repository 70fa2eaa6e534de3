"""The strict reader and the writer of the same tables: what fits comes back as it was, all else is refused with its place."""

from __future__ import annotations

import random
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.chain import codes, read, spec
from exchange.chain.codes import ANSWERED_BY, Law
from exchange.chain.spec import Group, Text
from exchange.chain.write import again, write
from tests.exchange.chain import examples

EVERY = [(kind, law) for law in examples.LAWS for kind in codes.MESSAGE_CODES[law]]


@pytest.mark.parametrize(("kind", "law"), [(kind, law) for law in examples.LAWS for kind in ANSWERED_BY])
def test_a_valid_message_is_read_and_written_again_the_same(kind: str, law: Law) -> None:
    body = examples.made(kind, law)
    message = read.read(body)
    assert (message.kind, message.spec.law, message.identification) == (kind, law, f"B{kind}")
    assert again(message) == body
    assert body.endswith(b"\r\n")
    assert not body.startswith(b"\xef\xbb\xbf")


def test_a_message_as_a_municipality_publishes_it_is_read() -> None:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<m:Bericht xmlns:b="http://www.istandaarden.nl/iwmo/3_2/basisschema/schema"'
        ' xmlns:m="http://www.istandaarden.nl/iwmo/3_2/wmo307/schema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x wmo307.xsd">'
        "<m:Header><m:BerichtCode>420</m:BerichtCode><m:BerichtVersie>3</m:BerichtVersie>"
        "<m:BerichtSubversie>2</m:BerichtSubversie><m:Afzender>65656055</m:Afzender><m:Ontvanger>0363</m:Ontvanger>"
        "<m:BerichtIdentificatie><b:Identificatie>123456789014</b:Identificatie><b:Dagtekening>2023-07-20</b:Dagtekening>"
        "</m:BerichtIdentificatie><m:XsdVersie><b:BasisschemaXsdVersie>1.0.0</b:BasisschemaXsdVersie>"
        "<b:BerichtXsdVersie>1.0.0</b:BerichtXsdVersie></m:XsdVersie></m:Header><!-- a remark -->"
        "<m:Client><m:Bsn>999900006</m:Bsn><m:Geboortedatum><b:Datum>1967-08-13</b:Datum></m:Geboortedatum>"
        "<m:Geslacht>1</m:Geslacht><m:Naam><b:Geslachtsnaam><b:Achternaam>Vries</b:Achternaam><b:Voorvoegsel>de</b:Voorvoegsel>"
        "</b:Geslachtsnaam><b:Voornamen>Peter R</b:Voornamen><b:Voorletters>PR</b:Voorletters></m:Naam><m:StopProducten>"
        "<m:StopProduct><m:ToewijzingNummer>300201</m:ToewijzingNummer><m:Product><b:Categorie>01</b:Categorie>"
        "<b:Code>01A11</b:Code></m:Product><m:ToewijzingIngangsdatum>2023-04-01</m:ToewijzingIngangsdatum>"
        "<m:Begindatum>2023-04-03</m:Begindatum><m:RedenBeeindiging>31</m:RedenBeeindiging>"
        "<m:Einddatum>2023-07-19</m:Einddatum><m:StatusAanlevering>1</m:StatusAanlevering></m:StopProduct></m:StopProducten>"
        "</m:Client></m:Bericht>"
    )
    message = read.read(body.encode())
    assert (message.kind, message.sender, message.receiver) == ("307", "65656055", "0363")
    assert message.content["StopProducten"]["StopProduct"][0]["RedenBeeindiging"] == "31"


def a_text(text: Text, draw: random.Random) -> str:
    """A value that fits, by the table."""
    if text.codes:
        return draw.choice(sorted(text.codes))
    if text.fits is spec.DAY.fits:
        return date.fromordinal(draw.randint(700_000, 760_000)).isoformat()
    if text.fits is spec.TIME.fits:
        return f"{draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}:{draw.randint(0, 59):02d}"
    if text.form == spec.VERSION.form:
        return ".".join(str(draw.randint(0, 99)) for _place in range(3))
    exact = re.fullmatch(r"\\d\{(\d)\}", text.form)
    if exact:
        return "".join(draw.choice("0123456789") for _place in range(int(exact[1])))
    if r"\d" in text.form:
        return str(draw.randint(0, 10 ** min(text.longest, 9) - 1))[: text.longest]
    if text.form == ".+":
        signs = "abcé <>&\"'\r\n\tλ漢😀]]>"
        said = "".join(draw.choice(signs) for _place in range(draw.randint(1, min(text.longest, 30)))).strip()
        return said[: text.longest] or "x"
    return next(said for said in ("0200", "NL", "PRM") if not text.fault(said))


def values_of(group: Group, draw: random.Random) -> dict[str, Any]:
    """Values of a group that fit, with and without what may be left out."""
    values: dict[str, Any] = {}
    for part in group.parts:
        if not part.least and draw.random() < 0.5:
            continue
        each: list[Any] = [
            a_text(part.holds, draw) if isinstance(part.holds, Text) else values_of(part.holds, draw)
            for _place in range(draw.randint(1, 3) if part.most > 1 else 1)
        ]
        values[part.name] = each if part.most > 1 else each[0]
    return values


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize(("kind", "law"), EVERY)
def test_whatever_fits_the_tables_is_written_and_read_back_the_same(kind: str, law: Law, seed: int) -> None:
    made = spec.message(kind, law)
    values = values_of(made.root, random.Random(seed))
    assert read.read(write(made, values)).values == values


BODY = examples.made("301").decode()
BAD: dict[str, tuple[str, str]] = {
    "byte order mark": ("\ufeff" + BODY, "byte-order-mark"),
    "another encoding": (BODY.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"'), "encoding"),
    "a document type": (BODY.replace("<wmo301:Bericht", "<!DOCTYPE a><wmo301:Bericht", 1), "document-type"),
    "an entity from outside": (
        BODY.replace("<wmo301:Bericht", '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><wmo301:Bericht', 1),
        "document-type",
    ),
    "entities that grow": (
        BODY.replace("<wmo301:Bericht", '<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><wmo301:Bericht', 1),
        "document-type",
    ),
    "a processing instruction": (BODY.replace("<wmo301:Bericht", "<?php x?><wmo301:Bericht", 1), "document-type"),
    "cut off": (BODY[:-30], "broken-xml"),
    "no XML": ("hallo", "broken-xml"),
    "empty": ("", "broken-xml"),
    "another release": (BODY.replace("/iwmo/3_2/wmo301", "/iwmo/3_1/wmo301"), "unknown-message"),
    "another standard": (BODY.replace("/iwmo/3_2/wmo301", "/ijw/3_2/jw301"), "unknown-code"),
    "another root": (BODY.replace("wmo301:Bericht", "wmo301:Brief"), "unknown-message"),
    "basic parts in the wrong schema": (BODY.replace("iwmo:Identificatie", "wmo301:Identificatie"), "wrong-namespace"),
    "own parts in the basic schema": (BODY.replace("wmo301:Bsn", "iwmo:Bsn"), "wrong-namespace"),
    "an unknown element": (BODY.replace("<wmo301:Bsn>", "<wmo301:Extra/><wmo301:Bsn>"), "missing"),
    "an unknown element at the end": (
        BODY.replace("</wmo301:Client>", "<wmo301:Extra/></wmo301:Client>"),
        "unknown-element",
    ),
    "an element in text": (BODY.replace(">999900006<", ">9999<b/>00006<"), "unknown-element"),
    "an attribute": (BODY.replace("<wmo301:Client>", '<wmo301:Client a="1">'), "unknown-attribute"),
    "text between": (BODY.replace("<wmo301:Bsn>", "los<wmo301:Bsn>"), "text-between"),
    "twice": (BODY.replace("<wmo301:Geslacht>", "<wmo301:Geslacht>1</wmo301:Geslacht><wmo301:Geslacht>"), "missing"),
    "missing": (BODY.replace("<wmo301:Bsn>999900006</wmo301:Bsn>", ""), "missing"),
    "another message code": (BODY.replace(">414<", ">415<"), "unknown-code"),
    "another version": (BODY.replace("Versie>3<", "Versie>2<"), "unknown-code"),
    "sender with letters": (BODY.replace(">0406<", ">04O6<"), "form"),
    "an AGB too long": (BODY.replace(">42420001<", ">424200011<"), "too-long"),
    "a number too long": (BODY.replace(">B301<", ">B301234567890<"), "too-long"),
    "a BSN of eight": (BODY.replace(">999900006<", ">99990000<"), "form"),
    "a day with a zone": (BODY.replace(">1948-03-12<", ">1948-03-12Z<"), "too-long"),
    "a day that does not exist": (BODY.replace(">1948-03-12<", ">1948-02-30<"), "form"),
    "a day before any help": (BODY.replace(">1948-03-12<", ">0001-01-01<"), "form"),
    "a time that does not exist": (BODY.replace(">10:00:00<", ">25:00:00<"), "form"),
    "an unknown gender": (BODY.replace("Geslacht>2<", "Geslacht>9<"), "unknown-code"),
    "an unknown unit": (BODY.replace("Eenheid>04<", "Eenheid>05<"), "unknown-code"),
    "an unknown category": (BODY.replace("Categorie>02<", "Categorie>19<"), "unknown-code"),
    "initials with points": (BODY.replace(">AB<", ">A.B.<"), "form"),
    "an empty element": (BODY.replace(">Vries<", "><"), "empty"),
    "spaces alone": (BODY.replace(">Vries<", ">  <"), "empty"),
    "a volume below nothing": (BODY.replace("Volume>3<", "Volume>-3<"), "form"),
    "a volume too big": (BODY.replace("Volume>3<", "Volume>123456789<"), "too-long"),
    "endless text": (BODY.replace(">Vries<", f">{'x' * 5000}<"), "too-long"),
    "too deep": ("<a>" * 20 + "</a>" * 20, "too-complex"),
    "too many": ("<a>" + "<b/>" * 60_001 + "</a>", "too-complex"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_the_schema_does_not_have_is_refused_with_its_place(name: str) -> None:
    body, reason = BAD[name]
    with pytest.raises(read.Unreadable) as refused:
        read.read(body.encode())
    assert refused.value.reason == reason
    assert "999900006" not in str(refused.value)
    assert "Vries" not in str(refused.value)


def test_the_place_is_told_by_line_and_element() -> None:
    body = examples.made("301").decode().replace("Eenheid>04<", "Eenheid>05<")
    with pytest.raises(read.Unreadable) as refused:
        read.read(body.encode())
    line = next(number for number, one in enumerate(body.splitlines(), start=1) if "Eenheid>05" in one)
    assert refused.value.line == line
    assert refused.value.path == "Client/ToegewezenProducten/ToegewezenProduct[1]/Omvang/Eenheid"


def test_a_file_of_more_than_the_standard_allows_is_not_looked_into() -> None:
    with pytest.raises(read.Unreadable, match="too-big"):
        read.read(b"<a>" + b" " * read.LARGEST + b"</a>")


def test_what_the_tables_do_not_have_cannot_be_written() -> None:
    values = examples.values_of("301")
    values["Client"]["Sleutel"] = "x"
    with pytest.raises(KeyError):
        write(spec.message("301", "wmo"), values)
    del values["Client"]["Sleutel"]
    values["Client"]["Bsn"] = "12"
    with pytest.raises(read.Unreadable):
        write(spec.message("301", "wmo"), values)
