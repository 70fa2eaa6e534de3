"""Where a treatment stands: by period and stop type, never by status."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossier.medication import Section, Stop
from tests.dossier.medication.making import LISINOPRIL, METOPROLOL, METOPROLOL_100, NOW, block, only, stu3, words

SUSPENDED, STOPPED, CANCELLED = "385655000", "410546004", "89925002"


def ago(days: int) -> str:
    return (NOW - timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        (ago(10), "", Section.CURRENT),
        (ago(0), ago(0), Section.CURRENT),
        (ago(10), ago(-10), Section.CURRENT),
        (ago(-1), "", Section.FUTURE),
        (ago(10), ago(1), Section.STOPPED),
        (ago(200), ago(58), Section.STOPPED),
        (ago(200), ago(70), Section.EARLIER),
    ],
)
def test_the_period_tells(start: str, end: str, wanted: Section) -> None:
    assert only(block("ma", start=start, end=end)).section == wanted


def test_recent_is_two_months_by_the_calendar_to_the_day() -> None:
    assert only(block("ma", start="2026-01-01", end="2026-09-22")).section == Section.STOPPED
    assert only(block("ma", start="2026-01-01", end="2026-09-20")).section == Section.EARLIER


@pytest.mark.parametrize("status", ["unknown", "active", "completed", "stopped", "on-hold", "cancelled"])
def test_status_never_moves_an_agreement_and_where_it_denies_that_is_said(status: str) -> None:
    line = only(block("ma", start=ago(10), status=status))
    assert line.section == Section.CURRENT
    assert ("status_denies" in words(line)) == (status not in ("unknown", "active"))
    assert only(block("ma", start=ago(300), end=ago(200), status=status)).section == Section.EARLIER


def test_a_duration_ends_a_treatment_as_a_date_does() -> None:
    assert only(block("ma", start=ago(6), duration=(7, "d"))).section == Section.CURRENT
    line = only(block("ma", start=ago(8), duration=(7, "d")))
    assert (line.section, line.until) == (Section.STOPPED, ago(2))


def test_a_stop_repeats_the_start_and_its_end_is_the_moment() -> None:
    made = only(
        block("ma", mbh="1", own="a", start=ago(400)),
        block(
            "ma",
            mbh="1",
            own="b",
            start=ago(400),
            end=ago(5),
            agreed=ago(6),
            stop=STOPPED,
            prior="a",
            fhir={"reasonCode": [{"text": "hoest"}]},
        ),
    )
    assert (made.section, made.stop, made.until) == (Section.STOPPED, Stop.STOPPED, ago(5))
    assert made.stopped_by is not None
    assert made.stopped_by.change_reason == "hoest"
    assert made.since == ago(400)


def test_a_stop_that_is_still_to_come_leaves_it_current_with_its_end() -> None:
    line = only(
        block("ma", mbh="1", own="a", start=ago(400)),
        block("ma", mbh="1", start=ago(400), end=ago(-5), agreed=ago(1), stop=STOPPED, prior="a"),
    )
    assert (line.section, line.stop, line.until) == (Section.CURRENT, Stop.STOPPED, ago(-5))


def test_an_older_stop_takes_effect_at_its_start() -> None:
    line = only(block("ma", mbh="1", own="a", start=ago(400)), block("ma", mbh="1", start=ago(5), stop="2", prior="a"))
    assert (line.section, line.until) == (Section.STOPPED, ago(6))


def test_a_suspension_stays_one_however_long_and_shows_since_when() -> None:
    for days in (5, 300):
        line = only(
            block("ma", mbh="1", own="a", start=ago(400)),
            block("ma", mbh="1", start=ago(400), end=ago(days), agreed=ago(days), stop=SUSPENDED, prior="a"),
        )
        assert (line.section, line.stop, line.until) == (Section.SUSPENDED, Stop.SUSPENDED, ago(days))


def test_an_older_suspension_carries_the_day_of_resuming() -> None:
    line = only(
        block("ma", mbh="1", own="a", start=ago(400)),
        block("ma", mbh="1", start=ago(5), end=ago(-5), stop="1", prior="a"),
    )
    assert (line.section, line.resumes) == (Section.SUSPENDED, ago(-6))
    over = only(
        block("ma", mbh="1", own="a", start=ago(400)),
        block("ma", mbh="1", start=ago(25), end=ago(5), stop="1", prior="a"),
    )
    assert over.section == Section.SUSPENDED
    assert "resume_passed" in words(over)


def test_a_new_agreement_after_a_suspension_or_a_stop_is_current_again() -> None:
    for code in (SUSPENDED, STOPPED):
        line = only(
            block("ma", mbh="1", own="a", start=ago(400)),
            block("ma", mbh="1", own="s", start=ago(400), end=ago(30), agreed=ago(30), stop=code, prior="a"),
            block("ma", mbh="1", own="c", start=ago(10), agreed=ago(10), per_day=2),
        )
        assert (line.section, line.since) == (Section.CURRENT, ago(10))


def test_resuming_agreed_together_with_the_suspension_is_announced() -> None:
    line = only(
        block("ma", mbh="1", own="a", start=ago(400)),
        block("ma", mbh="1", own="s", start=ago(400), end=ago(3), agreed=ago(3), stop=SUSPENDED),
        block("ma", mbh="1", own="c", start=ago(-7), agreed=ago(3), text="weer 1 per dag"),
    )
    assert (line.section, line.resumes) == (Section.SUSPENDED, ago(-7))
    assert [one.dosage for _on, one in line.upcoming] == ["weer 1 per dag"]


@pytest.mark.parametrize("end", [ago(41), ""])
def test_a_cancelled_agreement_was_never_used(end: str) -> None:
    line = only(
        block("ma", mbh="1", own="a", start=ago(40), agreed=ago(45)),
        block("ma", mbh="1", start=ago(40), end=end, agreed=ago(42), stop=CANCELLED, prior="a"),
    )
    assert (line.section, line.stop, line.until) == (Section.STOPPED, Stop.CANCELLED, "")


def test_a_stop_before_the_start_cancels() -> None:
    # The form of a stop before the first day of use: it ends the day before the agreement begins.
    line = only(
        block("ma", mbh="1", own="a", start=ago(-2), end=ago(-5), agreed=ago(0)),
        block("ma", mbh="1", start=ago(-2), end=ago(-1), agreed=ago(0), stop=STOPPED, prior="a"),
    )
    assert (line.section, line.stop) == (Section.STOPPED, Stop.CANCELLED)


def test_a_change_takes_over_on_its_day_and_is_announced_before() -> None:
    first = block("ma", mbh="1", own="a", start=ago(100), per_day=1, text="een")
    later = block("ma", mbh="1", own="b", start=ago(-3), agreed=ago(1), prior="a", text="twee")
    before = only(first, later)
    assert (before.section, before.leading.dosage) == (Section.CURRENT, "een")
    assert [(on, one.dosage) for on, one in before.upcoming] == [(ago(-3), "twee")]
    after = only(first, later, now=NOW + timedelta(days=4))
    assert (after.leading.dosage, [one.dosage for one in after.superseded]) == ("twee", ["een"])


def test_a_later_registration_replaces_without_a_reference() -> None:
    line = only(
        block("ma", mbh="1", start=ago(100), agreed=ago(100), text="oud"),
        block("ma", mbh="1", start=ago(90), agreed=ago(50), text="nieuw"),
    )
    assert line.leading.dosage == "nieuw"
    corrected = only(
        block("ma", mbh="1", start=ago(100), agreed=ago(100), text="oud"),
        block("ma", mbh="1", start=ago(110), agreed=ago(50), text="goed"),
    )
    assert (corrected.leading.dosage, [one.dosage for one in corrected.superseded]) == ("goed", ["oud"])


def test_two_products_in_one_treatment_run_side_by_side_and_that_is_said() -> None:
    line = only(
        block("ma", METOPROLOL, mbh="1", start=ago(9), agreed=ago(10), text="een van 50"),
        block("ma", METOPROLOL_100, mbh="1", start=ago(9), agreed=ago(9), text="een van 100"),
    )
    assert "side_by_side" in words(line)
    assert {dose.text for dose in line.doses if dose.leads} == {"een van 50", "een van 100"}


def test_the_same_number_twice_is_one_agreement_and_a_copy_never_leads() -> None:
    mine = block("ma", mbh="1", own="a", start=ago(10), text="bron")
    copy = block("ma", source="EPD", mbh="1", own="a", start=ago(10), agreed=ago(2), text="kopie", fhir={})
    copied = type(copy)(**{**vars(copy), "copy": True})
    line = only(copied, mine)
    assert (line.leading.dosage, [one.dosage for one in line.superseded]) == ("bron", ["kopie"])


def test_schedule_comes_before_pharmacy_before_prescriber() -> None:
    agreed = block("ma", mbh="1", own="a", start=ago(100), text="volgens schema trombosedienst")
    given = block("ta", source="AIS", mbh="1", start=ago(99), based_on="a", text="volgens schema, apotheek")
    schedule = block("wds", mbh="1", own="w", start=ago(3), duration=(14, "d"), text="ma 2, di 3", based_on="a")
    assert only(agreed).leading.dosage == "volgens schema trombosedienst"
    assert only(agreed, given).leading.dosage == "volgens schema, apotheek"
    line = only(agreed, given, schedule)
    assert line.leading.dosage == "ma 2, di 3"
    assert [dose.text for dose in line.doses] == [
        "ma 2, di 3",
        "volgens schema, apotheek",
        "volgens schema trombosedienst",
    ]
    assert [dose.leads for dose in line.doses] == [True, False, False]


def test_a_newer_schedule_replaces_and_an_expired_one_is_missed() -> None:
    agreed = block("ma", mbh="1", own="a", start=ago(100), text="volgens schema")
    old = block("wds", mbh="1", start=ago(30), duration=(14, "d"), text="oud schema")
    line = only(agreed, old)
    assert line.leading.dosage == "volgens schema"
    assert "schedule_over" in words(line)
    new = block("wds", mbh="1", start=ago(2), duration=(14, "d"), text="nieuw schema")
    assert only(agreed, old, new).leading.dosage == "nieuw schema"
    coming = block("wds", mbh="1", start=ago(-2), duration=(14, "d"), text="straks")
    assert "straks" in [one.dosage for _on, one in only(agreed, old, coming).upcoming]


def test_pharmacy_that_goes_on_after_a_stop_or_suspension_is_loud() -> None:
    given = block("ta", source="AIS", mbh="1", start=ago(99), based_on="a", text="1 per dag")
    for code, section in ((STOPPED, Section.STOPPED), (SUSPENDED, Section.SUSPENDED)):
        line = only(
            block("ma", mbh="1", own="a", start=ago(100)),
            block("ma", mbh="1", start=ago(100), end=ago(40), agreed=ago(40), stop=code, prior="a"),
            given,
        )
        assert line.section == section
        assert "pharmacy_goes_on" in words(line)
        assert line.loud


def test_pharmacy_that_stopped_gives_or_doses_otherwise_is_said() -> None:
    agreed = block("ma", mbh="1", own="a", start=ago(100), per_day=2)
    given = block("ta", source="AIS", mbh="1", own="t", start=ago(99), based_on="a", per_day=1)
    assert "pharmacy_differs" in words(only(agreed, given))
    assert "pharmacy_differs" not in words(only(agreed, block("ta", mbh="1", start=ago(99), per_day=2)))
    stop = block("ta", source="AIS", mbh="1", start=ago(99), end=ago(9), agreed=ago(9), stop=STOPPED, based_on="t")
    stopped = only(agreed, given, stop)
    assert stopped.section == Section.CURRENT
    assert "pharmacy_stopped" in words(stopped)
    other = only(
        agreed, block("ta", ("SELOKEEN ZOC TABLET 50MG", "", ""), mbh="1", based_on="a", start=ago(9), per_day=2)
    )
    assert other.product == "SELOKEEN ZOC TABLET 50MG"
    assert "delivered_as" in words(other)


def test_a_pharmacy_alone_decides_where_no_prescription_is_known() -> None:
    assert only(block("ta", start=ago(10), text="1 per dag")).section == Section.CURRENT
    assert (
        only(
            block("ta", mbh="1", own="t", start=ago(100)),
            block("ta", mbh="1", start=ago(100), end=ago(3), agreed=ago(3), stop=STOPPED),
        ).section
        == Section.STOPPED
    )


@pytest.mark.parametrize(
    ("more", "deviates"),
    [
        ({"as_agreed": False, "status": "active"}, True),
        ({"as_agreed": True, "status": "active", "per_day": 3}, False),
        ({"as_agreed": True, "status": "stopped"}, False),
        ({"as_agreed": False, "status": "stopped"}, True),
        ({"status": "stopped"}, True),
        ({"status": "not-taken"}, True),
        ({"status": "on-hold"}, True),
        ({"status": "active", "per_day": 2}, True),
        ({"status": "active", "per_day": 1}, False),
        ({"status": "active", "text": "naar eigen inzicht"}, False),
        ({"status": "active", "per_day": 2, "end": ago(3)}, False),
    ],
)
def test_use_otherwise_than_agreed_is_brought_forward(more: dict[str, object], deviates: bool) -> None:
    agreed = block("ma", mbh="1", own="a", start=ago(100), per_day=1)
    use = block("mgb", mbh="1", start=ago(20), agreed=ago(5), **more)
    line = only(agreed, use)
    assert line.section == Section.CURRENT
    assert bool(line.deviates) == deviates
    assert line.uses == [use]


def test_only_what_was_said_last_by_each_source_counts() -> None:
    agreed = block("ma", mbh="1", start=ago(100), per_day=1)
    said = block("mgb", mbh="1", start=ago(40), agreed=ago(40), as_agreed=False, status="active")
    later = block("mgb", mbh="1", start=ago(40), agreed=ago(2), as_agreed=True, status="active")
    assert not only(agreed, said, later).deviates
    other = block("mgb", source="ECD", mbh="1", start=ago(40), agreed=ago(30), as_agreed=False, status="active")
    assert only(agreed, said, later, other).deviates == [other]


def test_use_after_a_stop_is_brought_forward() -> None:
    line = only(
        block("ma", mbh="1", own="a", start=ago(100)),
        block("ma", mbh="1", start=ago(100), end=ago(20), agreed=ago(20), stop=STOPPED, prior="a"),
        block("mgb", mbh="1", start=ago(60), agreed=ago(2), status="active"),
    )
    assert line.section == Section.STOPPED
    assert line.deviates


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"status": "active", "start": ago(10)}, Section.CURRENT),
        ({"status": "active", "start": ago(100), "end": ago(10)}, Section.STOPPED),
        ({"status": "on-hold", "start": ago(100)}, Section.SUSPENDED),
        ({"status": "not-taken", "start": ago(10)}, Section.STOPPED),
        ({"status": "stopped", "start": ago(300), "end": ago(200)}, Section.EARLIER),
        ({"status": "active", "start": ago(-10)}, Section.FUTURE),
    ],
)
def test_use_alone_stands_by_its_period_and_says_that_nothing_was_agreed(more: dict[str, str], wanted: Section) -> None:
    line = only(block("mgb", **more))
    assert line.section == wanted
    assert "only_use" in words(line)


@pytest.mark.parametrize(
    ("kind", "word"), [("mve", "only_supply"), ("vv", "only_request"), ("mtd", "only_administration")]
)
def test_supply_request_and_administration_alone_are_unclear_or_long_ago(kind: str, word: str) -> None:
    line = only(block(kind, agreed=ago(20)))
    assert line.section == Section.UNCLEAR
    assert word in words(line)
    assert only(block(kind, agreed=ago(200))).section == Section.EARLIER


def test_a_supply_that_lasts_until_lately_is_not_long_ago() -> None:
    assert (
        only(block("mve", agreed=ago(100), fhir={"daysSupply": {"value": 90, "code": "d"}})).section == Section.UNCLEAR
    )


def test_supply_stands_beside_its_treatment() -> None:
    supply = block("mve", source="AIS", mbh="1", agreed=ago(3), fhir={"quantity": {"value": 90, "unit": "stuk"}})
    line = only(block("ma", mbh="1", start=ago(100)), block("mve", mbh="1", agreed=ago(93)), supply)
    assert (line.section, line.supply, supply.given) == (Section.CURRENT, supply, "90 stuk")


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"start": ago(10), "fhir": {"intent": "proposal"}}, "not_agreed"),
        ({"start": ago(10), "fhir": {"doNotPerform": True}}, "do_not"),
        ({"start": "gisteren"}, "unreadable_date"),
        ({"start": ago(10), "end": ago(20)}, "ends_before_start"),
        ({"agreed": None}, "no_period"),
        ({"agreed": ago(10), "status": "completed"}, "no_period_ended"),
        ({"agreed": ago(10), "status": "on-hold"}, "no_period_ended"),
    ],
)
def test_what_cannot_be_told_is_unclear_with_the_reason_and_never_gone(more: dict[str, object], word: str) -> None:
    line = only(block("ma", **more))
    assert line.section == Section.UNCLEAR
    assert word in words(line)


def test_an_unknown_stop_makes_the_treatment_unclear() -> None:
    line = only(
        block("ma", mbh="1", own="a", start=ago(100)),
        block("ma", mbh="1", start=ago(100), end=ago(3), stop="12345", prior="a"),
    )
    assert line.section == Section.UNCLEAR
    assert "unknown_stop" in words(line)


def test_a_stop_of_an_agreement_that_no_source_gave_ends_what_it_names() -> None:
    line = only(block("ma", start="2016-08-15", end="2016-09-14", agreed="2022-09-30", stop="2"))
    assert (line.section, line.until) == (Section.EARLIER, "2016-09-14")


def test_without_a_period_the_date_of_the_agreement_is_taken_and_that_is_said() -> None:
    line = only(block("ma", agreed=ago(30)))
    assert (line.section, line.since) == (Section.CURRENT, ago(30))
    assert "assumed_start" in words(line)


def test_a_start_on_a_condition_is_future_and_tells_the_condition() -> None:
    line = only(block("ma", agreed=ago(3), condition="start 3 dagen voor opname"))
    assert line.section == Section.FUTURE
    assert {"condition"} <= words(line)


def test_an_error_never_counts_and_never_disappears() -> None:
    wrong = block("ma", mbh="1", start=ago(5), status="entered-in-error", text="fout")
    alone = only(wrong)
    assert alone.section == Section.UNCLEAR
    assert "in_error" in words(alone)
    beside = only(block("ma", mbh="1", start=ago(100), text="goed"), wrong)
    assert (beside.section, beside.leading.dosage) == (Section.CURRENT, "goed")
    assert "some_in_error" in words(beside)
    assert wrong in beside.blocks


def test_what_the_source_warns_of_stands_beside_the_line() -> None:
    line = only(block("ma", start=ago(5), warnings=["bevat een aanvulling die de betekenis kan veranderen"]))
    assert ("source_says", (("text", "bevat een aanvulling die de betekenis kan veranderen"),)) in {
        (n.word, n.about) for n in line.notes
    }


def test_stu3_of_a_hospital_stands_by_its_period_of_use_and_stop_type() -> None:
    use = "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-PeriodOfUse"
    stop = "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-StopType"
    more = {
        "status": "active",
        "intent": "order",
        "category": {"coding": [{"system": "http://snomed.info/sct", "code": "16076005"}]},
    }
    running = stu3("MedicationRequest", extension=[{"url": use, "valuePeriod": {"start": ago(20)}}], **more)
    assert only(running).section == Section.CURRENT
    ended = stu3(
        "MedicationRequest", extension=[{"url": use, "valuePeriod": {"start": ago(30), "end": ago(10)}}], **more
    )
    assert only(ended).section == Section.STOPPED
    suspended = stu3(
        "MedicationRequest",
        extension=[{"url": use, "valuePeriod": {"start": ago(30), "end": ago(10)}}],
        modifierExtension=[
            {
                "url": stop,
                "valueCodeableConcept": {
                    "coding": [{"system": "urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.2.1", "code": "1"}]
                },
            }
        ],
        **more,
    )
    assert only(suspended).section == Section.SUSPENDED


def test_prescriber_reason_source_and_date_stand_on_the_line() -> None:
    line = only(
        block(
            "ma",
            LISINOPRIL,
            mbh="1",
            start=ago(100),
            agreed=ago(101),
            fhir={"requester": {"display": "M. Smit"}, "reasonCode": [{"text": "Hypertensie"}]},
        ),
        block(
            "ta",
            LISINOPRIL,
            source="AIS",
            mbh="1",
            start=ago(99),
            agreed=ago(98),
            fhir={"performer": [{"actor": {"display": "Apotheek De Brink"}}]},
            text="1 per dag",
        ),
    )
    assert (line.prescriber, line.reason, line.supplier) == ("M. Smit", "Hypertensie", "Apotheek De Brink")
    assert line.origins == [("AIS", ago(98)), ("HIS", ago(101))]


def test_stopped_long_ago_and_still_given_or_used_is_unclear() -> None:
    agreed = block("ma", mbh="1", own="a", start=ago(900))
    stop = block("ma", mbh="1", start=ago(900), end=ago(300), agreed=ago(300), stop=STOPPED, prior="a")
    assert only(agreed, stop).section == Section.EARLIER
    given = only(agreed, stop, block("ta", source="AIS", mbh="1", start=ago(800), based_on="a", text="1 per dag"))
    assert given.section == Section.UNCLEAR
    used = only(agreed, stop, block("mgb", mbh="1", start=ago(600), agreed=ago(5), status="active"))
    assert used.section == Section.UNCLEAR
    assert used.deviates


def test_a_schedule_leads_over_the_pharmacy_where_the_prescription_is_not_known() -> None:
    given = block("ta", source="AIS", mbh="1", start=ago(99), text="volgens schema")
    schedule = block("wds", source="AIS", mbh="1", start=ago(3), duration=(14, "d"), text="ma 2, di 3")
    line = only(given, schedule)
    assert (line.section, line.leading.dosage) == (Section.CURRENT, "ma 2, di 3")
    assert "schedule_over" in words(only(given, schedule, now=NOW + timedelta(days=20)))
