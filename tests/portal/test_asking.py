"""The citizen's own steps on the pages: few presses, plain words, and nothing for who may only look."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from people.models import Membership, User
from referrals.models import Referral
from tests import factories
from tests.portal.scene import Scene, act_for, mandate, stranger_account, text
from tests.referrals.world import another, ask_for_help, send, staffed, take
from trust.categories import Category
from trust.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)
CitizenClient = Callable[[User], Client]
ClientOf = Callable[[Membership], Client]


def told(client: Client, address: str, values: dict[str, object] | None = None) -> str:
    """Press a button that ends on a page; its words."""
    answer = client.post(address, {"token": uuid.uuid4(), **(values or {})}, follow=True)
    assert answer.status_code == 200, (address, answer.status_code)
    return " ".join(answer.content.decode().split())


def test_who_cannot_come_says_so_in_two_presses_from_the_first_page(
    citizen_client: CitizenClient, client_of: ClientOf
) -> None:
    scene = Scene()
    referral = send(scene.gp, scene.patient, scene.service)
    take("accept", referral, scene.worker)
    take("plan", referral, scene.worker)
    client = citizen_client(scene.user)
    address = f"/portal/referrals/{referral.pk}/cannot/"
    assert f'href="{address}"' in text(client, "/portal/")
    assert "Wijkteam Huizen maakt een nieuwe afspraak" in text(client, address)
    page = told(client, address, {"when": ["afternoon"], "why": "Ik moet naar de tandarts."})
    assert "De afspraak is afgezegd" in page
    assert "U kon niet op de afspraak. Wijkteam Huizen maakt een nieuwe." in page
    assert client.get(address).status_code == 404, "there is no appointment any more"
    thread = text(client_of(scene.worker), f"/referrals/{referral.pk}/")
    assert "Liever ’s middags." in thread
    assert "Ik moet naar de tandarts." in thread
    assert "kan niet op de afspraak" in thread
    assert "Ik moet naar de tandarts." in text(client_of(scene.gp), f"/referrals/{referral.pk}/")


def test_all_three_talk_and_each_page_hears_of_it(citizen_client: CitizenClient, client_of: ClientOf) -> None:
    scene = Scene()
    referral = send(scene.gp, scene.patient, scene.service)
    client, gp, worker = citizen_client(scene.user), client_of(scene.gp), client_of(scene.worker)
    address = f"/portal/referrals/{referral.pk}/"
    page = text(client, address)
    assert "leest het pas als zij u gaan helpen" in page
    seen = re.search(r"state/\?seen=(\d+)", page)
    assert seen is not None
    quiet = client.get(f"{address}state/?seen={seen[1]}")
    assert "HX-Refresh" not in quiet.headers
    assert "Mag mijn zus mee?" in told(client, f"{address}say/", {"text": "Mag mijn zus mee?"})
    assert client.get(f"{address}state/?seen={seen[1]}").headers["HX-Refresh"] == "true"
    assert client.post(f"{address}say/", {"token": uuid.uuid4(), "text": " "}).status_code == 422
    before = text(worker, f"/referrals/{referral.pk}/")
    assert "Er is 1 bericht geschreven. U leest het als u accepteert." in before
    assert "Mag mijn zus mee?" not in before
    assert "De inwoner schreef u" in text(gp, f"/referrals/{referral.pk}/")
    assert "De inwoner schreef u" not in told(gp, f"/referrals/{referral.pk}/heard/")
    take("accept", referral, scene.worker)
    assert "Mag mijn zus mee?" in text(worker, f"/referrals/{referral.pk}/")
    told(worker, f"/referrals/{referral.pk}/say/", {"text": "Natuurlijk, tot dan."})
    page = text(client, address)
    assert "Natuurlijk, tot dan." in page
    assert "Sanne Willems" in page
    assert worker.post(f"/referrals/{referral.pk}/say/", {"token": uuid.uuid4(), "text": ""}).status_code == 200
    with factories.as_owner():
        CareRelation.objects.filter(organisation=scene.worker.organisation).delete()
    after = text(worker, f"/referrals/{referral.pk}/")
    assert "Natuurlijk, tot dan." not in after
    assert "als u accepteert" not in after, "who took it on already has nothing more to accept"


def test_who_may_only_look_reads_the_thread_and_has_no_buttons(citizen_client: CitizenClient) -> None:
    scene = Scene()
    referral = send(scene.gp, scene.patient, scene.service)
    take("accept", referral, scene.worker)
    take("plan", referral, scene.worker)
    take("say", referral, scene.gp, text="Wij denken aan u.")
    looker, carer = stranger_account(), stranger_account()
    mandate(scene.patient, looker)
    mandate(scene.patient, carer, acts=True)
    looking, acting = act_for(citizen_client(looker), scene.patient), act_for(citizen_client(carer), scene.patient)
    address = f"/portal/referrals/{referral.pk}/"
    page = text(looking, address)
    assert "Wij denken aan u." in page
    for part in ("say", "cannot", "withdraw"):
        assert f'{address}{part}/"' in text(acting, address), part
        assert f'{address}{part}/"' not in page, part
    for part in ("say", "cannot", "withdraw", "reply", "let-go", "elsewhere"):
        answer = looking.post(f"{address}{part}/", {"token": uuid.uuid4(), "text": "x", "reason": "not_needed"})
        assert answer.status_code == 403, part
    assert looking.get(f"/portal/ask/{another().pk}/").status_code == 403
    stranger = citizen_client(factories.citizen(factories.patient()))
    for part in ("say", "cannot", "withdraw", "reply", "let-go", "elsewhere"):
        assert stranger.post(f"{address}{part}/", {"token": uuid.uuid4(), "text": "x"}).status_code == 404, part
    assert "ingetrokken" in told(acting, f"{address}withdraw/", {"reason": "elsewhere", "text": ""})


def test_one_asks_for_help_and_looks_further_after_a_no(citizen_client: CitizenClient, client_of: ClientOf) -> None:
    scene = Scene()
    buddy = factories.service(scene.team, "Maatje op bezoek", self_referral=True)
    factories.consent(scene.patient, Category.NETWORK)
    client = citizen_client(scene.user)
    address = f"/portal/ask/{buddy.pk}/"
    assert f'href="{address}"' in text(client, f"/square/{buddy.pk}/")
    assert address not in text(client, f"/square/{scene.service.pk}/")
    assert address not in text(client_of(scene.gp), f"/square/{buddy.pk}/")
    assert "ziet eerst alleen leeftijd, geslacht en woonplaats" in text(client, address)
    assert client.post(address, {"token": uuid.uuid4(), "question": ""}).status_code == 422
    page = told(client, address, {"question": "Ik wil graag wandelen.", "wish": "Naar de markt"})
    assert "U heeft zich aangemeld bij Wijkteam Huizen" in page
    assert "Ik wil graag wandelen." in page
    with factories.as_owner():
        referral = Referral.objects.get(origin="self")
    worker = client_of(scene.worker)
    thread = text(worker, f"/referrals/{referral.pk}/")
    assert "De inwoner zelf" in thread
    assert "wandelen" not in thread
    take("ask", referral, scene.worker, note="Kunt u de deur uit?")
    page = text(client, f"/portal/referrals/{referral.pk}/")
    assert "Wijkteam Huizen vraagt u iets" in page
    assert "Kunt u de deur uit?" in page
    assert client.post(f"/portal/referrals/{referral.pk}/reply/", {"note": ""}).status_code == 422
    assert "Uw antwoord is verstuurd" in told(
        client, f"/portal/referrals/{referral.pk}/reply/", {"note": "Met een stok."}
    )
    assert "Met een stok." in text(worker, f"/referrals/{referral.pk}/")
    take("reject", referral, scene.worker)
    other = staffed(another())
    page = text(client, f"/portal/referrals/{referral.pk}/")
    assert "Wilt u andere hulp vragen?" in page
    assert "Wijkteam Noord" in text(client, f"/portal/referrals/{referral.pk}/elsewhere/")
    assert client.post(f"/portal/referrals/{referral.pk}/elsewhere/", {"service": scene.service.pk}).status_code == 422
    page = told(client, f"/portal/referrals/{referral.pk}/elsewhere/", {"service": other.pk})
    assert "Uw aanvraag gaat naar" in page
    newcomer = factories.member("social_worker", at=other.organisation)
    take("reject", referral, newcomer)
    assert "afgesloten" in told(client, f"/portal/referrals/{referral.pk}/let-go/")
    assert "Wilt u andere hulp vragen?" not in text(client, f"/portal/referrals/{referral.pk}/")


def test_what_a_mandate_leaves_out_is_not_asked_for_either(citizen_client: CitizenClient) -> None:
    scene = Scene()
    carer = stranger_account()
    mandate(scene.patient, carer, Category.REFERRAL, Category.IDENTITY, acts=True)
    client = act_for(citizen_client(carer), scene.patient)
    assert client.get(f"/portal/ask/{another().pk}/").status_code == 403, "social matters are left out"
    welfare = staffed(factories.service(factories.organisation("welfare"), "Samen eten", self_referral=True))
    assert client.get(f"/portal/ask/{welfare.pk}/").status_code == 200
    own = ask_for_help(scene.user, scene.patient, staffed(another()))
    assert client.get(f"/portal/referrals/{own.pk}/").status_code == 404


def test_who_may_not_know_of_appointments_reads_of_none(citizen_client: CitizenClient) -> None:
    scene = Scene()
    referral = send(scene.gp, scene.patient, scene.service)
    take("accept", referral, scene.worker)
    take("plan", referral, scene.worker)
    narrow, wide = stranger_account(), stranger_account()
    mandate(scene.patient, narrow, Category.REFERRAL, Category.IDENTITY, Category.SOCIAL)
    mandate(scene.patient, wide, Category.REFERRAL, Category.IDENTITY, Category.SOCIAL, Category.APPOINTMENTS)
    address = f"/portal/referrals/{referral.pk}/"
    assert "een afspraak met u gemaakt" in text(act_for(citizen_client(wide), scene.patient), address)
    client = act_for(citizen_client(narrow), scene.patient)
    assert "gaat u helpen" in text(client, address)
    assert "een afspraak met u gemaakt" not in text(client, address)
    assert "een afspraak met u gemaakt" not in text(client, "/portal/")


FORM = {
    "questionnaire": "money-help|1", "form-help": ["debts", "other"], "form-help-other": "Erfenis", "form-urgent": "false",
    "form-place": "home", "form-phone": "06-12345678", "form-interpreter": "false",
}  # fmt: skip


def test_a_service_with_a_form_asks_it_of_who_refers_oneself_and_the_receiver_reads_it_as_any_other(
    citizen_client: CitizenClient, client_of: ClientOf
) -> None:
    scene = Scene()
    money = factories.service(scene.team, "Hulp bij schulden", self_referral=True, questionnaire="money-help")
    client = citizen_client(scene.user)
    address = f"/portal/ask/{money.pk}/"
    page = text(client, address)
    assert "Waarbij is hulp nodig?" in page
    assert 'value="06-12345678"' in page, "what the record holds, for who may see it"
    assert "Wilt u er iets bij schrijven?" in page
    missing = client.post(address, {"token": uuid.uuid4(), **FORM, "form-place": ""})
    assert missing.status_code == 422
    assert "Vul dit in." in missing.content.decode()
    assert "Erfenis" in missing.content.decode(), "what was typed stays"
    old = client.post(address, {"token": uuid.uuid4(), **FORM, "questionnaire": "money-help|0"})
    assert old.status_code == 422
    assert "Deze vragen zijn nieuw" in old.content.decode()
    assert "Erfenis" in old.content.decode()
    part = client.post(address, {**FORM, "do": "form"}, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="questionnaire-of-service">')
    assert Referral.objects.count() == 0
    page = told(client, address, FORM)
    assert "Hulp bij geldzaken" in page
    assert "iets anders" in page
    assert "Erfenis" in page
    with factories.as_owner():
        referral = Referral.objects.get(origin="self")
        response = referral.responses.get()
    running = reverse("portal:referral", args=[referral.pk])
    assert client.get(address).headers["Location"] == running, "nobody fills in what runs already"
    assert (response.author_id, response.organisation_id, response.kinds) == (None, scene.team.pk, 1)
    worker = client_of(scene.worker)
    assert "Erfenis" not in text(worker, f"/referrals/{referral.pk}/")
    take("accept", referral, scene.worker)
    assert "Erfenis" in text(worker, f"/referrals/{referral.pk}/")


def test_who_acts_by_a_mandate_fills_it_in_without_what_the_mandate_leaves_out(citizen_client: CitizenClient) -> None:
    scene = Scene()
    factories.entry(scene.patient, scene.gp, "Zelf blijven koken")
    talk = factories.service(scene.team, "Gesprek", self_referral=True, questionnaire="exploratory-talk")
    address = f"/portal/ask/{talk.pk}/"
    own = text(citizen_client(scene.user), address)
    assert "Zelf blijven koken" in own
    carer = stranger_account()
    mandate(scene.patient, carer, Category.REFERRAL, Category.IDENTITY, Category.SOCIAL, acts=True)
    client = act_for(citizen_client(carer), scene.patient)
    page = text(client, address)
    assert "Op welke gebieden speelt er iets?" in page
    assert "koken" not in page
    filled = {
        "questionnaire": "exploratory-talk|1", "form-happening": "Moeder slaapt slecht.", "form-hoped": "Rust.", "form-topics": ["living"],
        "form-domains": ["gp"], "form-relative": "false", "form-place": "home", "form-interpreter": "false", "form-safe": "false",
    }  # fmt: skip
    assert "Moeder slaapt slecht." in told(client, address, filled)
    looker = stranger_account()
    mandate(scene.patient, looker, Category.REFERRAL, Category.IDENTITY, Category.SOCIAL, acts=False)
    assert (
        act_for(citizen_client(looker), scene.patient).post(address, {"token": uuid.uuid4(), **filled}).status_code
        == 403
    )
