"""Every table with a path to a patient, filled, is empty for whom has nothing to do with the patient; every door that goes round is named.

The tables are found in the database itself, so that one made tomorrow is swept too. The functions that run with the
owner's rights are all named here with the reason why they may be called; one that is not fails the test.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from events.actor import ANONYMOUS, Actor, act
from people.models import Organisation, Patient, User
from region.generate import make
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def value_of(field: models.Field[Any, Any]) -> Any:
    """Something that fits a field, for a row of which only its being there matters."""
    if field.remote_field:
        target = field.remote_field.model
        return target._default_manager.first() or sample(target)
    if field.choices:
        return field.flatchoices[0][0]
    known: list[tuple[type, Any]] = [
        (DateTimeRangeField, factories.since()), (ArrayField, []), (models.JSONField, {}), (models.BooleanField, False),
        (models.UUIDField, uuid.uuid4()), (models.DateTimeField, timezone.now()), (models.DateField, timezone.localdate()),
        (models.IntegerField, 1), (models.BinaryField, b"x"), (models.CharField, "x"), (models.TextField, "x"),
    ]  # fmt: skip
    return next(value for kind, value in known if isinstance(field, kind))


def sample(model: type[models.Model], **values: Any) -> models.Model:
    """One row of a table that nothing else fills."""
    for field in model._meta.concrete_fields:
        given = (
            field.has_default()
            or field.has_db_default()
            or field.auto_created
            or field.generated
            or field.null
            or field.name in values
        )
        if not given and not (field.blank and isinstance(field, models.CharField | models.TextField)):
            values[field.name] = value_of(field)
    values.update({f.name: Patient.objects.first() for f in model._meta.concrete_fields if f.name == "patient"})
    return model._default_manager.create(**values)


SPECIAL: dict[str, dict[str, Any]] = {
    "trust_nationalanswer": {"holder_domain": "gp", "reader_domain": "gp", "permitted": 1, "refused": 0},
    "trust_emergency": {"explanation": "x"},
    "workplace_print": {"parts": ["problems"]},
    "dossier_residence": {"kind": "home", "municipality": "Huizen", "municipality_code": ""},
    "dossier_statement": {"reference": "fact:1:Condition/1"},
}


def filled(folder: Path) -> list[str]:
    """Every table with a path to a patient, each with rows."""
    with factories.as_owner():
        make(factor=0.06, seed=20, folder=folder, sources="http://127.0.0.1:9", say=lambda line: None, facts=False)
        tables = [name for (name,) in rows(factories.BOUND)]
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into trust_opening (patient_id, categories, own_categories, grounds)"
                " select id, 1, 1, '{}' from people_patient limit 1"
            )
        by_table = {model._meta.db_table: model for model in apps.get_models()}
        for table in tables:
            if not rows(f"select 1 from {table} limit 1"):
                with transaction.atomic():
                    sample(by_table[table], **SPECIAL.get(table, {}))
        empty = [table for table in tables if not rows(f"select 1 from {table} limit 1")]
    assert not empty
    assert len(tables) > 30
    return tables


def strangers() -> dict[str, Actor | None]:
    """Who has nothing to do with any patient of the region: nobody, a visitor, and somebody in each kind of role elsewhere."""
    with factories.as_owner():
        user = User.objects.create_user("digid:somebody")
    practice, ended = factories.organisation("gp"), factories.organisation("gp")
    found: dict[str, Actor | None] = {"nobody": None, "visitor": ANONYMOUS, "citizen": factories.citizen_actor(user)}
    for role in ("gp", "specialist", "manager", "privacy_officer", "coordinator"):
        found[role] = factories.actor(factories.member(role, at=practice))
    other = factories.patient()
    factories.relation(other, ended.__class__.objects.get(pk=ended.pk), period=_past())
    found["relation that ended"] = factories.actor(factories.member("gp", at=ended))
    found["another purpose"] = factories.actor(factories.member("gp", at=practice), purpose="HMARKT")
    return found


def _past() -> Any:
    period = factories.since(90)
    return type(period)(period.lower, timezone.now() - timedelta(days=1))


OWN_PAST = {("relation that ended", "trust_carerelation"), ("relation that ended", "trust_grant")}
"""An organisation goes on seeing that it once had a relation of its own, and the grant that is over."""


def test_raw_sql_without_a_basis_reads_no_row_about_any_patient(tmp_path: Path) -> None:
    tables = filled(tmp_path)
    found: list[str] = []
    for who, actor in strangers().items():
        with act(actor) if actor else transaction.atomic():
            for table in tables:
                try:
                    with transaction.atomic():
                        (seen,) = rows(f"select count(*) from {table}")[0]
                except DatabaseError:
                    continue  # no right on the table at all
                if seen and (who, table) not in OWN_PAST:
                    found.append(f"{who} reads {seen} rows of {table}")
    assert not found


def test_every_table_with_a_path_to_a_patient_is_guarded_for_its_owner_too() -> None:
    with factories.as_owner():
        tables = [name for (name,) in rows(factories.BOUND)]
        bare = rows(
            "select oid::regclass::text from pg_class k where oid = any(%s::regclass[]) and (not relrowsecurity or not relforcerowsecurity"
            " or not exists (select 1 from pg_policy p where p.polrelid = k.oid))",
            tables,
        )
        views = rows(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')"
            " and not coalesce('security_invoker=true' = any(reloptions), false)"
        )
        everybody = rows(
            "select polrelid::regclass::text, polname from pg_policy where polrelid = any(%s::regclass[]) and polpermissive"
            " and pg_get_expr(polqual, polrelid) = 'true' and polroles <> array['nis_owner'::regrole::oid]"
            " and polroles <> array['nis_region'::regrole::oid]",
            tables,
        )
    assert not bare
    assert not views, "a view reads with the rights of its owner"
    assert not everybody, "a policy that lets everybody through"


OF_FIGURES = {
    "referrals_referral",
    "referrals_round",
    "referrals_appointment",
    "referrals_exploring",
    "journeys_enrolment",
    "trust_emergency",
}
"""Tables with a policy for the role of regional figures, which may read columns that point at no person."""


def test_the_role_of_figures_reads_no_column_that_points_at_a_person() -> None:
    with factories.as_owner():
        tables = [name for (name,) in rows(factories.BOUND)]
        readable = rows(
            "select attrelid::regclass::text, attname from pg_attribute where attrelid = any(%s::regclass[]) and attnum > 0"
            " and not attisdropped and has_column_privilege('nis_region', attrelid, attnum, 'select')",
            tables,
        )
    personal = {
        (model._meta.db_table, model._meta.get_field(name).column)
        for model in apps.get_models()
        for name, kind in getattr(model, "PERSONAL", {}).items()
        if kind in {"identity", "contact", "account"}
    }
    assert {table for table, _ in readable} <= OF_FIGURES
    assert not set(readable) & personal


JUDGES, ASKS_WHO, OWN, WORKER, WRITES = (
    "judges by the derived grants of who asks",
    "tells only about who asks or the own organisation",
    "answers about rows of the own organisation or of threads it is a party to",
    "for named workers; returns what they need to do their work",
    "changes one thing after judging, and returns no more than its number or outcome",
)
DEFINERS = {
    "consultations_asked": OWN, "consultations_erase": WRITES, "consultations_log_denied": WRITES,
    "consultations_over": OWN, "consultations_running": OWN, "dossier_copies_left": OWN, "dossier_copy_ask": WRITES,
    "dossier_copy_content": WORKER, "dossier_correct": WRITES, "dossier_drop_copied_texts": WORKER, "dossier_drop_expired": WRITES,
    "dossier_coordinate": WRITES, "dossier_erase": WRITES, "dossier_fact_state": JUDGES, "dossier_has_left": JUDGES,
    "dossier_network_hearers": WORKER, "dossier_person_of": JUDGES,
    "dossier_follow_merger": WORKER, "referrals_follow_merger": WORKER, "consultations_follow_merger": WORKER, "dossier_newest": OWN,
    "dossier_signed": OWN,
    "events_ask": WRITES, "events_done": WRITES, "events_partitions": WRITES, "events_pick_up": WRITES,
    "events_record": WRITES, "events_seal": WRITES, "events_verify": "counts and digests, no lines",
    "exchange_chain_erase": WRITES, "exchange_chain_patient": WORKER,
    "exchange_partner_account": WRITES, "exchange_partner_patient": JUDGES, "exchange_partners": WORKER,
    "exchange_duties": ASKS_WHO, "exchange_mail_of": WORKER, "exchange_parked": ASKS_WHO, "exchange_retry": WRITES,
    "exchange_skip": WRITES, "exchange_step": WORKER, "exchange_subscribers": WORKER, "journeys_erase": WRITES,
    "oversight_drop_log": WORKER,
    "oversight_find_patient": "a privacy officer, by BSN and birth date together, each try logged",
    "oversight_find_signals": WORKER, "oversight_forget_signals": WORKER,
    "oversight_knows_record": "a privacy officer; whether a number of a line still exists",
    "people_citizen_account": "while signing in, by the BSN that the citizen proved",
    "portal_carer_account": "while signing in; an account, no record", "portal_ending": WORKER, "referrals_erase": WRITES,
    "referrals_drafts": OWN, "referrals_drop_draft": WRITES, "referrals_drop_drafts": WORKER,
    "referrals_hold_draft": OWN, "referrals_drafts_follow_merger": WORKER,
    "referrals_drop_batches": WORKER, "referrals_hand_draft": WRITES,
    "referrals_keep_draft": WRITES, "referrals_sent_document": JUDGES,
    "referrals_exploring": OWN, "referrals_invite": WRITES, "referrals_explore": WRITES, "referrals_release": WRITES,
    "referrals_explorers_follow_merger": WORKER,
    "referrals_enrol": WRITES, "referrals_give_places": WORKER, "referrals_follow_session": WORKER,
    "referrals_person_acts": JUDGES, "referrals_person_holds": JUDGES, "referrals_person_step": WRITES, "referrals_refer_self": WRITES,
    "referrals_after": WORKER, "referrals_former": OWN, "referrals_goes_along": JUDGES, "referrals_shortlist": WRITES,
    "referrals_taken": ASKS_WHO, "referrals_may_engage": OWN, "referrals_parts": OWN,
    "referrals_turn": WRITES, "referrals_log_denied": WRITES, "referrals_running": OWN, "referrals_told": WORKER,
    "referrals_stuck": "the coordinator of the region; what is late, nothing of whom it is about", "rights_drop_exports": WORKER,
    "rights_ended": WORKER, "rights_held": JUDGES, "rights_hold_place": WRITES,
    "rights_open": WRITES, "rights_opened": ASKS_WHO, "rights_requests_ended": WORKER, "rights_speaks_for": JUDGES,
    "trust_acting_mask": JUDGES, "trust_choose": WRITES, "trust_closed": ASKS_WHO, "trust_confirm": WRITES,
    "trust_decide": JUDGES, "trust_end_emergency": WRITES, "trust_end_mandate": WRITES, "trust_end_relation": WRITES,
    "trust_forget_openings": "counts; what runs keeps what it opened", "trust_give_mandate": WRITES,
    "trust_has_permission": ASKS_WHO, "trust_is_guardian": JUDGES, "trust_keep_national_answer": WRITES,
    "trust_keep_national_choice": WORKER, "trust_lift": WRITES, "trust_log_search": WRITES, "trust_may_choose": JUDGES,
    "trust_merge": WRITES, "trust_open": JUDGES, "trust_opened_mask": ASKS_WHO,
    "trust_opened_of": ASKS_WHO, "trust_outcomes": JUDGES, "trust_oversees": ASKS_WHO, "trust_owned": ASKS_WHO,
    "trust_reach": JUDGES, "trust_reach_keys": JUDGES,
    "trust_register": "registers by BSN; tells a known number from a new one, each try logged",
    "trust_registration": WORKER, "trust_restrict": WRITES, "trust_review_emergency": WRITES, "trust_search": JUDGES,
    "trust_recent": OWN, "trust_searched_often": OWN,
    "trust_sharing": JUDGES, "trust_speaks_for": JUDGES, "trust_start_emergency": WRITES, "trust_start_relation": WRITES,
    "trust_state_need": WRITES, "trust_state_policy": WRITES, "trust_take_up": WRITES, "trust_tend_relation": WRITES,
    "trust_unseen": OWN, "trust_withdraw": WRITES, "trust_worked_with": OWN, "workplace_drop_prints": WORKER,
}  # fmt: skip
CALLABLE = """
    select p.proname, array(select t::regtype::text from unnest(p.proargtypes) t), p.proretset or p.prorettype <> 'void'::regtype
    from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef and p.prorettype <> 'trigger'::regtype
      and (has_function_privilege('nis_app', p.oid, 'execute') or has_function_privilege('nis_region', p.oid, 'execute'))
    order by 1
"""


def test_every_function_with_the_owners_rights_has_its_reason() -> None:
    with factories.as_owner():
        there = {name for name, _, _ in rows(CALLABLE)}
    assert there == set(DEFINERS)


WITHHELD = ([], None, False, 0, "", {}, "unknown", "differs", "code")


def test_no_function_tells_a_stranger_about_a_patient(tmp_path: Path) -> None:
    """Each is called with the numbers of a patient and an organisation that exist, by whom has nothing to do with them."""
    filled(tmp_path)
    with factories.as_owner():
        patient, place = Patient.objects.earliest("pk"), Organisation.objects.earliest("pk")
        functions = rows(CALLABLE)
        holds = rows("select id from rights_hold limit 1")
    assert holds
    told: list[str] = []
    for who, actor in strangers().items():
        for name, kinds, tells in functions:
            if DEFINERS.get(name) not in {JUDGES, OWN, WORKER} or not tells:
                continue
            for values in arguments(kinds, patient, place):
                answer = call(name, values, actor)
                if any(not _tells_nothing(name, value, actor) for row in answer for value in row):
                    told.append(f"{name}{values} tells {who}: {answer[:2]}")
    assert not told


def arguments(kinds: list[str], patient: Patient, place: Organisation) -> list[list[Any]]:
    """Values for a call: the patient's number for each first number, once with and once without the organisation's."""
    plain: dict[str, Any] = {
        "text": "x", "uuid": patient.key, "integer": 5, "date": date(2020, 1, 1), "boolean": True, "jsonb": "{}",
        "timestamp with time zone": datetime(2020, 1, 1, tzinfo=timezone.get_current_timezone()), "text[]": ["gp"],
        "bigint[]": [place.pk], "smallint": 1,
    }  # fmt: skip
    made = []
    for second in (place.pk, 1048575):
        numbers = iter([patient.pk, *([second] * 9)])
        made.append([next(numbers) if kind == "bigint" else plain[kind] for kind in kinds])
    return made


def call(name: str, values: list[Any], actor: Actor | None) -> list[tuple[Any, ...]]:
    """What a function answers; a refusal by the database is no answer."""
    places = ", ".join(["%s"] * len(values))
    try:
        with act(actor) if actor else transaction.atomic():
            return rows(f"select * from {name}({places})", *values)
    except DatabaseError:
        return []


def _tells_nothing(name: str, value: Any, actor: Actor | None) -> bool:
    if name in {"trust_decide", "trust_open"}:  # what was asked for and not needed by the role, and the reason
        return not isinstance(value, dict) or not value.get("holders")
    if name == "trust_sharing":  # what a field needs is no secret
        return value is not None
    return value in WITHHELD
