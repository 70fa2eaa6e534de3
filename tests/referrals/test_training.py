"""Trainings: a place on asking, the last one to one of two, a waiting list in order, changes told to everybody, and who was there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from events.actions import deliver_one
from events.actor import act, system
from events.errors import Refused
from events.models import Event, WorkItem
from people.models import Membership, Patient, User
from referrals import access, actions
from referrals.models import Appointment, LetterItem, Referral, Seat
from square import actions as offer
from square.access import first_sessions
from square.models import HealthcareService, Session
from tests import factories
from tests.portal.scene import mandate, stranger_account
from tests.referrals.test_rounds import at_once
from tests.referrals.world import World, ask_for_help, meeting, person_takes, send, take
from trust.categories import Category
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Academy(World):
    """A training of the receiver, with people who ask for a place themselves."""

    service: HealthcareService = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.service = factories.service(
            self.receiver.organisation, "Steunkousen aantrekken", process="training", self_referral=True
        )

    def session(self, **values: Any) -> Session:
        return meeting(self.service, **values)

    def ask(self, session: Session, **values: Any) -> tuple[Referral, User]:
        """Somebody new asks for a place."""
        patient = factories.patient()
        user = factories.citizen(patient)
        return ask_for_help(user, patient, self.service, question="", session=session, **values), user

    def do(self, action: Any, by: Membership | None = None, **values: Any) -> Any:
        with act(factories.actor(by or self.receiver)) as actor:
            return action(by=actor, **values)


def stands(session: Session) -> tuple[int, int]:
    with factories.as_owner():
        session.refresh_from_db()
        return session.taken, session.waiting


def places(session: Session) -> list[tuple[int, str]]:
    """Who has a place or waits for one, in the order of asking."""
    with factories.as_owner():
        found = Seat.objects.filter(session=session).exclude(status="left").order_by("at", "id")
        return [(one.referral_id, one.status) for one in found]


def told(referral: Referral) -> list[str]:
    with factories.as_owner():
        found = Event.objects.filter(verb="referral.placed", subject_id=referral.pk).order_by("id")
        return [one.data["code"] for one in found]


def booked(referral: Referral) -> Appointment | None:
    with factories.as_owner():
        return Appointment.objects.filter(referral=referral, status="booked").first()


def deliver() -> None:
    while deliver_one():
        pass


def values_of(session: Session, **changed: Any) -> dict[str, Any]:
    return {**{name: getattr(session, name) for name in offer.SESSION}, **changed}


def test_a_person_asks_for_a_place_and_is_taken_on_with_the_appointment_of_the_meeting() -> None:
    world = Academy()
    session = world.session()
    referral, user = world.ask(session)
    assert stands(session) == (1, 0)
    with act(factories.actor(world.receiver)) as actor:
        [one] = access.roster_of(actor, session).placed
        assert (one.patient, one.to_accept) == (None, True), "no name before acceptance"
    assert booked(referral) is None
    assert world.do(actions.take_on, session=session) == 1
    assert world.do(actions.take_on, session=session) == 0
    made = booked(referral)
    assert made is not None
    assert (made.starts, made.place) == (session.starts, session.place)
    with act(factories.actor(world.receiver)) as actor:
        [one] = access.roster_of(actor, session).placed
        assert one.patient is not None
        assert one.expected
    with act(factories.citizen_actor(user)):
        assert Seat.objects.get().session_id == session.pk


def test_a_professional_enrols_with_the_agreement_of_the_person_and_nothing_goes_along_by_itself() -> None:
    world = Academy()
    session = world.session(places=3)
    factories.fact(world.patient, factories.source(world.sender.organisation))
    with act(factories.actor(world.sender)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        assert not any(group.ticked for group in access.selection_for(actor, opening, world.service))
    with pytest.raises(Refused, match="zonder akkoord"):
        world.send(session=session, question="", agreed=False)
    referral = world.send(session=session, question="", who="both")
    assert stands(session) == (2, 0)
    take("accept", referral, world.receiver)
    with act(factories.actor(world.receiver)) as actor:
        opening = access.open_referral(actor, access.get_referral(actor, referral.pk))
        assert opening is not None
        letter = access.letter_of(opening, referral)
        assert letter is not None
        assert "Steunkousen aantrekken" in letter.question
        assert LetterItem.objects.count() == 0
    with factories.as_owner():
        assert [step.verb for step in referral.steps.all()] == ["send", "enrol", "accept"]


def test_of_two_who_ask_for_the_last_place_at_once_one_gets_it_and_the_other_the_first_turn() -> None:
    world = Academy()
    session = world.session(places=1)
    people = [factories.patient() for _one in range(4)]
    users = [factories.citizen(one) for one in people]
    asked = [ask_for_help(user, one, world.service) for user, one in zip(users, people, strict=True)]
    takes = [lambda n=n: person_takes("enrol", asked[n], users[n], session=session).pk for n in range(4)]
    answers = at_once(*takes)
    assert all(isinstance(answer, int) for answer in answers), answers
    assert stands(session) == (1, 3)
    assert sorted(status for _pk, status in places(session)) == ["placed", *["waiting"] * 3]


def test_one_person_who_asks_by_two_ways_at_once_gets_one_place_and_who_swap_do_not_wait_for_each_other() -> None:
    world = Academy()
    first, second = (
        world.session(),
        world.session(starts=timezone.now() + timedelta(days=30), ends=timezone.now() + timedelta(days=31)),
    )
    sent, user = world.send(), factories.citizen(world.patient)
    asked = ask_for_help(user, world.patient, world.service)
    answers = at_once(
        lambda: take("enrol", sent, world.sender, session=first),
        lambda: person_takes("enrol", asked, user, session=second),
    )
    assert answers.count(Refused) == 1, answers
    assert len(places(first)) + len(places(second)) == 1
    one, mine = world.ask(first)
    other, theirs = world.ask(second)
    for there, back in ((second, first), (first, second), (second, first)):
        answers = at_once(
            partial(person_takes, "enrol", one, mine, session=there),
            partial(person_takes, "enrol", other, theirs, session=back),
        )
        assert answers == [one, other]


def test_the_first_meeting_that_is_told_beforehand_is_one_with_a_place() -> None:
    world = Academy()
    days = [timezone.now() + timedelta(days=number) for number in (10, 20, 30, 40)]
    late, full, queued, free = [
        world.session(starts=day, ends=day + timedelta(hours=2), enrol_until=day - timedelta(days=1), places=2)
        for day in days
    ]
    with factories.as_owner():
        Session.objects.filter(pk=late.pk).update(enrol_until=timezone.now() - timedelta(hours=1))
        Session.objects.filter(pk=full.pk).update(taken=2)
        Session.objects.filter(pk=queued.pk).update(taken=1, waiting=1)
        assert first_sessions([world.service]) == {world.service.pk: free}
        Session.objects.filter(pk=free.pk).update(cancelled_at=timezone.now())
        assert first_sessions([world.service]) == {world.service.pk: full}, (
            "where there is none, the first with a waiting list"
        )


def test_a_place_that_comes_free_goes_to_who_waits_longest_and_newcomers_stand_behind() -> None:
    world = Academy()
    session = world.session(places=1)
    first, user = world.ask(session)
    second, _user = world.ask(session)
    third, _user = world.ask(session)
    with pytest.raises(Refused, match="wachtlijst"):
        take("accept", second, world.receiver)
    person_takes("cancel", first, user)
    fourth, _user = world.ask(session)
    assert places(session) == [(pk.pk, "waiting") for pk in (second, third, fourth)], "nobody passes who waits"
    deliver()
    assert places(session) == [(second.pk, "placed"), (third.pk, "waiting"), (fourth.pk, "waiting")]
    assert [told(one) for one in (second, third)] == [["moved_up"], []]
    deliver()
    assert told(second) == ["moved_up"]
    with factories.as_owner():
        assert WorkItem.objects.open().filter(subject_id=second.pk, title__startswith="Plek vrij").exists()
    take("accept", second, world.receiver)
    with factories.as_owner():
        event = Event.objects.filter(verb="referral.placed", subject_id=second.pk).get()
        assert (event.actor_kind, event.user_id) == ("system", None), "who left is told to nobody else"


def test_more_places_bring_up_who_waits_and_there_are_never_fewer_than_are_taken() -> None:
    world = Academy()
    session = world.session(places=2)
    pair, _user = world.ask(session, who="both")
    alone, _user = world.ask(session)
    with pytest.raises(Refused, match="2 plekken"):
        world.do(offer.change_session, session=session, values=values_of(session, places=1))
    world.do(offer.change_session, session=session, values=values_of(session, places=3))
    deliver()
    assert places(session) == [(pair.pk, "placed"), (alone.pk, "placed")]
    assert told(pair) == [], "more places are no news for who has one"


def test_a_meeting_that_changes_is_told_to_everybody_once_and_moves_their_appointments() -> None:
    world = Academy()
    session = world.session(places=1)
    taken, _user = world.ask(session)
    waits, _user = world.ask(session)
    take("accept", taken, world.receiver)
    later = {"starts": session.starts + timedelta(days=1), "ends": session.ends + timedelta(days=1)}
    world.do(offer.change_session, session=session, values=values_of(session, **later))
    deliver()
    made = booked(taken)
    assert made is not None
    assert made.starts == later["starts"]
    assert made.sequence == 1
    assert told(taken) == told(waits) == ["changed"]
    with act(system("referrals", purpose="TREAT")) as worker:
        assert actions.follow_session(session_id=session.pk, by=worker) == 0, "twice is harmless"


def test_a_meeting_that_is_called_off_leaves_nobody_out_and_another_place_can_be_given() -> None:
    world = Academy()
    session, other = world.session(), world.session(days=21)
    taken, _user = world.ask(session)
    asked, _user = world.ask(session)
    take("accept", taken, world.receiver)
    world.do(offer.cancel_session, session=session)
    deliver()
    assert (places(session), booked(taken)) == ([], None)
    assert told(taken) == told(asked) == ["called_off"]
    with factories.as_owner():
        assert WorkItem.objects.open().filter(title__startswith="Bijeenkomst gaat niet door").count() == 2
    with pytest.raises(Refused):
        world.do(actions.enrol, referral=taken, session=session)
    world.do(actions.enrol, referral=taken, session=other)
    made = booked(taken)
    assert made is not None
    assert made.starts == other.starts
    assert told(taken) == ["called_off", "placed"]


def test_another_meeting_gives_the_former_place_up_and_a_full_one_leaves_it() -> None:
    world = Academy()
    session, other, full = world.session(), world.session(days=21), world.session(days=28, places=1)
    referral, user = world.ask(session)
    world.ask(full)
    take("accept", referral, world.receiver)
    person_takes("enrol", referral, user, session=other)
    assert (stands(session), stands(other)) == ((0, 0), (1, 0))
    made = booked(referral)
    assert made is not None
    assert made.starts == other.starts
    with pytest.raises(Refused, match="blijft staan"):
        person_takes("enrol", referral, user, session=full)
    assert places(other) == [(referral.pk, "placed")]
    for verb in ("plan", "call_off", "no_show"):
        with pytest.raises(Refused, match="hoort bij een bijeenkomst"):
            take(verb, referral, world.receiver)
    with pytest.raises(Refused, match="hoort bij een bijeenkomst"):
        person_takes("cannot", referral, user)


def test_who_was_there_is_noted_and_closes_the_referral() -> None:
    world = Academy()
    session = world.session()
    asked = [world.ask(session)[0] for _one in range(3)]
    world.do(actions.take_on, session=session)
    with pytest.raises(Refused, match="moet nog beginnen"):
        world.do(actions.attend, session=session, noted={asked[0].pk: "present"})
    assert world.do(actions.attend, session=session, noted={asked[2].pk: "called_off"}) == 1
    assert stands(session) == (2, 0), "who calls off beforehand leaves a place"
    with factories.as_owner():
        ago = timezone.now() - timedelta(hours=3)
        Session.objects.filter(pk=session.pk).update(starts=ago, ends=ago + timedelta(hours=2), enrol_until=ago)
    session.refresh_from_db()
    noted = {asked[0].pk: "present", asked[1].pk: "absent", asked[2].pk: "present", 999_999: "present"}
    assert world.do(actions.attend, session=session, noted=noted) == 2
    with factories.as_owner():
        outcomes = Referral.objects.filter(pk__in=[one.pk for one in asked]).order_by("pk")
        assert [(one.status, one.outcome) for one in outcomes] == [
            ("completed", "trained"), ("completed", "not_come"), ("completed", "stopped"),
        ]  # fmt: skip
        assert not CareRelation.objects.filter(patient=asked[0].patient_id, period__contains=timezone.now()).exists()
    with act(factories.actor(world.receiver)) as actor:
        assert {one.patient for one in access.roster_of(actor, session).ended} == {None}, "closing ends the access"


def test_nobody_enrols_too_late_twice_or_for_another_training() -> None:
    world = Academy()
    late = world.session(enrol_until=timezone.now() - timedelta(minutes=1))
    elsewhere = meeting(factories.service(factories.organisation("home_care"), "Injecteren"))
    one = world.session()
    referral = world.send(session=one)
    for session in (late, elsewhere):
        with pytest.raises(Refused):
            take("enrol", referral, world.sender, session=session)
    user = factories.citizen(world.patient)
    for session in (
        one,
        world.session(starts=timezone.now() + timedelta(days=60), ends=timezone.now() + timedelta(days=60, hours=2)),
    ):
        with pytest.raises(Refused, match="al een plek op deze training"):
            ask_for_help(user, world.patient, world.service, session=session)
    with factories.as_owner():
        assert Referral.objects.filter(origin="self").count() == 0, "what fails leaves nothing behind"
    take("enrol", referral, world.receiver, session=late)
    assert places(late) == [(referral.pk, "placed")], "the provider gives a place after the last day too"


def test_who_is_no_party_sees_no_place_and_takes_none_also_by_sql() -> None:
    world = Academy()
    session = world.session()
    referral, user = world.ask(session)
    other, _user = world.ask(session)
    carer, looker, narrow = stranger_account(), stranger_account(), stranger_account()
    with factories.as_owner():
        mine = Patient.objects.get(pk=referral.patient_id)
    mandate(mine, carer, acts=True)
    mandate(mine, looker, acts=False)
    mandate(mine, narrow, Category.REFERRAL, acts=True)
    strangers: list[Any] = [
        factories.actor(factories.member("gp")), factories.actor(world.sender), factories.actor(factories.member("district_nurse")),
    ]  # fmt: skip
    for actor in strangers:
        with act(actor) as by:
            assert not Seat.objects.exists()
            with pytest.raises(Http404):
                access.get_session(by, session.pk)
    with act(factories.citizen_actor(user)):
        assert [one.referral_id for one in Seat.objects.all()] == [referral.pk], "nobody sees who else comes"
    for account, sees in ((carer, 1), (looker, 1), (narrow, 0)):
        with act(factories.citizen_actor(account)):
            assert Seat.objects.count() == sees
    call = "select referrals_enrol(%s, %s, 'person', now() + interval '5 days')"
    another = world.session(days=30)
    for actor in (*strangers, factories.citizen_actor(looker), factories.citizen_actor(narrow)):
        with act(actor), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(call, [referral.pk, another.pk])
    for actor in (factories.actor(world.receiver), factories.citizen_actor(user)):
        with act(actor), connection.cursor() as cursor:
            cursor.execute("select count(*) from referrals_give_places(%s, now())", [session.pk])
            assert cursor.fetchone() == (0,)
            for statement in (
                "update square_session set taken = 0", "insert into referrals_seat select * from referrals_seat",
                "update referrals_seat set status = 'left'", "delete from referrals_seat",
            ):  # fmt: skip
                with pytest.raises(DatabaseError), transaction.atomic():
                    cursor.execute(statement)
    person_takes("enrol", referral, carer, session=another)
    assert places(another) == [(referral.pk, "placed")]
    assert places(session) == [(other.pk, "placed")]


def test_a_meeting_is_planned_and_changed_by_its_provider_alone() -> None:
    world = Academy()
    session = world.session()
    values = values_of(session)
    for by in (world.sender, factories.member("manager", at=world.receiver.organisation)):
        for action, about in (
            (offer.plan_session, {"service": world.service, "values": values}),
            (offer.change_session, {"session": session, "values": values}),
            (offer.cancel_session, {"session": session}),
        ):
            with pytest.raises(PermissionDenied):
                world.do(action, by=by, **about)
    with act(factories.actor(world.sender)), connection.cursor() as cursor:
        cursor.execute("update square_session set places = 1")
        assert cursor.rowcount == 0
    made = world.do(offer.plan_session, service=world.service, values=values)
    assert made.pk != session.pk
    ordinary = factories.service(world.receiver.organisation, "Maatje")
    for wrong in (
        {"values": {**values, "starts": timezone.now()}}, {"values": {**values, "online": False, "place": " "}},
        {"service": ordinary}, {"values": {**values, "enrol_until": session.ends}}, {"values": {**values, "ends": session.starts}},
    ):  # fmt: skip
        with pytest.raises(Refused):
            world.do(offer.plan_session, **{"service": world.service, "values": values, **wrong})


def test_sending_by_a_group_or_without_a_meeting_leaves_the_place_to_the_provider() -> None:
    world = Academy()
    session = world.session()
    referral = send(world.sender, world.patient, world.service)
    assert stands(session) == (0, 0)
    take("accept", referral, world.receiver)
    world.do(actions.enrol, referral=referral, session=session)
    assert booked(referral) is not None
    take("pass_on", referral, world.receiver, service=_other())
    assert stands(session) == (0, 0), "a place ends where the request goes elsewhere"


def _other() -> HealthcareService:
    return factories.service(factories.organisation("social"), "Inloop")


def test_the_pages_of_the_provider(client_of: Any) -> None:
    world = Academy()
    client = client_of(world.receiver)
    day = (timezone.localdate() + timedelta(days=20)).isoformat()
    typed = {
        "day": day,
        "at": "10:00",
        "minutes": "90",
        "place": "",
        "teacher": "Tom Visser",
        "places": "2",
        "note": "",
    }
    url = reverse("referrals:session_new", args=[world.service.pk])
    assert "Schrijf waar het is" in client.post(url, typed).content.decode()
    assert client.post(url, {**typed, "place": "Wijkcentrum"}).status_code == 302
    with factories.as_owner():
        session = Session.objects.get()
    page = reverse("referrals:session", args=[session.pk])
    first, _user = world.ask(session)
    with factories.as_owner():
        name = Patient.objects.get(pk=first.patient_id).name
    assert "0 van 2" not in client.get(reverse("referrals:sessions")).content.decode()
    text = client.get(page).content.decode()
    assert "1 aanmelding om aan te nemen" in text
    assert name not in text
    assert name in client.post(page, {"do": "accept"}, follow=True).content.decode()
    change = reverse("referrals:session_change", args=[session.pk])
    assert client.post(change, {**typed, "place": "Bibliotheek"}).status_code == 302
    deliver()
    made = booked(first)
    assert made is not None
    assert made.place == "Bibliotheek"
    thread = client.get(reverse("referrals:thread", args=[first.pk])).content.decode()
    assert "heeft een plek" in thread
    assert "Afspraak verzetten" not in thread
    other = world.session(days=25)
    assert (
        client.post(reverse("referrals:place", args=[first.pk]), {"session": other.pk, "who": "both"}).status_code
        == 302
    )
    assert stands(other) == (2, 0)
    assert "Genoteerd van 1" in client.post(
        reverse("referrals:session", args=[other.pk]), {"do": "attend", f"at-{first.pk}": "called_off", "at-x": "present"}, follow=True
    ).content.decode()  # fmt: skip
    assert client.post(page, {"do": "cancel"}).status_code == 302
    assert client.post(page, {"do": "nothing"}).status_code == 404
    stranger = client_of(world.sender)
    for away in (page, change, url):
        assert stranger.get(away).status_code == 404
    assert "Steunkousen" not in stranger.get(reverse("referrals:sessions")).content.decode()
    assert client_of(factories.member("manager", at=world.receiver.organisation)).get(page).status_code == 403


def test_a_professional_chooses_the_meeting_on_the_page_where_one_refers(client_of: Any) -> None:
    world = Academy()
    session = world.session()
    url, client = reverse("referrals:new", args=[world.patient.key]), client_of(world.sender)
    page = client.get(url, {"service": world.service.pk})
    assert "Welke bijeenkomst?" in page.content.decode()
    found = client.get(url, {"q": world.service.name}).content.decode()
    compared = client.post(url, {"do": "compare", "compare": [world.service.pk]}).content.decode()
    with override("nl"):
        day = date_format(timezone.localtime(session.starts), "j b Y")
    for text in (found, compared):
        assert "eerste bijeenkomst" in text
        assert day in text
    assert "nog 10 plekken" in found
    assert "wachttijd niet opgegeven" not in found
    typed = {
        "do": "send", "service": world.service.pk, "shown": world.service.pk, "question": "", "urgency": "routine", "agreed": "on",
        "token": page.context["form"]["token"].value(), "q": "",
    }  # fmt: skip
    assert "Kies een bijeenkomst" in client.post(url, typed).content.decode()
    done = client.post(url, {**typed, "session": session.pk, "who": "carer"}, follow=True)
    assert "heeft een plek" in done.content.decode()
    assert stands(session) == (1, 0)


def test_a_citizen_takes_a_place_chooses_another_day_and_leaves(client_of: Any, citizen_client: Any) -> None:
    world = Academy()
    session, other = world.session(places=1), world.session(days=21)
    patient = factories.patient()
    client = citizen_client(factories.citizen(patient))
    square = client.get(reverse("square:service", args=[world.service.pk])).content.decode()
    assert "nog 1 plek" in square
    ask = reverse("portal:ask", args=[world.service.pk])
    assert f"{ask}?session={session.pk}" in square
    form = client.get(ask, {"session": session.pk}).context["form"]
    done = client.post(ask, {"session": session.pk, "who": "person", "token": form["token"].value()}, follow=True)
    assert "U heeft een plek" in done.content.decode()
    with factories.as_owner():
        referral = Referral.objects.get()
        assert not LetterItem.objects.exists()
    assert "vol, 0 op de wachtlijst" in client_of(world.sender).get(
        reverse("square:service", args=[world.service.pk])
    ).content.decode()  # fmt: skip
    place = reverse("portal:place", args=[referral.pk])
    assert "Kies een dag" in client.post(place, {}).content.decode()
    assert client.post(place, {"session": other.pk}).status_code == 302
    assert (stands(session), stands(other)) == ((0, 0), (1, 0))
    take("accept", referral, world.receiver)
    text = client.get(reverse("portal:referral", args=[referral.pk])).content.decode()
    assert "Zet in mijn agenda" in text
    assert "Ik kan niet" not in text
    left = client.post(reverse("portal:leave", args=[referral.pk]), follow=True).content.decode()
    assert "U bent afgemeld" in left
    assert (stands(other), booked(referral)) == ((0, 0), None)
    assert client.post(reverse("portal:leave", args=[referral.pk])).status_code == 404
    assert client.get(ask, {"apart": "1"}).context["form"].fields["question"].required
    nobody = citizen_client(factories.citizen(factories.patient()))
    for away in (place, reverse("portal:leave", args=[referral.pk])):
        assert nobody.post(away).status_code == 404
