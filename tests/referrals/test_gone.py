"""A draft for an offer that cannot be asked any more: it is said, it leads to what can, and nothing that was typed or ticked is lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from people.models import Membership, Organisation
from referrals.models import Draft, LetterItem, Referral
from square.models import HealthcareService
from tests import factories
from tests.referrals.test_forms import lab_world, new, typed
from tests.referrals.world import World
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
HTMX = {"HX-Request": "true"}
TYPED = "Slaapt slecht sinds het overlijden."


class Posted(HTMLParser):
    """What a browser would send of the form of a page: what is hidden, ticked and typed, and nothing that is disabled."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._inside, self._area, self._select = False, "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, value = said.get("name") or "", said.get("value") or ""
        self._inside = self._inside or (tag == "form" and said.get("id") == "refer")
        if not self._inside or "disabled" in said:
            return
        if tag == "input" and name and (said.get("type") not in {"radio", "checkbox"} or "checked" in said):
            self.fields.setdefault(name, []).append(value)
        if tag == "textarea":
            self._area = name
            self.fields[name] = [""]
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and "selected" in said:
            self.fields.setdefault(self._select, []).append(value)

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][0] += data.lstrip("\n") if not self.fields[self._area][0] else data

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area
        self._select = "" if tag == "select" else self._select
        self._inside = self._inside and tag != "form"


def posted(page: str, **said: Any) -> dict[str, Any]:
    """The form of a page as a browser sends it, with what somebody did besides."""
    return {**Posted(page).fields, **said}


def change(thing: HealthcareService | Organisation, **values: object) -> None:
    with factories.as_owner():
        type(thing)._default_manager.filter(pk=thing.pk).update(**values)


def merged(organisation: Organisation, into: Organisation) -> None:
    change(organisation, admission="ended", merged_into=into)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def draft(world: World, client_of: ClientOf) -> tuple[Client, str]:
    """A draft with a question, a wish and one thing that goes along; the client of who typed it, and what is ticked."""
    source = factories.source(world.sender.organisation)
    on = factories.fact(world.patient, source, Category.SOCIAL, "Woont alleen")
    factories.fact(world.patient, source, Category.ALERTS, "Hond in huis")
    client = client_of(world.sender)
    said = {
        "do": "keep", "token": str(uuid.uuid4()), "service": str(world.service.pk), "shown": str(world.service.pk), "question": TYPED,
        "urgency": "soon", "wish": "Weer naar het koor.", "items": [f"fact:{on.reference}"],
    }  # fmt: skip
    client.post(new(world), said, headers=HTMX)
    return client, f"fact:{on.reference}"


def test_a_merged_participant_leads_to_its_successor_and_keeps_everything(
    world: World, draft: tuple[Client, str]
) -> None:
    client, ticked = draft
    between, successor = factories.organisation("social"), factories.organisation("social", "Team Zuid")
    other = factories.service(factories.organisation("social"), "Verkennend gesprek elders")
    here = factories.service(successor)
    unlike = factories.service(successor, "Hulp bij schulden", kind="debts")
    merged(world.service.organisation, between)
    merged(between, successor)
    page = client.get(new(world)).content.decode()
    assert f"“Verkennend gesprek” van {world.service.organisation.name} kan niet gekozen worden" in page
    assert f"{world.service.organisation.name} is opgegaan in Team Zuid." in page
    first = page.index(f'name="pick" value="{here.pk}"')
    assert first < page.index(f'name="pick" value="{other.pk}"'), "the successor first"
    assert f'name="pick" value="{unlike.pk}"' not in page
    client.post(new(world), posted(page, do="keep"), headers=HTMX)
    page = client.get(new(world)).content.decode()
    assert "Team Zuid" in page, "typing on loses nothing: it is still said"
    page = client.post(new(world), posted(page, pick=str(here.pk))).content.decode()
    fields = Posted(page).fields
    assert (fields["question"], fields["wish"], fields["urgency"]) == ([TYPED], ["Weer naar het koor."], ["soon"])
    assert (fields["service"], fields["shown"], fields["items"]) == ([str(here.pk)], [str(here.pk)], [ticked])
    assert "Wat u typte en aanvinkte, is er nog." not in page
    assert client.post(new(world), {**fields, "agreed": "on", "do": "send"}).status_code == 302
    with factories.as_owner():
        sent = Referral.objects.get()
        assert (sent.receiving_organisation, sent.letter.question) == (successor, TYPED)
        assert [item.title for item in LetterItem.objects.all()] == ["Woont alleen"]
        assert not Draft.objects.exists()


def test_a_successor_without_the_same_kind_still_comes_first(world: World, draft: tuple[Client, str]) -> None:
    client, _ticked = draft
    successor = factories.organisation("social", "Team Zuid")
    other = factories.service(factories.organisation("social"), "Verkennend gesprek elders")
    theirs = factories.service(successor, "Maatschappelijk werk", kind="social_work")
    merged(world.service.organisation, successor)
    page = client.get(new(world)).content.decode()
    assert page.index(f'name="pick" value="{theirs.pk}"') < page.index(f'name="pick" value="{other.pk}"')


STOPPED: list[tuple[dict[str, Any], str]] = [
    ({"active": False}, "Dit aanbod is er niet meer."),
    ({"takes_referrals": False}, "Hierheen kan niet meer verwezen worden."),
    ({"open_for_new": False}, "neemt nu geen nieuwe aanvragen aan."),
    (
        {
            "open_for_new": False,
            "stopped_until": timezone.localdate() + timedelta(days=60),
            "stop_reason": "personeel tekort",
        },
        "geen nieuwe aanvragen aan: personeel tekort.",
    ),
    ({"municipalities": ["Laren"]}, "Het past niet meer bij deze inwoner: voor inwoners van Laren"),
]


@pytest.mark.parametrize(("values", "why"), STOPPED)
def test_an_offer_that_stopped_is_said_with_the_reason(
    world: World, draft: tuple[Client, str], values: dict[str, Any], why: str
) -> None:
    client, ticked = draft
    change(world.service, **values)
    page = client.get(new(world)).content.decode()
    assert why in page
    assert "Kies in stap 1 ander aanbod." in page, "nothing else of this kind is on offer"
    assert TYPED in page
    again = posted(page)
    assert ("service" not in again, again["gone"], again["items"]) == (True, [str(world.service.pk)], [ticked])
    client.post(new(world), {**again, "do": "keep", "question": "Anders."}, headers=HTMX)
    with factories.as_owner():
        kept = Draft.objects.get().typed
    assert (kept["question"], kept["items"], kept["service"]) == ("Anders.", [ticked], str(world.service.pk))
    said = client.post(new(world), {**again, "do": "send", "agreed": "on"}).content.decode()
    assert "Kies in stap 1 een aanbod." in said
    assert why in said
    assert Posted(said).fields["items"] == [ticked]


def test_a_participant_that_left_is_said(world: World, draft: tuple[Client, str]) -> None:
    client, _ticked = draft
    change(world.service.organisation, admission="ended")
    page = client.get(new(world)).content.decode()
    assert f"{world.service.organisation.name} doet niet meer mee in het netwerk." in page


def test_what_reopened_is_chosen_again(world: World, draft: tuple[Client, str]) -> None:
    client, ticked = draft
    change(world.service, open_for_new=False)
    client.post(new(world), posted(client.get(new(world)).content.decode(), do="keep"), headers=HTMX)
    change(world.service, open_for_new=True)
    page = client.get(new(world)).content.decode()
    assert "Wat u typte en aanvinkte, is er nog." not in page
    fields = Posted(page).fields
    assert (fields["service"], fields["items"]) == ([str(world.service.pk)], [ticked])


def test_choosing_another_from_the_list_keeps_what_was_ticked_and_takes_the_word_away(
    world: World, draft: tuple[Client, str]
) -> None:
    client, ticked = draft
    other = factories.service(factories.organisation("social"), "Maatje", kind="buddy")
    change(world.service, active=False)
    page = client.get(new(world)).content.decode()
    part = client.post(new(world), posted(page, do="choose", service=str(other.pk)), headers=HTMX).content.decode()
    assert f'value="{ticked}" checked' in part
    assert '<div id="gone" hx-swap-oob="true"></div>' in part
    assert 'name="gone"' not in part


def test_the_answers_to_a_form_go_along_to_the_successor(client_of: ClientOf) -> None:
    world = lab_world()
    client = client_of(world.sender)
    client.post(new(world), typed(world, "keep", where="home", why_home="terminal"), headers=HTMX)
    successor = factories.organisation("social")
    here = factories.service(successor, process="order", questionnaire="lab-order")
    merged(world.service.organisation, successor)
    page = client.get(new(world)).content.decode()
    client.post(new(world), posted(page, do="keep"), headers=HTMX)
    with factories.as_owner():
        assert Draft.objects.get().typed["answers"]["why-home"] == ["terminal"]
    page = client.post(new(world), posted(page, pick=str(here.pk))).content.decode()
    assert Posted(page).fields["form-why-home"] == ["terminal"]
