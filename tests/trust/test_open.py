"""Opening a record: the rule, the line in the log, and that nothing is read without it."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.utils import timezone

from dossier.models import Entry, Fact
from events.actor import act, system
from events.errors import Refused
from events.models import Event
from people.models import Patient, PatientIdentity
from tests import factories
from trust import actions
from trust.access import decide, open_record
from trust.categories import Category
from trust.models import Grant

pytestmark = pytest.mark.django_db(transaction=True)


def last_event() -> Event:
    with factories.as_owner():
        event = Event.objects.first()
    assert event is not None
    return event


def test_nothing_is_read_without_an_actor() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.entry(patient, gp)
    assert list(Patient.objects.all()) == []
    assert list(Entry.objects.all()) == []
    assert list(PatientIdentity.objects.all()) == []


def test_index_is_within_reach_and_content_only_after_opening() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    other = factories.patient()
    factories.entry(patient, gp)
    with act(factories.actor(gp)) as actor:
        assert list(Patient.objects.all()) == [patient]
        assert Entry.objects.count() == 0
        opening = open_record(actor, patient.key, [Category.PLAN])
        assert opening.patient == patient
        assert Entry.objects.count() == 1
        assert PatientIdentity.objects.count() == 0, "another category stays closed"
    with act(factories.actor(gp)):
        assert Entry.objects.count() == 0, "the next transaction has opened nothing"
    assert other not in Patient.objects.all()


def test_opening_writes_who_read_what_and_why() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    with act(factories.actor(gp)) as actor:
        open_record(actor, patient.key, [Category.PLAN, Category.FINANCIAL])
    event = last_event()
    assert (event.verb, event.outcome, event.patient_id) == ("record.opened", "allowed", patient.pk)
    assert (event.user_id, event.organisation_id, event.role, event.purpose) == (
        gp.user_id,
        gp.organisation_id,
        "gp",
        "TREAT",
    )
    assert event.basis == "care_relation:source_system"
    assert event.categories == 1 << Category.PLAN
    assert event.withheld == 1 << Category.FINANCIAL


def test_a_stranger_finds_nothing_and_the_try_is_logged() -> None:
    stranger = factories.member("gp")
    patient = factories.patient(related_to=[factories.organisation()])
    with act(factories.actor(stranger)) as actor:
        with pytest.raises(Http404):
            open_record(actor, patient.key, [Category.PLAN])
        assert Patient.objects.count() == 0
    event = last_event()
    assert (event.verb, event.outcome, event.reason, event.patient_id) == (
        "record.denied",
        "denied",
        "no_relation",
        patient.pk,
    )


def test_a_role_that_needs_nothing_of_it_is_told_so() -> None:
    social = factories.member("social_worker")
    patient = factories.patient(related_to=[social.organisation])
    with act(factories.actor(social)) as actor:
        with pytest.raises(PermissionDenied):
            open_record(actor, patient.key, [Category.MEDICATION])
        assert decide(actor, patient, [Category.MEDICATION]).reason == "role"


def test_no_choice_is_no_for_facts_of_others_but_own_facts_show() -> None:
    nurse = factories.member("district_nurse")
    gp = factories.organisation("gp")
    patient = factories.patient(related_to=[nurse.organisation, gp])
    own, theirs = factories.source(nurse.organisation, kind="ecd"), factories.source(gp)
    factories.fact(patient, own, title="Loopt met rollator")
    factories.fact(patient, theirs, title="Hypertensie")
    with act(factories.actor(nurse)) as actor:
        opening = open_record(actor, patient.key, [Category.PROBLEMS])
        assert opening.not_consented == {Category.PROBLEMS}
        assert [f.title for f in Fact.objects.all()] == ["Loopt met rollator"]
    factories.consent(patient, Category.PROBLEMS)
    with act(factories.actor(nurse)) as actor:
        open_record(actor, patient.key, [Category.PROBLEMS])
        assert {f.title for f in Fact.objects.all()} == {"Loopt met rollator", "Hypertensie"}


def test_the_shared_record_is_open_to_a_relation_but_the_systems_of_others_are_not() -> None:
    nurse = factories.member("district_nurse")
    gp = factories.member("gp")
    patient = factories.patient(related_to=[nurse.organisation, gp.organisation])
    factories.entry(patient, gp, "Niet reanimeren.", kind="wish", category=Category.WISHES)
    factories.fact(
        patient, factories.source(gp.organisation), Category.WISHES, title="Geen opname op de intensive care"
    )
    with act(factories.actor(nurse)) as actor:
        open_record(actor, patient.key, [Category.WISHES])
        assert Entry.objects.count() == 1
        assert Fact.objects.count() == 0, "kept by another system: there no choice is no"
    factories.consent(patient, Category.WISHES)
    with act(factories.actor(nurse)) as actor:
        open_record(actor, patient.key, [Category.WISHES])
        assert Fact.objects.count() == 1


def test_specific_beats_general_and_objection_wins_ties() -> None:
    nurse = factories.member("district_nurse")
    patient = factories.patient(related_to=[nurse.organisation])

    def allowed() -> bool:
        with act(factories.actor(nurse)) as actor:
            return Category.RESULTS in decide(actor, patient, [Category.RESULTS]).allowed

    assert not allowed()
    factories.consent(patient, Category.RESULTS)
    assert allowed()
    factories.consent(patient, Category.RESULTS, permit=False)
    assert not allowed(), "objection wins at the same level"
    factories.consent(patient, Category.RESULTS, reader_domain="home_care")
    assert allowed(), "a choice for a kind of reader beats one for everybody"
    factories.consent(patient, Category.RESULTS, permit=False, reader_organisation=nurse.organisation)
    assert not allowed(), "a choice for one organisation beats one for a kind"


def test_an_ended_relation_ends_access_the_same_moment() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    with act(factories.actor(gp)) as actor:
        assert decide(actor, patient, [Category.PLAN])
    with factories.as_owner():
        relation = patient.care_relations.get()
        relation.period = type(relation.period)(relation.period.lower, timezone.now())
        relation.save()
    with act(factories.actor(gp)) as actor:
        assert not decide(actor, patient, [Category.PLAN])
        assert Patient.objects.count() == 0


def test_grants_equal_those_derived_from_scratch() -> None:
    nurse = factories.member("district_nurse")
    patient = factories.patient(related_to=[nurse.organisation, factories.organisation()])
    factories.consent(patient, Category.RESULTS, period=factories.since(5))
    factories.consent(patient, Category.RESULTS, permit=False, reader_domain="gp", period=factories.since(2))
    factories.citizen(patient)
    columns = ["patient_id", "grantee", "categories", "own_categories", "basis", "source_id", "period"]
    with factories.as_owner(), connection.cursor() as cursor:
        before = sorted(map(str, Grant.objects.values_list(*columns)))
        cursor.execute("select trust_derive(null)")
        after = sorted(map(str, Grant.objects.values_list(*columns)))
    assert before == after
    assert len(before) > 4


def test_a_citizen_opens_the_own_record_and_no_other() -> None:
    gp = factories.member("gp")
    mine, other = factories.patient(related_to=[gp.organisation]), factories.patient(related_to=[gp.organisation])
    factories.entry(mine, gp)
    user = factories.citizen(mine)
    with act(factories.citizen_actor(user)) as actor:
        assert open_record(actor, mine.key, Category).basis == "self"
        assert Entry.objects.count() == 1
        assert Patient.objects.get() == mine
        with pytest.raises(Http404):
            open_record(actor, other.key, Category)


def test_a_worker_has_no_key_to_a_record() -> None:
    patient = factories.patient(related_to=[factories.organisation()])
    with act(system("notifications", purpose="HOPERAT")) as actor, pytest.raises(Http404):
        open_record(actor, patient.key, [Category.PLAN])


@pytest.mark.parametrize(
    "statement",
    [
        "insert into events_event (verb, outcome, patient_id) values ('record.opened', 'allowed', 1)",
        "update events_event set patient_id = 1",
        "delete from events_event",
        "truncate events_event",
        "insert into trust_grant (patient_id, grantee, categories, own_categories, basis, period)"
        " values (1, 'organisation:1', 1, 1, 'x', tstzrange(null, null))",
        "delete from trust_grant",
        "update people_patient set own_name = 'x'",
        "select events_record('record.opened', 'patient', 1, 1, '{}', '{}', 'anonymous', null)",
        "select trust_derive(null)",
        "alter table people_patient disable row level security",
        "set local role nis_owner_of_nothing",
    ],
)
def test_the_application_role_cannot_force_the_lock(statement: str) -> None:
    with pytest.raises(Exception) as error, connection.cursor() as cursor:
        cursor.execute(statement)
    assert isinstance(error.value.__cause__, psycopg.Error)


def test_the_log_cannot_be_changed_even_by_its_owner() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    with act(factories.actor(gp)) as actor:
        open_record(actor, patient.key, [Category.PLAN])
    with factories.as_owner(), pytest.raises(Exception, match="written once"), connection.cursor() as cursor:
        cursor.execute("update events_event set user_id = 1")


def test_choosing_again_replaces_the_former_choice_for_the_same_reader() -> None:
    patient = factories.patient()
    user = factories.citizen(patient)
    with act(factories.citizen_actor(user)) as actor:
        actions.choose(patient=patient, permit=True, categories=[Category.RESULTS, Category.MEDICATION], by=actor)
    with act(factories.citizen_actor(user)) as actor:
        actions.choose(patient=patient, permit=False, categories=[Category.RESULTS], by=actor)
        current = {(c.permit, c.categories) for c in patient.consents.filter(period__contains=timezone.now())}
    assert current == {(True, 1 << Category.MEDICATION), (False, 1 << Category.RESULTS)}


def test_guessing_birth_dates_for_a_number_is_stopped_and_every_try_is_logged() -> None:
    known = factories.patient(number="999990019", own_name="Vries")
    gp = factories.member("gp")

    def guess(day: int) -> str:
        registration = actions.Registration(
            "999990019", date(1950, 1, day), "A.", "", "Vries", "female", "", "1", "1273AB", "Huizen", "Huizen", "x"
        )
        with act(factories.actor(gp)) as actor:
            try:
                actions.register_patient(registration=registration, by=actor)
            except Refused as refused:
                return str(refused)
        return "registered"

    answers = [guess(day) for day in range(1, 13)]
    assert all("hoort niet bij" in answer for answer in answers[:10])
    assert all("te vaak" in answer for answer in answers[10:])
    with factories.as_owner():
        assert Event.objects.filter(reason="identity_differs", patient_id=known.pk).count() == 10
        assert known.care_relations.count() == 0
