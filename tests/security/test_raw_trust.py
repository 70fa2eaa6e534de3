"""What gives access is written by the rule alone: relations, choices and identities, tried as the application's own role."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from events.actor import act
from people.models import Membership, Patient
from tests import factories
from tests.security.raw import refused, run
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stranger() -> Membership:
    return factories.member("gp", name="Vreemde")


@pytest.fixture
def patient() -> Patient:
    return factories.patient(related_to=[factories.organisation("gp")])


def reaches(who: Membership, patient: Patient) -> bool:
    with act(factories.actor(who)):
        return Patient.objects.filter(pk=patient.pk).exists()


# -- relations and choices: what gives access


def test_nobody_writes_a_care_relation_by_hand(stranger: Membership, patient: Patient) -> None:
    with act(factories.actor(stranger)), refused():
        run(
            "insert into trust_carerelation (patient_id, organisation_id, source, reference, reason, period)"
            " values (%s, %s, 'stated', '', '', tstzrange(now(), null))",
            patient.pk, stranger.organisation_id,
        )  # fmt: skip
    assert not reaches(stranger, patient)


def test_nobody_moves_an_own_relation_to_somebody_else(stranger: Membership, patient: Patient) -> None:
    own = factories.patient(related_to=[stranger.organisation])
    with act(factories.actor(stranger)), refused():
        run("update trust_carerelation set patient_id = %s where patient_id = %s", patient.pk, own.pk)
    assert not reaches(stranger, patient)


def test_a_professional_makes_no_choice_in_the_name_of_the_patient() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    with act(factories.actor(gp)), refused():
        run(
            "insert into trust_consent (patient_id, permit, categories, reader_domain, established, period)"
            " values (%s, true, 1048575, '', '', tstzrange(now(), null))",
            patient.pk,
        )


def test_a_process_that_does_not_exist_gives_no_relation(stranger: Membership, patient: Patient) -> None:
    with act(factories.actor(stranger)):
        try:
            with transaction.atomic():
                run(
                    "select trust_start_relation(%s, %s, 'referral', 'referral:1', null)",
                    patient.pk,
                    stranger.organisation_id,
                )
        except DatabaseError:
            pass
    assert not reaches(stranger, patient)


def test_a_stranger_ends_nobodys_relation(stranger: Membership) -> None:
    gp = factories.member("gp")
    patient = factories.patient()
    factories.relation(patient, gp.organisation, source="referral", reference="referral:77")
    with act(factories.actor(stranger)):
        try:
            with transaction.atomic():
                run("select trust_end_relation(%s, 'referral:77')", patient.pk)
        except DatabaseError:
            pass
    assert reaches(gp, patient)


def test_a_role_without_patients_registers_nobody() -> None:
    manager = factories.member("manager", at=factories.organisation("gp"))
    with act(factories.actor(manager)), refused():
        run(
            "select * from trust_register(%s, '1950-01-01', 'A.', '', 'Pietersen', 'female', '', '1', '1271AA', 'Huizen', 'Huizen', 'x')",
            factories.bsn(),
        )


def test_a_bsn_is_not_searched_by_who_may_not_process_it() -> None:
    welfare = factories.member("welfare_worker", at=factories.organisation("welfare", may_process_bsn=False))
    number = factories.bsn()
    factories.patient(related_to=[welfare.organisation], number=number)
    with act(factories.actor(welfare)), connection.cursor() as cursor:
        cursor.execute("select count(*) from trust_search('{}'::text[], null, null, %s, 10)", [number])
        assert cursor.fetchone()[0] == 0


def test_an_identity_is_not_changed_or_removed() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    with act(factories.actor(gp)) as actor:
        open_record(actor, patient.key, [Category.IDENTITY])
        with refused():
            run("update people_patientidentity set phone = '' where patient_id = %s", patient.pk)
        with refused():
            run("delete from people_patientidentity where patient_id = %s", patient.pk)
