"""Reading one building block, and what is kept of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier.medication import Kind, Stop, Use, block_of, read_block
from dossier.medication.doses import bare, daily_of
from dossier.medication.periods import moment
from tests.dossier.medication.making import METOPROLOL, block, extension, resource, stu3

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "status", "category", "medicationCodeableConcept", "medicationReference", "extension", "modifierExtension", "identifier",
    "authoredOn", "effectivePeriod", "dosageInstruction", "dosage", "priorPrescription", "basedOn", "requester", "performer",
    "reasonCode", "reasonReference", "note", "quantity", "daysSupply", "meta", "informationSource", "derivedFrom",
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("ma", Kind.MA),
        ("wds", Kind.WDS),
        ("vv", Kind.VV),
        ("ta", Kind.TA),
        ("mve", Kind.MVE),
        ("mgb", Kind.MGB),
        ("mtd", Kind.MTD),
    ],
)
def test_the_category_tells_which_block_it_is(kind: str, wanted: Kind) -> None:
    assert block(kind).kind == wanted


def test_without_a_category_the_profile_tells_and_else_the_type() -> None:
    bare_one = {"resourceType": "MedicationDispense", "medicationCodeableConcept": {"text": "X"}}
    assert read_block(block_of(bare_one) or {}).kind == Kind.MVE
    told = {**bare_one, "meta": {"profile": ["http://nictiz.nl/fhir/StructureDefinition/mp-AdministrationAgreement"]}}
    assert read_block(block_of(told) or {}).kind == Kind.TA


def test_a_category_of_another_type_is_not_believed() -> None:
    odd = resource("mgb") | {"category": {"coding": [{"system": "http://snomed.info/sct", "code": "33633005"}]}}
    assert read_block(block_of(odd) or {}).kind == Kind.MGB


@pytest.mark.parametrize("kind", ["Patient", "Observation", "Condition", ""])
def test_other_resources_are_no_block(kind: str) -> None:
    assert block_of({"resourceType": kind}) is None


def test_a_medicine_alone_is_a_block_that_cannot_be_read() -> None:
    found = read_block(block_of({"resourceType": "Medication", "code": {"text": "PARACETAMOL"}}) or {})
    assert (found.kind, found.product, "no_block" in found.doubts) == (Kind.OTHER, "PARACETAMOL", True)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("385655000", Stop.SUSPENDED),
        ("410546004", Stop.STOPPED),
        ("89925002", Stop.CANCELLED),
        ("113381000146106", Stop.SUSPENDED),
        ("113371000146109", Stop.STOPPED),
        ("1", Stop.SUSPENDED),
        ("2", Stop.STOPPED),
        ("999", Stop.UNKNOWN),
    ],
)
def test_stop_types_of_all_versions_are_known_and_an_unknown_one_is_doubted(code: str, wanted: Stop) -> None:
    found = block("ma", stop=code)
    assert found.stop == wanted
    assert ("unknown_stop" in found.doubts) == (wanted == Stop.UNKNOWN)


def test_no_stop_type_is_no_stop_and_status_is_kept_without_meaning() -> None:
    found = block("ma", status="completed", start="2026-01-01")
    assert (found.stop, found.status) == (Stop.NONE, "completed")


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("active", Use.YES),
        ("on-hold", Use.ON_HOLD),
        ("stopped", Use.NO),
        ("not-taken", Use.NO),
        ("unknown", Use.UNSAID),
    ],
)
def test_status_of_a_use_tells_whether_it_is_used(status: str, wanted: Use) -> None:
    assert block("mgb", status=status).use == wanted


def test_stu3_asks_apart_whether_it_is_taken() -> None:
    for taken, wanted in (("y", Use.YES), ("n", Use.NO), ("unk", Use.UNSAID)):
        assert stu3("MedicationStatement", status="active", taken=taken).use == wanted


def test_the_rendered_dosage_comes_before_text_and_structure() -> None:
    assert block("ma", per_day=2, text="volgens schema").dosage == "volgens schema"
    built = block("ma", per_day=2)
    assert (built.dosage, built.rendered) == ("2 maal per dag, 1 stuk", False)


def test_the_period_may_end_by_date_by_duration_or_not_at_all() -> None:
    assert block("ma", start="2026-11-01", end="2026-11-10").span.end == moment("2026-11-11")
    assert block("ma", start="2026-11-01", duration=(10, "d")).span.end == moment("2026-11-11")
    assert block("ma", start="2026-11-01", duration=(2, "wk")).span.end == moment("2026-11-15")
    assert block("ma", start="2026-01-31", duration=(1, "mo")).span.end == moment("2026-02-28")
    assert block("ma", start="2026-11-01").span.end is None


def test_the_end_of_a_day_written_in_seconds_is_the_whole_day() -> None:
    for end in ("2026-11-10", "2026-11-10T23:59:59+01:00", "2026-11-10T23:59:00+01:00"):
        assert block("ma", start="2026-11-01", end=end).span.end == moment("2026-11-11")


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2026-12-31", "2026-12-31", "2027-01-01"),
    ],
)
def test_a_partial_date_holds_from_its_first_to_its_last_day(text: str, first: str, after: str) -> None:
    assert moment(text) == moment(first)
    assert moment(text, last=True) == moment(after)


@pytest.mark.parametrize("text", ["", "morgen", "2026-13-01", "2026-02-30", "T-5D", "0000"])
def test_what_is_no_date_is_no_moment(text: str) -> None:
    assert moment(text) is None


def test_an_unreadable_date_or_duration_is_doubted() -> None:
    assert "unreadable_date" in block("ma", start="<T-5D>").doubts
    assert "unreadable_duration" in block("ma", start="2026-11-01", duration=(3, "bottles")).doubts


def test_reason_of_an_agreement_is_its_problem_and_of_a_change_its_own() -> None:
    begun = block("ma", fhir={"reasonCode": [{"text": "hoge bloeddruk"}]})
    assert (begun.reason, begun.change_reason) == ("hoge bloeddruk", "")
    ended = block(
        "ma", stop="410546004", fhir={"reasonCode": [{"text": "bijwerking"}], "reasonReference": [{"display": "Jicht"}]}
    )
    assert (ended.reason, ended.change_reason) == ("Jicht", "bijwerking")


def test_product_and_prescriber_come_from_what_came_along() -> None:
    one = resource("ma") | {
        "medicationReference": {"reference": "Medication/m"},
        "requester": {"reference": "Practitioner/p"},
    }
    del one["medicationCodeableConcept"]
    related = [
        {
            "resourceType": "Medication",
            "id": "m",
            "code": {
                "text": "ENALAPRIL TABLET 5MG",
                "coding": [{"system": "http://www.whocc.no/atc", "code": "C09AA02"}],
            },
        },
        {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Smit", "given": ["M."]}]},
    ]
    found = read_block(block_of(one, related) or {})
    assert (found.product, found.prescriber) == ("ENALAPRIL TABLET 5MG", "M. Smit")
    assert found.substances == {"http://www.whocc.no/atc|C09AA02"}


def test_codes_of_the_atc_groups_above_a_substance_are_no_substance() -> None:
    assert not block("ma", ("X", "", "C07AB")).substances


def test_what_is_kept_is_small_and_comes_back_as_it_was() -> None:
    one = block(
        "ma", METOPROLOL, mbh="1", own="a", start="2026-11-01", end="2026-11-10", per_day=2, stop="410546004", prior="b"
    )
    kept = json.loads(json.dumps(one.kept()))
    assert read_block(kept) == one
    assert "given" not in kept
    assert None not in kept.values()


def test_a_wish_to_refrain_and_a_proposal_are_doubted() -> None:
    assert "do_not" in block("ma", fhir={"doNotPerform": True}).doubts
    assert "not_agreed" in block("ma", fhir={"intent": "proposal"}).doubts
    assert "no_product" in block("ma", ("", "", "")).doubts


@given(
    st.fixed_dictionaries(
        {
            "resourceType": st.sampled_from(
                [
                    "MedicationRequest",
                    "MedicationDispense",
                    "MedicationStatement",
                    "MedicationAdministration",
                    "Medication",
                ]
            )
        },
        optional=dict.fromkeys(FIELDS, anything),
    )
)
def test_no_input_however_odd_makes_it_stumble(odd: dict[str, object]) -> None:
    kept = block_of(odd)
    assert kept is not None
    again = read_block(json.loads(json.dumps(kept)))
    assert again.span is not None
    assert isinstance(again.product, str)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2 maal per dag 1 tablet, oraal", 2.0),
        ("1dd 2 tabletten", 2.0),
        ("3x daags 0,5 tablet", 1.5),
        ("zo nodig 2 maal per dag 1 tablet", 2.0),
        ("2 maal per dag 1 tablet, daarna 1 maal per dag 1 tablet", None),
        ("volgens schema trombosedienst", None),
        ("", None),
    ],
)
def test_an_amount_a_day_is_read_from_a_text_only_when_it_is_plain(text: str, wanted: float | None) -> None:
    daily = daily_of([], text)
    assert (daily.low if daily else None) == wanted


@pytest.mark.parametrize(
    "dosage",
    [
        {"sequence": 2},
        {
            "timing": {
                "repeat": {"boundsDuration": {"value": 3, "code": "d"}, "frequency": 1, "period": 1, "periodUnit": "d"}
            }
        },
        {
            "modifierExtension": [
                extension("ext-InstructionsForUse.RepeatPeriodCyclicalSchedule", valueDuration={"value": 28})
            ]
        },
        {"timing": {"repeat": {"dayOfWeek": ["mon"], "frequency": 1, "period": 1, "periodUnit": "d"}}},
    ],
)
def test_what_is_taken_in_steps_or_in_cycles_has_no_amount_a_day(dosage: dict[str, object]) -> None:
    plain = {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "stuk"}}],
    }
    assert daily_of([{**plain}]) is not None
    assert daily_of([{**plain, **dosage}]) is None


def test_doses_on_the_clock_add_up_and_a_tablet_is_a_piece() -> None:
    at = {
        "timing": {"repeat": {"timeOfDay": ["08:00:00", "20:00:00"]}},
        "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}],
    }
    daily = daily_of([at])
    assert daily is not None
    assert (daily.low, daily.unit) == (4, "stuk")


def test_texts_are_compared_without_their_dates() -> None:
    assert bare("Vanaf 11 nov 2022, tot en met 10 dec 2022, 2 maal per dag 1 stuk, oraal") == bare(
        "2 maal per dag 1 stuk, oraal."
    )
    assert bare("Vanaf 1-7-2021, 1 maal per dag") == bare("1 maal per dag")


def test_as_needed_is_the_most_a_day_and_differs_from_the_same_taken_always() -> None:
    plain = {
        "timing": {"repeat": {"frequency": 4, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
    }
    always, needed = daily_of([plain]), daily_of([{**plain, "asNeededBoolean": True}])
    assert always is not None
    assert needed is not None
    assert not always.same(needed)
    told = daily_of([], "zo nodig 4 maal per dag 1 tablet, oraal")
    assert told is not None
    assert needed.same(told)
    assert daily_of([plain, {**plain, "asNeededBoolean": True}]) is None
