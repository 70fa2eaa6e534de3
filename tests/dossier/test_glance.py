"""What the overview shows of the facts at once: all that counts now, the newest of the rest, and how results went."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossier.access import Glance, compare, documents_elsewhere, facts_for, glance, network_facts
from dossier.access.medication import medication_of, medicines_for
from dossier.models import Fact, Source
from events.actor import act
from people.models import Membership, Patient
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


def looked(by: Membership, at: Patient, categories: object = Category) -> tuple[Glance, int]:
    with act(factories.actor(by)) as actor:
        opening = open_record(actor, at.key, categories)  # type: ignore[arg-type]
        sources = list(Source.objects.select_related("organisation"))
        with CaptureQueriesContext(connection) as asked:
            return glance(opening, sources=sources), len(asked)


def test_what_two_sources_say_of_one_day_stands_in_one_order_whoever_answered_first() -> None:
    gp, hospital = factories.member("gp"), factories.organisation("hospital")
    patient = factories.patient(related_to=[gp.organisation, hospital])
    his, epd = factories.source(gp.organisation, name="HIS"), factories.source(hospital, name="EPD", kind="epd")
    factories.consent(patient, *Category)
    told = {
        Category.RESULTS: {"resource_type": "Observation", "code": "http://loinc.org|29463-7", "unit": "kg"},
        Category.PROBLEMS: {"code": "icpc|T90"},
        Category.MEDICATION: {"resource_type": "MedicationStatement", "code": "atc|A10BA02"},
        Category.ALLERGIES: {"resource_type": "AllergyIntolerance", "code": "snomed|91936005"},
        Category.DOCUMENTS: {"resource_type": "DocumentReference"},
        Category.NETWORK: {"resource_type": "RelatedPerson"},
    }

    def seen(*answered: tuple[Source, str, float]) -> list[object]:
        """What every list shows after these sources answered, in this order."""
        with factories.as_owner():
            Fact.objects.all().delete()
        for source, key, value in answered:
            for category, values in told.items():
                factories.fact(
                    patient, source, category, "Iets", on_date="2026-11-20", source_key=f"{category.name}-{key}",
                    value=value if category == Category.RESULTS else None, detail=f"{value}", **values,
                )  # fmt: skip
        shown, _queries = looked(gp, patient)
        with act(factories.actor(gp)) as actor:
            opening = open_record(actor, patient.key, Category)
            medicines, allergies = medicines_for(opening)
            lists = [facts_for(opening), documents_elsewhere(opening), network_facts(opening), medicines, allergies]
        clusters = medication_of(medicines).clusters.values()
        return [
            *([fact.mark for fact in found] for found in (shown.facts, *lists)),
            [(one.about, [side.source for side in one.sides]) for one in compare(shown.facts)],
            [line.sources for found in clusters for one in found for line in one.lines],
            shown.series,
        ]

    first, second = (his, "a", 79.2), (epd, "b", 78.8)
    assert seen(first, second) == seen(second, first)


def test_what_counts_now_is_whole_and_the_rest_is_the_newest_with_the_number_in_all() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    for number in range(30):
        factories.fact(patient, his, Category.MEDICATION, title=f"middel {number}", on_date=f"2026-01-{number + 1:02}")
        factories.fact(patient, his, Category.PROCEDURES, title=f"ingreep {number}", on_date=f"2026-01-{number + 1:02}")
    shown, _queries = looked(gp, patient)
    assert len(shown.of(Category.MEDICATION)) == 30
    assert [fact.title for fact in shown.of(Category.PROCEDURES)] == [f"ingreep {n}" for n in range(29, 21, -1)]
    assert shown.counts == {Category.MEDICATION: 30, Category.PROCEDURES: 30}


def test_of_problems_all_that_count_now_stand_and_the_newest_of_those_that_are_over() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    for number in range(20):
        day = f"2010-01-{number + 1:02}"
        factories.fact(patient, his, Category.PROBLEMS, title=f"actief {number}", state="active", on_date=day)
        factories.fact(
            patient, his, Category.PROBLEMS, title=f"voorbij {number}", state="ended", on_date=f"2020{day[4:]}"
        )
        factories.fact(patient, his, Category.MEDICATION, title=f"gestopt {number}", state="ended", on_date=day)
    shown, _queries = looked(gp, patient)
    titles = [fact.title for fact in shown.of(Category.PROBLEMS)]
    assert titles == [f"voorbij {n}" for n in range(19, 11, -1)] + [f"actief {n}" for n in range(19, -1, -1)]
    assert len(shown.of(Category.MEDICATION)) == 20
    assert shown.counts[Category.PROBLEMS] == 40


def test_what_counts_now_is_never_pushed_out_by_what_came_after_it() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    old = {"on_date": "1998-01-01", "state": "active"}
    for category in (Category.PROBLEMS, Category.ALERTS, Category.MEDICATION):
        factories.fact(patient, his, category, title="van lang geleden", **old)
        for number in range(210):
            factories.fact(patient, his, category, title=f"later {number}", state="ended", on_date="2020-01-01")
    shown, _queries = looked(gp, patient)
    for category in (Category.PROBLEMS, Category.ALERTS, Category.MEDICATION):
        assert "van lang geleden" in {fact.title for fact in shown.of(category)}, category
    assert len(shown.of(Category.PROBLEMS)) == 9
    assert len(shown.of(Category.MEDICATION)) == 211


def test_facts_of_a_holder_that_merged_keep_their_holder() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    with factories.as_owner():
        kept = factories.fact(patient, his, Category.PROBLEMS, title="eigen")
        Source.objects.filter(pk=his.pk).update(organisation=factories.organisation("gp", "Opvolger"))
    with act(factories.actor(gp)) as actor:
        shown = glance(open_record(actor, patient.key, Category))
    assert [(fact.pk, fact.organisation) for fact in shown.facts] == [(kept.pk, gp.organisation)]


def test_of_results_the_newest_of_each_kind_stands_with_its_former_values() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    for code in range(20):
        for month in range(1, 10):
            factories.fact(
                patient, his, Category.RESULTS, title=f"bepaling {code}", code=f"loinc|{code}", unit="mmol/l",
                value=float(month), on_date=f"2026-{month:02}-{code + 1:02}",
            )  # fmt: skip
    factories.fact(patient, his, Category.RESULTS, title="zonder getal", code="loinc|text", on_date="2026-11-01")
    shown, _queries = looked(gp, patient)
    results = shown.of(Category.RESULTS)
    assert [fact.title for fact in results] == ["zonder getal", *[f"bepaling {n}" for n in range(19, 8, -1)]]
    assert shown.counts[Category.RESULTS] == 181
    assert shown.series["loinc|19"] == [(f"2026-{month:02}-20", float(month), "") for month in range(1, 10)]
    assert shown.series["loinc|text"] == []


def test_results_of_no_known_kind_stand_beside_the_others() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    factories.fact(patient, his, Category.RESULTS, title="kalium", code="loinc|2823-3", value=4.1, on_date="2026-02-01")
    for day in range(1, 21):
        factories.fact(patient, his, Category.RESULTS, title=f"vrije tekst {day}", on_date=f"2026-01-{day:02}")
    shown, _queries = looked(gp, patient)
    assert [f.title for f in shown.of(Category.RESULTS)] == ["kalium", *[f"vrije tekst {n}" for n in range(20, 12, -1)]]
    assert shown.counts == {Category.RESULTS: 21}


def test_a_glance_asks_the_same_number_of_queries_however_large_the_record() -> None:
    gp = factories.member("gp")
    small, large = (factories.patient(related_to=[gp.organisation]) for _ in range(2))
    his = factories.source(gp.organisation)
    for number in range(200):
        factories.fact(large, his, Category(number % 20), title=f"gegeven {number}", code=f"x|{number % 7}")
    assert looked(gp, small)[1] == looked(gp, large)[1] == 2


def test_contact_persons_of_sources_come_whole_for_the_register_asks_their_fields() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    factories.fact(
        patient, his, Category.NETWORK, title="dochter", resource={"resourceType": "RelatedPerson", "id": "d"}
    )
    with act(factories.actor(gp)) as actor:
        shown = glance(open_record(actor, patient.key, Category))
        with CaptureQueriesContext(connection) as asked:
            assert shown.of(Category.NETWORK)[0].resource == {"resourceType": "RelatedPerson", "id": "d"}
    assert not len(asked)


def test_a_glance_shows_and_counts_nothing_that_was_not_opened() -> None:
    gp = factories.member("gp")
    elsewhere = factories.organisation("hospital")
    patient = factories.patient(related_to=[gp.organisation, elsewhere])
    epd = factories.source(elsewhere)
    factories.fact(patient, epd, Category.RESULTS, title="geheim", code="loinc|1", value=4.0)
    factories.fact(patient, epd, Category.MEDICATION, title="geheim")
    shown, _queries = looked(gp, patient)
    assert (shown.facts, shown.counts, shown.series) == ([], {}, {})
    own = factories.source(gp.organisation)
    factories.fact(patient, own, Category.RESULTS, title="eigen", code="loinc|1", value=5.0, on_date="2026-02-02")
    shown, _queries = looked(gp, patient)
    assert [fact.title for fact in shown.facts] == ["eigen"]
    assert shown.counts == {Category.RESULTS: 1}
    assert shown.series == {"loinc|1": [("2026-02-02", 5.0, "")]}
    shown, _queries = looked(gp, patient, [Category.IDENTITY])
    assert shown.facts == []
