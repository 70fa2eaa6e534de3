"""The pages: the list, making a referral with and without JavaScript, the thread, and the letter."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossier.models import Fact
from events.models import Event
from people.models import Membership
from referrals.models import LetterItem, Referral
from tests import factories
from tests.referrals.world import World, take
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def form(world: World, **changed: object) -> dict[str, object]:
    return {
        "do": "send",
        "token": str(uuid.uuid4()),
        "service": str(world.service.pk),
        "shown": str(world.service.pk),
        "question": "Slaapt slecht. Wat kan helpen?",
        "urgency": "routine",
        "agreed": "on",
        **changed,
    }


def new(world: World) -> str:
    return f"/referrals/new/{world.patient.key}/"


def opened() -> int:
    with factories.as_owner():
        return Event.objects.filter(verb="record.opened").count()


def test_from_the_first_look_to_the_sent_referral(client_of: ClientOf) -> None:
    world = World()
    source = factories.source(world.sender.organisation)
    fact = factories.fact(world.patient, source, Category.FUNCTIONING, "Loopt met rollator")
    client = client_of(world.sender)
    page = client.get(new(world))
    assert "Kies eerst een aanbod" in page.content.decode()
    assert "Loopt met rollator" not in page.content.decode(), "nothing of the record before there is a need for it"
    page = client.get(new(world), {"service": world.service.pk})
    text = page.content.decode()
    assert "Loopt met rollator" in text
    assert "Dit leest de inwoner" in text
    assert f'value="fact:{fact.reference}" checked' in text
    sent = client.post(new(world), form(world, items=[f"fact:{fact.reference}"]))
    assert sent.status_code == 302
    with factories.as_owner():
        referral = Referral.objects.get()
        assert [item.title for item in LetterItem.objects.all()] == ["Loopt met rollator"]
    assert sent["Location"] == f"/referrals/{referral.pk}/"
    thread = client.get(sent["Location"]).content.decode()
    assert "Slaapt slecht" in thread
    assert "wacht op ontvanger" in thread


def test_what_was_ticked_goes_although_its_source_was_asked_anew_meanwhile(client_of: ClientOf) -> None:
    world = World()
    source = factories.source(world.sender.organisation)
    seen = factories.fact(world.patient, source, Category.FUNCTIONING, "Loopt met rollator", source_key="loopt")
    gone = factories.fact(world.patient, source, Category.FUNCTIONING, "Ziet slecht")
    client = client_of(world.sender)
    page = client.get(new(world), {"service": world.service.pk}).content.decode()
    ticked = re.findall(r'value="(fact:[^"]+)" checked', page)
    assert len(ticked) == 2
    with factories.as_owner():  # as keeping an answer does: what there was goes, what the source says now comes
        Fact.objects.filter(pk__in=[seen.pk, gone.pk]).delete()
        factories.fact(world.patient, source, Category.FUNCTIONING, "Loopt met stok", source_key="loopt")
    back = client.post(new(world), form(world, items=ticked))
    assert "kan niet mee" in back.content.decode(), "what the source says no more is said, and nothing goes unseen"
    kept = re.findall(r'value="(fact:[^"]+)" checked', back.content.decode())
    assert len(kept) == 1
    assert client.post(new(world), form(world, items=kept)).status_code == 302
    with factories.as_owner():
        assert [item.title for item in LetterItem.objects.all()] == ["Loopt met stok"]


def test_where_it_stands_is_above_all_else_and_the_other_side_can_be_rung(client_of: ClientOf) -> None:
    world = World()
    with factories.as_owner():
        for member, phone in ((world.sender, "035-5550001"), (world.receiver, "035 555 0004")):
            type(member.organisation).objects.filter(pk=member.organisation_id).update(phone=phone)
    referral = world.send(question="Slaapt slecht.")
    take("accept", referral, world.receiver)
    for member, other, own in ((world.sender, "0355550004", "5550001"), (world.receiver, "035-5550001", "5550004")):
        page = client_of(member).get(f"/referrals/{referral.pk}/").content.decode()
        assert page.index('id="stand"') < page.index("Slaapt slecht") < page.index('id="steps"')
        assert f'href="tel:{other}"' in page
        assert own not in page
        part = client_of(member).get(f"/referrals/{referral.pk}/status/", {"seen": "0"}).content.decode()
        assert 'id="stand"' in part
        assert 'id="steps"' in part
        assert "Slaapt slecht" not in part


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"service": ""}, "Kies in stap 1 een aanbod"),
        ({"service": "999999"}, "Kies in stap 1 een aanbod"),
        ({"service": "x"}, "Kies in stap 1 een aanbod"),
        ({"question": ""}, "Schrijf wat er aan de hand is"),
        ({"agreed": ""}, "Bespreek de verwijzing eerst met de inwoner"),
        ({"notice": "Mevrouw de Vries is somber"}, "Hier staat de achternaam"),
        ({"notice": "999990019"}, "nummer van negen cijfers"),
        ({"shown": "0"}, "Kijk eerst in stap 3"),
        ({"items": ["fact:123456"]}, "kan niet mee naar deze ontvanger"),
        ({"urgency": "yesterday"}, "Nog niet klaar"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    client_of: ClientOf, changed: dict[str, object], words: str
) -> None:
    world = World()
    page = client_of(world.sender).post(new(world), form(world, **{"wish": "Weer samen eten.", **changed}))
    assert page.status_code == 200
    text = page.content.decode()
    assert words in text
    assert "Weer samen eten." in text
    with factories.as_owner():
        assert not Referral.objects.exists()


def test_searching_and_choosing_without_javascript_keep_what_was_typed(client_of: ClientOf) -> None:
    world = World()
    factories.service(world.receiver.organisation, "Rouwgroep", needs="verlies")
    client = client_of(world.sender)
    page = client.post(
        new(world), form(world, do="search", q="verlies", near="1271", service="", shown="", question="Mijn vraag")
    )
    text = page.content.decode()
    assert "Rouwgroep" in text
    assert "Verkennend gesprek" not in text
    assert "Mijn vraag" in text
    assert "Nog niet klaar" not in text
    page = client.post(new(world), form(world, do="choose", shown="", question="Mijn vraag"))
    assert f'name="shown" value="{world.service.pk}"' in page.content.decode()
    assert "Mijn vraag" in page.content.decode()


def test_searching_opens_nothing_of_the_record_and_choosing_does(client_of: ClientOf) -> None:
    world = World()
    client = client_of(world.sender)
    part = client.post(new(world), {"do": "search", "q": "somber", "near": "1271"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "Verkennend gesprek" in part.content.decode()
    assert opened() == 0
    part = client.post(new(world), {"do": "choose", "service": world.service.pk}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "van 0 aangevinkt" in part.content.decode()
    assert opened() == 1


@pytest.mark.parametrize("typed", ["0000", "Nergenshuizen"])
def test_an_unknown_place_is_said_at_the_field_and_the_offers_stay(client_of: ClientOf, typed: str) -> None:
    world = World()
    page = client_of(world.sender).post(new(world), {"do": "search", "near": typed}, headers={"HX-Request": "true"})
    assert "Typ de vier cijfers van een postcode" in page.content.decode()
    assert "Verkennend gesprek" in page.content.decode()


def test_a_full_service_is_shown_but_cannot_be_chosen(client_of: ClientOf) -> None:
    world = World()
    full = factories.service(world.receiver.organisation, "Volle groep", open_for_new=False)
    client = client_of(world.sender)
    text = client.get(new(world)).content.decode()
    assert re.search(rf'value="{full.pk}" disabled', text)
    assert "kan niet gekozen worden" in text
    page = client.post(new(world), form(world, service=str(full.pk), shown=str(full.pk)))
    assert "neemt nu geen nieuwe aanvragen aan" in page.content.decode()


def test_pressing_twice_sends_once(client_of: ClientOf) -> None:
    world = World()
    client, values = client_of(world.sender), form(world)
    first, second = client.post(new(world), values), client.post(new(world), values)
    assert first["Location"] == second["Location"]
    with factories.as_owner():
        assert Referral.objects.count() == 1


def test_the_receiver_sees_age_and_place_first_and_the_name_after_accepting(client_of: ClientOf) -> None:
    world = World()
    referral = world.send(notice="Rouw.")
    client = client_of(world.receiver)
    for address in ("/referrals/", f"/referrals/{referral.pk}/"):
        text = client.get(address).content.decode()
        assert "vrouw · 78 jaar · Huizen" in text
        assert "Vries" not in text
        assert "Rouw." in text
    assert client.get(f"/referrals/{referral.pk}/letter.pdf").status_code == 403
    answer = client.post(f"/referrals/{referral.pk}/accept/?then=list", follow=True)
    assert "A. de Vries" in answer.content.decode()
    text = client.get(f"/referrals/{referral.pk}/").content.decode()
    assert "A. de Vries" in text
    assert "Wat kan helpen?" in text


def test_accepting_leads_to_the_next_one_that_waits(client_of: ClientOf) -> None:
    world = World()
    first, second = world.send(urgency="soon"), world.send()
    client = client_of(world.receiver)
    assert client.post(f"/referrals/{first.pk}/accept/?then=next")["Location"] == f"/referrals/{second.pk}/"
    assert client.post(f"/referrals/{second.pk}/accept/?then=next")["Location"] == "/referrals/"


def test_each_step_is_a_button_and_its_form_says_what_is_wrong(client_of: ClientOf) -> None:
    world = World()
    sender, receiver = client_of(world.sender), client_of(world.receiver)
    referral = world.send()
    address = f"/referrals/{referral.pk}"
    assert "Kies een reden" in receiver.post(f"{address}/reject/", {"note": "x"}).content.decode()
    assert receiver.post(f"{address}/ask/", {"note": "Is er een tolk nodig?"}).status_code == 302
    assert "Is er een tolk nodig?" in sender.get(f"{address}/").content.decode()
    assert (
        "Hier staat de achternaam" in sender.post(f"{address}/answer/", {"note": "Mw. de Vries niet"}).content.decode()
    )
    assert sender.post(f"{address}/answer/", {"note": "Nee."}).status_code == 302
    assert receiver.post(f"{address}/accept/").status_code == 302
    assert receiver.post(f"{address}/start/").status_code == 302
    assert "Kies hoe het is afgelopen" in receiver.post(f"{address}/complete/", {}).content.decode()
    assert receiver.post(f"{address}/complete/", {"outcome": "helped"}).status_code == 302
    assert "afgerond: geholpen" in sender.get(f"{address}/").content.decode()
    assert "Met het afronden is uw toegang" in receiver.get(f"{address}/").content.decode()


def test_who_comes_second_reads_who_was_first(client_of: ClientOf) -> None:
    world = World()
    referral = world.send()
    take("accept", referral, world.receiver)
    colleague = client_of(factories.member("social_worker", at=world.receiver.organisation))
    answer = colleague.post(f"/referrals/{referral.pk}/accept/")
    assert answer.status_code == 409
    assert "Sanne Bakker heeft deze verwijzing al geaccepteerd om" in answer.content.decode()
    assert client_of(world.sender).post(f"/referrals/{referral.pk}/accept/").status_code == 403


def test_a_refused_referral_offers_the_sender_the_next_step(client_of: ClientOf) -> None:
    world = World()
    referral = world.referral_in("rejected")
    client = client_of(world.sender)
    text = client.get(f"/referrals/{referral.pk}/").content.decode()
    assert "Ander aanbod kiezen" in text
    assert f"/referrals/{referral.pk}/elsewhere/redirect/" in text, "under the same number, not as a new one"
    assert new(world) not in text
    assert client.post(f"/referrals/{referral.pk}/settle/").status_code == 302


def test_the_open_page_hears_of_a_step_and_stops_asking_at_the_end(client_of: ClientOf) -> None:
    world = World()
    referral = world.send()
    client = client_of(world.sender)
    before = opened()
    quiet = client.get(f"/referrals/{referral.pk}/status/", {"seen": "1"})
    assert (quiet.status_code, quiet.headers.get("HX-Refresh")) == (200, None)
    take("accept", referral, world.receiver)
    assert client.get(f"/referrals/{referral.pk}/status/", {"seen": "1"}).headers["HX-Refresh"] == "true"
    take("complete", referral, world.receiver)
    ended = client.get(f"/referrals/{referral.pk}/status/", {"seen": "3"})
    assert (ended.status_code, ended.headers.get("HX-Refresh")) == (286, None)
    assert opened() == before + 0, "asking how it stands opens no record"


def test_strangers_find_nothing_and_visitors_are_asked_to_sign_in(
    client_of: ClientOf, citizen_client: Callable[..., Client]
) -> None:
    world = World()
    referral = world.send()
    stranger, visitor = client_of(factories.member("gp")), Client()
    citizen = citizen_client(factories.citizen(world.patient))
    reads = [
        f"/referrals/{referral.pk}/",
        f"/referrals/{referral.pk}/status/",
        f"/referrals/{referral.pk}/letter.pdf",
        new(world),
    ]
    writes = [
        f"/referrals/{referral.pk}/{verb}/"
        for verb in ("accept", "reject", "ask", "answer", "start", "complete", "cancel", "seen")
    ]
    for address in reads:
        assert stranger.get(address).status_code == 404, address
        assert visitor.get(address).status_code == 302, address
        assert citizen.get(address).status_code in {403, 404}, address
    for address in [*writes, new(world)]:
        assert stranger.post(address, {"note": "x", "reason": "otherwise"}).status_code == 404, address
        assert visitor.post(address).status_code == 302, address
    assert client_of(world.receiver).post(f"/referrals/{referral.pk}/send/").status_code == 404
    assert citizen.get("/referrals/").status_code == 403


def test_the_list_sifts_and_asks_a_fixed_number_of_questions(client_of: ClientOf) -> None:
    world = World()
    world.referral_in("accepted")
    client = client_of(world.receiver)
    client.get("/referrals/")
    with CaptureQueriesContext(connection) as few:
        client.get("/referrals/")
    for number in range(6):
        world.patient = factories.patient(related_to=[world.sender.organisation], own_name=f"Naam{number}")
        world.referral_in(["requested", "asked_back", "accepted", "in_progress", "rejected", "cancelled"][number])
    with CaptureQueriesContext(connection) as many:
        page = client.get("/referrals/")
    assert len(many) == len(few)
    assert len(page.context["rows"]) == 5
    assert "Naam2" in page.content.decode()
    assert "Naam0" not in page.content.decode()
    counts = {sift["label"]: sift.get("count") for sift in page.context["sifts"]}
    assert (counts["lopend"], counts["wacht op ons"], counts["gesloten"]) == (5, 4, None)
    assert len(client.get("/referrals/?state=closed").context["rows"]) == 2
    assert len(client.get("/referrals/?urgency=soon").context["rows"]) == 0
    assert len(client.get("/referrals/?q=verkennend").context["rows"]) == 5
    sent = client_of(world.sender).get("/referrals/?side=sent&state=ours")
    assert [row.label for row in sent.context["rows"]] == ["vraag aan ons", "afgewezen: geen plek"]
    assert "Naam1" in sent.content.decode()


def test_fifty_stand_on_a_page(client_of: ClientOf) -> None:
    world = World()
    referral = world.send()
    with factories.as_owner():
        copies = []
        for number in range(60):
            copy = Referral.objects.get(pk=referral.pk)
            copy.pk, copy.number, copy.token = None, f"V-26-9{number:05d}", uuid.uuid4()
            copies.append(copy)
        Referral.objects.bulk_create(copies)
    client = client_of(world.receiver)
    assert len(client.get("/referrals/").context["rows"]) == 50
    assert len(client.get("/referrals/?page=2").context["rows"]) == 11


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # WeasyPrint leaves its colour profile open
def test_the_letter_is_an_archivable_document_with_the_question_and_no_whole_bsn(client_of: ClientOf) -> None:
    world = World()
    referral = world.send(wish="Weer samen eten.")
    answer = client_of(world.sender).get(f"/referrals/{referral.pk}/letter.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert referral.number in answer["Content-Disposition"]
    with pikepdf.open(io.BytesIO(answer.content)) as document:
        with document.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("2", "A")
        assert "/StructTreeRoot" in document.Root
        fonts = [font for page in document.pages for font in page.Resources.Font.values()]
        assert fonts
        assert all("SourceSans3" in str(font.BaseFont) or "Source" in str(font.BaseFont) for font in fonts)
