"""A line of values has one unit: mmol/l and mg/dl never stand in one."""

from __future__ import annotations

import pytest

from dossier.access import glance
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
    assert [value for _on, value in shown.series["http://loinc.org|14749-6"]] == drawn
