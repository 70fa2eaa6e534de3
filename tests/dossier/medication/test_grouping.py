"""Blocks together by treatment: every block once, and never over sources in silence."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dossier.medication import Block, Kind, Stop, Use, overview_of
from dossier.medication.treatments import treatments_of
from tests.dossier.medication.making import LISINOPRIL, METOPROLOL, METOPROLOL_100, NOW, block, overview

days = st.integers(-900, 400).map(lambda n: (NOW + timedelta(days=n)).date().isoformat())
numbers = st.sampled_from(["", "", "a", "b", "c"])
blocks = st.builds(
    Block,
    source=st.sampled_from(["HIS", "EPD", "AIS"]),
    kind=st.sampled_from(list(Kind)),
    treatment=numbers.map(lambda n: n and f"mbh|{n}"),
    own=st.lists(st.sampled_from("uvwxyz"), max_size=2, unique=True).map(tuple),
    replaces=st.lists(st.sampled_from("uvwxyz"), max_size=1).map(tuple),
    based_on=st.lists(st.sampled_from("uvwxyz"), max_size=2).map(tuple),
    product=st.sampled_from(["", "Metoprolol", "METOPROLOL", "Lisinopril"]),
    codes=st.lists(
        st.sampled_from(["http://www.whocc.no/atc|C07AB02", "urn:oid:2.16.840.1.113883.2.4.4.10|1"]), max_size=2
    ).map(tuple),
    dosage=st.sampled_from(["", "1 maal per dag 1 tablet", "zo nodig"]),
    start=st.just("") | days,
    end=st.just("") | days,
    duration=st.none() | st.floats(0, 400),
    duration_unit=st.sampled_from(["", "d", "wk", "mo", "a"]),
    condition=st.sampled_from(["", "", "na opname"]),
    stop=st.sampled_from([Stop.NONE, Stop.NONE, *Stop]),
    agreed=st.just("") | days,
    registered=st.just("") | days,
    use=st.sampled_from(list(Use)),
    as_agreed=st.sampled_from([None, True, False]),
    status=st.sampled_from(["unknown", "active", "completed", "stopped", "on-hold"]),
    in_error=st.booleans(),
    copy=st.booleans(),
    doubts=st.lists(st.sampled_from(["no_block", "unknown_stop", "not_agreed"]), max_size=1).map(tuple),
    lasts_days=st.none() | st.floats(0, 200),
)
records = st.lists(blocks, max_size=12).map(
    lambda found: [Block(**{**vars(one), "ref": f"{place}"}) for place, one in enumerate(found)]
)


@given(records)
def test_every_block_stands_in_exactly_one_line_of_exactly_one_section(record: list[Block]) -> None:
    seen = Counter(one.ref for line in overview_of(record, NOW).lines for one in line.blocks)
    assert seen == Counter(one.ref for one in record)


@given(records)
def test_every_line_is_seen_in_the_clusters_of_its_section(record: list[Block]) -> None:
    made = overview_of(record, NOW)
    seen = [line.key for clusters in made.clusters.values() for cluster in clusters for line in cluster.lines]
    assert sorted(seen) == sorted(line.key for line in made.lines)


@given(records, st.randoms(use_true_random=False))
def test_the_order_in_which_sources_answer_changes_no_grouping(record: list[Block], chance: object) -> None:
    shuffled = list(record)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    def groups(found: list[Block]) -> set[frozenset[str]]:
        # Which of several blocks with one number is referred to is a matter of order; the numbers here are made unique.
        return {frozenset(one.ref for one in treatment.blocks) for treatment in treatments_of(found)}

    alone = [Block(**{**vars(one), "own": (one.ref,) if one.own else ()}) for one in record]
    again = [Block(**{**vars(one), "own": (one.ref,) if one.own else ()}) for one in shuffled]
    assert groups(alone) == groups(again)


@given(records)
def test_sources_meet_only_by_a_treatment_number_or_a_reference(record: list[Block]) -> None:
    loose = [Block(**{**vars(one), "treatment": "", "replaces": (), "based_on": ()}) for one in record]
    for treatment in treatments_of(loose):
        assert len({one.source for one in treatment.blocks}) == 1


@given(records)
def test_what_cannot_be_read_is_never_current_by_itself(record: list[Block]) -> None:
    doubtful = [Block(**{**vars(one), "doubts": ("no_block",), "in_error": False}) for one in record]
    made = overview_of(doubtful, NOW)
    assert not made.of("current")  # type: ignore[arg-type]


def test_one_treatment_number_brings_sources_together_and_each_stays_named() -> None:
    made = overview(block("ma", mbh="1", start="2026-01-01"), block("ta", source="AIS", mbh="1", start="2026-01-02"))
    (line,) = made.lines
    assert line.sources == ["AIS", "HIS"]


def test_two_numbers_are_two_treatments_even_of_the_same_medicine() -> None:
    made = overview(block("ma", mbh="1", start="2026-01-01"), block("ma", mbh="2", start="2026-01-01"))
    assert len(made.lines) == 2


def test_without_a_number_the_same_product_of_one_source_is_one_line_and_of_two_sources_two() -> None:
    one = overview(block("ma", start="2026-01-01"), block("mve", start="2026-02-01"))
    assert len(one.lines) == 1
    two = overview(block("ma", start="2026-01-01"), block("ma", source="EPD", start="2026-01-01"))
    assert len(two.lines) == 2
    assert len(two.comparisons) == 1


def test_another_strength_is_another_product() -> None:
    assert (
        len(
            overview(block("ma", METOPROLOL, start="2026-01-01"), block("ma", METOPROLOL_100, start="2026-01-01")).lines
        )
        == 2
    )


def test_a_block_without_a_number_follows_what_it_refers_to_over_sources() -> None:
    made = overview(
        block("ma", mbh="1", own="ma1", start="2026-01-01"), block("mgb", source="ECD", based_on="ma1", status="active")
    )
    (line,) = made.lines
    assert len(line.blocks) == 2


def test_a_number_made_of_a_product_code_is_no_treatment() -> None:
    generic = "urn:oid:2.16.840.1.113883.2.4.3.11.61.2"
    made = overview(
        block("ma", mbh="3158", root=generic, start="2026-01-01"),
        block("ma", source="EPD", mbh="3158", root=generic, start="2026-01-01"),
    )
    assert len(made.lines) == 2


def test_lines_stand_in_order_of_their_name() -> None:
    made = overview(block("ma", METOPROLOL, start="2026-01-01"), block("ma", LISINOPRIL, start="2026-01-01"))
    assert [line.product[:4] for line in made.lines] == ["LISI", "METO"]
