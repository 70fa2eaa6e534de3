"""The appointment of a referral: made, moved, called off and missed; who knows of it; and how a calendar takes it over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from events.actor import act
from events.clock import due_after
from events.errors import Refused
from events.models import Event
from people.models import Membership, Patient, User
from referrals import access
from referrals.models import Appointment, Referral
from referrals.moves import Way
from tests import factories
from tests.exchange.stage import deliver
from tests.portal.scene import mandate, stranger_account
from tests.referrals.test_steps import stands
from tests.referrals.world import LATER, World, take
from trust.access import open_record
from trust.categories import Category

ClientOf = Callable[[Membership], Client]
pytestmark = pytest.mark.django_db(transaction=True)


def made_of(referral: Referral) -> list[Appointment]:
    with factories.as_owner():
        return list(Appointment.objects.filter(referral=referral).order_by("id"))


def planned(world: World, status: str = "accepted", **values: object) -> Referral:
    referral = world.referral_in(status)
    take("plan", referral, world.receiver, **values)
    return referral


def test_an_appointment_is_made_and_moved_under_the_same_entry_of_a_calendar() -> None:
    world = World()
    referral = planned(world, place="Lindelaan 12, Huizen", note="Neem uw pas mee.")
    (made,) = made_of(referral)
    assert (made.starts, made.ends - made.starts) == (LATER, timedelta(minutes=45))
    assert (made.status, made.sequence, made.place) == ("booked", 0, "Lindelaan 12, Huizen")
    assert stands(referral).due == due_after(made.ends, 1), "the day after it the receiver says how it went"
    take("plan", referral, world.receiver, starts=LATER + timedelta(days=3), minutes=30, way=Way.PHONE)
    (moved,) = made_of(referral)
    assert (moved.uid, moved.sequence, moved.way) == (made.uid, 1, "PHONE")
    assert moved.starts == LATER + timedelta(days=3)
    assert stands(referral).due == due_after(moved.ends, 1)


@pytest.mark.parametrize(("verb", "status"), [("call_off", "cancelled"), ("no_show", "noshow")])
def test_what_falls_through_is_planned_anew_within_two_working_days(verb: str, status: str) -> None:
    world = World()
    referral = planned(world)
    with time_machine.travel(LATER + timedelta(hours=1), tick=True):
        take(verb, referral, world.receiver, note="Ziek gemeld.")
        (first,) = made_of(referral)
        assert (first.status, first.sequence) == (status, 1)
        assert stands(referral).due == due_after(timezone.now(), 2)
        take("plan", referral, world.receiver, starts=LATER + timedelta(days=9), minutes=45)
        first, second = made_of(referral)
        assert (second.status, second.sequence) == ("booked", 0)
        assert first.uid != second.uid


def test_nobody_is_missed_before_the_appointment_began(client_of: ClientOf) -> None:
    world = World()
    referral = planned(world)
    with pytest.raises(Refused, match="moet nog beginnen"):
        take("no_show", referral, world.receiver)
    page, client = reverse("referrals:thread", args=[referral.pk]), client_of(world.receiver)
    text = client.get(page).content.decode()
    assert "Afspraak afzeggen" in text
    assert "Niemand verschenen" not in text
    with factories.as_owner():
        Appointment.objects.update(starts=timezone.now() - timedelta(hours=1), ends=timezone.now())
    assert "Niemand verschenen" in client.get(page).content.decode()
    take("no_show", referral, world.receiver)
    text = client.get(page).content.decode()
    assert "Niemand verschenen" not in text
    assert "Afspraak afzeggen" not in text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"starts": timezone.now() - timedelta(minutes=1)}, "al voorbij"),
        ({"starts": timezone.now() + timedelta(days=731)}, "binnen twee jaar"),
        ({"place": "bij mevrouw De Vries"}, "naam"),
        ({"note": "Voor mevrouw De Vries"}, "naam"),
    ],
)
def test_a_moment_that_cannot_be_and_a_text_that_names_are_refused(values: dict[str, object], words: str) -> None:
    world = World()
    with pytest.raises(Refused) as refusal:
        planned(world, **values)
    assert words in refusal.value.message
    with factories.as_owner():
        assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("verb", "ahead", "behind"),
    [("cancel", "cancelled", "fulfilled"), ("complete", "cancelled", "fulfilled"), ("start", "booked", "fulfilled")],
)
def test_what_ends_takes_the_appointment_along(verb: str, ahead: str, behind: str) -> None:
    world = World()
    who = world.sender if verb == "cancel" else world.receiver
    referral = planned(world)
    take(verb, referral, who)
    assert [made.status for made in made_of(referral)] == [ahead]
    referral = planned(world)
    with time_machine.travel(LATER + timedelta(hours=1), tick=True):
        take(verb, referral, who)
        assert [made.status for made in made_of(referral)] == [behind]


def seen(member: Membership, patient: Patient, *categories: Category) -> int:
    with act(factories.actor(member)) as actor:
        if categories:
            open_record(actor, patient.key, categories)
        return Appointment.objects.count()


def test_the_parties_know_of_it_and_nobody_else() -> None:
    world = World()
    referral = planned(world)
    elsewhere = factories.member("social_worker")
    related = factories.member("district_nurse")
    factories.relation(world.patient, related.organisation)
    assert seen(world.sender, world.patient) == seen(world.receiver, world.patient) == 1
    assert seen(elsewhere, world.patient) == 0
    assert seen(related, world.patient) == 0, "who cares for the citizen opens the category first"
    manager = factories.member("manager", at=world.receiver.organisation)
    assert seen(manager, world.patient) == 0
    with act(factories.actor(elsewhere)), pytest.raises(ProgrammingError), transaction.atomic():
        Appointment.objects.create(
            referral=referral, patient=world.patient, organisation=elsewhere.organisation, starts=LATER,
            ends=LATER + timedelta(hours=1), made_by=elsewhere.user,
        )  # fmt: skip
    with act(factories.actor(world.sender)), pytest.raises(ProgrammingError), transaction.atomic():
        Appointment.objects.create(
            referral=referral, patient=world.patient, organisation=world.sender.organisation, starts=LATER,
            ends=LATER + timedelta(hours=1), made_by=world.sender.user,
        )  # fmt: skip
    with act(factories.actor(elsewhere)):
        assert Appointment.objects.update(place="elders") == 0


def test_a_citizen_sees_it_and_a_carer_as_far_as_the_mandate_goes() -> None:
    world = World()
    planned(world)
    with act(factories.citizen_actor(factories.citizen(world.patient))):
        assert Appointment.objects.count() == 1
    referral = [Category.REFERRAL, Category.SOCIAL]
    near, far = stranger_account(), stranger_account()
    mandate(world.patient, near, *referral, Category.APPOINTMENTS)
    mandate(world.patient, far, *referral)
    for carer, count in ((near, 1), (far, 0)):
        with act(factories.citizen_actor(carer)):
            assert (Referral.objects.count(), Appointment.objects.count()) == (1, count)


def test_the_database_keeps_one_appointment_that_ends_after_it_begins() -> None:
    world = World()
    referral = planned(world)
    values = {
        "referral": referral,
        "patient": world.patient,
        "organisation": world.receiver.organisation,
        "made_by": world.receiver.user,
    }
    with factories.as_owner():
        for more in (
            {"starts": LATER, "ends": LATER + timedelta(hours=1)},
            {"starts": LATER, "ends": LATER, "status": "cancelled"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Appointment.objects.create(**values, **more)


def entry(content: bytes) -> tuple[str, dict[str, object]]:
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["method"]), {name.lower(): event.decoded(name) for name in event}


def test_a_calendar_takes_it_over_moves_it_and_removes_it(client_of: ClientOf) -> None:
    world = World()
    referral = planned(world, place="Lindelaan 12, Huizen")
    client = client_of(world.receiver)
    response = client.get(reverse("referrals:calendar", args=[referral.pk]))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    method, first = entry(response.content)
    assert (method, first["status"], first["sequence"]) == ("PUBLISH", "CONFIRMED", 0)
    assert first["dtstart"] == LATER.replace(microsecond=0)
    take("call_off", referral, world.receiver)
    method, second = entry(client.get(reverse("referrals:calendar", args=[referral.pk])).content)
    assert (method, second["status"], second["sequence"]) == ("CANCEL", "CANCELLED", 1)
    assert first["uid"] == second["uid"]
    for secret in ("Vries", "Verkennend", world.receiver.organisation.name, world.sender.organisation.name):
        assert secret not in response.content.decode()
    assert client_of(factories.member("gp")).get(reverse("referrals:calendar", args=[referral.pk])).status_code == 404


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ((2027, 3, 27, 9, 30), "20270327T083000Z"),
        ((2027, 3, 28, 9, 30), "20270328T073000Z"),
        ((2027, 10, 31, 9, 30), "20271031T083000Z"),
    ],
)
def test_around_the_change_of_the_clock_it_stays_at_the_hour_on_the_wall(local: tuple[int, ...], expected: str) -> None:
    starts = timezone.make_aware(datetime(*local))  # noqa: DTZ001 - the hour on the wall is what it is about
    made = Appointment(starts=starts, ends=starts + timedelta(minutes=30), changed_at=starts, uid="0" * 32)
    text = access.calendar_of(made, title="Afspraak", place="", url="/").decode()
    assert f"DTSTART:{expected}" in text


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=160))
def test_any_place_comes_over_whole_in_lines_that_calendars_take(place: str) -> None:
    starts = datetime(2027, 1, 5, 9, tzinfo=UTC)
    made = Appointment(starts=starts, ends=starts + timedelta(minutes=30), changed_at=starts, uid="0" * 32)
    content = access.calendar_of(made, title="Afspraak", place=place, url="/")
    assert content.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    _method, found = entry(content)
    assert found.get("location", "") == place


def test_the_receiver_plans_on_the_page_and_bad_input_is_said_at_its_field(client_of: ClientOf) -> None:
    world = World()
    referral = world.referral_in("accepted")
    client = client_of(world.receiver)
    page = reverse("referrals:thread", args=[referral.pk])
    act_on = reverse("referrals:move", args=[referral.pk, "plan"])
    assert "Er is nog geen afspraak" in client.get(page).content.decode()
    day = timezone.localtime(LATER).date()
    typed = {"day": str(day), "at": "14:15", "minutes": "30", "way": "AMB", "place": "Lindelaan 12", "note": ""}
    wrong = client.post(act_on, {**typed, "day": "2020-01-01"}).content.decode()
    assert "Dit moment is al voorbij." in wrong
    assert 'value="Lindelaan 12"' in wrong, "what was typed stays"
    assert client.post(act_on, typed).status_code == 302
    (made,) = made_of(referral)
    assert timezone.localtime(made.starts).strftime("%Y-%m-%d %H:%M") == f"{day} 14:15"
    text = client.get(page).content.decode()
    assert "14:15–14:45" in text
    assert "Lindelaan 12" in text
    assert "14:15–14:45" in client_of(world.sender).get(page).content.decode()
    assert reverse("referrals:calendar", args=[referral.pk]) in text


def test_the_citizen_is_told_and_reads_when_and_where(citizen_client: Callable[[User], Client]) -> None:
    world = World()
    account = factories.citizen(world.patient)
    referral = planned(world, place="Lindelaan 12, Huizen", note="Neem uw pas mee.")
    deliver()
    with factories.as_owner():
        assert Event.objects.filter(verb="referral.planned", subject_id=referral.pk).count() == 1
    client = citizen_client(account)
    text = client.get(reverse("portal:referral", args=[referral.pk])).content.decode()
    for words in ("Uw afspraak", "Lindelaan 12, Huizen", "Neem uw pas mee."):
        assert words in text
    response = client.get(reverse("portal:calendar", args=[referral.pk]))
    assert entry(response.content)[0] == "PUBLISH"
    assert "Verkennend" not in response.content.decode()
    assert world.receiver.organisation.name not in response.content.decode()
    take("call_off", referral, world.receiver)
    assert entry(client.get(reverse("portal:calendar", args=[referral.pk])).content)[0] == "CANCEL"
    assert "Uw afspraak" not in client.get(reverse("portal:referral", args=[referral.pk])).content.decode()
