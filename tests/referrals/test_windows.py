"""The same form open twice, and more than one draft about a person: none swallows another, and nothing is sent twice unseen."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from events.actor import act
from events.errors import Refused
from people.models import Membership
from referrals import access, actions
from referrals.models import Draft, Letter, Referral
from tests import factories
from tests.referrals.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
HTMX = {"HX-Request": "true"}


class Window:
    """One window of a browser with the form: what a browser would post of it, and what it shows last."""

    def __init__(self, client: Client, world: World, address: str = "", **begun: object) -> None:
        self.client, self.url = client, f"/referrals/new/{world.patient.key}/"
        page = client.post(self.url, begun) if begun else client.get(address or self.url)
        self.page = page.content.decode()
        self.fields: dict[str, object] = {
            "service": str(world.service.pk),
            "shown": str(world.service.pk),
            "urgency": "routine",
        }
        self._read()

    def _read(self) -> None:
        if 'id="kept"' not in self.page:
            return
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page):
            if name in {"token", "draft", "seen", "opened", "again", "consultation"}:
                self.fields[name] = value
        if found := re.search(r'<textarea name="question"[^>]*>\s*([^<]*)</textarea>', self.page):
            self.fields["question"] = found[1].strip()

    def keep(self, question: str, *, script: bool = True) -> str:
        """Type a question and keep it, by itself or by the button; what the window then says."""
        self.fields["question"] = question
        said = {**self.fields, "do": "keep"}
        headers = HTMX if script else {}
        self.page = self.client.post(self.url, said, headers=headers, follow=not script).content.decode()
        self._read()
        return self.page

    def send(self, question: str = "") -> str:
        """Send what stands in the form; what the window then says."""
        if question:
            self.fields["question"] = question
        answer = self.client.post(self.url, {**self.fields, "agreed": "on", "do": "send"}, follow=True)
        self.page = answer.content.decode()
        self._read()
        return self.page


def kept() -> list[str]:
    with factories.as_owner():
        return sorted(draft.typed["question"] for draft in Draft.objects.all())


def sent() -> list[str]:
    with factories.as_owner():
        return list(Letter.objects.order_by("pk").values_list("question", flat=True))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def two(client_of: ClientOf, world: World) -> tuple[Window, Window]:
    """The same draft, open in two windows."""
    client = client_of(world.sender)
    Window(client, world).keep("Slaapt slecht.")
    return Window(client, world), Window(client, world)


@pytest.mark.parametrize("script", [True, False])
def test_what_the_one_window_kept_the_other_does_not_write_over(two: tuple[Window, Window], script: bool) -> None:
    first, second = two
    assert first.fields["question"] == second.fields["question"] == "Slaapt slecht."
    first.keep("Slaapt slecht sinds mei.")
    said = second.keep("Slaapt slecht en valt.", script=script)
    assert kept() == ["Slaapt slecht en valt.", "Slaapt slecht sinds mei."]
    assert "in een ander venster" in said
    with factories.as_owner():
        other = Draft.objects.get(typed__question="Slaapt slecht sinds mei.")
    assert f'href="{first.url}?draft={other.pk}"' in said, "and leads to the other"
    second.keep("Slaapt slecht en valt vaak.")
    assert "in een ander venster" not in first.keep("Slaapt slecht sinds juni."), "each goes on with its own"
    assert kept() == ["Slaapt slecht en valt vaak.", "Slaapt slecht sinds juni."]


def test_one_window_keeps_over_its_own_also_when_the_answer_never_came(client_of: ClientOf, world: World) -> None:
    window = Window(client_of(world.sender), world)
    stale = dict(window.fields)
    for typed in ("A", "AB", "ABC"):
        window.keep(typed)
        window.fields.update(stale)
    assert kept() == ["ABC"]
    assert "is verstuurd naar" in window.send("ABCD")
    assert (kept(), sent()) == ([], ["ABCD"])
    window.fields.update(stale)
    assert "al verstuurd" in window.keep("ABCDE"), "that nothing more is kept is said"
    assert kept() == []
    window.fields.update(stale)
    assert "al verstuurd" in window.keep("ABCDE", script=False)
    assert kept() == ["ABCDE"], "what is kept at the press of a button is a new draft"


def test_what_the_other_window_sent_is_not_sent_again_and_what_was_typed_stays(two: tuple[Window, Window]) -> None:
    first, second = two
    first.send("Slaapt slecht sinds mei.")
    said = second.send("Slaapt slecht en valt.")
    assert sent() == ["Slaapt slecht sinds mei."]
    assert "Er is niets verstuurd" in said
    with factories.as_owner():
        assert Referral.objects.get().number in said
    assert second.fields["question"] == "Slaapt slecht en valt."
    assert kept() == ["Slaapt slecht en valt."], "and is kept as a draft of its own"


def test_who_types_on_after_the_other_window_sent_it_loses_nothing(two: tuple[Window, Window]) -> None:
    first, second = two
    first.send("Slaapt slecht sinds mei.")
    assert "in een ander venster" in second.keep("Slaapt slecht en valt.")
    assert kept() == ["Slaapt slecht en valt."]
    said = second.send()
    assert "Er is niets verstuurd" in said, "to the same offer only after it was said"
    assert sent() == ["Slaapt slecht sinds mei."]
    assert "is verstuurd naar" in second.send(), "a second one goes when it is meant"
    assert sent() == ["Slaapt slecht sinds mei.", "Slaapt slecht en valt."]


def test_sending_does_not_take_along_what_the_other_window_kept(two: tuple[Window, Window]) -> None:
    first, second = two
    first.keep("Slaapt slecht sinds mei.")
    said = second.send("Slaapt slecht en valt.")
    assert (sent(), "Er is niets verstuurd" in said) == ([], True)
    assert kept() == ["Slaapt slecht en valt.", "Slaapt slecht sinds mei."]
    assert "is verstuurd naar" in second.send()
    assert (sent(), kept()) == (["Slaapt slecht en valt."], ["Slaapt slecht sinds mei."])
    assert "Er is niets verstuurd" in first.send(), "the same offer was asked from the other window"


def test_pressing_send_twice_is_one_referral_and_changing_it_after_sending_is_said(
    client_of: ClientOf, world: World
) -> None:
    window = Window(client_of(world.sender), world)
    assert "is verstuurd naar" in window.send("Slaapt slecht.")
    assert "is verstuurd naar" in window.send("Slaapt slecht."), "the same, pressed again, is the same"
    said = window.send("Slaapt slecht en valt.")
    assert "Er is niets verstuurd" in said
    assert (sent(), kept()) == (["Slaapt slecht."], ["Slaapt slecht en valt."])


def test_throwing_away_leaves_what_the_other_window_kept_since(two: tuple[Window, Window]) -> None:
    first, second = two
    first.keep("Slaapt slecht sinds mei.")
    said = second.client.post(second.url, {**second.fields, "do": "drop"}, follow=True).content.decode()
    assert kept() == ["Slaapt slecht sinds mei."]
    assert "niet weggegooid" in said
    first.client.post(first.url, {**first.fields, "do": "drop"})
    assert kept() == []
    assert "in een ander venster" in second.keep("Slaapt slecht en valt.")
    assert kept() == ["Slaapt slecht en valt."], "thrown away in the one window, typed on in the other"


def test_what_was_left_to_a_colleague_is_not_sent_from_the_other_window_too(
    two: tuple[Window, Window], world: World
) -> None:
    first, second = two
    colleague = factories.member("practice_nurse", at=world.sender.organisation)
    first.client.post(first.url, {**first.fields, "do": "hand", "to": colleague.user_id})
    assert "Er is niets verstuurd" in second.send("Slaapt slecht en valt.")
    assert sent() == []
    with factories.as_owner():
        assert {draft.user_id: draft.typed["question"] for draft in Draft.objects.all()} == {
            colleague.user_id: "Slaapt slecht.", world.sender.user_id: "Slaapt slecht en valt.",
        }  # fmt: skip


def test_two_windows_that_send_the_same_draft_at_once_send_one(world: World) -> None:
    with act(factories.actor(world.sender)) as actor:
        token = uuid.uuid4()
        saved = actions.keep_draft(patient=world.patient, token=token, typed={"question": "A", "token": ""}, by=actor)
    assert saved.number
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def press(question: str) -> None:
        together.wait()
        try:
            with act(factories.actor(world.sender)) as actor:
                opening = access.open_for_referral(actor, world.patient.key)
                actions.send(
                    opening=opening, service=world.service, question=question, agreed=True, channel="none",
                    token=uuid.uuid4(), draft=saved.which, by=actor,
                )  # fmt: skip
            outcomes.append("sent")
        except Refused as refusal:
            outcomes.append(refusal.field or "")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(words,)) for words in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["draft", "sent"]
    assert (len(sent()), kept()) == (1, [])


def test_what_is_kept_by_itself_while_the_form_is_sent_leaves_no_draft_behind(world: World) -> None:
    token = uuid.uuid4()

    def keep() -> None:
        try:
            with act(factories.actor(world.sender)) as actor:
                actions.keep_draft(patient=world.patient, token=token, typed={"question": "A", "token": ""}, by=actor)
        finally:
            connection.close()

    meanwhile = threading.Thread(target=keep)
    with act(factories.actor(world.sender)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        assert access.standing_of(opening.patient, token, None) == "none", "as the page asks first"
        actions.send(
            opening=opening, service=world.service, question="A", agreed=True, channel="none", token=token, by=actor
        )
        meanwhile.start()
        meanwhile.join(0.5)
        assert meanwhile.is_alive(), "it waits for what is sent"
    meanwhile.join()
    assert (len(sent()), kept()) == (1, [])


def test_two_referrals_of_one_person_can_be_written_beside_each_other(client_of: ClientOf, world: World) -> None:
    client = client_of(world.sender)
    first, second = Window(client, world), Window(client, world)
    first.keep("Slaapt slecht.")
    assert "in een ander venster" not in second.keep("Valt vaak."), "two forms, each its own draft"
    assert kept() == ["Slaapt slecht.", "Valt vaak."]
    listed = client.get("/referrals/").content.decode()
    addresses = re.findall(rf'href="({re.escape(first.url)}\?draft=\d+)"', listed)
    assert len(addresses) == 2
    shown = [Window(client, world, address) for address in addresses]
    assert sorted(str(one.fields["question"]) for one in shown) == kept()
    for one in shown:
        assert "nog een concept" in one.page, "and each page leads to the other"
    shown[0].send()
    assert len(kept()) == 1


def test_a_draft_that_is_gone_is_said_and_anothers_does_not_exist(client_of: ClientOf, world: World) -> None:
    client = client_of(world.sender)
    Window(client, world).keep("Slaapt slecht.")
    with factories.as_owner():
        mine = Draft.objects.get().pk
    url = f"/referrals/new/{world.patient.key}/"
    colleague = client_of(factories.member("gp", at=world.sender.organisation))
    for one, number in ((client, mine + 1), (colleague, mine), (client, 10**30)):
        page = one.get(f"{url}?draft={number}").content.decode()
        assert "Dit concept is er niet meer" in page
        assert "Slaapt slecht." not in page


@pytest.fixture
def begun(client_of: ClientOf, world: World) -> tuple[Window, Window]:
    """An older draft, and a consultation about the same person turned into a referral."""
    client = client_of(world.sender)
    older = Window(client, world)
    older.keep("Slaapt slecht.")
    return older, Window(client, world, do="begin", consultation="7", question="Advies: valtraining.")


def test_what_a_consultation_begins_and_an_older_draft_stay_both(begun: tuple[Window, Window], world: World) -> None:
    older, turned = begun
    assert turned.fields["question"] == "Advies: valtraining."
    assert "nog een concept" in turned.page, "the older draft is said"
    turned.keep("Advies: valtraining in de buurt.")
    older.keep("Slaapt slecht sinds mei.")
    assert kept() == ["Advies: valtraining in de buurt.", "Slaapt slecht sinds mei."]
    with factories.as_owner():
        from_consultation = {draft.typed["question"]: draft.typed.get("consultation") for draft in Draft.objects.all()}
    assert from_consultation == {"Advies: valtraining in de buurt.": "7", "Slaapt slecht sinds mei.": None}
    assert "is verstuurd naar" in older.send()
    assert kept() == ["Advies: valtraining in de buurt."]
    with factories.as_owner():
        assert Referral.objects.get().consultation is None


def test_a_consultation_that_was_begun_before_leads_to_what_was_typed_then(
    begun: tuple[Window, Window], world: World
) -> None:
    _older, turned = begun
    turned.keep("Advies: valtraining in de buurt.", script=False)
    again = Window(turned.client, world, do="begin", consultation="7", question="Advies: valtraining.")
    assert "uit dit consult" in again.page
    again.keep("Nog eens.")
    assert kept() == ["Advies: valtraining in de buurt.", "Nog eens.", "Slaapt slecht."]


def test_the_drafts_of_who_merges_go_along(world: World, client_of: ClientOf) -> None:
    from tests.referrals.test_mergers import merge

    Window(client_of(world.sender), world).keep("Slaapt slecht.")
    here = merge(world.sender.organisation)
    assert Window(client_of(here), world).fields["question"] == "Slaapt slecht."


def test_the_month_begins_anew_with_each_keeping(world: World) -> None:
    with act(factories.actor(world.sender)) as actor:
        first = actions.keep_draft(patient=world.patient, token=uuid.uuid4(), typed={"question": "A"}, by=actor)
    with factories.as_owner():
        Draft.objects.update(until=timezone.now() + timedelta(days=1))
    with act(factories.actor(world.sender)) as actor:
        again = actions.keep_draft(
            patient=world.patient, token=uuid.uuid4(), typed={"question": "B"}, draft=first.which, by=actor
        )
    assert (again.number, again.beside) == (first.number, "")
    with factories.as_owner():
        assert Draft.objects.get().until > timezone.now() + timedelta(days=29)
