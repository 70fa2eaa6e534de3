"""From R4 to STU3 for who fetches the BgZ: over every example it means the same when it is read back, or goes in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dossier.sources.check import fault_of
from dossier.sources.coded import coded_of
from dossier.sources.present import columns_of, present
from dossier.sources.reading import Json
from dossier.sources.stu3 import to_r4
from dossier.sources.stu3_write import to_stu3
from tests.dossier.sources.lines import examples

TELLING = ("state", "on_date", "value", "unit", "code", "category", "attention")
"""What of a line must be the same after going there and back."""
CONSENT = {
    "resourceType": "Consent", "status": "active", "scope": {}, "dateTime": "2026-10-01",
    "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "129125009"}]}],
    "provision": {"type": "deny", "code": [{"coding": [{"system": "http://snomed.info/sct", "code": "89666000"}], "text": "reanimatie"}]},
}  # fmt: skip


def there_and_back(resource: Json, beside: Iterable[Json] = ()) -> tuple[dict[str, object], dict[str, object]] | None:
    line = columns_of(present(resource, beside))
    coded = coded_of(resource, title=line["title"], code=line["code"], attention=line["attention"])
    made = coded and to_stu3(coded, person="Patient/p", title=line["title"], detail=line["detail"])
    if not made:
        return None
    back = to_r4({**made, "id": "x"})
    assert fault_of(back) == "", f"{fault_of(back)}: {made}"
    return line, columns_of(present(back))


def test_every_example_says_the_same_in_stu3_or_goes_in_words() -> None:
    went: Counter[str] = Counter()
    differ = []
    for example in examples():
        if (both := there_and_back(example.resource, example.beside)) is None:
            continue
        before, after = both
        went[example.resource["resourceType"]] += 1
        told = {name: (before[name], after[name]) for name in TELLING if before[name] and before[name] != after[name]}
        differ += [f"{example.name} {example.resource['resourceType']}: {told}"] if told else []
    assert not differ, "\n".join(differ)
    assert {"Condition", "AllergyIntolerance", "Observation", "Procedure"} <= went.keys(), went


def test_a_directive_goes_coded_only_when_it_is_a_plain_yes_or_no() -> None:
    before, after = there_and_back(CONSENT) or ({}, {})
    assert before["detail"] == after["detail"]
    assert "niet" in str(after["detail"]).lower()
    limits = [
        {**CONSENT, "provision": {**CONSENT["provision"], "provision": [{"type": "permit"}]}},  # type: ignore[dict-item]
        {**CONSENT, "provision": {**CONSENT["provision"], "period": {"end": "2026-12-01"}}},  # type: ignore[dict-item]
        {**CONSENT, "provision": {"code": CONSENT["provision"]["code"]}},  # type: ignore[index]
        {**CONSENT, "modifierExtension": [{"url": "urn:x", "valueString": "anders"}]},
    ]
    assert [there_and_back(one) for one in limits] == [None] * 4
