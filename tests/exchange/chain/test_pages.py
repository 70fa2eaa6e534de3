"""The pages of messages: what back offices see and do there, whom they name, and the address of the hub."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from events.actor import act
from events.models import Event
from exchange.chain.models import ChainConnection, ChainMessage
from people.models import Membership
from referrals import actions as referrals
from referrals.access import open_for_referral
from tests import factories
from tests.exchange.chain import examples
from tests.exchange.chain.examples import assigned
from tests.exchange.chain.world import World, messages, rows, status_of
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
SECRET = "a-secret-of-at-least-thirty-two-signs"
HUB = "/chain/hub/"


def upload(client: Client, body: bytes):  # type: ignore[no-untyped-def]
    """Bring a file on the page."""
    return client.post(reverse("exchange:chain"), {"file": SimpleUploadedFile("a.xml", body)}, follow=True)


def test_who_sent_and_no_longer_helps_makes_no_message(client_of: ClientOf) -> None:
    world = World()
    referral = world.refer()
    with factories.as_owner():
        CareRelation.objects.all().delete()
    carer = client_of(world.carer)
    for page in ("exchange:assignments", "exchange:chain_make"):
        args = [referral.pk, "request"] if page == "exchange:chain_make" else [referral.pk]
        assert carer.get(reverse(page, args=args)).status_code == 403


def test_a_message_names_its_file_in_plain_signs(client_of: ClientOf) -> None:
    world = World()
    world.bring(examples.made("301", "wmo", assigned(), identification='A\n"/B'), world.official)
    with factories.as_owner():
        pk = ChainMessage.objects.get(kind="301").pk
    answer = client_of(world.carer).post(reverse("exchange:chain_file", args=[pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="wmo301-AB.xml"'


def test_from_request_to_stop_on_the_pages_nothing_is_typed_twice(client_of: ClientOf) -> None:
    world = World()
    referral = world.refer()
    carer, official = client_of(world.carer), client_of(world.official)
    form = {
        "product_category": "02", "begins": examples.TODAY.isoformat(), "referrer": "06", "agreed": "on",
    }  # fmt: skip
    page = carer.get(reverse("exchange:assignments", args=[referral.pk]))
    assert "Verzoek om toewijzing maken" in page.content.decode()
    made = reverse("exchange:chain_make", args=[referral.pk, "request"])
    refused = carer.post(made, {**form, "agreed": ""})
    assert "Bespreek dit eerst met de inwoner" in refused.content.decode()
    assert carer.post(made, form).status_code == 302
    assert official.get(reverse("exchange:assignments", args=[referral.pk])).status_code == 403, "not before accepting"
    official.post(reverse("referrals:move", args=[referral.pk, "accept"]))
    assign = reverse("exchange:chain_make", args=[referral.pk, "assign"])
    assert 'value="02" selected' in official.get(assign).content.decode(), "as it was asked"
    assert official.post(assign, form).status_code == 302
    (one,) = rows()
    assert one.status == "assigned"
    for step, values in (("start", {}), ("stop", {"reason": "19"})):
        url = reverse("exchange:chain_make_at", args=[referral.pk, step, one.pk])
        assert carer.post(url, {"on": examples.TODAY.isoformat(), **values}).status_code == 302
    assert rows()[0].periods == [
        {"begun": examples.TODAY.isoformat(), "ended": examples.TODAY.isoformat(), "reason": "19"}
    ]
    again = carer.post(
        reverse("exchange:chain_make_at", args=[referral.pk, "start", one.pk]), {"on": examples.TODAY.isoformat()}
    )
    assert again.status_code == 409
    assert "TR074" in again.content.decode()
    for page in (carer.get(reverse("exchange:chain")), official.get(reverse("exchange:chain"))):
        said = page.content.decode()
        assert "Toewijzing" in said
        assert "Vries" not in said
        assert examples.BSN not in said


def test_a_file_is_brought_and_what_is_wrong_is_told_by_line_and_element(client_of: ClientOf) -> None:
    world = World()
    official = client_of(world.official)
    bad = upload(official, examples.made("301").replace(b"Eenheid>04<", b"Eenheid>05<"))
    assert bad.status_code == 422
    assert "een code die niet in de lijst staat" in bad.content.decode()
    assert "ToegewezenProduct[1]/<wbr>Omvang/<wbr>Eenheid" in bad.content.decode()
    refused = upload(official, examples.made("301", "wmo", assigned(RedenWijziging="01")))
    said = refused.content.decode()
    assert "CS336" in said
    assert "0001" in said
    good = upload(official, examples.made("301", identification="2"))
    assert "Het bericht is gelezen" in good.content.decode()
    assert examples.BSN not in good.content.decode()
    assert upload(client_of(world.carer), examples.made("301", identification="3")).status_code == 403


def test_a_file_is_fetched_by_the_parties_alone(client_of: ClientOf) -> None:
    world = World()
    referral = world.refer()
    made = world.make("request", referral, world.carer)
    url = reverse("exchange:chain_file", args=[made.pk])
    stranger = factories.member("social_worker", at=factories.organisation("municipality", municipality_code="0402"))
    assert client_of(stranger).post(url).status_code == 404
    assert client_of(stranger).get(reverse("exchange:chain_message", args=[made.pk])).status_code == 404
    with factories.as_owner():
        denied = Event.objects.filter(verb="record.denied").count()
    assert client_of(world.official).post(url).status_code == 403, "the name comes with acceptance, also in a file"
    with factories.as_owner():
        assert Event.objects.filter(verb="record.denied").count() == denied + 1
        assert ChainMessage.objects.get(pk=made.pk).due is None, "nothing was fetched"
    assert client_of(world.carer).post(url).status_code == 200, "who wrote it keeps it"
    with act(factories.actor(world.official)) as actor:
        referrals.accept(referral=referral, by=actor)
    answer = client_of(world.official).post(url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert referral.number.encode() in answer.content
    with factories.as_owner():
        assert ChainMessage.objects.get(pk=made.pk).due is not None


def test_a_municipality_that_refers_assigns_after_the_provider_accepted(client_of: ClientOf) -> None:
    world = World()
    factories.relation(world.patient, world.official.organisation)
    service = factories.service(world.carer.organisation, "Hulp thuis", law="wmo")
    with act(factories.actor(world.official)) as actor:
        opening = open_for_referral(actor, world.patient.key)
        referral = referrals.send(opening=opening, service=service, question="Kan dit?", agreed=True, by=actor)
    official, page = client_of(world.official), reverse("exchange:assignments", args=[referral.pk])
    assign = reverse("exchange:chain_make", args=[referral.pk, "assign"])
    form = {"product_category": "02", "begins": examples.TODAY.isoformat()}
    assert assign not in official.get(page).content.decode()
    assert official.post(assign, form).status_code == 409
    assert messages() == []
    with act(factories.actor(world.carer)) as actor:
        referrals.accept(referral=referral, by=actor)
    assert assign in official.get(page).content.decode()
    assert official.post(assign, form).status_code == 302


@pytest.mark.parametrize("role", ["manager", "privacy_officer", "coordinator"])
def test_the_messages_are_for_who_refers(client_of: ClientOf, role: str) -> None:
    world = World()
    other = factories.member(role, at=world.official.organisation)
    assert client_of(other).get(reverse("exchange:chain")).status_code == 403


def test_who_has_no_code_exchanges_nothing(client_of: ClientOf) -> None:
    assert client_of(factories.member("gp")).get(reverse("exchange:chain")).status_code == 403


def test_a_manager_connects_and_a_colleague_lends_the_own_name(client_of: ClientOf) -> None:
    world = World()
    manager = factories.permit(factories.member("manager", at=world.official.organisation), "manage_sources")
    url = reverse("exchange:chain_connection")
    assert client_of(world.official).get(url).status_code in {403, 404}
    assert client_of(world.official).post(reverse("exchange:chain_name"), {"takes": "yes"}).status_code == 409
    client_of(manager).post(url, {"active": "yes"})
    client_of(world.official).post(reverse("exchange:chain_name"), {"takes": "yes"})
    with factories.as_owner():
        assert ChainConnection.objects.get().acting_id == world.official.pk
    assert "Sanne Bakker" in client_of(manager).get(url).content.decode()
    assert "Niet meer op mijn naam" in client_of(world.official).get(reverse("exchange:chain")).content.decode()


def bring(body: bytes, *, secret: str = SECRET, kind: str = "application/xml"):  # type: ignore[no-untyped-def]
    """Bring a message as the hub does."""
    return Client().post(HUB, body, content_type=kind, headers={"Authorization": f"Bearer {secret}"})


def test_the_hub_shows_its_secret_and_speaks_for_who_is_connected(settings: Settings) -> None:
    world = World()
    assert bring(examples.made("301")).status_code == 404, "without a secret this does not exist"
    settings.CHAIN_SECRET = SECRET
    assert bring(examples.made("301"), secret="another").status_code == 401
    assert bring(examples.made("301")).status_code == 403, "not connected"
    assert messages() == []
    world.connect(world.official)
    assert bring(examples.made("301"), kind="text/plain").status_code == 415
    wrong = bring(examples.made("301").replace(b"Bsn", b"Bsm"))
    assert (wrong.status_code, wrong.json()["title"]) == (422, "missing")
    taken = bring(examples.made("301"))
    assert (taken.status_code, taken.json()) == (202, {"identification": "B301", "again": False})
    assert bring(examples.made("301")).json()["again"] is True
    assert bring(examples.made("305")).status_code == 403, "the provider is not connected"


def test_a_disconnected_participant_is_spoken_for_no_more(settings: Settings, client_of: ClientOf) -> None:
    world = World()
    settings.CHAIN_SECRET = SECRET
    world.connect(world.official)
    manager = factories.permit(factories.member("manager", at=world.official.organisation), "manage_sources")
    client_of(manager).post(reverse("exchange:chain_connection"), {"active": "no"})
    assert bring(examples.made("301")).status_code == 403
    referral = world.refer()
    assert status_of(referral) == "requested"
