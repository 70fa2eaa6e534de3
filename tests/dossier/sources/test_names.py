"""Names as zib NameInformation writes them."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.sources.names import (
    ASSEMBLY_ORDER,
    OWN_NAME,
    OWN_PREFIX,
    PARTNER_NAME,
    PARTNER_PREFIX,
    QUALIFIER,
    read_name,
)
from region.source_examples import lines
from region.source_store import human_name

NICTIZ = dict(lines("nictiz-nl-core-r4.jsonl"))


def name(order: str = "", **parts: Any) -> dict[str, Any]:
    family = [
        {"url": url, "valueString": parts[key]}
        for key, url in (("own", OWN_NAME), ("op", OWN_PREFIX), ("partner", PARTNER_NAME), ("pp", PARTNER_PREFIX))
        if key in parts
    ]
    made: dict[str, Any] = {"given": ["J.", "P."], "_family": {"extension": family}}
    if order:
        made["extension"] = [{"url": ASSEMBLY_ORDER, "valueCode": order}]
    return made


@pytest.mark.parametrize(
    ("order", "written"),
    [
        ("NL1", "J.P. van Putten"),
        ("NL2", "J.P. van der Giessen"),
        ("NL3", "J.P. van der Giessen-van Putten"),
        ("NL4", "J.P. van Putten-van der Giessen"),
        ("", "J.P. van Putten-van der Giessen"),
    ],
)
def test_the_order_decides_which_surname_is_used(order: str, written: str) -> None:
    assert read_name([name(order, own="Putten", op="van", partner="Giessen", pp="van der")]).display == written


def test_the_order_for_a_partner_name_that_is_not_there_leaves_the_own_name() -> None:
    assert read_name([name("NL2", own="Putten", op="van")]).display == "J.P. van Putten"
    assert read_name([name("NL4", own="Putten", op="van")]).display == "J.P. van Putten"


def test_the_nictiz_patient_is_called_by_her_name() -> None:
    found = read_name(NICTIZ["nl-core-Patient-01.json"]["name"])
    assert found.display == "J.P.M. van Putten-van der Giessen"
    assert found.first_names == "Johanna Petronella Maria"


def test_the_complete_nictiz_name_keeps_order_and_title() -> None:
    found = read_name(NICTIZ["nl-core-NameInformation-complete.json"]["name"])
    assert found.display == "PhD J.P.M. van der Giessen-van Putten"
    assert found.call_name == "Jo"


def test_initials_without_full_stops_get_them() -> None:
    given = {
        "given": ["H", "Hannie"],
        "_given": [{"extension": [{"url": QUALIFIER, "valueCode": "IN"}]}, None],
        "family": "Giezen",
    }
    assert read_name(given).display == "H. Giezen"


@pytest.mark.parametrize(
    "odd", [None, [], {}, [{}], [{"text": "Wettelijk,Heleen"}], [{"given": [None], "_given": [None]}], "naam", [None]]
)
def test_odd_names_do_not_raise(odd: Any) -> None:
    assert isinstance(read_name(odd).display, str)


def test_the_text_serves_when_there_are_no_parts() -> None:
    assert read_name([{"text": "Noodcontact,Joost"}]).display == "Noodcontact,Joost"


def test_the_region_writes_names_that_are_read_back() -> None:
    parts = {
        "initials": "A.",
        "own_prefix": "de",
        "own_name": "Vries",
        "partner_name": "Jansen",
        "order": "NL4",
        "call_name": "Annie",
    }
    found = read_name(human_name(parts))
    assert found.display == "A. de Vries-Jansen"
