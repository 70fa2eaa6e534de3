"""Whatever a source answers, only sound facts of the right person come through, and the rest has a reason."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Any

import pytest

from dossier.sources.fetch import fetch_record
from dossier.sources.results import Outcome, SourceConfig
from region.source_examples import BSN, VAN_PUTTEN
from tests.dossier.sources.fakes import Fake, bundle, condition, only_conditions
from trust.categories import Category


def test_categories_are_asked_side_by_side(other_source: Any) -> None:
    def slow(path: str, query: Any) -> Any:
        time.sleep(0.1)
        return bundle()

    fake = Fake(slow)
    started = time.monotonic()
    result = fake.ask(other_source(fake), set(range(1, 20)), seconds=5)
    assert result.outcome == Outcome.NOTHING
    assert fake.most > 3
    assert time.monotonic() - started < 0.1 * len(fake.seen) * 0.6


def test_what_arrived_before_the_deadline_is_kept_and_the_rest_named(other_source: Any) -> None:
    def half(path: str, query: Any) -> Any:
        if path != "Condition":
            time.sleep(3)
        return bundle(condition())

    fake = Fake(half)
    result = fake.ask(other_source(fake), {Category.PROBLEMS, Category.ALLERGIES}, seconds=0.8)
    assert result.seconds < 1.5
    assert result.outcome == Outcome.ANSWERED
    assert not result.complete
    assert result.categories[Category.ALLERGIES].outcome == Outcome.NO_ANSWER
    assert not result.categories[Category.PROBLEMS].complete
    assert [fact.source_id for fact in result.facts] == ["c1"]


@pytest.mark.parametrize(
    "link", ["http://169.254.169.254/latest", "https://127.0.0.1/x", "file:///etc/passwd", "//evil.example/x"]
)
def test_a_next_link_to_another_origin_is_not_followed(other_source: Any, link: str) -> None:
    fake = Fake(only_conditions(condition(), next_url=link))
    result = fake.ask(other_source(fake))
    assert result.categories[Category.PROBLEMS].reason in ("link-to-elsewhere", "bad-address")
    assert not result.complete
    assert [fact.source_id for fact in result.facts] == ["c1"]


def test_a_circle_of_pages_ends(other_source: Any) -> None:
    fake = Fake(only_conditions(condition(), next_url="Condition?page=2"))
    result = fake.ask(other_source(fake))
    assert result.categories[Category.PROBLEMS].reason == "pages-in-a-circle"


def test_redirects_are_not_followed(other_source: Any) -> None:
    fake = Fake(lambda path, query: ("302 Found", {}))
    result = fake.ask(other_source(fake))
    assert (result.outcome, result.reason) == (Outcome.FAULT, "redirect")


@pytest.mark.parametrize(
    "subject",
    [
        "Patient/p2",
        "http://elsewhere.example/fhir/Patient/p1",
        "Practitioner/p1",
        "Patient/p1x",
        {"identifier": {"system": BSN, "value": "999911120"}},
        {"reference": "Patient/p1", "identifier": {"system": BSN, "value": "999911120"}},
        {"display": "Johanna van Putten"},
        "#inside",
        "urn:uuid:0",
    ],
)
def test_a_subject_that_is_not_this_patient_is_refused(other_source: Any, subject: Any) -> None:
    fake = Fake(only_conditions(condition("ok"), condition("bad", subject)))
    result = fake.ask(other_source(fake))
    assert [fact.source_id for fact in result.facts] == ["ok"]
    assert result.foreign == 1


def test_the_ways_to_name_this_patient_are_accepted(other_source: Any) -> None:
    forms = [
        "Patient/p1/_history/3",
        {"identifier": {"system": "urn:oid:2.16.840.1.113883.2.4.6.3", "value": VAN_PUTTEN}},
        "http://gateway.example/fhir/Patient/p1",
    ]
    fake = Fake(only_conditions(*[condition(f"c{index}", form) for index, form in enumerate(forms)]))
    address = other_source(fake)
    fake.answer = only_conditions(
        *[condition(f"c{index}", form) for index, form in enumerate([*forms, f"{address}/Patient/p1"])],
    )
    result = fake.ask(address, aliases=("http://gateway.example/fhir/",))
    assert [fact.source_id for fact in result.facts] == ["c0", "c1", "c2", "c3"]


def test_a_patient_bound_resource_without_subject_is_set_aside(other_source: Any) -> None:
    lonely = condition("lonely")
    del lonely["subject"]
    fake = Fake(only_conditions(lonely))
    result = fake.ask(other_source(fake))
    assert result.facts == ()
    assert [(item.source_id, item.reason) for item in result.set_aside] == [("lonely", "no-subject")]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (
            {
                "resourceType": "Condition",
                "subject": {"reference": "Patient/p1"},
                "id": "x",
                "onsetDateTime": "yesterday",
            },
            "invalid:Condition.onsetDateTime",
        ),
        (condition("x", code={"text": "nul \x00"}), "unstorable-text"),
        (condition("x", code={"text": "half \ud800"}), "unstorable-text"),
        (condition("x", unknownElement=1), "invalid:Condition"),
        ({"resourceType": "Klacht", "id": "x", "subject": {"reference": "Patient/p1"}, "n": "\x00"}, "unstorable-text"),
        (
            condition("x", contained=[{"resourceType": "Practitioner", "gender": "nee"}]),
            "contained:invalid:Practitioner.gender",
        ),
    ],
)
def test_what_is_no_fhir_is_set_aside_with_a_reason(other_source: Any, resource: dict[str, Any], reason: str) -> None:
    fake = Fake(only_conditions(condition(), resource))
    result = fake.ask(other_source(fake))
    assert [fact.source_id for fact in result.facts] == ["c1"]
    assert [item.reason for item in result.set_aside] == [reason]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[1]", "not-a-bundle"),
        (b'{"resourceType":"Bundle","entry":7}', "broken-bundle"),
        (b'{"resourceType":"Bundle","entry":[null]}', "broken-bundle"),
        (b'{"resourceType":"OperationOutcome"}', "operation-outcome"),
        (b'{"resourceType":"Bundle","total":NaN}', "broken-json"),
        (b'{"resourceType":"Bundle","total":1e999}', "broken-json"),
        (b"[" * 100_000, "broken-json"),
        (b"\xff\xfe", "broken-json"),
        (b'{"resourceType":"Patient"}', "not-a-bundle"),
    ],
)
def test_an_answer_that_is_no_bundle_is_a_fault(other_source: Any, body: bytes, reason: str) -> None:
    fake = Fake(lambda path, query: ("200 OK", body))
    result = fake.ask(other_source(fake))
    assert (result.outcome, result.reason) == (Outcome.FAULT, reason)


@pytest.mark.parametrize(
    "entry", [{}, {"resource": None}, {"resource": 7}, {"resource": {}}, {"resource": {"resourceType": ["Condition"]}}]
)
def test_odd_entries_do_not_raise(other_source: Any, entry: dict[str, Any]) -> None:
    odd = bundle(condition())
    odd["entry"].append(entry)
    fake = Fake(lambda path, query: odd if path == "Condition" else bundle())
    result = fake.ask(other_source(fake))
    assert [fact.source_id for fact in result.facts] == ["c1"]


def test_two_patients_with_one_bsn_are_not_guessed_between(other_source: Any) -> None:
    first = Fake(only_conditions()).patient
    fake = Fake(only_conditions())
    second = {**first, "id": "p2"}
    fake_app = other_source(
        lambda environ, start: (
            start("200 OK", [("Content-Type", "application/fhir+json")]),
            [json.dumps(bundle(first, second)).encode()],
        )[1]
    )
    result = fake.ask(fake_app)
    assert (result.outcome, result.reason) == (Outcome.FAULT, "several-patients")


@pytest.mark.parametrize(("given", "good"), [("1934", True), ("1934-04", True), ("1934-05", False), ("", True)])
def test_a_partial_date_of_birth_must_agree_as_far_as_it_goes(other_source: Any, given: str, good: bool) -> None:
    patient = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": BSN, "value": VAN_PUTTEN}]} | (
        {"birthDate": given} if given else {}
    )
    fake = Fake(only_conditions(condition()), patient)
    result = fake.ask(other_source(fake))
    assert (result.outcome == Outcome.ANSWERED) is good


def test_the_asker_is_told_to_the_source_without_names_in_the_url(other_source: Any) -> None:
    fake = Fake(only_conditions())
    fake.ask(other_source(fake), headers={"Authorization": "Bearer t"})
    assert all(found["HTTP_X_REQUEST_ID"] == "req-7" for found in fake.headers)
    assert all(found["HTTP_X_USER_CONTEXT"] for found in fake.headers)
    assert all(found["HTTP_AUTHORIZATION"] == "Bearer t" for found in fake.headers)
    assert all(found["HTTP_ACCEPT_ENCODING"] == "identity" for found in fake.headers)


def test_a_type_the_source_does_not_know_is_no_gap_while_another_serves_the_category(other_source: Any) -> None:
    fake = Fake(lambda path, query: bundle(condition()) if path == "Condition" else ("404 Not Found", {}))
    result = fake.ask(other_source(fake), {Category.PROBLEMS, Category.ALERTS})
    assert result.categories[Category.PROBLEMS].complete
    assert (result.categories[Category.ALERTS].outcome, result.categories[Category.ALERTS].reason) == (
        Outcome.FAULT,
        "not-supported",
    )


def test_an_error_the_source_reports_makes_the_answer_incomplete(other_source: Any) -> None:
    warning = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "timeout", "diagnostics": "archief niet bereikbaar"}],
    }
    fake = Fake(only_conditions(condition(), warning))
    result = fake.ask(other_source(fake))
    assert result.messages == ("archief niet bereikbaar",)
    assert not result.complete


def test_bad_configuration_is_a_reason_and_not_an_exception() -> None:
    for address in ("ftp://x/fhir", "http://user:pw@x/fhir", "nonsense", "http://[bad", "http://x:99999999/"):
        result = fetch_record(SourceConfig(address, "R4", "x"), VAN_PUTTEN, date(1934, 4, 28), {2}, 1, "r")
        assert (result.outcome, result.reason) == (Outcome.FAULT, "bad-address")
