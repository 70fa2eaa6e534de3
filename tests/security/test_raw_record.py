"""What the application's own role is kept from in documents, the register of the network, copies and papers, with an actor stated."""

from __future__ import annotations

import pytest

from dossier.models import Participant, RelatedPerson
from events.actor import act
from people.models import Membership, Patient
from tests import factories
from tests.security.raw import refused, run
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp")


@pytest.fixture
def nurse() -> Membership:
    return factories.member("district_nurse")


@pytest.fixture
def patient(gp: Membership, nurse: Membership) -> Patient:
    return factories.patient(related_to=[gp.organisation, nurse.organisation])


def test_a_document_that_was_written_keeps_everything_its_number_too(gp: Membership, patient: Patient) -> None:
    """To lock a version asks the right to update; nothing of it is ever updated."""
    made = factories.document(patient, gp)
    with act(factories.actor(gp)) as by:
        open_record(by, patient.key, [Category.DOCUMENTS])
        assert run("select 1 from dossier_document where id = %s for update", made.pk) == 1
        with refused():
            run("update dossier_document set id = id where id = %s", made.pk)
        with refused():
            run("update dossier_document set title = 'x' where id = %s", made.pk)
        with refused():
            run("delete from dossier_document where id = %s", made.pk)


def test_nobody_adds_a_part_to_the_document_of_another(gp: Membership, nurse: Membership, patient: Patient) -> None:
    """A part that does not belong makes the whole unreadable."""
    made = factories.document(patient, gp)
    other = factories.document(factories.patient(related_to=[nurse.organisation]), nurse)
    with act(factories.actor(nurse)) as by:
        open_record(by, patient.key, [Category.DOCUMENTS])
        for document in (made.pk, other.pk):
            with refused():
                run(
                    "insert into dossier_documentpart (document_id, patient_id, organisation_id, category, number, sealed)"
                    " values (%s, %s, %s, 10, 9, 'x')",
                    document, patient.pk, nurse.organisation_id,
                )  # fmt: skip


def contact(patient: Patient, by: Membership) -> RelatedPerson:
    with factories.as_owner():
        return RelatedPerson.objects.create(
            patient=patient, organisation=by.organisation, name="Els de Vries", relationship="DAUC", phone="06-12345678",
            author=by.user, author_name=by.user.name,
        )  # fmt: skip


PROPOSE = (
    "insert into dossier_proposal (patient_id, organisation_id, category, related_person_id, seen_version, changes, note, status, reply,"
    " by_organisation_id, author_id, author_name, author_role, at, decided_name)"
    " values (%s, %s, 1, %s, 1, '{}', '', 'open', '', %s, %s, 'x', 'x', now(), '')"
)


def test_a_proposal_is_about_an_entry_of_this_person_and_goes_to_who_keeps_it(
    gp: Membership, nurse: Membership, patient: Patient
) -> None:
    """Else the register of another person could be changed by accepting it, or it would be somebody else's to accept."""
    here = contact(patient, gp)
    elsewhere = contact(factories.patient(related_to=[gp.organisation]), gp)
    with act(factories.actor(nurse)) as by:
        open_record(by, patient.key, [Category.NETWORK])
        told = (nurse.organisation_id, nurse.user_id)
        assert run(PROPOSE, patient.pk, gp.organisation_id, here.pk, *told) == 1
        with refused():
            run(PROPOSE, patient.pk, nurse.organisation_id, here.pk, *told)
        with refused():
            run(PROPOSE, patient.pk, gp.organisation_id, elsewhere.pk, *told)


def test_an_entry_of_the_register_keeps_whom_it_is_about(gp: Membership, nurse: Membership, patient: Patient) -> None:
    here, other = contact(patient, gp), factories.patient(related_to=[gp.organisation])
    with act(factories.actor(gp)) as by:
        open_record(by, patient.key, [Category.NETWORK])
        for column, value in (("patient_id", other.pk), ("category", 8), ("version", 9), ("key", "gen_random_uuid()")):
            with refused():
                run(f"update dossier_relatedperson set {column} = {value} where id = %s", here.pk)
        with refused():
            run("delete from dossier_relatedperson where id = %s", here.pk)
    with act(factories.actor(nurse)) as by:
        open_record(by, patient.key, [Category.NETWORK])
        assert run("update dossier_relatedperson set name = 'x' where id = %s", here.pk) == 0
        with refused():
            Participant.objects.create(
                patient=patient, organisation=gp.organisation, function="huisarts", author=nurse.user, author_name="x"
            )
