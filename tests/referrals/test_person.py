"""What the person does with a referral, and who acts for the person: every state and verb by hand, and who reads what was said."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.utils import timezone

from events.actor import act
from events.clock import due_after
from events.errors import Refused
from events.models import Event, WorkItem
from exchange.access import hearers_of
from people.models import Membership, User
from referrals import access
from referrals.models import Appointment, Letter, LetterItem, Referral, Remark, Step
from referrals.moves import Status, Verb
from square.models import HealthcareService
from tests import factories
from tests.portal.scene import mandate, stranger_account
from tests.referrals.world import PERSON, World, another, ask_for_help, person_takes, staffed, take
from trust.access import open_record
from trust.categories import EVERYTHING, Category
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)

# state → verb → (what the person gets in a referral that was sent, what in one that the person asked for self): the new state,
# "refused" (the wrong moment) or "denied" (not the person's to do); every verb that stands nowhere here is denied everywhere
TABLE = {
    "requested": {
        "enrol": ("requested", "requested"),
        "say": ("requested", "requested"), "cannot": ("refused", "refused"), "cancel": ("cancelled", "cancelled"),
        "answer": ("denied", "refused"), "redirect": ("denied", "refused"), "settle": ("denied", "refused"),
    },
    "asked_back": {
        "enrol": ("refused", "refused"),
        "say": ("asked_back", "asked_back"), "cannot": ("refused", "refused"), "cancel": ("cancelled", "cancelled"),
        "answer": ("denied", "requested"), "redirect": ("denied", "requested"), "settle": ("denied", "refused"),
    },
    "accepted": {
        "enrol": ("accepted", "accepted"),
        "say": ("accepted", "accepted"), "cannot": ("accepted", "accepted"), "cancel": ("cancelled", "cancelled"),
        "answer": ("denied", "refused"), "redirect": ("denied", "refused"), "settle": ("denied", "refused"),
    },
    "in_progress": {
        "enrol": ("refused", "refused"),
        "say": ("in_progress", "in_progress"), "cannot": ("in_progress", "in_progress"), "cancel": ("refused", "refused"),
        "answer": ("denied", "refused"), "redirect": ("denied", "refused"), "settle": ("denied", "refused"),
    },
    "completed": {
        "enrol": ("refused", "refused"),
        "say": ("refused", "refused"), "cannot": ("refused", "refused"), "cancel": ("refused", "refused"),
        "answer": ("denied", "refused"), "redirect": ("denied", "refused"), "settle": ("denied", "refused"),
    },
    "rejected": {
        "enrol": ("refused", "refused"),
        "say": ("refused", "refused"), "cannot": ("refused", "refused"), "cancel": ("refused", "refused"),
        "answer": ("denied", "refused"), "redirect": ("denied", "requested"), "settle": ("denied", "rejected"),
    },
    "cancelled": {
        "enrol": ("refused", "refused"),
        "say": ("refused", "refused"), "cannot": ("refused", "refused"), "cancel": ("refused", "refused"),
        "answer": ("denied", "refused"), "redirect": ("denied", "refused"), "settle": ("denied", "refused"),
    },
}  # fmt: skip


@dataclass
class Stage(World):
    """The usual two organisations, with the person's own account, a carer who acts, and one who only looks."""

    user: User = field(init=False)
    carer: User = field(init=False)
    looker: User = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.service = factories.service(self.receiver.organisation, "Maatje op bezoek", self_referral=True)
        self.user = factories.citizen(self.patient)
        self.carer, self.looker = stranger_account(), stranger_account()
        mandate(self.patient, self.carer, acts=True)
        mandate(self.patient, self.looker, acts=False)

    def in_state(self, status: str, own: bool) -> Referral:
        """One in this state, with an appointment ahead where there can be one."""
        if not own:
            referral = self.referral_in(status)
        else:
            referral = ask_for_help(self.user, self.patient, self.service)
            path = {"asked_back": ["ask"], "accepted": ["accept"], "in_progress": ["accept", "start"],
                    "completed": ["accept", "start", "complete"], "rejected": ["reject"]}.get(status, [])  # fmt: skip
            for verb in path:
                take(verb, referral, self.receiver)
            if status == "cancelled":
                person_takes("cancel", referral, self.user)
        if status in {"accepted", "in_progress"}:
            take("plan", referral, self.receiver)
        return referral


def tried(verb: str, referral: Referral, user: User) -> str:
    try:
        return str(person_takes(verb, referral, user).status)
    except Refused as refusal:
        return "refused" if refusal.message else "refused without a word"
    except PermissionDenied:
        return "denied"
    except Referral.DoesNotExist:
        return "unknown"


def undone(verb: str, referral: Referral, user: User) -> str:
    """What a step gives; it is undone, so that the next one begins from the same."""
    with transaction.atomic():
        found = tried(verb, referral, user)
        transaction.set_rollback(True)
    return found


def stands(referral: Referral) -> Referral:
    with factories.as_owner():
        return Referral.objects.get(pk=referral.pk)


def waits_at(member: Membership) -> list[tuple[str, str]]:
    with factories.as_owner():
        found = WorkItem.objects.open().filter(organisation_id=member.organisation_id).order_by("since")
        return [(item.kind, item.title) for item in found]


def said_to(member: Membership, referral: Referral) -> list[str]:
    """What a member reads of what was said, asking for all there is with as much open as the role may."""
    with act(factories.actor(member)) as actor:
        now = access.referrals_for(actor).filter(pk=referral.pk).first()
        if now is None or access.open_referral(actor, now) is None:
            with suppress(Http404, PermissionDenied):
                open_record(actor, referral.patient.key, EVERYTHING)
        return list(Remark.objects.order_by("step_id").values_list("text", flat=True))


def said_for(user: User, referral: Referral) -> list[str]:
    with act(factories.citizen_actor(user)) as actor:
        open_record(actor, referral.patient.key, EVERYTHING)
        return list(Remark.objects.order_by("step_id").values_list("text", flat=True))


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(Status.values)
    assert all(set(row) == set(PERSON) for row in TABLE.values())


@pytest.mark.parametrize("own", [False, True], ids=["sent", "self"])
@pytest.mark.parametrize("status", TABLE)
def test_each_step_of_the_person_goes_where_the_table_says(status: str, own: bool) -> None:
    stage = Stage()
    referral = stage.in_state(status, own)
    for number, (verb, cells) in enumerate(TABLE[status].items()):
        who = stage.carer if number % 2 else stage.user  # who acts by mandate gets what the person gets
        assert undone(verb, referral, who) == cells[own], f"{verb} in {status}"
        assert undone(verb, referral, stage.looker) == "denied", f"{verb} in {status} by who may only look"
    for verb in set(Verb.values) - set(PERSON) - {"send"}:
        assert undone(verb, referral, stage.user) == "denied", f"{verb} in {status}"
    assert stands(referral).status == status


def test_another_person_and_a_former_carer_do_not_know_it_exists() -> None:
    stage = Stage()
    referral, other = stage.in_state("accepted", own=False), factories.citizen(factories.patient())
    former = stranger_account()
    over = mandate(stage.patient, former, acts=True)
    with factories.as_owner():
        type(over).objects.filter(pk=over.pk).update(
            period=(timezone.now() - timedelta(9), timezone.now() - timedelta(1))
        )
    narrow = stranger_account()
    mandate(stage.patient, narrow, Category.REFERRAL, Category.APPOINTMENTS, acts=True)  # but no social matters
    for user in (other, former, narrow):
        assert {tried(verb, referral, user) for verb in PERSON} == {"unknown"}
        with (
            act(factories.citizen_actor(user)),
            pytest.raises(DatabaseError, match="the person takes"),
            transaction.atomic(),
        ):
            step_in_sql(referral, "cancel", "not_needed")


def step_in_sql(referral: Referral, verb: str, code: str = "", service: int | None = None) -> Any:
    due = timezone.now() + timedelta(days=2)
    with connection.cursor() as cursor:
        cursor.execute(
            "select referrals_person_step(%s, %s, %s, %s, %s, %s, %s, %s)",
            [referral.pk, verb, code, "Ja.", "Ja.", uuid.uuid4(), service, due],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "verb", ["accept", "start", "complete", "send", "plan", "redirect", "settle", "answer", "", "cannot"]
)
def test_by_sql_the_person_takes_no_step_that_is_not_the_persons_now(verb: str) -> None:
    stage = Stage()
    referral = stage.send()
    for who in (stage.user, stage.carer):
        with act(factories.citizen_actor(who)), pytest.raises(DatabaseError), transaction.atomic():
            step_in_sql(referral, verb, service=stage.service.pk)
    assert stands(referral).status == "requested"


def test_by_sql_nobody_goes_around_the_steps() -> None:
    stage = Stage()
    referral = stage.in_state("accepted", own=True)
    row = "from referrals_referral where id = %s"
    ways = (
        "update referrals_referral set status = 'completed' where id = %s",
        "update referrals_appointment set status = 'cancelled' where referral_id = %s",
        "delete from referrals_step where referral_id = %s",
        "insert into referrals_step (referral_id, patient_id, verb, status, party, round, code, note, at)"
        f" select id, patient_id, 'say', status, 'citizen', 1, '', '', now() {row}",
        "insert into referrals_remark (step_id, token, referral_id, patient_id, category, text)"
        f" select (select max(id) from referrals_step), gen_random_uuid(), id, patient_id, sensitivity, 'x' {row}",
        "insert into referrals_referral (number, patient_id, service_id, origin, receiving_organisation_id, status, urgency,"
        " sensitivity, age, gender, municipality, notice, rejection_reason, outcome, round, left_out, sent_at, level)"
        " select number || 'x', patient_id, service_id, 'self', receiving_organisation_id, 'requested', 'soon',"
        f" 12, 1, 'male', '', '', '', '', 1, 0, now(), 0 {row}",
    )
    everybody = [
        factories.citizen_actor(stage.user),
        factories.citizen_actor(stage.carer),
        factories.actor(stage.receiver),
    ]
    for actor in everybody:
        for number, way in enumerate(ways):
            if actor.kind == "professional" and number < 2:
                continue  # the parties move it themselves
            with act(actor), transaction.atomic():
                try:
                    with transaction.atomic(), connection.cursor() as cursor:
                        cursor.execute(way, [referral.pk])
                        done = cursor.rowcount
                except DatabaseError:
                    done = 0
            assert done == 0, (actor.kind, way)
    for member in (stage.receiver, stage.sender):  # no organisation speaks for the person
        with act(factories.actor(member)), pytest.raises(DatabaseError), transaction.atomic():
            step_in_sql(referral, "say")


def test_what_was_said_is_read_by_the_person_the_sender_and_the_receiver_once_it_accepted() -> None:
    stage = Stage()
    referral = stage.send()
    network = factories.member("gp", name="Een ander")
    for place in (stage.receiver.organisation, network.organisation):
        factories.relation(stage.patient, place)
    factories.consent(stage.patient, *EVERYTHING)
    person_takes("say", referral, stage.user, text="een")
    take("say", referral, stage.sender, text="twee")
    assert (
        said_to(stage.sender, referral)
        == said_for(stage.user, referral)
        == said_for(stage.looker, referral)
        == ["een", "twee"]
    )
    assert said_to(stage.receiver, referral) == said_to(network, referral) == []
    take("accept", referral, stage.receiver)
    take("say", referral, stage.receiver, text="drie")
    assert said_to(stage.receiver, referral) == ["een", "twee", "drie"] == said_to(stage.sender, referral)
    assert said_to(network, referral) == []
    elsewhere = factories.service(factories.organisation("home_care"), "Wijkverpleging")
    newcomer = factories.member("district_nurse", at=elsewhere.organisation)
    take("pass_on", referral, stage.receiver, service=elsewhere)
    assert said_to(stage.receiver, referral) == []
    take("accept", referral, newcomer)
    person_takes("say", referral, stage.user, text="vier")
    assert said_to(newcomer, referral) == ["vier"], "what was said to who was asked before is not for who is asked now"
    assert said_to(stage.sender, referral) == ["een", "twee", "drie", "vier"]
    assert said_to(stage.receiver, referral) == []


def test_what_the_person_says_is_work_and_news_without_content_and_said_once() -> None:
    stage = Stage()
    referral, token = stage.send(), uuid.uuid4()
    for _press in range(2):
        person_takes("say", referral, stage.user, text="Graag snel.", token=token)
    assert ("message", "Bericht van de inwoner: Maatje op bezoek") in waits_at(stage.sender)
    assert [kind for kind, _title in waits_at(stage.receiver)] == ["referral"], "who may not read it is not asked"
    with factories.as_owner():
        events = list(Event.objects.filter(verb="referral.said"))
        assert Remark.objects.count() == len(events) == 1
        assert "Graag" not in str(events[0].data)
        assert hearers_of(events[0])[1] == [stage.sender.user]
    take("say", referral, stage.sender)
    assert [kind for kind, _title in waits_at(stage.sender)] == []
    take("accept", referral, stage.receiver)
    person_takes("say", referral, stage.carer)
    assert ("message", "Bericht van de inwoner: Maatje op bezoek") in waits_at(stage.receiver)
    with factories.as_owner():
        said = Event.objects.filter(verb="referral.said").last()
        assert said is not None
        assert {user.pk for user in hearers_of(said)[1]} == {stage.sender.user_id, stage.receiver.user_id}
        assert Step.objects.filter(party="carer", user=None, organisation=None).count() == 1


def test_who_cannot_come_says_so_and_a_new_appointment_is_asked_for() -> None:
    stage = Stage()
    for status in ("accepted", "in_progress"):
        referral = stage.in_state(status, own=False)
        before = stands(referral).due
        person_takes("cannot", referral, stage.user, text="Liever een middag.")
        now = stands(referral)
        with factories.as_owner():
            made = Appointment.objects.get(referral=referral)
        assert (made.status, made.sequence) == ("cancelled", 1)
        soon = due_after(timezone.now(), 2)
        assert now.due == (soon if status == "accepted" else before)
        with factories.as_owner():
            asked = WorkItem.objects.open().get(
                subject_id=referral.pk, title__startswith="Inwoner kan niet, nieuwe afspraak"
            )
        assert asked.due == soon
        assert "Liever een middag." in said_to(stage.receiver, referral)
        assert tried("cannot", referral, stage.user) == "refused"
        take("plan", referral, stage.receiver)
        with factories.as_owner():
            assert (
                not WorkItem.objects.open()
                .filter(subject_id=referral.pk, title__startswith="Inwoner kan niet")
                .exists()
            )


def test_taking_a_request_back_closes_it_at_once_and_the_receiver_keeps_the_reason_alone() -> None:
    stage = Stage()
    referral = stage.in_state("accepted", own=False)
    with factories.as_owner():  # a relation ends no sooner than it began
        CareRelation.objects.filter(source="referral").update(period=factories.since(1))
    person_takes("cancel", referral, stage.carer, reason="elsewhere", text="Bij de buren geholpen.")
    assert (waits_at(stage.sender), waits_at(stage.receiver)) == ([], [])
    assert said_to(stage.receiver, referral) == []
    assert "Bij de buren geholpen." in said_to(stage.sender, referral)
    with factories.as_owner():
        assert Step.objects.get(referral=referral, verb="cancel").code == "elsewhere"
        assert not CareRelation.objects.filter(source="referral", period__contains=timezone.now()).exists()
        withdrawn = Event.objects.get(verb="referral.withdrawn")
        assert {user.pk for user in hearers_of(withdrawn)[1]} == {stage.sender.user_id, stage.receiver.user_id}


def test_one_asks_for_help_oneself_and_the_receiver_gets_it_as_any_referral() -> None:
    stage = Stage()
    source = factories.source(stage.sender.organisation)
    factories.fact(stage.patient, source, Category.NETWORK, "Dochter Els")
    token = uuid.uuid4()
    for _press in range(2):
        referral = ask_for_help(stage.user, stage.patient, stage.service, wish="Samen wandelen.", token=token)
    now = stands(referral)
    assert (now.origin, now.status, now.urgency, now.sender_id, now.entered_by_id) == (
        "self",
        "requested",
        "routine",
        None,
        None,
    )
    assert (now.age, now.municipality, now.due) == (
        stage.patient.age,
        stage.patient.municipality,
        due_after(now.sent_at, 5),
    )
    assert waits_at(stage.receiver) == [("referral", "Zelf aangemeld: Maatje op bezoek")]
    with factories.as_owner():
        assert Event.objects.filter(verb="referral.sent").count() == 1
    with act(factories.actor(stage.receiver)) as actor:
        assert access.open_referral(actor, access.get_referral(actor, referral.pk)) is None
        assert not Letter.objects.exists()
    take("accept", referral, stage.receiver)
    with act(factories.actor(stage.receiver)) as actor:
        opening = access.open_referral(actor, access.get_referral(actor, referral.pk))
        assert opening is not None
        letter = access.letter_of(opening, referral)
        assert letter is not None
        assert (letter.question, letter.wish) == ("Ik kom de trap niet meer op.", "Samen wandelen.")


def test_what_cannot_be_asked_oneself_is_refused() -> None:
    stage = Stage()
    cases: list[dict[str, Any]] = [
        {"self_referral": False}, {"open_for_new": False}, {"minimum_age": 120}, {"municipalities": ["Elders"]}, {"active": False},
    ]  # fmt: skip
    for case in cases:
        with factories.as_owner():
            service = factories.service(
                stage.receiver.organisation, f"Aanbod {case}"[:100], **{"self_referral": True, **case}
            )
        with pytest.raises(Refused):
            ask_for_help(stage.user, stage.patient, service)
        with act(factories.citizen_actor(stage.user)):
            assert asked_in_sql(stage, service.pk) is None, case
    ask_for_help(stage.user, stage.patient, stage.service)
    with pytest.raises(Refused, match="al gevraagd"):
        ask_for_help(stage.carer, stage.patient, stage.service)
    narrow = stranger_account()
    mandate(stage.patient, narrow, Category.REFERRAL, Category.IDENTITY, acts=True)
    for user in (stage.looker, narrow, factories.citizen(factories.patient()), stranger_account()):
        with (
            act(factories.citizen_actor(user)),
            pytest.raises(DatabaseError, match="the person asks"),
            transaction.atomic(),
        ):
            asked_in_sql(stage, another().pk)
    with (
        act(factories.actor(stage.sender)),
        pytest.raises(DatabaseError, match="the person asks"),
        transaction.atomic(),
    ):
        asked_in_sql(stage, another().pk)
    with act(factories.citizen_actor(stage.user)), pytest.raises(DatabaseError, match="may go"), transaction.atomic():
        asked_in_sql(stage, another().pk, '[{"kind": 14, "title": "Somber"}]')
    with factories.as_owner():
        assert LetterItem.objects.count() == 0


def test_the_form_is_that_of_the_service_and_holds_nothing_that_may_not_go() -> None:
    stage = Stage()
    service = another()
    with factories.as_owner():
        HealthcareService.objects.filter(pk=service.pk).update(questionnaire="money-help")
    said = '[{"linkId": "help"}]'
    wrong = [("", "[]", 0), ("lab-order|1", said, 0), ("money-help|1", "[]", 0), ("", said, 0)]
    for form, answers, kinds in wrong:
        with (
            act(factories.citizen_actor(stage.user)),
            pytest.raises(DatabaseError, match="the form"),
            transaction.atomic(),
        ):
            asked_in_sql(stage, service.pk, form=form, answers=answers, kinds=kinds)
    with act(factories.citizen_actor(stage.user)), pytest.raises(DatabaseError, match="may go"), transaction.atomic():
        asked_in_sql(stage, service.pk, form="money-help|1", answers=said, kinds=1 << 14)
    with act(factories.citizen_actor(stage.user)):
        assert asked_in_sql(stage, service.pk, form="money-help|1", answers=said)


def asked_in_sql(
    stage: Stage, service: int, items: str = "[]", form: str = "", answers: str = "[]", kinds: int = 0
) -> Any:
    due = timezone.now() + timedelta(days=5)
    with connection.cursor() as cursor:
        cursor.execute(
            "select referrals_refer_self(%s, %s, %s, %s, 'Help', '', %s::jsonb, %s, '', %s, %s::jsonb, %s)",
            [f"X-{uuid.uuid4().hex[:8]}", uuid.uuid4(), stage.patient.pk, service, items, due, form, answers, kinds],
        )
        return cursor.fetchone()[0]


def test_who_asked_oneself_answers_and_looks_further_under_the_same_number() -> None:
    stage = Stage()
    referral = ask_for_help(stage.user, stage.patient, stage.service)
    take("ask", referral, stage.receiver, note="Kunt u de deur uit?")
    with factories.as_owner():
        assert Event.objects.filter(verb="referral.asked_person").count() == 1
    person_takes("answer", referral, stage.user)
    assert ("referral", "Verwijzing, vraag beantwoord: Maatje op bezoek") in waits_at(stage.receiver)
    take("ask", referral, stage.receiver)
    with pytest.raises(Refused, match="achternaam"):
        person_takes("answer", referral, stage.user, note="Dat weet mevrouw De Vries.")
    person_takes("answer", referral, stage.carer)
    take("reject", referral, stage.receiver)
    other = staffed(another())
    unstaffed = factories.service(factories.organisation("welfare"), "Alleen per telefoon", self_referral=True)
    with pytest.raises(Refused, match="aan de telefoon"):
        person_takes("redirect", referral, stage.user, service=unstaffed)
    for closed in (factories.service(other.organisation, "Dicht", self_referral=False),):
        with pytest.raises(Refused):
            person_takes("redirect", referral, stage.user, service=closed)
        with (
            act(factories.citizen_actor(stage.user)),
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("select referrals_turn(%s, %s, 'redirect', '', true, now())", [referral.pk, closed.pk])
    person_takes("redirect", referral, stage.user, service=other)
    newcomer = factories.member("social_worker", at=other.organisation)
    assert waits_at(newcomer) == [("referral", "Zelf aangemeld: Wijkteam Noord")]
    take("accept", referral, newcomer)
    with act(factories.actor(newcomer)) as actor:
        opening = access.open_referral(actor, access.get_referral(actor, referral.pk))
        assert opening is not None
        letter = access.letter_of(opening, referral)
        assert letter is not None
        assert letter.organisation_id == other.organisation_id
