"""Every page, wide and on a phone: accessible as far as axe can see, nothing runs off the side, no complaint in the console."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, assert_accessible, sign_in

pytestmark = pytest.mark.xdist_group("browser")
Open = Callable[..., Page]

PUBLIC = [
    "/square/",
    "/rights/register/",
    "/square/?q=somber",
    "/square/participants/",
    "/sign-in/",
    "/styleguide/",
    "/no-such-page/",
]
PROFESSIONAL = [
    "/today/", "/today/?view=mine", "/today/?view=others", "/patients/", "/patients/register/", "{patient}", "{patient}entries/new/",
    "{patient}contacts/", "/referrals/", "/referrals/new/{key}/", "{referral}", "/consultations/", "/consultations/new/{key}/",
    "{consultation}", "/square/", "/journeys/", "/notifications/", "/preferences/", "/choose/", "/emergency/", "/relations/",
    "{patient}emergency/", "{patient}consent/", "{patient}mandates/", "/referrals/templates/",
    "/referrals/together/", "/referrals/?state=former", "/referrals/room/", "/referrals/walk-in/{key}/", "{patient}residences/",
    "/referrals/sessions/",
]  # fmt: skip
COORDINATOR = [
    "/today/", "/dashboards/waiting-times/", "/dashboards/definitions/", "/dashboards/emergencies/", "/dashboards/stuck/",
    "/dashboards/talks/", "/programme/", "/secure-mail/",
    "/oversight/policies/", "/oversight/policies/needs/", "/oversight/policies/needs/gp/",
]  # fmt: skip
OFFICER = [
    "/oversight/", "/oversight/emergencies/", "/oversight/emergencies/?show=reviewed", "{emergency}", "/oversight/signals/?status=all",
    "/oversight/watches/", "/notifications/", "/rights/inbox/", "/rights/holds/",
]  # fmt: skip
OWNER = [
    "/oversight/policies/",
    "{policy}",
    "/oversight/policies/edit/",
    "/sources/",
    "/sources/new/",
    "/subscriptions/",
    "/deliveries/",
    "/chain/connection/",
    "/partner/",
    "{source}",
    "{source}edit/",
]
CITIZEN = [
    "/portal/", "/portal/referrals/", "/portal/network/", "/portal/record/", "/portal/log/", "/portal/changes/", "/portal/consent/",
    "/portal/consent/?reader=gp", "/portal/consent/new/?q=apotheek", "/portal/consent/new/gp/", "/portal/mandates/",
    "/portal/mandates/new/", "/portal/acting/",
    "/rights/", "/rights/new/", "/rights/new/?kind=deletion", "/rights/new/?kind=correction", "{request}", "/rights/copy/",
]  # fmt: skip
ACTING = [
    "/portal/", "/portal/referrals/", "/portal/record/", "/portal/log/", "/portal/changes/", "/portal/consent/", "/portal/mandates/",
    "/portal/acting/", "/rights/",
]  # fmt: skip
SIZES = [(1440, 900), (390, 844)]


def key_of_anna(product: Product) -> str:
    return str(
        product.ask(
            "select p.key::text from people_patient p join people_patientidentity i on i.patient_id = p.id where i.bsn = '999996782'"
        )[0][0]
    )


def look_at(page: Page, product: Product, addresses: list[str]) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for address in addresses:
            answer = page.goto(product.address + address)
            assert answer is not None
            assert answer.status < 400 or address == "/no-such-page/", (address, answer.status)
            assert_accessible(page)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{address} runs {wide} px off the side at {width} px"


def test_the_public_pages(product: Product, open_page: Open) -> None:
    look_at(open_page(), product, PUBLIC)


def test_the_pages_of_a_professional(product: Product, open_page: Open) -> None:
    gp = open_page()
    sign_in(gp, product, "zorg", "Karim Haddou", at="De Linde")
    key = key_of_anna(product)
    organisation = "select id from people_organisation where name = 'Huisartspraktijk De Linde'"
    ((referral,),) = product.ask(
        f"select max(id) from referrals_referral where sending_organisation_id = ({organisation})"
    )
    ((consultation,),) = product.ask(
        f"select max(id) from consultations_consultation where asking_organisation_id = ({organisation})"
        f" and patient_id = (select id from people_patient where key = '{key}')"
    )
    places = {
        "key": key,
        "patient": f"/patients/{key}/",
        "referral": f"/referrals/{referral}/",
        "consultation": f"/consultations/{consultation}/",
    }
    look_at(gp, product, [address.format(**places) for address in PROFESSIONAL])


def test_the_overview_on_a_phone_shows_what_counts_now_and_opens_the_rest_at_a_tap(
    product: Product, open_page: Open
) -> None:
    gp = open_page(390, 844)
    sign_in(gp, product, "zorg", "Karim Haddou", at="De Linde")
    key = key_of_anna(product)
    gp.goto(f"{product.address}/patients/{key}/")
    gp.wait_for_load_state("networkidle")
    for part in ("matters", "problems", "medication", "allergies", "running"):
        expect(gp.locator(f"#part-{part} .part-body"), part).to_be_visible()
    network, results = gp.locator("#part-network"), gp.locator("#part-results")
    expect(network.locator(".part-body")).not_to_be_visible()
    button = network.get_by_role("heading", level=2).get_by_role("button")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(network.locator(".part-body")).to_be_visible()
    colleague = network.get_by_role("listitem").filter(has_text="Mirjam Smit").first
    expect(colleague).not_to_contain_text("Huisartspraktijk De Linde", use_inner_text=True)
    colleague.get_by_role("button").click()
    expect(colleague).to_contain_text("Huisartspraktijk De Linde", use_inner_text=True)
    assert_accessible(gp)
    gp.goto(f"{product.address}/patients/{key}/#part-results")
    expect(results.locator(".part-body"), "an address that names a part opens it").to_be_visible()
    gp.set_viewport_size({"width": 1440, "height": 900})
    expect(network.locator(".part-body"), "a wide screen has everything open, without buttons").to_be_visible()
    expect(gp.locator(".unfold")).to_have_count(0)
    for width in (390, 320):
        gp.set_viewport_size({"width": width, "height": 844})
        expect(gp.locator(".unfold").first).to_be_visible()
        acts = gp.locator(".person .acts")
        last = acts.locator(":scope > *").last.bounding_box()
        before = acts.locator(":scope > *").nth(-2).bounding_box()
        assert last
        assert before
        assert last["y"] < before["y"] + before["height"], f"the menu has no line of its own at {width}"


def test_each_source_shows_when_it_answers_and_leaves_alone_what_the_reader_opened(
    product: Product, open_page: Open
) -> None:
    gp = open_page()
    sign_in(gp, product, "zorg", "Karim Haddou", at="De Linde")
    key = key_of_anna(product)
    product.fault("epd", "hang")
    try:
        asked: list[str] = []
        gp.on("request", lambda request: asked.append(request.url) if "/sources/" in request.url else None)
        gp.goto(f"{product.address}/patients/{key}/")
        epd = gp.locator(".source-state", has_text="EPD")
        expect(gp.locator(".source-state", has_text="HIS")).to_contain_text("gegevens")
        expect(epd).not_to_contain_text("geen antwoord")
        results = gp.locator("#part-results")
        results.get_by_role("link", name=re.compile("Alle .* tonen")).click()
        expect(results.locator(".mark[value=keep]")).to_have_count(1)
        whole = results.locator(".rows > li").count()
        expect(epd).to_contain_text("geen antwoord")
        expect(gp.locator("#told")).to_contain_text("geen antwoord")
        assert results.locator(".rows > li").count() == whole, "what the reader opened stays as it is"
        assert len(asked) == 1, "one question to the server, however many sources"
    finally:
        product.fault("epd", "none")
    gp.locator("#told").get_by_role("button", name="Opnieuw vragen").click()
    expect(epd).to_contain_text("gegevens")
    expect(gp.locator("#told")).not_to_contain_text("geen antwoord")
    assert_accessible(gp)


def test_a_document_of_a_source_opens_in_its_page_and_says_why_when_it_does_not(
    product: Product, open_page: Open
) -> None:
    gp = open_page()
    sign_in(gp, product, "zorg", "Karim Haddou", at="De Linde")
    key = key_of_anna(product)
    gp.goto(f"{product.address}/patients/{key}/")
    with gp.expect_response(lambda answer: answer.url.endswith("/shown/")) as shown:
        gp.get_by_role("link", name="Röntgenfoto van de longen").first.click()
    assert (shown.value.status, shown.value.headers["content-type"]) == (200, "application/pdf")
    assert_accessible(gp)
    product.fault("his", "refused")
    try:
        gp.reload()
        words = gp.frame_locator("iframe.sheet").get_by_text("weigert dit document te geven")
        words.wait_for()
        assert_accessible(gp)
    finally:
        product.fault("his", "none")


def test_the_pages_of_a_coordinator(product: Product, open_page: Open) -> None:
    coordinator = open_page()
    sign_in(coordinator, product, "zorg", "Noor de Boer")
    look_at(coordinator, product, COORDINATOR)


def test_the_pages_of_a_privacy_officer_and_of_a_data_owner(product: Product, open_page: Open) -> None:
    officer, owner = open_page(), open_page()
    sign_in(officer, product, "zorg", "Ruben Smits")
    officer.get_by_role("button", name=re.compile("Regio Gooi")).first.click()
    officer.wait_for_url(re.compile("/oversight/"))
    ((emergency,),) = product.ask("select min(id) from trust_emergency where review = ''")
    look_at(officer, product, [address.format(emergency=f"/oversight/emergencies/{emergency}/") for address in OFFICER])
    sign_in(owner, product, "zorg", "Hanna Mulder")
    ((place,),) = product.ask("select id from people_organisation where name = 'Huisartspraktijk De Linde'")
    ((source,),) = product.ask(f"select id from dossier_source where organisation_id = {place}")
    places = {"policy": f"/oversight/policies/{place}/", "source": f"/sources/{source}/"}
    look_at(owner, product, [address.format(**places) for address in OWNER])


def test_the_pages_of_a_citizen(product: Product, open_page: Open) -> None:
    citizen = open_page()
    sign_in(citizen, product, "digid", "Anna de Vries")
    ((request,),) = product.ask(
        "select min(r.id) from rights_request r join people_patientidentity i on i.patient_id = r.patient_id where i.bsn = '999996782'"
    )
    look_at(citizen, product, [address.format(request=f"/rights/{request}/") for address in CITIZEN])


def test_the_pages_of_who_acts_for_another(product: Product, open_page: Open) -> None:
    daughter, father = open_page(), open_page()
    sign_in(daughter, product, "digid", "Els de Vries")
    daughter.get_by_role("button", name=re.compile("Kiezen")).click()
    daughter.wait_for_url(re.compile("/portal/$"))
    look_at(daughter, product, ACTING)
    expect(daughter.get_by_role("region", name="Voor wie u handelt")).to_be_visible()
    sign_in(father, product, "digid", "Sander Mulder")
    father.get_by_role("button", name=re.compile("Kiezen")).click()
    father.wait_for_url(re.compile("/portal/$"))
    look_at(father, product, ["/portal/", "/portal/consent/"])
    expect(father.get_by_role("button", name="Ik vind het goed")).to_be_visible()
