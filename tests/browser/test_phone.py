"""The person's own steps on a phone: ask for help oneself with a form, not be able to come, take a request back."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Product, assert_accessible, sign_in

pytestmark = pytest.mark.xdist_group("browser")
Open = Callable[..., Page]
PHONE = 390


def fits(page: Page) -> None:
    """Accessible, and nothing runs off the side of the phone."""
    assert_accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE, (page.url, wide)


def answer(page: Page, at: Locator) -> None:
    """Answer a question on which another depends, and wait until the form is drawn again."""
    with page.expect_response(re.compile("/portal/ask/")):
        at.check()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def an_appointment_stands(product: Product) -> None:
    """Of the help that Anna de Vries has already, as the made-up region does not always have it."""
    with psycopg.connect(product.owner_url) as connection:
        connection.execute(
            "insert into referrals_appointment (referral_id, patient_id, organisation_id, starts, ends, way, place, note, status, sequence,"
            " changed_at, made_by_id) select r.id, r.patient_id, r.receiving_organisation_id, now() + interval '4 days',"
            " now() + interval '4 days 45 minutes', 'AMB', 'Dorpsstraat 14', '', 'booked', 0, now(), r.receiver_id"
            " from referrals_referral r join people_patientidentity i on i.patient_id = r.patient_id where i.bsn = '999996782'"
            " and r.status in ('accepted', 'in_progress') and r.receiver_id is not null order by r.id limit 1 on conflict do nothing"
        )


def test_a_person_asks_for_help_cannot_come_and_takes_it_back_on_a_phone(product: Product, open_page: Open) -> None:
    an_appointment_stands(product)
    page = open_page(width=PHONE, height=844)
    sign_in(page, product, "digid", "Anna de Vries")

    # 1. Money help of the own municipality takes people who come by themselves, and asks a few questions.
    ((service,),) = product.ask(
        "select s.id from square_healthcareservice s join people_organisation o on o.id = s.organisation_id"
        " where s.kind = 'debt_help' and o.name = 'Wijkteam Huizen'"
    )
    page.goto(f"{product.address}/square/{service}/")
    page.get_by_role("link", name=re.compile("aanmelden", re.IGNORECASE)).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("U meldt zich aan")
    fits(page)
    answer(page, page.get_by_label("brieven en rekeningen"))
    answer(page, page.get_by_role("group", name="Is er haast?").get_by_label("nee"))
    page.get_by_label("thuis", exact=True).check()
    answer(page, page.get_by_role("group", name="Is er een tolk nodig?").get_by_label("nee"))
    page.get_by_role("button", name="Aanmelding versturen").click()
    page.wait_for_url(re.compile(r"/portal/referrals/\d+/"))
    expect(page.locator("#state")).to_contain_text("U heeft zich aangemeld bij Wijkteam Huizen")
    asked = page.url
    fits(page)

    # 2. The appointment on the first page does not suit.
    page.goto(f"{product.address}/portal/")
    page.get_by_role("link", name="Ik kan niet").first.click()
    fits(page)
    page.get_by_label("Liever ’s middags").check()
    page.get_by_role("button", name=re.compile("afzeggen", re.IGNORECASE)).click()
    expect(page.locator("#state")).to_contain_text("U kon niet op de afspraak")
    fits(page)

    # 3. What was asked for is not needed any more.
    page.goto(asked)
    page.get_by_role("link", name="Ik wil deze aanvraag intrekken").click()
    fits(page)
    page.get_by_label("Het is niet meer nodig").check()
    page.get_by_role("button", name=re.compile("intrekken", re.IGNORECASE)).click()
    expect(page.locator("#state")).to_contain_text("ingetrokken")
    fits(page)
