"""A place on a training, from the square on a phone to the roster; and a request that goes on as a consultation."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, assert_accessible, sign_in
from tests.browser.test_pages import key_of_anna
from tests.browser.test_phone import fits
from tests.browser.test_refer import Hand, choose_talk

pytestmark = pytest.mark.xdist_group("browser")
Open = Callable[..., Page]
ASKED = "Zij slaapt slecht en piekert. Denken jullie mee over wat helpt?"


def test_a_person_takes_a_place_on_a_training_and_the_provider_takes_on_who_comes(
    product: Product, open_page: Open
) -> None:
    ((service, session),) = product.ask(
        "select s.id, n.id from square_healthcareservice s join square_session n on n.service_id = s.id"
        " where s.kind = 'training_stockings' and n.cancelled_at is null and n.enrol_until > now() and n.taken < n.places"
        " order by n.starts limit 1"
    )
    # 1. On the square, with a phone: when it is, and taking part.
    page = open_page(width=390, height=844)
    sign_in(page, product, "digid", "Anna de Vries")
    page.goto(f"{product.address}/square/{service}/")
    fits(page)
    page.locator(f"a[href$='?session={session}']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("U meldt zich aan")
    expect(page.locator(f"input[name=session][value='{session}']")).to_be_checked()
    fits(page)
    page.get_by_role("button", name="Aanmelden", exact=True).click()
    page.wait_for_url(re.compile(r"/portal/referrals/\d+/"))
    expect(page.locator("main")).to_contain_text("U heeft een plek")
    expect(page.locator("main")).to_contain_text("moet u nog aannemen")
    expect(page.get_by_role("link", name="Zet in mijn agenda")).to_have_count(0)
    fits(page)

    # 2. The provider sees that somebody comes, and with taking on who.
    nurse = open_page(width=390, height=844)
    sign_in(nurse, product, "zorg", "Fatima Bakker")
    nurse.goto(f"{product.address}/referrals/?side=received")
    nurse.get_by_role("link", name="Trainingen").click()
    fits(nurse)
    nurse.locator(f"a[href='/referrals/sessions/{session}/']").click()
    expect(nurse.locator("main")).not_to_contain_text("de Vries-Jansen")
    fits(nurse)
    nurse.get_by_role("button", name="Allemaal aannemen").click()
    expect(nurse.locator("#placed").locator("xpath=ancestor::section")).to_contain_text("de Vries-Jansen")
    fits(nurse)

    # 3. It is an appointment, as the page tells by itself; who cannot come gives the place back.
    expect(page.get_by_role("link", name="Zet in mijn agenda")).to_be_visible(timeout=20_000)
    fits(page)
    page.get_by_role("button", name="Ik meld mij af").click()
    expect(page.locator("main")).not_to_contain_text("U heeft een plek")
    fits(page)
    nurse.reload()
    expect(nurse.locator("main")).not_to_contain_text("de Vries-Jansen")
    fits(nurse)


def test_a_request_is_given_back_as_a_consultation_and_goes_on_as_one(product: Product, open_page: Open) -> None:
    gp = open_page()
    sign_in(gp, product, "zorg", "Karim Haddou", at="De Linde")
    gp.goto(f"{product.address}/referrals/new/{key_of_anna(product)}/")
    choose_talk(gp, Hand())
    gp.get_by_label("Aanleiding en vraag").fill(ASKED)
    gp.get_by_label(re.compile("weet van deze verwijzing")).check()
    gp.get_by_role("button", name="Verwijzing versturen").click()
    gp.wait_for_url(re.compile(r"/referrals/\d+/"))
    referral = gp.url

    # 1. Who is asked finds that it is a question to think along with.
    social = open_page()
    sign_in(social, product, "zorg", "Sanne Willems")
    social.goto(referral)
    back = social.locator("details").filter(has=social.get_by_role("button", name="Vraag stellen", include_hidden=True))
    back.locator("summary").click()
    back.get_by_label("past beter als consult").check()
    back.get_by_label("Uw vraag aan de verwijzer").fill("Wij denken graag mee.")
    assert_accessible(social)
    back.get_by_role("button", name="Vraag stellen").click()

    # 2. Who referred asks it so, sees first what goes along, and the question stands there.
    gp.goto(referral)
    expect(gp.locator("main")).to_contain_text("stelt voor dit als consult te vragen")
    assert_accessible(gp)
    gp.get_by_role("link", name="Als consult vragen").click()
    expect(gp.get_by_label("Uw vraag")).to_have_value(ASKED)
    assert_accessible(gp)
    gp.get_by_role("button", name="Consult versturen").click()
    gp.wait_for_url(re.compile(r"/consultations/\d+/"))
    assert_accessible(gp)

    # 3. The request ended, and leads there; who was asked answers the consultation and reads no letter.
    social.goto(referral)
    expect(social.locator("main")).to_contain_text("Verder als consult")
    assert_accessible(social)
    social.get_by_role("link", name="Naar het consult").click()
    expect(social.get_by_text(ASKED)).to_be_visible()
    social.get_by_label("Uw antwoord").fill("Begin met een vast ritme; wij bellen haar.")
    social.get_by_role("button", name="Antwoord versturen").click()
    expect(social.get_by_text("Begin met een vast ritme")).to_be_visible()
    assert_accessible(social)
