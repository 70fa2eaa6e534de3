"""What the application's own database role is kept from, also with an actor stated: rows keep their person and organisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from events.actor import ANONYMOUS, act, system
from people.models import Membership, Patient
from tests import factories
from tests.consultations.helpers import Stage
from tests.referrals.world import World
from tests.security.raw import refused, run
from trust.access import open_record, regional_figures
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stranger() -> Membership:
    return factories.member("gp", name="Vreemde")


@pytest.fixture
def patient() -> Patient:
    return factories.patient(related_to=[factories.organisation("gp")])


# -- the index keeps its person and its organisations


@pytest.mark.parametrize("column", ["patient_id", "sending_organisation_id", "receiving_organisation_id", "number"])
def test_a_referral_keeps_whom_it_is_about_and_between_whom(column: str, patient: Patient) -> None:
    world = World()
    made = world.send()
    with act(factories.actor(world.receiver)), refused():
        run(f"update referrals_referral set {column} = {column} where id = %s", made.pk)


@pytest.mark.parametrize("column", ["patient_id", "asking_organisation_id", "number"])
def test_a_consultation_keeps_whom_it_is_about(column: str) -> None:
    stage = Stage()
    made = stage.ask()
    with act(factories.actor(stage.asked)), refused():
        run(f"update consultations_consultation set {column} = {column} where id = %s", made.pk)


@pytest.mark.parametrize("column", ["patient_id", "consultation_id", "organisation_id"])
def test_an_invitation_keeps_whom_it_is_for(column: str) -> None:
    stage = Stage()
    made = stage.ask()
    with act(factories.actor(stage.asked)), refused():
        run(f"update consultations_invitation set {column} = {column} where consultation_id = %s", made.pk)


def test_a_role_without_patients_asks_and_sends_nothing() -> None:
    stage = Stage()
    desk = factories.member("manager", at=stage.asker.organisation)
    with act(factories.actor(desk)), refused():
        run(
            "insert into consultations_consultation (number, patient_id, asking_organisation_id, asker_id, status, asked_at, due)"
            " values ('C-1', %s, %s, %s, 'open', now(), now())",
            stage.patient.pk, desk.organisation_id, desk.user_id,
        )  # fmt: skip


def test_an_enrolment_keeps_whom_it_is_about(stranger: Membership) -> None:
    with act(factories.actor(stranger)), refused():
        run("update journeys_enrolment set patient_id = patient_id")


# -- the record


def test_an_entry_is_written_in_the_own_name_and_never_over() -> None:
    gp, nurse = factories.member("gp"), factories.member("district_nurse")
    patient = factories.patient(related_to=[gp.organisation, nurse.organisation])
    factories.entry(patient, gp, "Zoals de huisarts het schreef.")
    with act(factories.actor(nurse)) as actor:
        open_record(actor, patient.key, Category)
        with refused():
            run("update dossier_entry set text = 'Anders' where patient_id = %s", patient.pk)
        with refused():
            run(
                "insert into dossier_entry (patient_id, organisation_id, category, kind, text, on_date, done, author_id, author_name,"
                " author_role, at, reference)"
                " values (%s, %s, 11, 'goal', 'In naam van de huisarts', current_date, false, %s, 'x', 'x', now(), '')",
                patient.pk, gp.organisation_id, nurse.user_id,
            )  # fmt: skip


# -- accounts, memberships and rights


@pytest.mark.parametrize(
    "sql",
    [
        "insert into people_membership (user_id, organisation_id, role, period, uzi, agb)"
        " values (%(user)s, %(other)s, 'gp', tstzrange(now(), null), '', '')",
        "update people_membership set organisation_id = %(other)s where user_id = %(user)s",
        "update people_membership set role = 'specialist' where user_id = %(user)s",
        "update people_organisation set may_process_bsn = true where id = %(other)s",
        "insert into people_user (username, password, name, email, is_active, language, theme, density)"
        " values ('zorg:x', '!', '', '', true, 'nl', '', 'roomy')",
        "update people_user set username = 'zorg:y' where id = %(user)s",
        "insert into people_organisationpermission (user_id, permission_id, content_object_id)"
        " select %(user)s, min(id), %(other)s from auth_permission",
    ],
)
def test_nobody_is_made_a_member_or_given_a_right_by_the_application(sql: str, stranger: Membership) -> None:
    other = factories.organisation("hospital")
    with act(factories.actor(stranger)), refused(), connection.cursor() as cursor:
        cursor.execute(sql, {"user": stranger.user_id, "other": other.pk})


# -- the log


@pytest.mark.parametrize(
    "sql",
    [
        "insert into events_event (verb, outcome) values ('record.opened', 'allowed')",
        "update events_event set verb = 'x'",
        "delete from events_event",
        "truncate events_event",
        "insert into events_event_other (id, verb, outcome) values (1, 'record.opened', 'allowed')",
        "select events_record('record.opened', 'patient', 1, 1, '{}'::jsonb, '{}'::text[], 'professional', 1)",
        "delete from events_seal",
        "select trust_derive(null)",
        "select events_digest('0'::xid8, '9'::xid8, '', 2::smallint)",
        "select events_drop('events_event_2020_01')",
        "insert into events_dropped (partition, until, lines, max_xact, digest, at) values ('x', now(), 0, 9, '', now())",
        "alter table people_patient disable row level security",
        "create table public.mine (id int)",
        "create function public.actor_kind2() returns text language sql as $$ select 'x' $$",
        "copy people_patient to program 'cat'",
        "select pg_read_file('/etc/passwd')",
    ],
)
def test_the_log_and_the_rules_are_not_the_applications_to_write(sql: str, stranger: Membership) -> None:
    with act(factories.actor(stranger)), refused():
        run(sql)


def test_the_role_of_figures_reads_no_person(stranger: Membership) -> None:
    world = World()
    world.send()
    with act(factories.actor(stranger)):
        for sql in [
            "select patient_id from referrals_referral",
            "select number, notice from referrals_referral",
            "select * from people_patient",
            "select * from people_user",
            "select * from events_event",
            "select patient_id from journeys_enrolment",
            "select * from referrals_letter",
            "select * from dossier_fact",
        ]:
            with pytest.raises(ProgrammingError), regional_figures():
                run(sql)


def test_a_worker_has_no_key_to_records(patient: Patient) -> None:
    with act(system("notifications", purpose="TREAT")), connection.cursor() as cursor:
        cursor.execute("select related, own from trust_open(%s, 1048575)", [str(patient.key)])
        assert cursor.fetchone() == (False, 0)


def test_the_application_belongs_to_no_other_role_than_that_of_figures() -> None:
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles a on a.oid = m.member"
            " where a.rolname in ('nis_app', 'nis_region')"
        )
        assert cursor.fetchall() == [("nis_region",)]
        cursor.execute(
            "select rolname from pg_roles where rolname in ('nis_app', 'nis_region') and (rolsuper or rolbypassrls)"
        )
        assert cursor.fetchall() == []


ACTORS: list[Callable[[Membership], Any]] = [lambda _m: ANONYMOUS, factories.actor]


@pytest.mark.parametrize("actor", ACTORS, ids=["nobody", "stranger"])
def test_a_stranger_reads_no_row_of_a_person(
    actor: Callable[[Membership], Any], stranger: Membership, patient: Patient
) -> None:
    world = World()
    world.send()
    stage = Stage()
    stage.ask()
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid where a.attname = 'patient_id'"
            " and c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace"
        )
        tables = [name for (name,) in cursor.fetchall()]
    assert len(tables) > 12
    with act(actor(stranger)), connection.cursor() as cursor:
        for table in [*tables, "people_patient"]:
            cursor.execute("select has_table_privilege(current_user, %s, 'select')", [table])
            if cursor.fetchone() == (False,):
                continue
            cursor.execute(f"select count(*) from {table}")
            assert cursor.fetchone()[0] == 0, table
