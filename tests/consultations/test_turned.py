"""A consultation turned into a referral: the question filled in, agreeing asked anew, each pointing at the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse

from consultations import access
from events.actor import act
from referrals.models import Referral
from tests import factories
from tests.consultations.helpers import Stage
from tests.referrals.world import send

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_question_is_filled_in_agreeing_is_asked_anew_and_each_leads_to_the_other(client_of: Any) -> None:
    stage = Stage()
    consultation = stage.ask(stage.asked)
    stage.answer(consultation, stage.asked, "Laat de fysiotherapeut kijken.")
    service = factories.service(factories.organisation("social"), "Valtraining")
    client, thread = client_of(stage.asker), reverse("consultations:thread", args=[consultation.pk])
    assert "Hiervan een verwijzing maken" in client.get(thread).content.decode()
    assert "Hiervan een verwijzing maken" not in client_of(stage.asked).get(thread).content.decode()
    refer = client.get(thread).context["refer"]
    url = reverse("referrals:new", args=[stage.patient.key])
    page = client.post(url, {"do": "begin", "consultation": consultation.pk, "question": refer["question"]})
    form = page.context["form"]
    assert "Wat te doen bij vallen?" in form["question"].value()
    assert "Laat de fysiotherapeut kijken." in form["question"].value()
    assert not form["agreed"].value()
    typed = {
        "do": "send", "consultation": consultation.pk, "service": service.pk, "shown": service.pk, "urgency": "routine", "q": "",
        "question": form["question"].value(), "token": form["token"].value(),
    }  # fmt: skip
    assert "zonder akkoord gaat er niets weg" in client.post(url, typed).content.decode()
    answer = client.post(url, {**typed, "agreed": "on"}, follow=True)
    assert thread in answer.content.decode()
    with factories.as_owner():
        made = Referral.objects.get()
        assert (made.origin, made.consultation) == ("consultation", consultation.pk)
    assert made.number in client.get(thread).content.decode()
    receiver = factories.member("social_worker", at=service.organisation)
    assert thread not in client_of(receiver).get(reverse("referrals:thread", args=[made.pk])).content.decode()


def test_a_referral_that_claims_anothers_consultation_shows_with_nobody() -> None:
    stage = Stage()
    consultation = stage.ask(stage.asked)
    elsewhere = factories.member("gp")
    theirs = factories.patient(related_to=[elsewhere.organisation])
    service = factories.service(factories.organisation("social"), "Valtraining")
    send(elsewhere, theirs, service, consultation=consultation.pk)
    send(stage.asker, stage.patient, service)
    for member in (stage.asker, stage.asked):
        with act(factories.actor(member)) as actor:
            assert access.referrals_from(access.get_consultation(actor, consultation.pk), actor) == []
    with factories.as_owner(), pytest.raises(IntegrityError):
        Referral.objects.filter(origin="sent").update(consultation=consultation.pk)
