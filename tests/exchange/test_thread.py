"""One referral from sending to the end by its real actions: every step reaches who must hear of it, and the journey."""

from __future__ import annotations

import pytest

from events.actor import act
from exchange.moves import NEWS
from journeys.models import Enrolment, Journey
from referrals import actions
from referrals.access import open_for_referral
from tests import factories
from tests.exchange.stage import Inbox, deliver, waiting, whole

pytestmark = pytest.mark.django_db(transaction=True)


CITIZEN = "inwoner@voorbeeld.example"


def test_all_steps_of_a_referral_that_are_news_are_steps_it_knows() -> None:
    known = {
        "referral.sent",
        "referral.entered",
        actions.TURNED,
        actions.WITHDRAWN,
        *actions.EVENTS.values(),
        *actions.LATE.values(),
        *actions.TALKS.values(),
    }
    assert {verb for verb in NEWS if verb.startswith("referral.")} <= known


def test_sender_and_receiver_hear_of_each_step_and_the_citizen_comes_into_the_journey(inbox: Inbox) -> None:
    gp, social = factories.member("gp"), factories.member("social_worker")
    patient = factories.patient(related_to=[gp.organisation], own_name="Zwaluw", number="999990019")
    factories.consent(patient)
    factories.citizen(patient)
    service = factories.service(social.organisation, "Hulp bij schulden", kind="debt_help")
    with factories.as_owner():
        journey = Journey.objects.create(name="Naar het sociaal domein", status="live", purpose="-", criteria="-")
        journey.triggers.create(service_kind="debt_help")
    with act(factories.actor(gp)) as actor:
        opening = open_for_referral(actor, patient.key)
        referral = actions.send(
            opening=opening, service=service, question="Deurwaarder aan de deur.", agreed=True, by=actor
        )
    deliver()
    assert [mail["To"] for mail in inbox.mails if mail["To"] != CITIZEN] == [social.user.email]
    with act(factories.actor(social)) as actor:
        actions.ask_back(referral=referral, note="Is er al een bewindvoerder?", by=actor)
    deliver()
    with act(factories.actor(gp)) as actor:
        actions.answer(referral=referral, note="Nee, nog niet.", by=actor)
    deliver()
    with act(factories.actor(social)) as actor:
        actions.accept(referral=referral, by=actor)
    deliver()
    assert [mail["To"] for mail in inbox.mails if mail["To"] != CITIZEN] == [
        social.user.email,
        gp.user.email,
        social.user.email,
        gp.user.email,
    ]
    assert waiting() == []
    assert [mail["To"] for mail in inbox.mails].count(CITIZEN) == 2, "sent, and accepted"
    for mail in inbox.mails:
        text = whole(mail)
        assert (referral.number in text) == (mail["To"] != CITIZEN)
        for secret in [
            "Zwaluw",
            "999990019",
            "schulden",
            "Deurwaarder",
            "bewindvoerder",
            social.organisation.name,
            gp.organisation.name,
            str(patient.key),
        ]:
            assert secret not in text
    with act(factories.actor(social)):
        enrolment = Enrolment.objects.get()
        assert (enrolment.patient_id, enrolment.journey_id, enrolment.referral_number) == (
            patient.pk,
            journey.pk,
            referral.number,
        )
