"""The generator: a whole region or none, the same for the same seed, with grants as the triggers would make them."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import Http404
from django.utils import timezone

from events.actor import act
from events.models import Event, WorkItem
from exchange.partners import identity
from exchange.partners.connecting import connection_of
from exchange.partners.models import FhirConnection, PartnerTask
from oversight.models import Signal
from people.models import Membership, Organisation, OrganisationPermission, Patient, PatientIdentity, User
from referrals.access.person import SAID_WITH
from referrals.access.sent import REPORTED_WITH
from referrals.models import Referral, Remark, Report, Step, Supplement
from referrals.moves import MOVES, Status, Verb
from region.generate import make
from region.generate.citizens import bsns
from region.generate.partners import NAME
from rights.access import inbox_for, messages_of, open_request
from square.models import HealthcareService, WaitingTimeReport
from tests import factories
from trust.access import decide, open_record
from trust.categories import Category
from trust.models import CareRelation, Consent, Emergency, Grant, Mandate, Policy

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = 0.06


def made(folder: Path, *, seed: int = 20, **values: Any) -> None:
    with factories.as_owner():
        make(
            factor=SMALL,
            seed=seed,
            folder=folder,
            sources="http://127.0.0.1:9",
            say=lambda line: None,
            facts=False,
            **values,
        )


def membership(sub: str, place: str) -> Membership:
    return Membership.objects.select_related("organisation", "user").get(
        user__username=f"zorg:{sub}", organisation__name=place
    )


def patient(bsn: str) -> Patient:
    with factories.as_owner():
        return PatientIdentity.objects.get(bsn=bsn).patient


def grants() -> list[str]:
    columns = [
        "patient_id", "grantee", "categories", "own_categories", "consented", "exceptions", "basis", "source_id", "period",
    ]  # fmt: skip
    return sorted(map(str, Grant.objects.values_list(*columns)))


INPUTS = ("trust_carerelation", "trust_consent", "trust_mandate", "trust_emergency", "trust_restriction")


def test_grants_are_those_that_the_triggers_make(tmp_path: Path) -> None:
    made(tmp_path)
    with factories.as_owner(), connection.cursor() as cursor:
        before = grants()
        for table in INPUTS:
            cursor.execute(f"create temporary table kept_{table} as select * from {table}")
            cursor.execute(f"delete from {table}")
        assert not Grant.objects.exclude(basis="self").exists()
        for table in INPUTS:
            cursor.execute(f"insert into {table} overriding system value select * from kept_{table}")
            cursor.execute(f"drop table kept_{table}")
        after = grants()
    assert len(before) > 300
    assert before == after


def test_the_exceptions_of_trust_are_there_to_be_seen(tmp_path: Path) -> None:
    made(tmp_path)
    with factories.as_owner():
        night = Emergency.objects.get(patient=patient("999996782"))
        assert (night.organisation.name, night.review) == ("Huisartsenpost Gooi", "")
        assert night.explanation
        reviewed = set(Emergency.objects.exclude(review="").values_list("organisation__name", flat=True))
        assert reviewed >= {"Wijkzorg Gooi", "Huisartspraktijk De Heuvel"}
        lines = Event.objects.filter(patient_id=night.patient_id, purpose="ETREAT").values_list("verb", "basis")
        assert set(lines) == {("emergency.started", ""), ("record.opened", "emergency")}
        versions = Policy.objects.filter(organisation__name="GGZ Centrum Gooi").order_by("version")
        assert [policy.period.upper is None for policy in versions] == [False, True]
        assert all(policy.period.lower < timezone.now() for policy in versions)
        to_come = Policy.objects.get(organisation__name="Polikliniek Vechtstreek", version=2)
        assert to_come.period.lower > timezone.now()
        assert Organisation.objects.admitted().exclude(policies__version=1).count() == 0
        assert Mandate.objects.filter(patient=patient("111222333"), kind="mentor").exclude(document="").exists()
        assert Consent.objects.exclude(reader_user=None).filter(permit=False).exists()
        assert Consent.objects.exclude(holder_organisation=None).exists()
        assert Signal.objects.filter(status="new").exists(), "the privacy officer has something to look into"
    with act(factories.actor(membership("mirjam.smit", "Huisartspraktijk De Linde"))) as actor:
        assert not decide(actor, patient("999995364"), Category), "the neighbour at the practice"
    with act(factories.actor(membership("karim.haddou", "Huisartspraktijk De Linde"))) as actor:
        assert decide(actor, patient("999995364"), Category)


SHAPE = r"""
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
    from pg_constraint where contype = 'f' and conparentid = 0
    union all
    select indrelid::regclass::text, '', regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX \S+', ''), indisvalid
    from pg_index where indrelid::regclass::text !~ '^pg_'
    union all
    select oid::regclass::text, 'security', relrowsecurity::text || relforcerowsecurity, true
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    union all
    select tgrelid::regclass::text, tgname, tgenabled::text, true from pg_trigger where not tgisinternal
"""


CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
"""A condition of an index that is read back says the same with its casts in other places."""


def shape() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SHAPE)
        return sorted((table, name, CASTS.sub("", said), valid) for table, name, said, valid in cursor.fetchall())


def test_what_was_laid_aside_for_loading_comes_back_as_it_was(tmp_path: Path) -> None:
    with factories.as_owner():
        before = shape()
    made(tmp_path)
    with factories.as_owner():
        assert shape() == before


def test_the_same_seed_makes_the_same_region(tmp_path: Path) -> None:
    made(tmp_path / "one")
    with factories.as_owner():
        first = [
            (r.number, r.status, r.service.name, r.age)
            for r in Referral.objects.select_related("service").order_by("pk")
        ]
    for name in ("citizens.jsonl", "personas.json"):
        assert (tmp_path / "one" / name).exists()
    from tests.conftest import _empty

    _empty(None)  # type: ignore[arg-type]
    made(tmp_path / "two")
    with factories.as_owner():
        second = [
            (r.number, r.status, r.service.name, r.age)
            for r in Referral.objects.select_related("service").order_by("pk")
        ]
    assert len(first) > 80
    # Whoever is asked at the very edge of this minute may differ, nothing else.
    assert sum(a != b for a, b in zip(first, second, strict=True)) <= 1
    for name in ("citizens.jsonl", "personas.json"):
        assert (tmp_path / "one" / name).read_text() == (tmp_path / "two" / name).read_text()


def test_the_people_of_the_story_are_there_and_see_what_they_should(tmp_path: Path) -> None:
    made(tmp_path)
    anna, johanna = patient("999996782"), patient("111222333")
    assert (anna.name, anna.birth_date.isoformat()) == ("A.M. de Vries-Jansen", "1948-03-12")
    assert (johanna.surname, johanna.birth_date.isoformat()) == ("van Putten-van der Giessen", "1934-04-28")
    karim = membership("karim.haddou", "Huisartspraktijk De Linde")
    fatima = membership("fatima.bakker", "Wijkzorg Gooi")
    for who in (karim, fatima):
        with act(factories.actor(who)) as actor:
            assert Category.MEDICATION in open_record(actor, anna.key, Category).allowed
    with (
        act(factories.actor(membership("pieter.vandam", "Huisartspraktijk De Heuvel"))) as actor,
        pytest.raises(Http404),
    ):
        open_record(actor, anna.key, [Category.PLAN])
    with act(factories.actor(karim)) as actor:
        assert Category.MENTAL_HEALTH not in decide(actor, anna, Category).allowed
    with factories.as_owner():
        wijkteam = Organisation.objects.get(name="Wijkteam Huizen")
        assert not CareRelation.objects.filter(patient=anna, organisation=wijkteam).exists()
        assert not Referral.objects.filter(patient=anna, receiving_organisation=wijkteam).exists()
        offered = HealthcareService.objects.filter(organisation=wijkteam, active=True, open_for_new=True)
        assert {"Verkennend gesprek", "Sociaal team: brede ondersteuning"} <= set(
            offered.values_list("name", flat=True)
        )
        assert {
            (p.user.username, p.permission.codename, p.content_object.name)
            for p in OrganisationPermission.objects.all()
        } == {
            ("zorg:noor.deboer", "see_dashboards", "Regio Gooi en Vechtstreek"),
            ("zorg:noor.deboer", "manage_admission", "Regio Gooi en Vechtstreek"),
            ("zorg:noor.deboer", "manage_rules", "Regio Gooi en Vechtstreek"),
            ("zorg:noor.deboer", "manage_sources", "Regio Gooi en Vechtstreek"),
            ("zorg:hanna.mulder", "manage_policy", "Huisartspraktijk De Linde"),
            ("zorg:hanna.mulder", "manage_sources", "Huisartspraktijk De Linde"),
            ("zorg:sanne.willems", "manage_offer", "Wijkteam Huizen"),
            ("zorg:ellen.visser", "manage_sources", NAME),
        }
        assert User.objects.get(username="digid:digid.putten").patient == johanna
        late = WorkItem.objects.of_team(wijkteam.pk).filter(due__lt=timezone.now()).count()
        assert 2 <= late < WorkItem.objects.of_team(wijkteam.pk).count()


def test_every_referral_went_only_by_steps_that_exist(tmp_path: Path) -> None:
    made(tmp_path)
    moves: dict[tuple[Verb, Status | None], set[Status]] = {}
    for move in MOVES:
        for source in move.sources or (None,):
            moves.setdefault((move.verb, source), set()).add(move.target)
    with factories.as_owner():
        steps: dict[int, list[Step]] = {}
        for step in Step.objects.order_by("referral_id", "at", "id"):
            steps.setdefault(step.referral_id, []).append(step)
        for referral in Referral.objects.all():
            status: Status | None = None
            asked = 1
            for step in steps[referral.pk]:
                if step.round != asked:  # after a no, the next one that was named is asked
                    assert status == Status.REJECTED
                    asked, status = step.round, Status.REQUESTED
                assert step.status in moves[Verb(step.verb), status]
                assert step.verb != Verb.SEND or (step.status == Status.IN_PROGRESS) == (referral.origin == "walk_in")
                status = Status(step.status)
                assert step.at <= timezone.now()
            if referral.round != asked:
                assert (status, referral.status) == (Status.REJECTED, Status.REQUESTED)
                continue
            assert referral.status == status
        assert set(Referral.objects.values_list("status", flat=True)) >= {
            "requested",
            "accepted",
            "completed",
            "rejected",
            "asked_back",
        }


def test_the_log_holds_three_years_and_is_sealed(tmp_path: Path) -> None:
    made(tmp_path)
    with factories.as_owner(), connection.cursor() as cursor:
        for _ in range(40):  # sealing waits for every transaction that is older, also of other databases
            cursor.execute("select events_seal()")
            cursor.execute("select state, present from events_verify(0, 100)")
            if cursor.rowcount:
                break
            time.sleep(0.25)
        assert [state for state, _ in cursor.fetchall()] == ["intact"]
        cursor.execute("select count(distinct tableoid), count(*) filter (where at > now()) from events_event")
        months, future = cursor.fetchone()
        assert months >= 36
        assert future == 0
        cursor.execute("select count(*) from events_event_other")
        assert cursor.fetchone() == (0,)
        anna = patient("999996782")
        assert (
            Event.objects.filter(
                patient_id=anna.pk, verb="record.opened", at__gt=timezone.now() - timedelta(days=7)
            ).count()
            >= 3
        )


def test_numbers_continue_after_those_that_were_given(tmp_path: Path) -> None:
    made(tmp_path)
    with factories.as_owner():
        highest = Referral.objects.latest("pk").number
        with connection.cursor() as cursor:
            cursor.execute("select nextval('referrals_number')")
            assert cursor.fetchone()[0] == int(highest.rpartition("-")[2]) + 1
        assert factories.organisation().pk == Organisation.objects.latest("pk").pk
        assert WaitingTimeReport.objects.filter(days__gt=300).count() == 0


def test_files_name_whom_the_sources_know_and_who_can_sign_in(tmp_path: Path) -> None:
    made(tmp_path)
    people = json.loads((tmp_path / "personas.json").read_text())
    assert len({(p["means"], p["sub"]) for p in people}) == len(people)
    for person in people:
        if person["means"] == "zorg":
            assert User.objects.filter(username=f"zorg:{person['sub']}").exists()
    citizens = [json.loads(line) for line in (tmp_path / "citizens.jsonl").read_text().splitlines()]
    assert citizens[0]["sources"] == ["his", "ecd", "epd", "ais"]
    with factories.as_owner():
        known = set(PatientIdentity.objects.values_list("bsn", flat=True))
    assert {c["bsn"] for c in citizens} <= known


def test_numbers_of_citizens_pass_the_elfproef_and_begin_in_the_test_range() -> None:
    numbers = bsns()
    first = [next(numbers) for _ in range(9300)]
    for bsn in first:
        assert sum((9 - i) * int(d) for i, d in enumerate(bsn[:8])) % 11 == int(bsn[8])
    assert len(set(first)) == len(first)
    assert all(bsn.startswith("9999") for bsn in first[:9000])
    assert all(bsn.startswith("9") for bsn in first)


def test_it_refuses_production_and_a_second_region(
    tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("make_region", region_dir=tmp_path)
    settings.PRODUCTION = False
    factories.organisation()
    with pytest.raises(CommandError, match="already"):
        call_command("make_region", region_dir=tmp_path)
    call_command("make_region", "--if-empty", region_dir=tmp_path)
    assert "already" in capsys.readouterr().out
    assert Patient.objects.count() == 0


def test_the_people_of_the_story_asked_about_their_data_and_the_desk_sees_what_waits(tmp_path: Path) -> None:
    made(tmp_path)
    officer = membership("ruben.smits", "Huisartspraktijk De Linde")
    with act(factories.actor(officer)) as actor:
        assert {request.kind for request in inbox_for(actor).running()} == {"objection", "deletion"}
        waiting = inbox_for(actor).running().first()
        assert waiting is not None
        assert messages_of(open_request(actor, waiting.pk))


def test_what_was_written_and_what_was_farmed_out_has_the_step_that_pages_look_for(tmp_path: Path) -> None:
    made(tmp_path)
    with factories.as_owner():
        for kind, verbs in ((Supplement, {Verb.SUPPLEMENT}), (Report, REPORTED_WITH), (Remark, SAID_WITH)):
            assert {one.step.verb for one in kind.objects.select_related("step")} <= verbs
        parts = Referral.objects.exclude(based_on=None)
        assert parts.exists()
        wholes = set(parts.values_list("based_on_id", flat=True))
        assert wholes <= set(Step.objects.filter(verb=Verb.ENGAGE).values_list("referral_id", flat=True))


def test_a_participant_works_with_its_own_software_and_referrals_went_by_it(tmp_path: Path) -> None:
    made(tmp_path)
    with factories.as_owner():
        connection_ = FhirConnection.objects.get()
        assert connection_.keys.filter(stopped_at=None).count() == 1
        for key in connection_.keys.all():
            identity.key_of(key.jwk)
        brought = Referral.objects.filter(origin="system")
        assert {one.sending_organisation_id for one in brought} == {connection_.organisation_id}
        assert set(PartnerTask.objects.values_list("referral_id", flat=True)) == {one.pk for one in brought}
        by_system = Step.objects.filter(party="system")
        assert set(by_system.values_list("organisation_id", flat=True)) == {connection_.organisation_id}
        assert not by_system.exclude(user=None).exists()
        assert by_system.filter(verb="accept").exists()
    boss = membership("ellen.visser", NAME)
    with act(factories.actor(boss)) as actor:
        assert connection_of(actor) == connection_
