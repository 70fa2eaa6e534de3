"""News by e-mail: who hears, that it says nothing about anybody, and that it is neither lost nor sent twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from events.actor import act, system
from events.models import Event
from exchange import actions
from exchange.models import Notification, NotificationChoice
from exchange.moves import NEWS, Kind, Rhythm
from exchange.tasks import make_digests
from people.models import Membership, User
from tests import factories
from tests.exchange import stage
from tests.exchange.stage import Inbox, deliver, happens, waiting, whole

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _only_who_works(settings: Any) -> None:
    """What the person is told of the same events stands in ``tests/portal/test_changes.py``."""
    settings.LISTENERS = {
        verb: [one for one in listeners if one != "exchange.tasks.tell_citizen"]
        for verb, listeners in settings.LISTENERS.items()
    }


Browser = Callable[[Membership], Client]


def choose(member: Membership, rhythm: Rhythm, *kinds: Kind) -> None:
    with act(factories.actor(member)) as actor:
        actions.choose(rhythms=dict.fromkeys(kinds or Kind, rhythm), by=actor)


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp", factories.organisation("gp", "Huisartspraktijk De Linde"))


@pytest.fixture
def psychologist() -> Membership:
    return factories.member("psychologist", factories.organisation("mental_health", "GGZ Centrum Gooi"))


def test_every_piece_of_news_has_a_listener_and_every_listener_exists() -> None:
    assert {verb for verb, listeners in settings.LISTENERS.items() if "exchange.tasks.notify" in listeners} == set(NEWS)
    for listeners in settings.LISTENERS.values():
        for listener in listeners:
            assert callable(import_string(listener))


def test_a_referral_reaches_the_receiving_team_and_says_nothing_about_anybody(
    gp: Membership, psychologist: Membership, inbox: Inbox
) -> None:
    colleague = factories.member("psychologist", psychologist.organisation)
    manager = factories.member("manager", psychologist.organisation)
    patient = factories.patient(related_to=[gp.organisation], own_name="Zwaluw", number="999990019")
    referral = stage.referral(gp, psychologist, patient)
    happens("referral.sent", referral, gp)
    deliver()
    assert waiting() == []
    assert {mail["To"] for mail in inbox.mails} == {psychologist.user.email, colleague.user.email}
    assert inbox.to(manager) == [], "who does not work with patients hears nothing"
    assert inbox.to(gp) == [], "who did it hears nothing"
    mail = inbox.to(psychologist)[0]
    text = whole(mail)
    assert mail["Subject"] == f"Er is nieuws over een verwijzing ({referral.number})."
    assert f"{settings.ADDRESS}/referrals/{referral.pk}/" in text
    assert "Log in om het te zien." in text
    assert mail.get_body(("plain",)) is not None
    assert mail.get_body(("html",)) is not None
    for secret in [
        "Zwaluw",
        "999990019",
        "90019",
        "Rouw",
        "rouw",
        "Somber",
        "GGZ Centrum",
        "De Linde",
        str(patient.key),
        "1948",
        gp.user.name,
    ]:
        assert secret not in text
    with factories.as_owner():
        assert Notification.objects.filter(sent_at=None).count() == 0


@pytest.mark.parametrize(
    "verb", ["referral.accepted", "referral.rejected", "referral.asked_back", "referral.completed"]
)
def test_the_answer_to_a_referral_reaches_who_sent_it(
    gp: Membership, psychologist: Membership, inbox: Inbox, verb: str
) -> None:
    colleague = factories.member("gp", gp.organisation)
    referral = stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation]))
    happens(verb, referral, psychologist)
    deliver()
    assert len(inbox.to(gp)) == 1
    assert inbox.to(colleague) == []
    assert len(inbox.mails) == 1


def test_news_for_somebody_who_left_reaches_the_team(gp: Membership, psychologist: Membership, inbox: Inbox) -> None:
    colleague = factories.member("practice_nurse", gp.organisation)
    referral = stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation]))
    with factories.as_owner():
        Membership.objects.filter(pk=gp.pk).update(
            period=(timezone.now() - timedelta(days=9), timezone.now() - timedelta(days=1))
        )
    happens("referral.accepted", referral, psychologist)
    deliver()
    assert [mail["To"] for mail in inbox.mails] == [colleague.user.email]


def test_a_withdrawn_referral_is_news_only_to_who_had_taken_it_up(
    gp: Membership, psychologist: Membership, inbox: Inbox
) -> None:
    patient = factories.patient(related_to=[gp.organisation])
    happens("referral.cancelled", stage.referral(gp, psychologist, patient, status="cancelled"), gp)
    happens(
        "referral.cancelled",
        stage.referral(gp, psychologist, patient, status="cancelled", receiver=psychologist.user),
        gp,
    )
    deliver()
    assert [mail["To"] for mail in inbox.mails] == [psychologist.user.email]


def test_a_consultation_reaches_who_is_asked_then_who_asked_then_who_answered(
    gp: Membership, psychologist: Membership, inbox: Inbox
) -> None:
    other = factories.member("pharmacist")
    consultation = stage.consultation(gp, psychologist, other, patient=factories.patient(related_to=[gp.organisation]))
    happens("consultation.asked", consultation, gp)
    deliver()
    assert {mail["To"] for mail in inbox.mails} == {psychologist.user.email, other.user.email}
    with factories.as_owner():
        consultation.invitations.filter(organisation=psychologist.organisation).update(
            user=psychologist.user, status="answered"
        )
    happens("consultation.answered", consultation, psychologist)
    deliver()
    assert len(inbox.to(gp)) == 1
    assert "Er is nieuws over een consult" in whole(inbox.to(gp)[0])
    happens("consultation.concluded", consultation, gp)
    deliver()
    assert len(inbox.to(psychologist)) == 2
    assert len(inbox.to(other)) == 1, "who never took it up is not told that it is over"


def test_a_mail_server_that_is_down_means_trying_again_and_then_once(
    gp: Membership, psychologist: Membership, smtp_port: int
) -> None:
    referral = stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation]))
    happens("referral.sent", referral, gp)
    deliver()
    assert waiting() == ["exchange.tasks.send"], "told, and not yet sent"
    with factories.as_owner():
        assert Notification.objects.get().sent_at is None
    stage.all_due()
    deliver()
    assert waiting() == ["exchange.tasks.send"]
    box = Inbox()
    with stage.mail_server(smtp_port, box):
        stage.all_due()
        deliver()
    assert len(box.mails) == 1
    assert waiting() == []


def test_one_mailbox_in_trouble_keeps_nobody_waiting_and_brings_nobody_a_second_mail(
    gp: Membership, psychologist: Membership, inbox: Inbox
) -> None:
    colleague = factories.member("psychologist", psychologist.organisation)
    inbox.refuse = {colleague.user.email}
    happens("referral.sent", stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation])), gp)
    deliver()
    assert [mail["To"] for mail in inbox.mails] == [psychologist.user.email]
    inbox.refuse = set()
    stage.all_due()
    deliver()
    assert [mail["To"] for mail in inbox.mails] == [psychologist.user.email, colleague.user.email]
    assert waiting() == []


def test_hearing_twice_of_an_event_tells_nobody_twice(gp: Membership, psychologist: Membership, inbox: Inbox) -> None:
    number = happens(
        "referral.sent", stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation])), gp
    )
    deliver()
    with act(system("deliveries", purpose="HOPERAT")) as worker:
        event = Event.objects.get(pk=number)
        assert actions.notify(event=event, by=worker) == []
        actions.send(pk=Notification.objects.get().pk, by=worker)
    deliver()
    assert len(inbox.mails) == 1
    assert inbox.mails[0]["Message-ID"].startswith("<notification.")


def test_who_chose_a_digest_gets_one_mail_a_day_about_everything(
    gp: Membership, psychologist: Membership, inbox: Inbox
) -> None:
    choose(psychologist, Rhythm.DIGEST)
    patient = factories.patient(related_to=[gp.organisation])
    numbers = []
    for _ in range(3):
        referral = stage.referral(gp, psychologist, patient)
        numbers.append(referral.number)
        happens("referral.sent", referral, gp)
    deliver()
    assert inbox.mails == []
    assert make_digests() == 1
    assert make_digests() == 1, "beginning it twice brings no second mail"
    deliver()
    assert len(inbox.mails) == 1
    assert inbox.mails[0]["Subject"] == "Er zijn 3 berichten voor u."
    for number in numbers:
        assert number in whole(inbox.mails[0])
    assert make_digests() == 0


def test_a_digest_waits_for_the_mail_server_too(gp: Membership, psychologist: Membership, smtp_port: int) -> None:
    choose(psychologist, Rhythm.DIGEST)
    happens("referral.sent", stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation])), gp)
    deliver()
    make_digests()
    deliver()
    assert waiting() == ["exchange.tasks.send_digest"]
    box = Inbox()
    with stage.mail_server(smtp_port, box):
        stage.all_due()
        deliver()
    assert len(box.mails) == 1


def test_the_digest_goes_at_half_past_seven_in_amsterdam() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["digests"]
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({7}, {30})
    assert settings.CELERY_TIMEZONE == "Europe/Amsterdam"
    assert callable(import_string(entry["task"]))


def test_who_wants_no_mail_finds_it_on_the_page(
    gp: Membership, psychologist: Membership, inbox: Inbox, client_of: Browser
) -> None:
    choose(psychologist, Rhythm.OFF, Kind.REFERRAL_RECEIVED)
    referral = stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation]))
    happens("referral.sent", referral, gp)
    deliver()
    assert inbox.mails == []
    page = client_of(psychologist).get(reverse("exchange:notifications")).content.decode()
    assert referral.number in page
    assert referral.number not in client_of(gp).get(reverse("exchange:notifications")).content.decode()


def test_somebody_without_an_address_or_an_account_in_use_gets_no_mail(
    gp: Membership, psychologist: Membership, inbox: Inbox
) -> None:
    left = factories.member("psychologist", psychologist.organisation)
    with factories.as_owner():
        User.objects.filter(pk=psychologist.user_id).update(email="")
        User.objects.filter(pk=left.user_id).update(is_active=False)
    happens("referral.sent", stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation])), gp)
    deliver()
    assert inbox.mails == []
    assert waiting() == []


def test_a_mail_speaks_the_language_of_its_reader(gp: Membership, psychologist: Membership, inbox: Inbox) -> None:
    with factories.as_owner():
        User.objects.filter(pk=psychologist.user_id).update(language="en")
    happens("referral.sent", stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation])), gp)
    deliver()
    assert inbox.mails[0]["Content-Language"] == "en"
    assert '<html lang="en">' in whole(inbox.mails[0])


def test_the_page_keeps_a_choice_per_kind(client_of: Browser, gp: Membership) -> None:
    client = client_of(gp)
    page = client.get(reverse("exchange:notifications"))
    assert page.status_code == 200
    assert page.content.decode().count('value="direct"') == len(Kind) - 3, (
        "emergencies, requests and what is stuck reach a desk role"
    )
    answer = client.post(
        reverse("exchange:notifications"), {**dict.fromkeys(Kind.values, "direct"), "referral_news": "digest"}
    )
    assert answer.status_code == 302
    with act(factories.actor(gp)):
        assert dict(NotificationChoice.objects.values_list("kind", "rhythm"))["referral_news"] == "digest"
    wrong = client.post(
        reverse("exchange:notifications"), {**dict.fromkeys(Kind.values, "direct"), "referral_news": "weekly"}
    )
    assert wrong.status_code == 200
    assert "weekly" in wrong.content.decode()


def test_a_visitor_signs_in_first_and_a_citizen_has_no_such_page(citizen_client: Callable[[User], Client]) -> None:
    assert Client().get(reverse("exchange:notifications")).status_code == 302
    citizen = factories.citizen(factories.patient())
    assert citizen_client(citizen).get(reverse("exchange:notifications")).status_code == 404
    with act(factories.citizen_actor(citizen)) as actor, pytest.raises(Http404):
        actions.choose(rhythms={}, by=actor)


def test_the_database_shows_nobody_the_news_or_choices_of_another(
    gp: Membership, psychologist: Membership, smtp_port: int
) -> None:
    choose(psychologist, Rhythm.DIGEST)
    happens("referral.sent", stage.referral(gp, psychologist, factories.patient(related_to=[gp.organisation])), gp)
    deliver()
    with act(factories.actor(gp)):
        assert Notification.objects.count() == 0
        assert NotificationChoice.objects.count() == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            NotificationChoice.objects.create(user=psychologist.user, kind=Kind.REFERRAL_NEWS, rhythm=Rhythm.OFF)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Notification.objects.create(
                user=gp.user,
                kind=Kind.REFERRAL_NEWS,
                subject_type="referral",
                subject_id=1,
                number="x",
                event_id=1,
                rhythm="off",
            )
    with act(factories.actor(psychologist)):
        assert Notification.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from exchange_notification")
        assert cursor.fetchone() == (0,), "without an actor there is nothing"


def test_what_was_told_is_forgotten_after_ninety_days(gp: Membership) -> None:
    with factories.as_owner():
        for event, days in ((1, 89), (2, 91)):
            Notification.objects.create(
                user=gp.user, kind=Kind.REFERRAL_NEWS, subject_type="referral", subject_id=1, number="V-26-000001",
                event_id=event, rhythm="off",
                made_at=timezone.now() - timedelta(days=days),
            )  # fmt: skip
    make_digests()
    with factories.as_owner():
        assert [one.event_id for one in Notification.objects.all()] == [1]
