"""Laboratory values beside the medicines."""

from __future__ import annotations

from datetime import datetime

from dossier.medication import Block, Kind, Result, Trend, labs_of, missing_of, overview_of

LOINC = "http://loinc.org|"
TODAY = "2026-11-22T12:00:00+01:00"


def result(code: str, on: str, value: float | None, unit: str = "mmol/L", **more: str) -> Result:
    return Result(LOINC + code, on, value, unit, f"{value} {unit}", **more)  # type: ignore[arg-type]


def test_the_newest_value_of_each_test_shows_with_its_course_of_all_sources() -> None:
    (lab,) = labs_of(
        [
            result("2823-3", "2026-05-01", 4.1),
            result("2823-3", "2026-11-01", 4.9, source="EPD"),
            result("2823-3", "2026-08-01", 4.4),
        ],
        TODAY,
    )
    assert (lab.test.key, lab.newest.on, lab.newest.source, lab.trend) == ("potassium", "2026-11-01", "EPD", Trend.UP)
    assert lab.points == [("2026-05-01", 4.1), ("2026-08-01", 4.4), ("2026-11-01", 4.9)]


def test_the_tests_of_the_law_come_in_a_fixed_order_and_others_stay_out() -> None:
    found = labs_of(
        [
            result("6301-6", "2026-11-01", 2.4, ""),
            result("4548-4", "2026-11-01", 55),
            result("2951-2", "2026-11-01", 140),
            result("62238-1", "2026-11-01", 61, "ml/min/1,73 m²"),
        ],
        TODAY,
    )
    assert [lab.test.key for lab in found] == ["egfr", "sodium", "inr"]


def test_kidney_function_under_fifty_is_abnormal_whatever_the_laboratory_says() -> None:
    (low,) = labs_of([result("62238-1", "2026-11-01", 49, "ml/min/1,73 m²")], TODAY)
    (enough,) = labs_of([result("62238-1", "2026-11-01", 50, "ml/min/1,73 m²", interpretation="verlaagd")], TODAY)
    assert (low.abnormal, enough.abnormal) == (True, False)


def test_other_values_are_abnormal_as_the_laboratory_says() -> None:
    (high,) = labs_of([result("2823-3", "2026-11-01", 5.9, interpretation="verhoogd")], TODAY)
    (normal,) = labs_of([result("2823-3", "2026-11-01", 4.2, interpretation="normaal")], TODAY)
    assert (high.abnormal, normal.abnormal) == (True, False)


def test_another_unit_or_method_stays_out_of_the_course() -> None:
    (lab,) = labs_of(
        [result("14682-9", "2026-11-01", 92, "µmol/L"), result("2160-0", "2026-08-01", 1.0, "mg/dL")], TODAY
    )
    assert (lab.points, lab.trend) == ([("2026-11-01", 92)], Trend.ALONE)


def test_the_same_value_from_two_sources_counts_once() -> None:
    (lab,) = labs_of(
        [
            result("2823-3", "2026-11-01T08:15:00+01:00", 4.2),
            result("2823-3", "2026-11-01T08:15:00+01:00", 4.2, source="EPD"),
        ],
        TODAY,
    )
    assert len(lab.points) == 1


def test_a_change_of_less_than_a_twentieth_is_none() -> None:
    for values, wanted in (
        ((100.0, 104.0), Trend.SAME),
        ((100.0, 110.0), Trend.UP),
        ((100.0, 90.0), Trend.DOWN),
        ((0.0, 0.0), Trend.SAME),
    ):
        (lab,) = labs_of([result("2951-2", "2026-01-01", values[0]), result("2951-2", "2026-06-01", values[1])], TODAY)
        assert lab.trend == wanted


def test_older_than_a_year_is_marked() -> None:
    (old,) = labs_of([result("2823-3", "2025-11-01", 4.2)], TODAY)
    (new,) = labs_of([result("2823-3", "2025-11-30", 4.2)], TODAY)
    assert (old.old, new.old) == (True, False)


def test_a_value_that_is_no_number_shows_and_draws_nothing() -> None:
    (lab,) = labs_of([result("2823-3", "2026-11-01", None)], TODAY)
    assert (lab.points, lab.trend) == ([], Trend.ALONE)


def test_what_is_wanting_is_named_and_one_kidney_test_is_enough() -> None:
    assert [test.key for test in missing_of([])] == ["egfr", "creatinine", "potassium", "sodium"]
    found = labs_of([result("14682-9", "2026-11-01", 92, "µmol/L"), result("2823-3", "2026-11-01", 4.2)], TODAY)
    assert [test.key for test in missing_of(found)] == ["sodium"]


def test_the_test_by_which_a_running_medicine_is_dosed_is_named_when_no_value_is_known() -> None:
    agreed = {"kind": Kind.MA, "agreed": "2026-01-01", "start": "2026-01-01", "dosage": "volgens schema"}
    blocks = [
        Block(ref="1", product="ACENOCOUMAROL TABLET 1MG", codes=("http://www.whocc.no/atc|B01AA07",), treatment="a", **agreed),
        Block(ref="2", product="Digoxine tablet 0,125mg", treatment="b", **agreed),
        Block(ref="3", product="LITHIUM TABLET 400MG", treatment="c", **{**agreed, "end": "2026-02-01"}),
    ]  # fmt: skip
    lines = overview_of(blocks, datetime.fromisoformat(TODAY)).lines
    found = labs_of([result("14682-9", "2026-11-01", 92, "µmol/L"), result("2823-3", "2026-11-01", 4.2)], TODAY)
    assert [test.key for test in missing_of(found, lines)] == ["sodium", "inr", "digoxin"]
    found += labs_of([result("6301-6", "2026-11-19", 2.4, "INR")], TODAY)
    assert [test.key for test in missing_of(found, lines)] == ["sodium", "digoxin"]
