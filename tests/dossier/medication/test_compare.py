"""The same medicine from two sources beside each other: doubles and differences, interactions not judged."""

from __future__ import annotations

from datetime import timedelta

from dossier.medication import Difference, Section
from tests.dossier.medication.making import LISINOPRIL, METOPROLOL, METOPROLOL_100, NOW, block, overview


def ago(days: int) -> str:
    return (NOW - timedelta(days=days)).date().isoformat()


def test_two_sources_with_one_dosage_are_a_double_and_no_conflict() -> None:
    made = overview(block("ma", start=ago(9), per_day=1), block("ma", source="EPD", start=ago(3), per_day=1))
    (one,) = made.comparisons
    assert (one.difference, one.conflicts) == (Difference.NONE, False)
    (cluster,) = made.clusters[Section.CURRENT]
    assert len(cluster.lines) == 2
    assert not cluster.loud


def test_two_doses_are_a_conflict_shown_side_by_side() -> None:
    made = overview(block("ma", start=ago(9), per_day=1), block("ma", source="EPD", start=ago(3), per_day=1, dose=0.5))
    (one,) = made.conflicts
    assert one.difference == Difference.DOSE
    (cluster,) = made.clusters[Section.CURRENT]
    assert cluster.loud
    assert {line.leading.source for line in cluster.lines} == {"HIS", "EPD"}


def test_another_strength_of_one_substance_is_pointed_out() -> None:
    made = overview(
        block("ma", METOPROLOL, start=ago(9), per_day=1),
        block("ma", METOPROLOL_100, source="EPD", start=ago(3), per_day=1),
    )
    assert [one.difference for one in made.comparisons] == [Difference.STRENGTH]


def test_texts_that_cannot_be_counted_are_only_said_to_be_worded_otherwise() -> None:
    made = overview(
        block("ma", start=ago(9), text="volgens schema"), block("ma", source="EPD", start=ago(3), text="zie bijlage")
    )
    assert [one.difference for one in made.comparisons] == [Difference.WORDING]


def test_the_same_words_with_other_dates_say_the_same() -> None:
    made = overview(
        block("ma", start=ago(9), text="Vanaf 3 mei 2026, volgens schema"),
        block("ma", source="EPD", start=ago(3), text="volgens schema"),
    )
    assert [one.difference for one in made.comparisons] == [Difference.NONE]


def test_current_here_and_stopped_suspended_or_not_used_there_is_a_conflict() -> None:
    current = block("ma", start=ago(99), per_day=1)
    stopped = block("ma", source="EPD", start=ago(99), end=ago(5))
    suspended = block("ma", source="EPD", start=ago(99), end=ago(5), stop="385655000")
    unused = block("mgb", source="ECD", start=ago(20), status="not-taken")
    long_unused = block("mgb", source="ECD", start=ago(300), status="not-taken")
    for other in (stopped, suspended, unused, long_unused):
        (one,) = overview(current, other).comparisons
        assert one.difference == Difference.STATE


def test_what_ended_long_ago_and_what_is_another_medicine_is_not_compared() -> None:
    made = overview(
        block("ma", start=ago(9)),
        block("ma", source="EPD", start=ago(900), end=ago(800)),
        block("ma", LISINOPRIL, start=ago(9)),
    )
    assert not made.comparisons


def test_a_medicine_stopped_and_begun_anew_in_one_source_is_no_conflict() -> None:
    made = overview(block("ma", mbh="1", start=ago(99), end=ago(5)), block("ma", mbh="2", start=ago(4)))
    assert not made.comparisons


def test_two_suspensions_agree() -> None:
    made = overview(
        block("ma", start=ago(99), end=ago(5), stop="385655000"),
        block("mgb", source="ECD", start=ago(30), status="not-taken"),
    )
    assert not made.conflicts


def test_the_glance_puts_what_may_not_be_missed_first() -> None:
    made = overview(
        block("ma", ("AAA", "", ""), start=ago(9), per_day=1),
        block("ma", start=ago(9), per_day=1),
        block("ma", source="EPD", start=ago(9), per_day=3),
        block("ma", ("ZZZ", "", ""), start=ago(99), end=ago(5)),
    )
    assert [cluster.lead.product for cluster in made.heeded] == [METOPROLOL[0], "AAA"]


def test_a_supply_without_a_dosage_is_mentioned_and_no_conflict() -> None:
    made = overview(block("ma", start=ago(9), per_day=1), block("mve", source="AIS", agreed=ago(3)))
    assert [(one.difference, one.conflicts) for one in made.comparisons] == [(Difference.MENTIONED, False)]
