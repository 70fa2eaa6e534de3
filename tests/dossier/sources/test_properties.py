"""Whatever a source sends: it is read without a crash, nothing in it is changed, and what came stays in it."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossier.sources import wording
from dossier.sources.bundles import arrived
from dossier.sources.check import fault_of, tidy
from dossier.sources.owner import Owner
from dossier.sources.present import LENGTHS, columns_of, present
from dossier.sources.stu3 import to_r4
from dossier.sources.units import same_unit
from tests.dossier.sources.lines import examples
from tests.dossier.sources.test_examples import leaves
from trust.categories import Category

ALL = examples()
KINDS = sorted({example.original["resourceType"] for example in ALL} | set(wording.KINDS) | {"Klacht", "Basic", ""})
NAMES = sorted({name for example in ALL for name in example.original} | {"modifierExtension", "dose", "item", "entry"})
INNER = sorted(
    {
        "coding", "code", "system", "display", "text", "value", "unit", "comparator", "start", "end", "reference", "url", "type",
        "valueString", "valueQuantity", "valueCodeableConcept", "extension", "modifierExtension", "actor", "low", "high", "family",
        "given", "use", "identifier", "provision", "section", "div", "detail", "resourceType", "id", "status", "doseAndRate", "repeat",
    }
)  # fmt: skip
LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["2026-13-45", "2011", "%(code)s", "%s", "<div>", "JA_MAAR", "SNOMED", "Patient/1", "#a", "&amp;#39;", "10"]
    )
)
VALUE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=14,
)
RESOURCE = st.builds(
    lambda kind, fields: {**fields, "resourceType": kind},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=9),
)
OFTEN = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(resource: dict[str, Any], related: Any = ()) -> None:
    """What the pages and the columns of the database ask of a line."""
    line = present(resource, related)
    assert line.title.strip()
    assert line.category in Category.values
    columns = columns_of(line)
    assert all(len(columns[name]) <= most for name, most in LENGTHS.items())
    assert all(isinstance(words, str) and words for words in columns["attention"])
    json.dumps(columns)
    if resource.get("modifierExtension") and any(
        isinstance(one, dict) for one in _listed(resource["modifierExtension"])
    ):
        explained = {"TreatmentPermitted", "CopyIndicator", "SpecificationOther"}
        if not any(word in json.dumps(resource["modifierExtension"]) for word in explained):
            assert line.attention, "a modifier is never passed over"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@OFTEN
@given(RESOURCE, st.lists(RESOURCE, max_size=2))
def test_any_resource_reads_as_a_line(resource: dict[str, Any], related: list[dict[str, Any]]) -> None:
    before = copy.deepcopy(resource)
    if fault_of(tidy(resource)) in ("", "unknown-type"):
        read(tidy(resource), related)
    assert resource == before


@OFTEN
@given(RESOURCE)
def test_any_resource_of_stu3_is_translated_or_set_aside(resource: dict[str, Any]) -> None:
    before = copy.deepcopy(resource)
    translated = to_r4(resource)
    assert resource == before
    if fault_of(translated) in ("", "unknown-type"):
        read(translated)
        assert to_r4(translated).keys() >= {"resourceType"}


@st.composite
def bent(draw: Any) -> tuple[str, dict[str, Any]]:
    """A published example with something taken away or something else put in its place."""
    example = draw(st.sampled_from(ALL))
    resource = copy.deepcopy(example.original)
    for _time in range(draw(st.integers(1, 3))):
        holder: Any = resource
        for _step in range(draw(st.integers(0, 4))):
            inside = [
                value
                for value in (holder.values() if isinstance(holder, dict) else holder)
                if isinstance(value, dict | list) and value
            ]
            if not inside:
                break
            holder = draw(st.sampled_from(inside))
        places = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not places:
            continue
        place = draw(st.sampled_from(places))
        if place == "resourceType":
            continue
        if draw(st.booleans()):
            del holder[place]
        else:
            holder[place] = draw(VALUE)
    return example.version, resource


@OFTEN
@given(bent())
def test_a_bent_example_reads_as_a_line_or_is_set_aside(given_: tuple[str, dict[str, Any]]) -> None:
    version, resource = given_
    translated = to_r4(resource) if version == "STU3" else tidy(resource)
    if fault_of(translated) in ("", "unknown-type"):
        read(translated)
        if version == "R4":
            assert sum(leaves(translated).values()) == sum(leaves(resource).values())


@OFTEN
@given(
    st.lists(st.dictionaries(st.sampled_from(["resource", "fullUrl"]), RESOURCE | LEAF, max_size=2), max_size=4),
    st.booleans(),
)
def test_any_bundle_is_opened(entries: list[dict[str, Any]], document: bool) -> None:
    inner = {"resourceType": "Bundle", "type": "document" if document else "collection", "entry": entries}
    owner = Owner("p1", ("http://x",), "999990019")
    for one in arrived([{"resource": inner}], owner):
        assert one.resource.get("id") or not isinstance(one.resource, dict)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20))
def test_a_unit_has_one_name_that_stays_itself(written: str) -> None:
    assert same_unit(same_unit(written)) == same_unit(written)
