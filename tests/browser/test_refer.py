"""Referring as a GP does it between two patients: few clicks, under a minute, and nothing that was typed is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Product, assert_accessible, sign_in
from tests.browser.test_pages import key_of_anna

pytestmark = pytest.mark.xdist_group("browser")
Open = Callable[..., Page]
MOST_CLICKS, MOST_SECONDS = 8, 60
TYPED = "Valt vaker en durft niet meer naar buiten. Wat kan helpen?"


class Hand:
    """Somebody's hand on the mouse, that counts."""

    clicks = 0

    def click(self, on: Locator) -> None:
        """Click once."""
        on.click()
        self.clicks += 1


def choose_talk(page: Page, hand: Hand) -> None:
    """Find the exploratory talk of the wijkteam in words and choose it."""
    page.get_by_label("Zoek in gewone woorden").fill("verkennend gesprek")
    offer = page.locator("label.choice").filter(has_text="Verkennend gesprek").filter(has_text="Wijkteam Huizen")
    expect(page.locator("#offers .offer").first).to_contain_text("Verkennend gesprek")
    hand.click(offer)
    expect(page.locator("#along input[name=items]:checked").first).to_be_visible()


def test_a_gp_refers_from_the_overview_in_eight_clicks_and_under_a_minute(
    product: Product, open_page: Open, record_property: Callable[[str, object], None]
) -> None:
    page, hand = open_page(), Hand()
    sign_in(page, product, "zorg", "Karim Haddou", at="De Linde")
    page.goto(f"{product.address}/patients/{key_of_anna(product)}/")
    page.wait_for_load_state("networkidle")
    begun = time.monotonic()
    hand.click(page.get_by_role("link", name="Verwijzen"))
    hand.click(page.get_by_label("Zoek in gewone woorden"))
    choose_talk(page, hand)
    hand.click(page.get_by_label("Aanleiding en vraag"))
    page.keyboard.type(TYPED)
    hand.click(page.get_by_label(re.compile("weet van deze verwijzing")))
    hand.click(page.get_by_role("button", name="Verwijzing versturen"))
    page.wait_for_url(re.compile(r"/referrals/\d+/"))
    seconds = time.monotonic() - begun
    record_property("clicks to refer", hand.clicks)
    record_property("seconds of machine time to refer", round(seconds, 1))
    assert hand.clicks <= MOST_CLICKS
    assert seconds < MOST_SECONDS
    expect(page.locator("main")).to_contain_text(TYPED)


def test_a_draft_is_there_again_after_signing_out_and_a_colleague_finishes_it(
    product: Product, open_page: Open
) -> None:
    page = open_page()
    address = f"{product.address}/referrals/new/{key_of_anna(product)}/"
    sign_in(page, product, "zorg", "Karim Haddou", at="De Linde")
    page.goto(address)
    choose_talk(page, Hand())
    page.get_by_label("Aanleiding en vraag").fill(TYPED)
    page.get_by_text("De brief volgt later").click()
    expect(page.locator("#kept")).to_contain_text("Concept bewaard")
    assert_accessible(page)
    page.context.clear_cookies()
    page.goto(address)
    expect(page).to_have_url(re.compile("/sign-in/"))
    again = open_page()
    sign_in(again, product, "zorg", "Karim Haddou", at="De Linde")
    again.goto(f"{product.address}/referrals/")
    expect(again.locator(".drafts")).to_contain_text("de Vries-Jansen")
    assert_accessible(again)
    again.locator(".drafts a").first.click()
    expect(again.get_by_label("Aanleiding en vraag")).to_have_value(TYPED)
    expect(again.locator("main")).to_contain_text("Dit is uw concept van")
    expect(again.locator("#offers input[name=service]:checked")).to_have_count(1)
    expect(again.get_by_label("De brief volgt later")).to_be_checked()
    assert_accessible(again)

    colleague = "Mirjam Smit"
    again.get_by_text("Voor of door een collega").click()
    option = again.locator("#to option").filter(has_text=colleague).first.get_attribute("value")
    again.select_option("#to", option)
    again.get_by_role("button", name="Overdragen").click()
    expect(again.locator(".drafts")).to_have_count(0)
    other = open_page(390, 844)
    sign_in(other, product, "zorg", colleague, at="De Linde")
    other.goto(address)
    expect(other.locator("main")).to_contain_text("Karim Haddou vraagt u het af te maken.")
    other.get_by_label("De brief volgt later").uncheck()
    other.get_by_label(re.compile("weet van deze verwijzing")).check()
    other.get_by_role("button", name="Verwijzing versturen").click()
    other.wait_for_url(re.compile(r"/referrals/\d+/"))
    expect(other.locator("main")).to_contain_text("ingevoerd door Mirjam Smit")
    assert_accessible(other)


def test_the_same_draft_in_two_windows_swallows_nothing(product: Product, open_page: Open) -> None:
    first = open_page()
    address = f"{product.address}/referrals/new/{key_of_anna(product)}/"
    sign_in(first, product, "zorg", "Karim Haddou", at="De Linde")
    first.goto(f"{address}?draft=new")
    choose_talk(first, Hand())
    first.get_by_label("Aanleiding en vraag").fill(TYPED)
    expect(first.locator("#kept")).to_contain_text("Concept bewaard")
    own = first.locator("#which input[name=draft]").input_value()
    second = first.context.new_page()
    second.goto(f"{address}?draft={own}")
    expect(second.get_by_label("Aanleiding en vraag")).to_have_value(TYPED)
    first.get_by_label("Aanleiding en vraag").fill(f"{TYPED} Sinds mei.")
    expect(first.locator("#kept")).to_contain_text("Concept bewaard")
    first.wait_for_timeout(2500)
    second.get_by_label("Aanleiding en vraag").fill(f"{TYPED} Haast.")
    expect(second.locator("#beside")).to_contain_text("in een ander venster intussen veranderd")
    assert second.locator("#which input[name=draft]").input_value() != own
    assert_accessible(second)
    first.get_by_label(re.compile("weet van deze verwijzing")).check()
    first.get_by_role("button", name="Verwijzing versturen").click()
    first.wait_for_url(re.compile(r"/referrals/\d+/"))
    expect(first.locator("main")).to_contain_text("Sinds mei.")
    second.get_by_label(re.compile("weet van deze verwijzing")).check()
    second.get_by_role("button", name="Verwijzing versturen").click()
    expect(second.locator("main")).to_contain_text("Er is niets verstuurd")
    expect(second.get_by_label("Aanleiding en vraag")).to_have_value(f"{TYPED} Haast.")
    assert_accessible(second)
    second.get_by_role("button", name="Concept weggooien").or_(
        second.get_by_role("link", name="Annuleren")
    ).first.click()
