"""The work list: what waits for us on top, counted as far as it runs, in parts where it has ended, and the next one to accept."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.actor import act
from people.models import Membership
from referrals.access import next_to_accept
from referrals.access.lists import Sift
from referrals.models import Referral
from tests import factories
from tests.referrals.world import World, acting

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
NOW = timezone.now()


class Shelf:
    """A receiver with requests that differ in one thing each."""

    def __init__(self) -> None:
        self.world = World()
        self.first = self.world.send()
        self.kept = deepcopy(self.first)
        self.made = 0

    def put(self, name: str, **values: Any) -> Referral:
        """One more as the first, under a name that stands in its notice."""
        with factories.as_owner():
            copy = deepcopy(self.kept)
            self.made += 1
            copy.pk, copy.number, copy.token, copy.notice = None, f"V-26-8{self.made:05d}", uuid.uuid4(), name
            running = values.get("status", "requested") in {"accepted", "in_progress", "completed"}
            for field, value in {"accepted_at": NOW if running else None, **values}.items():
                setattr(copy, field, value)
            copy.save(force_insert=True)
        return copy

    def alone(self) -> None:
        """Without the first."""
        with factories.as_owner():
            self.first.delete()


def names(client: Client, query: str = "") -> list[str]:
    rows = client.get(f"/referrals/{query}").context["rows"]
    return [next(part for part in row.what_note.split(" · ") if part.startswith("n:"))[2:] for row in rows]


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def priorities() -> Shelf:
    shelf = Shelf()
    shelf.put("n:runs", status="in_progress", sent_at=days(-90), due=days(40))
    shelf.put("n:with them, late", status="asked_back", sent_at=days(-30), due=days(-1))
    shelf.put("n:with them", status="asked_back", urgency="soon", sent_at=days(-31), due=days(1))
    shelf.put("n:younger", sent_at=days(-2), due=days(3))
    shelf.put("n:older", sent_at=days(-3), due=days(4))
    shelf.put("n:soon", urgency="soon", sent_at=days(-1), due=days(1))
    shelf.put("n:late", sent_at=days(-9), due=days(-2))
    shelf.put("n:late and soon", urgency="soon", sent_at=days(-4), due=days(-3))
    shelf.put("n:to start", status="accepted", sent_at=days(-2.5), due=days(5))
    shelf.alone()
    return shelf


def test_what_waits_for_us_stands_first_the_late_on_top_then_by_urgency_and_age(client_of: ClientOf) -> None:
    shelf = priorities()
    client = client_of(shelf.world.receiver)
    assert names(client) == [
        "late and soon", "late", "soon", "older", "to start", "younger", "with them, late", "with them", "runs",
    ]  # fmt: skip
    assert names(client, "?state=late") == ["late and soon", "late", "with them, late"]
    assert names(client, "?urgency=soon") == ["late and soon", "soon", "with them"]
    assert names(client, "?state=ours") == ["late and soon", "late", "soon", "older", "to start", "younger", "runs"]
    sent = client_of(shelf.world.sender)
    assert names(sent, "?side=sent&state=ours") == ["with them, late", "with them"]
    assert names(sent, "?side=sent")[:4] == ["with them, late", "with them", "late and soon", "late"]


def test_only_what_runs_is_counted_and_a_refusal_until_it_was_seen(client_of: ClientOf) -> None:
    shelf = priorities()
    shelf.put("n:refused", status="rejected", rejection_reason="no_capacity", closed_at=NOW, due=days(2))
    shelf.put("n:seen", status="rejected", rejection_reason="no_capacity", closed_at=NOW, settled_at=NOW)
    shelf.put("n:done", status="completed", outcome="helped", closed_at=NOW, due=None)

    def counts(member: Membership, query: str) -> dict[str, int | None]:
        return {s["label"]: s.get("count") for s in client_of(member).get(f"/referrals/{query}").context["sifts"]}

    received = counts(shelf.world.receiver, "")
    assert received == {
        "lopend": 9, "wacht op ons": 7, "te laat": 3, "gesloten": None, "elders verder": None, "van mij": 0,
        "niet opgepakt": 9, "alleen snel": None,
    }  # fmt: skip
    sent = counts(shelf.world.sender, "?side=sent")
    assert sent == {"lopend": 10, "wacht op ons": 3, "te laat": 3, "gesloten": None, "alleen snel": None}
    assert "refused" in names(client_of(shelf.world.sender), "?side=sent")
    assert names(client_of(shelf.world.sender), "?side=sent&state=closed") == ["done", "seen", "refused"]


def test_the_tally_and_the_list_read_nothing_that_has_ended(client_of: ClientOf) -> None:
    shelf = priorities()
    client = client_of(shelf.world.receiver)
    client.get("/referrals/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/referrals/")
    about = [one["sql"] for one in asked.captured_queries if 'FROM "referrals_referral"' in one["sql"]]
    assert len(about) == 4, about
    for sql in about:
        assert '"status" IN' in sql or '"id" IN' in sql, sql


def test_what_has_ended_comes_in_parts_of_fifty_without_a_total(client_of: ClientOf) -> None:
    shelf = Shelf()
    moments = [datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC) + timedelta(minutes=n // 3) for n in range(107)]
    for number, moment in enumerate(moments):
        shelf.put(f"n:{number}", status="completed", outcome="helped", closed_at=moment, due=None)
    client = client_of(shelf.world.receiver)
    address, found, sizes = "/referrals/?side=received&state=closed", [], []
    while address:
        page = client.get(address)
        rows = page.context["rows"]
        sizes.append(len(rows))
        found += [int(re.search(r"n:(\d+)", row.what_note)[1]) for row in rows]  # type: ignore[index]
        assert "van 107" not in page.content.decode()
        address = page.context["more"]
    assert sizes == [50, 50, 7]
    assert found == sorted(range(107), reverse=True), "every one once, the latest first, also where moments are equal"


@pytest.mark.parametrize(
    "mark", ["x", "1-", "-1", "9" * 40 + "-1", "1-" + "9" * 40, "²-1", "1-1-1", "36028797018963967-1"]
)
def test_a_place_in_the_list_that_nobody_gave_is_no_fault(client_of: ClientOf, mark: str) -> None:
    shelf = Shelf()
    client = client_of(shelf.world.receiver)
    assert client.get("/referrals/", {"state": "closed", "before": mark}).status_code == 200
    assert client.get("/referrals/", {"service": mark, "page": mark}).status_code == 200


def test_an_organisation_with_several_services_chooses_between_them(client_of: ClientOf) -> None:
    shelf = Shelf()
    other = factories.service(shelf.world.receiver.organisation, "Rouwgroep")
    client = client_of(shelf.world.receiver)
    assert client.get("/referrals/").context["services"] == [], "one service needs no choice"
    shelf.put("n:group", service=other)
    page = client.get("/referrals/")
    shown = {s["label"]: s["count"] for s in page.context["services"]}
    assert shown == {"Rouwgroep": 1, shelf.world.service.name: 1}
    assert names(client, f"?service={other.pk}") == ["group"]
    one = client.get(f"/referrals/?service={other.pk}")
    assert one.context["sifts"][0]["count"] == 1
    assert one.context["tabs"][0]["count"] == 2
    assert f'value="{other.pk}" selected' in one.content.decode()
    assert client_of(shelf.world.sender).get("/referrals/?side=sent").context["services"] == []


def test_the_next_to_accept_is_that_of_the_list_with_what_it_was_narrowed_to() -> None:
    shelf = priorities()
    other = factories.service(shelf.world.receiver.organisation, "Rouwgroep")
    shelf.put("n:group", service=other, sent_at=days(-1), due=days(9))

    def following(**said: str) -> str:
        with act(acting(shelf.world.receiver)) as actor:
            found = next_to_accept(actor, Sift.asked(said) if said else None)
            return found.notice if found else ""

    assert following() == "n:late and soon"
    assert following(state="late") == "n:late and soon"
    assert following(service=str(other.pk)) == "n:group"
    assert following(service=str(other.pk), urgency="soon") == ""
    assert following(q="rouw") == "n:group"
    assert following(q="v-26-800004") == "n:younger"
    with factories.as_owner():
        Referral.objects.filter(urgency="soon").delete()
    assert following() == "n:late"


def test_accepting_from_a_narrowed_list_stays_in_it(client_of: ClientOf) -> None:
    shelf = priorities()
    other = factories.service(shelf.world.receiver.organisation, "Rouwgroep")
    for number in range(3):
        shelf.put(f"n:group {number}", service=other, sent_at=days(number), due=days(9))
    client = client_of(shelf.world.receiver)
    kept = f"side=received&service={other.pk}"
    page = client.get(f"/referrals/?{kept}")
    rows = page.context["rows"]
    assert rows[0].url.endswith(f"/?{kept}")
    thread = client.get(rows[0].url).content.decode()
    asked = re.search(r'action="([^"]+accept/\?then=next[^"]*)"', thread)
    assert asked
    following = client.post(unescape(asked[1]))["Location"]
    assert following == rows[1].url
    assert client.post(rows[1].accept)["Location"] == f"/referrals/?{kept}"
    last = rows[2].url.partition("?")[0]
    assert client.post(f"{last}accept/?then=next&{kept}")["Location"] == f"/referrals/?{kept}", (
        "none is left in this list"
    )
    assert client.get(f"{last}?{kept}").context["kept"] == kept
