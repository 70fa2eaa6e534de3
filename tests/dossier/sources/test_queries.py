"""The searches of the BgZ, spelled once more by hand from its specification (BgZ MSZ, queries of the workflow Task)."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from dossier.sources.queries import R4, STU3, Query, queries_for
from trust.categories import Category

SCT = "http://snomed.info/sct|"
LOINC = "http://loinc.org|"
BGZ = [
    f"Consent?category={SCT}11291000146105",
    f"Consent?category={SCT}11341000146107",
    f"Observation/$lastn?category={SCT}118228005,{SCT}384821006",
    "Condition?",
    f"Observation/$lastn?code={SCT}365508006",
    f"Observation?code={SCT}228366006",
    f"Observation?code={SCT}228273003",
    f"Observation?code={SCT}365980008",
    "NutritionOrder?",
    "Flag?",
    "AllergyIntolerance?",
    "DeviceUseStatement?_include=DeviceUseStatement:device",
    "Immunization?status=completed",
    f"Observation/$lastn?code={LOINC}85354-9",
    f"Observation/$lastn?code={LOINC}29463-7",
    f"Observation/$lastn?code={LOINC}8302-2,{LOINC}8306-3,{LOINC}8308-9",
    f"Observation/$lastn?category={SCT}275711006&_include=Observation:related-target&_include=Observation:specimen",
    f"Procedure?category={SCT}387713003",
    "Encounter?class=IMP,ACUTE,NONAC",
    "ProcedureRequest?status=active",
    "ImmunizationRecommendation?",
    "DeviceRequest?status=active&_include=DeviceRequest:device",
    "Appointment?status=booked,pending,proposed",
    "DocumentReference?status=current",
    "Coverage?_include=Coverage:payor:Organization&_include=Coverage:payor:Patient",
]
"""Demographics are the search of the person; for medication the category codes of R4 are asked beside those of the BgZ."""


def spelled(query: Query) -> str:
    """A search as text, without what asks for a trend."""
    told = "&".join(f"{name}={value}" for name, value in query.parameters if name != "max")
    return unquote(f"{query.path}?{told}")


@pytest.mark.parametrize("wanted", BGZ)
def test_each_search_of_the_bgz_is_asked_as_it_is_specified(wanted: str) -> None:
    assert wanted in [spelled(query) for query in STU3]


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("MedicationStatement", "urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3|6"),
        ("MedicationRequest", f"{SCT}16076005"),
        ("MedicationDispense", f"{SCT}422037009"),
    ],
)
def test_medication_is_asked_by_its_building_block_with_the_product(kind: str, category: str) -> None:
    (query,) = [query for query in STU3 if query.path == kind]
    asked = dict(query.parameters)
    assert category in asked["category"].split(",")
    assert asked["_include"] == f"{kind}:medication"


@pytest.mark.parametrize("version", ["R4", "STU3"])
def test_every_category_that_sources_hold_has_a_search_and_no_search_is_asked_twice(version: str) -> None:
    held = set(Category) - {Category.IDENTITY, Category.REFERRAL, Category.CONSULTATION}
    for category in held:
        found = queries_for(version, frozenset({int(category)}))
        if (version, category) != ("STU3", Category.SOCIAL):
            assert found, category
        assert all(category in query.categories for query in found)
    table = {"R4": R4, "STU3": STU3}[version]
    assert len({spelled(query) for query in table}) == len(table)


def test_no_search_carries_a_number_of_a_person() -> None:
    assert not any("bsn" in spelled(query) or "identifier" in spelled(query) for query in (*R4, *STU3))
