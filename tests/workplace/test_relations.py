"""The list of care relations to confirm or end: why each is on it, what confirming and ending do, and that it stays quick."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events.actor import act
from events.models import Event
from people.models import Membership
from tests import factories
from trust.models import CareRelation
from workplace.access import count_pressing, worth_a_look

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def page_of(client: Client, cause: str = "") -> str:
    return client.get(reverse("workplace:relations"), {"cause": cause} if cause else {}).content.decode()


def test_each_cause_is_found_and_a_relation_in_order_is_not(client_of: Browser) -> None:
    gp = factories.member("gp")
    here = gp.organisation
    factories.patient(related_to=[here], own_name="Inorde")
    stated = factories.patient(own_name="Verklaard")
    factories.relation(stated, here, source="stated", reason="Passant op vakantie", stated_by=gp.user)
    factories.patient(related_to=[here], own_name="Overleden", deceased_on=date(2026, 9, 1))
    unseen = factories.patient(own_name="Ongezien")
    factories.relation(unseen, here, period=factories.since(800))
    double = factories.patient(related_to=[here], own_name="Dubbel")
    factories.relation(double, here, source="stated", confirmed_at=timezone.now(), confirmed_by=gp.user)
    client = client_of(gp)
    everything = page_of(client)
    assert "Inorde" not in everything
    for cause, name in [
        ("unconfirmed", "Verklaard"),
        ("deceased", "Overleden"),
        ("unseen", "Ongezien"),
        ("double", "Dubbel"),
    ]:
        found = page_of(client, cause)
        assert name in found
        assert name in everything
        assert sum(other in found for other in ["Verklaard", "Overleden", "Ongezien", "Dubbel"]) == 1
    assert "Passant op vakantie" in everything
    source = factories.source(here, active=False)
    assert "Inorde" in page_of(client, "source_ended")
    with factories.as_owner():
        type(source).objects.update(active=True)
    assert "Inorde" not in page_of(client)


def test_counting_what_presses_finds_as_many_as_looking_for_it() -> None:
    gp = factories.member("gp")
    here, long_ago = gp.organisation, timezone.now() - timedelta(days=400)
    confirmed = {"confirmed_at": timezone.now(), "confirmed_by": gp.user}

    def counted() -> tuple[int, int]:
        with act(factories.actor(gp)) as actor:
            return count_pressing(actor), len(worth_a_look(actor, pressing=True))

    assert counted() == (0, 0)
    factories.patient(related_to=[here])
    factories.relation(factories.patient(), here, source="stated", stated_by=gp.user)
    factories.relation(factories.patient(), here, source="stated", stated_by=gp.user, **confirmed)
    assert counted() == (1, 1), "one that nobody confirmed"
    twice = factories.patient(related_to=[here])
    factories.relation(twice, here, source="stated", stated_by=gp.user)
    assert counted() == (3, 3), "both of a patient with two, once each though one is not confirmed either"
    once = factories.patient(related_to=[here])
    factories.relation(once, here, source="stated", stated_by=gp.user, **confirmed)
    assert counted() == (4, 4), "what was confirmed within a year is left in peace"
    aged = factories.patient()
    factories.relation(aged, here, source="stated", stated_by=gp.user, confirmed_at=long_ago, confirmed_by=gp.user)
    assert counted() == (4, 4)
    dead = factories.patient(related_to=[here], deceased_on=date(2026, 9, 1))
    assert counted() == (5, 5)
    factories.relation(dead, here, source="stated", stated_by=gp.user)
    factories.relation(
        factories.patient(deceased_on=date(2026, 9, 2)),
        here,
        source="stated",
        confirmed_at=long_ago,
        confirmed_by=gp.user,
    )
    factories.relation(factories.patient(deceased_on=date(2026, 9, 3)), here, source="stated", **confirmed)
    assert counted() == (7, 7)
    source = factories.source(here, active=False)
    assert counted()[0] == counted()[1] > 7
    with factories.as_owner():
        type(source).objects.update(active=True)
    assert counted() == (7, 7)


def test_opening_the_record_counts_as_seen(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(own_name="Ongezien")
    factories.relation(patient, gp.organisation, period=factories.since(800))
    client = client_of(gp)
    assert "Ongezien" in page_of(client, "unseen")
    client.get(reverse("workplace:patient", args=[patient.key]))
    assert "Ongezien" not in page_of(client, "unseen")


def test_relations_of_others_and_of_a_process_are_not_on_the_list(client_of: Browser) -> None:
    gp, other = factories.member("gp"), factories.member("gp")
    theirs = factories.patient(own_name="Vananderen")
    factories.relation(theirs, other.organisation, source="stated")
    referred = factories.patient(own_name="Verwezen")
    factories.relation(
        referred, gp.organisation, source="referral", reference="referral:1", period=factories.since(800)
    )
    page = page_of(client_of(gp))
    assert "Vananderen" not in page
    assert "Verwezen" not in page


def test_confirming_takes_it_off_the_list_for_a_year(client_of: Browser) -> None:
    gp = factories.member("gp")
    relation = factories.relation(factories.patient(own_name="Verklaard"), gp.organisation, source="stated")
    client = client_of(gp)
    response = client.post(reverse("workplace:relations"), {"do": "confirm", "relations": [relation.pk]}, follow=True)
    assert "1 relatie is bevestigd" in response.content.decode()
    assert "Verklaard" not in page_of(client)
    with factories.as_owner():
        relation.refresh_from_db()
        assert relation.confirmed_by_id == gp.user_id
        assert Event.objects.filter(verb="relation.confirmed").count() == 1
        CareRelation.objects.update(confirmed_at=timezone.now() - timedelta(days=400), period=factories.since(800))
    assert "Verklaard" in page_of(client, "unseen")


def test_ending_closes_the_record_for_a_colleague_the_same_second(client_of: Browser) -> None:
    gp = factories.member("gp")
    colleague = client_of(factories.member("practice_nurse", at=gp.organisation))
    patient = factories.patient(own_name="Verklaard")
    relation = factories.relation(patient, gp.organisation, source="stated")
    address = reverse("workplace:patient", args=[patient.key])
    assert colleague.get(address).status_code == 200
    typed = {"do": "end", "reason": "moved", "relations": [relation.pk]}
    response = client_of(gp).post(reverse("workplace:relations"), typed, follow=True)
    assert "1 relatie is beëindigd" in response.content.decode()
    assert colleague.get(address).status_code == 404
    sought = colleague.post(reverse("workplace:patients"), {"q": "verklaard"}).content.decode()
    assert "Niemand gevonden" in sought
    assert str(patient.key) not in sought
    with factories.as_owner():
        assert Event.objects.get(verb="relation.ended").data == {"reason": "moved"}


def test_ending_asks_for_a_reason_and_a_choice_of_whom(client_of: Browser) -> None:
    gp = factories.member("gp")
    relation = factories.relation(factories.patient(), gp.organisation, source="stated")
    client = client_of(gp)
    page = client.post(reverse("workplace:relations"), {"do": "end", "relations": [relation.pk]}).content.decode()
    assert "Kies waarom de relatie eindigt." in page
    assert f'value="{relation.pk}" checked' in page
    assert "Vink eerst aan" in client.post(reverse("workplace:relations"), {"do": "confirm"}).content.decode()
    with factories.as_owner():
        assert CareRelation.objects.get().confirmed_at is None


def test_nobody_tends_the_relations_of_another_practice(client_of: Browser) -> None:
    gp, other = factories.member("gp"), factories.member("gp")
    relation = factories.relation(factories.patient(), other.organisation, source="stated")
    for do in ["confirm", "end"]:
        client_of(gp).post(reverse("workplace:relations"), {"do": do, "reason": "ended", "relations": [relation.pk]})
    with factories.as_owner():
        relation.refresh_from_db()
        assert relation.confirmed_at is None
        assert relation.period.upper is None


@pytest.mark.parametrize("role", ["manager", "privacy_officer"])
def test_the_desk_sees_no_names_here_either(client_of: Browser, role: str) -> None:
    gp = factories.member("gp")
    factories.relation(factories.patient(), gp.organisation, source="stated")
    client = client_of(factories.member(role, at=gp.organisation))
    assert client.get(reverse("workplace:relations")).status_code == 403


def test_fifty_on_a_page_in_a_fixed_number_of_queries(client_of: Browser) -> None:
    gp = factories.member("gp")
    client = client_of(gp)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(reverse("workplace:relations"))
        return len(caught)

    for _number in range(3):
        factories.relation(factories.patient(), gp.organisation, source="stated", stated_by=gp.user)
    queries()
    few = queries()
    for _number in range(52):
        factories.relation(factories.patient(), gp.organisation, source="stated", stated_by=gp.user)
    assert queries() == few
    page = page_of(client)
    assert page.count('name="relations"') == 50
    assert "1 tot 50 van 55" in page


def test_today_leads_to_the_list_when_there_is_something_to_look_at(client_of: Browser) -> None:
    gp = factories.member("gp")
    client = client_of(gp)
    assert reverse("workplace:relations") not in client.get(reverse("workplace:today")).content.decode()
    factories.relation(factories.patient(), gp.organisation, source="stated")
    assert reverse("workplace:relations") in client.get(reverse("workplace:today")).content.decode()
