"""The offer is its provider's: who manages it edits it and states waiting times, nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from events.actor import act
from events.errors import Refused
from people.models import Membership, OrganisationPermission
from square import access, actions
from square.models import HealthcareService
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def manager(of: HealthcareService) -> Membership:
    from django.contrib.auth.models import Permission

    member = factories.member("social_worker", at=of.organisation)
    with factories.as_owner():
        permission = Permission.objects.get(codename="manage_offer")
        OrganisationPermission.objects.create(user=member.user, permission=permission, content_object=of.organisation)
    return member


@pytest.fixture
def service() -> HealthcareService:
    with_date = timezone.localdate() - timedelta(days=500)
    return factories.service(factories.organisation("social"), reviewed_on=with_date)


def values(**changed: object) -> dict[str, object]:
    return {
        "name": "Verkennend gesprek",
        "summary": "Samen kijken.",
        "criteria": "Woont in Huizen\n\n Is 18 jaar of ouder ",
        "postcode": "1271 aa",
        "municipalities": "huizen",
        "on_location": "on",
        "open_for_new": "on",
        "takes_referrals": "on",
        **changed,
    }


def test_the_provider_edits_and_the_entry_counts_as_looked_over(
    service: HealthcareService, client_of: ClientOf
) -> None:
    client = client_of(manager(service))
    assert client.get(f"/square/{service.pk}/edit/").status_code == 200
    answer = client.post(f"/square/{service.pk}/edit/", values(name="Verkennend gesprek 2"))
    assert answer.status_code == 302, answer.context and answer.context["form"].errors
    service.refresh_from_db()
    assert service.name == "Verkennend gesprek 2"
    assert service.criteria == ["Woont in Huizen", "Is 18 jaar of ouder"]
    assert (service.postcode, service.municipalities) == ("1271AA", ["Huizen"])
    assert service.reviewed_on == timezone.localdate()
    assert "nagekeken op" in client.get(f"/square/{service.pk}/edit/").content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"postcode": "0000"}, "Postcode 0000 bestaat niet"),
        ({"postcode": "Huizen"}, "Een postcode heeft vier cijfers"),
        ({"minimum_age": "60", "maximum_age": "20"}, "lager dan"),
        ({"municipalities": "Atlantis"}, "Deze gemeente kennen wij niet: Atlantis"),
        ({"on_location": ""}, "Kies ten minste één"),
        ({"name": ""}, "Nog niet klaar"),
        ({"criteria": "x" * 161}, "korter dan 160 tekens"),
        ({"codes": "P7"}, "geen code van ICPC-1 of SNOMED CT: P7"),
        ({"codes": "P76\n35489008"}, "geen code van ICPC-1 of SNOMED CT: 35489008"),
        ({"answer_days": "0"}, "Kies een aantal van 1 tot en met 60"),
        ({"norm_days": "1501"}, "Kies een aantal van 1 tot en met 1500"),
        ({"languages": ["xx"]}, "Nog niet klaar"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    service: HealthcareService, client_of: ClientOf, changed: dict[str, object], words: str
) -> None:
    answer = client_of(manager(service)).post(f"/square/{service.pk}/edit/", values(**changed))
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_languages_codes_and_terms_are_the_provider_s_own(service: HealthcareService, client_of: ClientOf) -> None:
    said = {"languages": ["nl", "tr"], "codes": "p76\nP76\n35489007", "answer_days": "3", "norm_days": "42"}
    client = client_of(manager(service))
    answer = client.post(f"/square/{service.pk}/edit/", values(**said))
    assert answer.status_code == 302, answer.context and answer.context["form"].errors
    service.refresh_from_db()
    assert (service.languages, service.codes) == (["nl", "tr"], ["P76", "35489007"])
    assert (service.answer_days, service.norm_days) == (3, 42)
    assert "Nederlands, Turks" in client.get(f"/square/{service.pk}/").content.decode()


def test_a_waiting_time_is_stated_with_its_day(service: HealthcareService, client_of: ClientOf) -> None:
    client = client_of(manager(service))
    today = timezone.localdate()
    client.post(f"/square/{service.pk}/waiting-time/", {"days": "21", "measured_on": today.isoformat()})
    assert access.waiting_times([service])[service.pk].days == 21
    wrong = client.post(
        f"/square/{service.pk}/waiting-time/", {"days": "2000", "measured_on": (today + timedelta(days=1)).isoformat()}
    )
    assert wrong.status_code == 200
    assert "op zijn laatst vandaag" in wrong.content.decode()
    page = Client().get(f"/square/{service.pk}/")
    assert "21 dagen wachten" in page.content.decode()


def test_saying_that_all_holds_dates_the_entry(service: HealthcareService, client_of: ClientOf) -> None:
    client = client_of(manager(service))
    assert "te lang geleden" in client.get("/square/own/").content.decode()
    client.post(f"/square/{service.pk}/review/")
    service.refresh_from_db()
    assert service.reviewed_on == timezone.localdate()


def test_nobody_else_changes_the_offer(service: HealthcareService, client_of: ClientOf) -> None:
    colleague = factories.member("social_worker", at=service.organisation)
    other = manager(factories.service(factories.organisation("welfare"), "Ander aanbod"))
    for member in (colleague, other):
        client = client_of(member)
        assert client.get(f"/square/{service.pk}/edit/").status_code == 403
        assert client.post(f"/square/{service.pk}/edit/", values()).status_code == 403
        assert client.post(f"/square/{service.pk}/waiting-time/", {"days": "1"}).status_code == 403
        assert client.post(f"/square/{service.pk}/review/").status_code == 403
        with act(factories.actor(member)) as actor, pytest.raises(PermissionDenied):
            actions.report_waiting_time(service=service, days=1, measured_on=timezone.localdate(), by=actor)
    assert Client().get(f"/square/{service.pk}/edit/").status_code == 302, "a visitor is asked to sign in"


def test_a_day_that_is_still_to_come_is_refused(service: HealthcareService) -> None:
    with act(factories.actor(manager(service))) as actor, pytest.raises(Refused):
        actions.report_waiting_time(
            service=service, days=1, measured_on=timezone.localdate() + timedelta(days=1), by=actor
        )


def test_the_public_pages_are_open_to_everybody(service: HealthcareService) -> None:
    for address in ("/square/", f"/square/{service.pk}/", "/square/participants/"):
        assert Client().get(address).status_code == 200
    assert service.organisation.name in Client().get("/square/participants/").content.decode()
