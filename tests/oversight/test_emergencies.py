"""Emergencies: who reviews them, what is seen of them, who hears of them, and that a number is all there is of the citizen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.http import Http404
from django.test import Client
from django.utils import timezone

from events.actions import deliver_one
from events.actor import act
from events.errors import Refused
from events.models import Event
from exchange.models import Notification
from oversight.access import emergency as access
from people.models import Membership, Organisation, Patient
from tests import factories
from tests.oversight.lines import line
from trust.access import open_record
from trust.actions import review_emergency, start_emergency
from trust.categories import Category, to_mask
from trust.models import Emergency

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def officer(at: Organisation | None = None) -> Membership:
    return factories.member("privacy_officer", at=at or factories.organisation("region"))


def emergency(by: Membership, of: Patient, *, hours_ago: float = 2, **values: object) -> Emergency:
    began = timezone.now() - timedelta(hours=hours_ago)
    with factories.as_owner():
        return Emergency.objects.create(
            **{
                "patient": of, "organisation": by.organisation, "user": by.user, "role": by.role, "reason": "unconscious",
                "explanation": "Gevonden op straat, reageert niet.", "period": DateTimeTZRange(began, began + timedelta(hours=1)),
                **values,
            }
        )  # fmt: skip


def test_an_officer_reviews_those_of_the_own_organisation_and_that_of_the_region_all() -> None:
    gp, elsewhere = factories.member("gp"), factories.member("gp")
    patient = factories.patient()
    mine, other = emergency(gp, patient), emergency(elsewhere, patient, hours_ago=4)
    for who, seen in ((officer(gp.organisation), [mine]), (officer(), [other, mine])):
        with act(factories.actor(who)) as actor:
            assert list(access.emergencies_to_review(actor)) == seen, "the oldest first"
    with act(factories.actor(officer(gp.organisation))) as actor, pytest.raises(Http404):
        access.get_emergency(actor, other.pk)
    with act(factories.actor(gp)) as actor, pytest.raises(PermissionDenied):
        access.emergencies_for(actor)


def test_what_was_looked_at_are_the_lines_of_that_professional_record_and_hour() -> None:
    gp = factories.member("gp")
    colleague = factories.member("gp", at=gp.organisation)
    patient, other = factories.patient(), factories.patient()
    one = emergency(gp, patient)
    began = one.period.lower
    within = began + timedelta(minutes=3)
    seen = {"categories": to_mask([Category.PLAN]), "own_categories": 0, "consented": to_mask([Category.MEDICATION])}
    first = line(gp, patient, within, **seen)
    line(gp, patient, within, "record.denied")
    line(gp, patient, began - timedelta(minutes=1), **seen)
    line(gp, patient, began + timedelta(hours=1), **seen)
    line(gp, other, within, **seen)
    line(colleague, patient, within, **seen)
    for who in (officer(gp.organisation), officer()):
        with act(factories.actor(who)) as actor:
            looks = access.looks_in(actor, one)
        assert [(look.number == first, look.categories, look.denied) for look in looks] == [
            (True, [Category.MEDICATION, Category.PLAN], False),
            (False, [], True),
        ]


def test_equal_lines_of_one_minute_are_one_row_with_their_number(client_of: ClientOf) -> None:
    gp, patient = factories.member("gp"), factories.patient()
    one = emergency(gp, patient)
    minute = one.period.lower.replace(second=0, microsecond=0) + timedelta(minutes=5)
    personal = {"categories": to_mask([Category.IDENTITY]), "own_categories": 0, "consented": 0}
    more = {**personal, "categories": to_mask([Category.IDENTITY, Category.MEDICATION])}
    first = line(gp, patient, minute, **personal)
    line(gp, patient, minute + timedelta(seconds=1), **more)
    for second in range(2, 9):
        line(gp, patient, minute + timedelta(seconds=second), **personal)
    line(gp, patient, minute + timedelta(seconds=70), **personal)
    who = officer(gp.organisation)
    with act(factories.actor(who)) as actor:
        looks = access.looks_in(actor, one)
    assert [look.times for look in looks] == [8, 1, 1]
    assert looks[0].number == first
    page = client_of(who).get(f"/oversight/emergencies/{one.pk}/").content.decode()
    assert page.count("8 keer") == 1
    assert "1 keer" not in page


def test_an_emergency_that_ended_at_once_has_no_lines_and_can_be_reviewed() -> None:
    gp = factories.member("gp")
    one = emergency(gp, factories.patient(), period=DateTimeTZRange(empty=True))
    with act(factories.actor(officer())) as actor:
        one = access.get_emergency(actor, one.pk)
        assert access.looks_in(actor, one) == []
        assert access.may_review(actor, one)


def test_it_is_reviewed_once_and_never_by_who_used_it() -> None:
    gp = factories.member("gp")
    one = emergency(gp, factories.patient())
    with factories.as_owner():
        self_ = Membership.objects.create(
            user=gp.user, organisation=gp.organisation, role="privacy_officer", period=factories.since()
        )
    with act(factories.actor(self_)) as actor:
        assert not access.may_review(actor, one)
        with pytest.raises(Refused):
            review_emergency(emergency=one, outcome="justified", note="ik was het", by=actor)
    who = officer()
    with act(factories.actor(who)) as actor:
        review_emergency(emergency=one, outcome="avoidable", note="waarneming gebeld", by=actor)
        with pytest.raises(Refused):
            review_emergency(emergency=one, outcome="justified", note="toch", by=actor)
        kept = access.get_emergency(actor, one.pk)
        assert (kept.review, kept.review_note, kept.reviewed_by_id) == ("avoidable", "waarneming gebeld", who.user_id)
        assert list(access.emergencies_to_review(actor)) == []
    with factories.as_owner():
        assert Event.objects.get(verb="emergency.reviewed").patient_id == one.patient_id, (
            "the citizen reads it in the own log"
        )


def test_the_officers_hear_of_it_at_once_and_nothing_of_whom(client_of: ClientOf) -> None:
    gp = factories.member("gp", name="Karim Haddou")
    own, of_region, elsewhere = officer(gp.organisation), officer(), officer(factories.organisation("gp"))
    patient = factories.patient(related_to=[gp.organisation], own_name="Zwartekraaij")
    with act(factories.actor(gp)) as actor:
        one = start_emergency(reason="unconscious", explanation="Gevonden, reageert niet.", by=actor, key=patient.key)
    while deliver_one():
        pass
    with factories.as_owner():
        told = set(Notification.objects.values_list("user_id", "kind", "number"))
    assert told == {(who.user_id, "emergency", f"N-{one.pk}") for who in (own, of_region)}
    sent = [message for message in mail.outbox if message.to[0].startswith("person")]
    assert {address for message in sent for address in message.to} == {own.user.email, of_region.user.email}
    for message in sent:
        words = message.subject + message.body + str(message.alternatives)
        assert f"/oversight/emergencies/{one.pk}/" in words
        assert not [
            secret for secret in ("Zwartekraaij", "Haddou", "reageert", gp.organisation.name) if secret in words
        ]
    listed = client_of(own).get("/notifications/").content.decode()
    assert f"/oversight/emergencies/{one.pk}/" in listed
    assert "Noodtoegang die u beoordeelt" in listed
    assert "Noodtoegang die u beoordeelt" not in client_of(gp).get("/notifications/").content.decode()
    assert client_of(elsewhere).get(f"/oversight/emergencies/{one.pk}/").status_code == 404


def test_from_the_first_page_to_the_outcome(client_of: ClientOf) -> None:
    gp = factories.member("gp", name="Karim Haddou")
    patient = factories.patient(own_name="Zwartekraaij")
    one = emergency(gp, patient)
    line(gp, patient, one.period.lower + timedelta(minutes=3), categories=to_mask([Category.MEDICATION]))
    client = client_of(officer(gp.organisation))
    assert client.get("/").headers["Location"] == "/oversight/"
    start = client.get("/oversight/").content.decode()
    assert "1 keer noodtoegang te beoordelen" in start
    assert f"/oversight/emergencies/{one.pk}/" in start
    page = client.get(f"/oversight/emergencies/{one.pk}/").content.decode()
    for words in ("Karim Haddou", "niet aanspreekbaar", "reageert niet", f"nummer {patient.pk}", "medicatie"):
        assert words in page, words
    assert "Zwartekraaij" not in start + page
    assert "form-errors" in client.post(f"/oversight/emergencies/{one.pk}/", {"outcome": "justified"}).content.decode()
    sent = {"outcome": "unjustified", "note": "Kende de inwoner niet."}
    assert client.post(f"/oversight/emergencies/{one.pk}/", sent).status_code == 302
    assert client.post(f"/oversight/emergencies/{one.pk}/", sent).status_code == 409
    assert "Alles is beoordeeld" in client.get("/oversight/emergencies/").content.decode()
    reviewed = client.get("/oversight/emergencies/?show=reviewed").content.decode()
    assert "onterecht" in reviewed
    assert "Kende de inwoner niet." in client.get(f"/oversight/emergencies/{one.pk}/").content.decode()


def test_emergency_access_of_a_stranger_shows_in_the_lines_of_the_review() -> None:
    gp = factories.member("gp")
    number = factories.bsn()
    patient = factories.patient(number=number)
    with act(factories.actor(gp)) as actor:
        one = start_emergency(
            reason="acute", explanation="Geen huisarts bereikbaar.", by=actor, bsn=number, birth_date=patient.birth_date
        )
    with act(factories.actor(gp)) as actor:
        open_record(actor, patient.key, [Category.IDENTITY, Category.MEDICATION])
    with act(factories.actor(officer(gp.organisation))) as actor:
        (look,) = access.looks_in(actor, access.get_emergency(actor, one.pk))
    assert Category.MEDICATION in look.categories
