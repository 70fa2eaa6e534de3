"""The story of the region, as its people live it: from the GP's question to the coordinator's figure."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, assert_accessible, sign_in

pytestmark = pytest.mark.xdist_group("browser")
Open = Callable[..., Page]
QUESTION = "Slaapt slecht sinds het overlijden van haar man en komt weinig buiten. Wat kan helpen?"


def find_anna(page: Page) -> str:
    """Search the citizen by name and birth date; returns the address of her overview."""
    page.keyboard.press("/")
    page.keyboard.type("vries-jansen 12-03-1948")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/patients/[0-9a-f-]{36}/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("de Vries-Jansen")
    return page.url


def answered(coordinator: Page, product: Product) -> int:
    """How many referrals to the social team count in the measured time until an answer, as the dashboard's table says."""
    file = coordinator.request.get(f"{product.address}/dashboards/waiting-times/providers.csv?months=36").text()
    rows = list(csv.reader(io.StringIO(file.removeprefix("\ufeff")), delimiter=";"))
    row = next(row for row in rows if "Wijkteam Huizen" in row)
    return int(row[rows[0].index("geantwoord")])


def test_the_whole_story(product: Product, open_page: Open) -> None:
    product.fault("epd", "down")

    coordinator = open_page()
    sign_in(coordinator, product, "zorg", "Noor de Boer")
    answered_before = answered(coordinator, product)

    # 1. The GP signs in with a second factor, chooses the practice and sees today's work.
    gp = open_page()
    sign_in(gp, product, "zorg", "Karim Haddou", at="De Linde")
    expect(gp.get_by_role("heading", name="Vandaag")).to_be_visible()
    assert_accessible(gp)

    # 2. Finds the citizen; own record and two sources show, each fact with owner, source and date; one source is down.
    overview = find_anna(gp)
    states = gp.locator(".source-state")
    expect(states).to_have_count(4)
    expect(states.filter(has_text="EPD")).to_contain_text("geen antwoord")
    expect(states.filter(has_text="HIS")).to_contain_text("gegevens")
    expect(states.filter(has_text="ECD")).to_contain_text("gegevens")
    expect(gp.locator(".board")).to_contain_text("HIS Huisartspraktijk De Linde")
    expect(gp.locator(".board")).to_contain_text("Hier kan iets ontbreken")
    assert_accessible(gp)
    product.fault("epd", "none")

    # 3. Asks a district nurse and a social worker to think along; they answer; the conclusion lands in the record.
    gp.get_by_role("link", name="Consult vragen").click()
    gp.get_by_label("Uw vraag").fill("Zij valt vaker. Wat zien jullie thuis?")
    gp.locator("label", has=gp.locator("[name=organisations]")).filter(has_text="Wijkzorg Gooi").click()
    gp.get_by_label("Naam of plaats").fill("Wijkteam Huizen")
    gp.get_by_role("button", name="Andere organisatie zoeken").click()
    gp.locator("label", has=gp.locator("[name=organisations]")).filter(has_text="Wijkteam Huizen").click()
    assert_accessible(gp)
    gp.get_by_role("button", name="Consult versturen").click()
    gp.wait_for_url(re.compile(r"/consultations/\d+/"))
    consultation = gp.url
    for name, words in (("Fatima Bakker", "De drempels zijn hoog."), ("Sanne Willems", "Zij is veel alleen.")):
        asked = open_page()
        sign_in(asked, product, "zorg", name)
        asked.goto(consultation)
        expect(asked.get_by_text("Zij valt vaker. Wat zien jullie thuis?")).to_be_visible()
        asked.get_by_label("Uw antwoord").fill(words)
        asked.get_by_role("button", name="Antwoord versturen").click()
        expect(asked.get_by_text(words)).to_be_visible()
        assert_accessible(asked)
    expect(gp.get_by_text("Zij is veel alleen.")).to_be_visible(timeout=10_000)
    gp.goto(consultation)
    gp.get_by_label("Uw conclusie").fill("Drempels laten weghalen en het wijkteam vragen mee te denken.")
    gp.get_by_role("button", name="Afronden en in het dossier zetten").click()
    gp.goto(overview)
    expect(gp.locator(".board")).to_contain_text("Drempels laten weghalen")

    # 4. Refers to the social team, with distance and waiting time beside it; leaves one thing out; sends.
    clicks = 1
    gp.get_by_role("link", name="Verwijzen").click()
    gp.get_by_label("Zoek in gewone woorden").fill("verkennend gesprek")
    gp.keyboard.press("Enter")
    gp.wait_for_load_state("networkidle")
    offer = gp.locator("label.choice").filter(has_text="Verkennend gesprek").filter(has_text="Wijkteam Huizen")
    expect(offer).to_contain_text("km")
    expect(offer).to_contain_text("dagen")
    offer.click()
    along = gp.locator("#along input[name=items]:checked")
    expect(along.first).to_be_visible()
    ticked = along.count()
    left_out = (
        gp.locator("#along label").filter(has=gp.locator("input[name=items]:checked")).first.inner_text().split("\n")[0]
    )
    along.first.uncheck()
    gp.get_by_label("Aanleiding en vraag").fill(QUESTION)
    gp.get_by_label(re.compile("weet van deze verwijzing")).check()
    assert_accessible(gp)
    gp.get_by_role("button", name="Verwijzing versturen").click()
    gp.wait_for_url(re.compile(r"/referrals/\d+/"))
    clicks += 4
    assert clicks <= 8
    referral = gp.url
    number = int(referral.rstrip("/").split("/")[-1])
    sent = product.ask("select count(*) from referrals_letteritem where referral_id = %s", number)[0][0]
    assert sent == ticked - 1
    assert not product.ask("select 1 from referrals_letteritem where referral_id = %s and title = %s", number, left_out)
    expect(gp.locator("body")).to_contain_text("verstuurd")

    # The social worker sees it without a name, accepts, and then sees who it is about and what was sent.
    social = open_page()
    sign_in(social, product, "zorg", "Sanne Willems")
    social.goto(referral)
    assert "Vries" not in social.locator("main").inner_text()
    assert QUESTION not in social.locator("main").inner_text()
    assert_accessible(social)
    social.get_by_role("button", name="Accepteren").first.click()
    expect(social.locator("main")).to_contain_text("de Vries-Jansen")
    expect(social.locator("main")).to_contain_text(QUESTION)
    assert left_out not in social.locator("main").inner_text() or left_out in QUESTION

    # The GP's screen shows the new state by itself.
    expect(gp.locator("main")).to_contain_text("geaccepteerd", timeout=10_000)

    # Both get a mail that carries no health information.
    for _ in range(60):
        mails = [mail for mail in product.mails() if "V-26-" in mail]
        if len(mails) >= 2:
            break
        time.sleep(0.5)
    assert len(mails) >= 2
    for mail in product.mails():
        for secret in ("Vries", "6782", "Verkennend", "slecht", "Wijkteam", "De Linde"):
            assert secret not in mail, secret

    # 5. The citizen sees the referral and its state, who is involved, and who looked and why.
    anna = open_page(390, 844)
    sign_in(anna, product, "digid", "Anna de Vries")
    expect(anna.locator("main")).to_contain_text("Wijkteam Huizen")
    assert_accessible(anna)
    anna.goto(f"{product.address}/portal/referrals/")
    expect(anna.locator("main")).to_contain_text("Verkennend gesprek")
    anna.goto(f"{product.address}/portal/network/")
    expect(anna.locator("main")).to_contain_text("Huisartspraktijk De Linde")
    assert_accessible(anna)
    anna.goto(f"{product.address}/portal/log/")
    expect(anna.locator("main")).to_contain_text("Karim Haddou")
    expect(anna.locator("main")).to_contain_text("Sanne Willems")
    assert_accessible(anna)

    # 6. The coordinator's dashboard counts the accepted referral.
    coordinator.goto(f"{product.address}/dashboards/waiting-times/")
    expect(coordinator.locator("main")).to_contain_text("Wijkteam Huizen")
    assert_accessible(coordinator)
    assert answered(coordinator, product) == answered_before + 1

    # 7. A professional of another organisation without a relation gets 404 on page and API, and the denial is logged.
    stranger = open_page()
    sign_in(stranger, product, "zorg", "Pieter van Dam")
    key = overview.rstrip("/").split("/")[-1]
    for address in (overview, referral, consultation, f"{product.address}/fhir/Patient/{key}"):
        answer = stranger.goto(address)
        assert answer is not None
        assert answer.status == 404, address
        assert "Vries" not in answer.text()
    denied = product.ask(
        "select count(*) from events_event e join people_patient p on p.id = e.patient_id join people_user u on u.id = e.user_id"
        " where p.key = %s and e.verb = 'record.denied' and u.name = 'Pieter van Dam'",
        key,
    )
    assert denied[0][0] >= 4


def test_the_story_walks_without_a_script(product: Product, open_page: Open) -> None:
    gp = open_page(script=False)
    sign_in(gp, product, "zorg", "Karim Haddou", at="De Linde")
    gp.get_by_role("link", name="Patiënten").first.click()
    gp.get_by_role("searchbox", name=re.compile("^Naam, geboortedatum")).fill("Vries-Jansen 12-03-1948")
    gp.locator("main").get_by_role("button", name="Zoeken").first.click()
    gp.wait_for_url(re.compile("/patients/[0-9a-f-]{36}/"))
    gp.goto(f"{gp.url}?sources=1")
    expect(gp.locator(".board")).to_contain_text("HIS Huisartspraktijk De Linde")
    gp.get_by_role("link", name="Verwijzen").click()
    expect(gp.get_by_role("heading", name="Verwijzen")).to_be_visible()
