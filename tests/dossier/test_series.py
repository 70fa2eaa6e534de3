"""A line of values has one unit: mmol/l and mg/dl never stand in one."""

from __future__ import annotations

import pytest

from dossier.access import glance
from dossier.access.medication import labs_beside
from events.actor import act
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("units", "drawn"),
    [
        (["mmol/l", "mmol/l", "mmol/l"], [1.0, 2.0, 3.0]),
        (["mmol/l", "mmol/L", "mmol / l"], [1.0, 2.0, 3.0]),
        (["mg/dl", "mg/dl", "mmol/l"], [3.0]),
        (["mmol/l", "mg/dl", "mmol/l"], [1.0, 3.0]),
        (["mmol/l", "", "mmol/l"], [1.0, 3.0]),
    ],
)
def test_the_unit_of_the_latest_value_is_that_of_the_line(units: list[str], drawn: list[float]) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    source = factories.source(gp.organisation)
    for number, unit in enumerate(units, 1):
        factories.fact(
            patient, source, Category.RESULTS, title="Glucose", code="http://loinc.org|14749-6", value=float(number),
            unit=unit, on_date=f"2026-0{number}-01",
        )  # fmt: skip
    with act(factories.actor(gp)) as actor:
        shown = glance(open_record(actor, patient.key, Category))
    assert [point.value for point in shown.series["http://loinc.org|14749-6"]] == drawn


def test_of_two_values_of_one_moment_the_one_that_is_shown_has_its_words() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    ecd, his = factories.source(gp.organisation, name="ECD"), factories.source(gp.organisation, name="HIS")
    for source, value in ((his, 78.8), (ecd, 79.2)):
        factories.fact(
            patient, source, Category.RESULTS, title="Gewicht", code="http://loinc.org|29463-7", value=value, unit="kg",
            detail=f"{value} kg", on_date="2026-11-10T09:30:00+01:00",
        )  # fmt: skip
    with act(factories.actor(gp)) as actor:
        shown = glance(open_record(actor, patient.key, Category))
    [lab] = labs_beside(shown.facts, shown.series)
    assert lab.newest.text in ("78.8 kg", "79.2 kg")
