"""One unit has one name, another unit another."""

from __future__ import annotations

import pytest

from dossier.sources.units import one_unit, same_unit

UCUM = "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    "written",
    [
        ("mmol/L", "mmol/l", "mmol / l"),
        ("mg/dL", "mg/dl"),
        ("umol/L", "µmol/l", "μmol/l"),
        ("mm[Hg]", "mmHg", "mm Hg"),
        ("Cel", "°C"),
        ("kg/m2", "kg/m²", "kg/m^2"),
        ("10*9/L", "10^9/l", "x10E9/L", "10E9/l"),
        ("/min", "bpm", "slagen/min", "1/min"),
        ("mL/min/{1.73_m2}", "ml/min/1,73 m²", "ml/min/1.73m2"),
        ("%", "procent"),
        ("gram", "g"),
    ],
)
def test_writings_of_one_unit_are_one(written: tuple[str, ...]) -> None:
    assert len({one_unit({"unit": unit}) for unit in written}) == 1


def test_other_units_stay_apart() -> None:
    units = [
        "mmol/l", "mg/dl", "µmol/l", "mmol/mol", "%", "g/l", "g/dl", "kg", "g", "cm", "m", "mmHg", "kPa", "°C", "°F",
        "ml/min", "ml/min/1,73 m²", "10^9/l", "10^12/l", "mmol", "Mmol", "U/l", "IU/l", "",
    ]  # fmt: skip
    assert len({same_unit(unit) for unit in units}) == len(units)


def test_the_coded_unit_counts_over_the_written_one() -> None:
    assert one_unit({"unit": "wine glasses per day", "system": UCUM, "code": "/d"}) == "/d"
    assert one_unit({"unit": "slagen", "system": "urn:other", "code": "x"}) == "slagen"
