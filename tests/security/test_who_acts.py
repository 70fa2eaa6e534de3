"""Who acts for somebody, or handles a request, and tries to get further than that: through the pages and beneath them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.utils import timezone

from dossier.models import Entry
from events.actor import Actor, act
from events.errors import Refused
from people.models import Membership, User
from rights.models import Request
from tests import factories
from tests.portal.scene import Scene, act_for, mandate, stranger_account
from tests.rights.stage import decided, sent, stage, taken_up
from tests.security.raw import refused, run
from tests.trust.national.test_notification import JSON, bundle, consent
from trust.access import need_unrestricted, open_record
from trust.categories import EVERYTHING, Category, from_mask
from trust.models import Consent, Grant, Restriction
from trust.national.safe_xml import Unreadable
from trust.national.subscription import read_notification

pytestmark = pytest.mark.django_db(transaction=True)
CODE = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")
MEDICINES = (Category.IDENTITY, Category.MEDICATION, Category.ALLERGIES)
Browse = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


def asked(by: Actor, question: str, *values: Any) -> list[tuple[Any, ...]]:
    with act(by), connection.cursor() as cursor:
        cursor.execute(question, list(values))
        return cursor.fetchall()


def given(client: Client, **values: Any) -> str:
    form = {"name": "Een helper", "groups": ["medication"], "until": "none", "acts": "on", **values}
    answer = client.post("/portal/mandates/new/", form)
    found = CODE.search(answer.content.decode())
    return found[0] if found else str(answer.status_code)


def test_a_mentor_gives_no_more_than_the_own_mandate_covers(citizen_client: Browse) -> None:
    patient, mentor = factories.patient(), stranger_account()
    mandate(patient, mentor, *MEDICINES, acts=True, kind="mentor", document="beschikking")
    client = act_for(citizen_client(mentor), patient)
    assert given(client, groups=["medication", "mental"]) == "403"
    code = given(client)
    assert client.post("/portal/acting/", {"code": code}).status_code == 422, "not for who gave it"
    helper = stranger_account()
    assert citizen_client(helper).post("/portal/acting/", {"code": code}).status_code == 302
    with factories.as_owner():
        assert from_mask(Grant.objects.get(grantee=f"person:{helper.pk}").categories) == set(MEDICINES)


def test_whom_a_parent_lets_act_stops_with_the_parent_at_sixteen(citizen_client: Browse) -> None:
    today = timezone.localdate()
    child, parent, helper = (
        factories.patient(birth_date=today.replace(year=today.year - 15)),
        stranger_account(),
        stranger_account(),
    )
    mandate(child, parent, acts=True, kind="parent", document="uittreksel")
    code = given(act_for(citizen_client(parent), child))
    assert citizen_client(helper).post("/portal/acting/", {"code": code}).status_code == 302
    with factories.as_owner():
        ends = {grant.period.upper for grant in Grant.objects.filter(patient=child)}
    assert len(ends) == 1
    assert None not in ends


def test_beneath_the_pages_too_nobody_chooses_about_what_the_mandate_leaves_out() -> None:
    patient, carer = factories.patient(), stranger_account()
    mandate(patient, carer, *MEDICINES, acts=True)
    made = factories.consent(patient, Category.SOCIAL, permit=False)
    with act(factories.citizen_actor(carer)), refused():
        run("select trust_choose(%s, true, 1048575, '', null, '', null, null, null, '')", patient.pk)
    with act(factories.citizen_actor(carer)), refused():
        run("select trust_withdraw(%s)", made.pk)


def test_a_mandate_to_look_and_one_to_act_do_not_add_up(citizen_client: Browse) -> None:
    patient, carer = factories.patient(), stranger_account()
    mandate(patient, carer)
    mandate(patient, carer, *MEDICINES, acts=True)
    client = act_for(citizen_client(carer), patient)
    assert client.post("/portal/consent/gp/mental/permit/").status_code == 403
    assert client.post("/portal/consent/gp/medication/permit/").status_code == 302
    with factories.as_owner():
        assert from_mask(Consent.objects.get().categories) == {Category.MEDICATION, Category.ALLERGIES}


def test_a_blind_update_moves_no_request_that_the_mandate_leaves_out() -> None:
    s, carer = stage(), stranger_account()
    made = sent(s, "deletion", frozenset({Category.WISHES}))
    mandate(s.patient, carer, *MEDICINES, acts=True)
    with act(factories.citizen_actor(carer)):
        run("update rights_request set extended_at = now()")
    with factories.as_owner():
        assert Request.objects.get(pk=made.pk).extended_at is None


def test_a_granted_question_corrects_no_entry() -> None:
    s = stage()
    entry = factories.entry(s.patient, s.gp, "Zoals het was")
    made = decided(s, taken_up(s, "question", frozenset()))
    with act(factories.actor(s.officer)), refused():
        run("select dossier_correct(%s, %s, 'Anders', %s, '', '')", s.patient.pk, entry.pk, f"request:{made.pk}")
    with factories.as_owner():
        assert not Entry.objects.filter(text="Anders").exists()


def test_a_request_to_remove_one_kind_of_data_removes_no_other() -> None:
    s = stage("social", "social_worker")
    factories.entry(s.patient, s.gp, category=Category.PLAN)
    made = taken_up(s, "deletion", frozenset({Category.WISHES}))
    with act(factories.actor(s.officer)), refused():
        run("update rights_request set status = 'granted', closed_at = now() where id = %s", made.pk)
        run("select dossier_erase(%s, %s, 1048575)", s.patient.pk, s.gp.organisation_id)
    with factories.as_owner():
        assert Entry.objects.filter(category=Category.PLAN).exists()


def test_who_thinks_along_hears_no_choices() -> None:
    other = factories.member("psychologist", factories.organisation("mental_health"))
    patient = factories.patient()
    factories.relation(patient, other.organisation, source="consultation", reference="consultation:1")
    factories.consent(patient, Category.MENTAL_HEALTH)
    nobody = "array[null]::bigint[]"
    question = f"select place from trust_outcomes(%s, array[null]::text[], {nobody}, array['gp'], {nobody}, {nobody})"
    assert asked(factories.actor(other), question, patient.pk) == []


def test_a_restriction_holds_against_sending_when_everything_was_refused_too() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.consent(patient, permit=False)
    with factories.as_owner():
        Restriction.objects.create(
            patient=patient, organisation=gp.organisation, categories=1 << Category.REFERRAL, reference="request:1",
            period=DateTimeTZRange(timezone.now() - timezone.timedelta(days=1), None),
        )  # fmt: skip
    with act(factories.actor(gp)) as actor:
        assert not open_record(actor, patient.key, EVERYTHING).allowed
        with pytest.raises(Refused):
            need_unrestricted(patient.pk, gp.organisation_id, Category.REFERRAL)


def test_ten_tries_are_ten_also_at_once() -> None:
    nurse = factories.member("district_nurse", factories.organisation("home_care"))
    outcomes: list[str] = []
    together = threading.Barrier(20)

    def guess() -> None:
        together.wait()
        question = "select outcome from trust_start_emergency(null, %s, '1950-01-01', 'acute', 'een gok van tien')"
        outcomes.append(asked(factories.actor(nurse), question, factories.bsn())[0][0])
        connection.close()

    guesses = [threading.Thread(target=guess) for _ in range(20)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join()
    assert (outcomes.count("differs"), outcomes.count("too_often")) == (10, 10)


def test_an_opening_that_came_back_with_a_restored_copy_opens_nothing() -> None:
    gp, other, patient = factories.member("gp"), factories.member("gp"), factories.patient()
    factories.entry(patient, other)
    holders = json.dumps({"holders": {str(other.organisation_id): [1048575, 1048575, 1]}})
    with factories.as_owner():
        run(
            "insert into trust_opening (xact, at, patient_id, user_id, organisation_id, categories, own_categories, grounds)"
            " select (pg_current_xact_id()::text::bigint + n)::text::xid8, now() - interval '1 minute', %s, %s, %s, 1048575, 0, %s"
            " from generate_series(1, 50) n",
            patient.pk, gp.user_id, gp.organisation_id, holders,
        )  # fmt: skip
    with act(factories.actor(gp)):
        run("select pg_current_xact_id()")
        assert not Entry.objects.exists()


def test_from_where_somebody_else_looked_is_not_for_a_citizen(
    citizen_client: Browse, client_of: Callable[[Membership], Client]
) -> None:
    scene = Scene()
    client_of(scene.gp).get(f"/patients/{scene.patient.key}/", REMOTE_ADDR="203.0.113.77")
    shown = citizen_client(scene.user).get("/fhir/AuditEvent")
    assert shown.json()["entry"]
    assert "203.0.113.77" not in shown.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        bundle(consent(dateTime="0001-01-01T00:00:00+14:00")), bundle(consent(dateTime="9999-12-31T23:59:59-14:00")),
        bundle(consent(), ura="\0"),
    ],
    ids=range(3),
)  # fmt: skip
def test_an_odd_notification_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_notification(body, JSON)


DIGITS = "9" * 5000


@pytest.mark.parametrize(
    "address",
    [
        "/fhir/AuditEvent?date=lt0001-01-01", "/fhir/AuditEvent?date=gt9999-12-31", "/fhir/AuditEvent?date=9999-12-31",
        "/portal/consent/new/?q=a%00b", f"/rights/new/?kind=question&day=2026-11-20&who=1.{DIGITS}",
    ],
    ids=range(5),
)  # fmt: skip
def test_odd_addresses_are_no_faults_for_a_citizen(address: str, citizen_client: Browse) -> None:
    assert citizen_client(Scene().user).get(address).status_code < 500


@pytest.mark.parametrize("form", [{"until": "9999-12-31"}, {"person": "a\0b"}])
def test_an_odd_search_of_the_log_is_no_fault(form: dict[str, str], client_of: Callable[[Membership], Client]) -> None:
    client = client_of(factories.member("privacy_officer"))
    assert client.post("/oversight/log/", form).status_code < 500
    assert client.get("/oversight/log/").status_code == 200


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
def test_an_odd_moment_is_no_fault(moment: str, client_of: Callable[[Membership], Client]) -> None:
    client = client_of(factories.member("privacy_officer"))
    assert client.get(f"/oversight/policies/needs/?at={moment}").status_code == 200
