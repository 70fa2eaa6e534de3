"""A participant without software answers by a link in the mail: what it shows, what it does, and what it does not for others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from events.models import Event, WorkItem
from exchange.models import AnswerLink
from exchange.partners import linking
from people.models import Membership
from referrals.models import Referral
from tests import factories
from tests.exchange.partners.world import now
from tests.exchange.stage import deliver
from tests.referrals.world import send, take

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # WeasyPrint leaves a profile open
]
ClientOf = Callable[[Membership], Client]


class Scene:
    """A practice refers to an organisation of which nobody works in the network."""

    def __init__(self) -> None:
        cache.clear()
        self.gp = factories.member("gp", name="Karim Haddou")
        self.place = factories.organisation(
            "welfare", "Stichting Buurt", email="balie@buurt.example", phone="035-1234567"
        )
        self.service = factories.service(self.place, "Maatjesproject", domain="welfare")
        self.patient = factories.patient(related_to=[self.gp.organisation], own_name="Vries", own_prefix="de")

    def refer(self) -> Referral:
        made = send(self.gp, self.patient, self.service, notice="Zoekt een wandelmaatje")
        deliver()
        return made

    def path(self) -> str:
        """The address in the newest mail."""
        return [one for sent in mail.outbox for one in re.findall(r"/answer/[\w-]+/", str(sent.body))][-1]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def press(path: str, step: str, **values: str) -> HttpResponse:
    """Open the link in a browser of its own, and press a button; a browser names no origin from a page with *no-referrer*."""
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    values |= {"step": step, "csrfmiddlewaretoken": token[1] if token else ""}
    origin = "null" if page.get("Referrer-Policy") == "no-referrer" else "http://testserver"
    return browser.post(path, values, HTTP_ORIGIN=origin)  # type: ignore[return-value]


def verbs(name: str) -> list[str]:
    with factories.as_owner():
        return list(Event.objects.filter(actor_name=name).order_by("id").values_list("verb", flat=True))


def link() -> AnswerLink:
    with factories.as_owner():
        return AnswerLink.objects.get()


def test_the_mail_holds_the_link_alone_and_opening_it_changes_nothing(scene: Scene) -> None:
    referral = scene.refer()
    (sent,) = [one for one in mail.outbox if one.to == ["balie@buurt.example"]]
    said = f"{sent.subject} {sent.body}"
    for word in ("Vries", "Maatje", "wandel", referral.number, "Karim"):
        assert word not in said
    with factories.as_owner():
        before = Event.objects.count()
    for _ in range(3):
        page = Client().get(scene.path())
    shown = page.content.decode()
    assert "Maatjesproject" in shown
    assert "Zoekt een wandelmaatje" in shown
    assert "Vries" not in shown
    assert (page["Referrer-Policy"], "no-store" in page["Cache-Control"]) == ("strict-origin", True)
    with factories.as_owner():
        assert Event.objects.count() == before, "a scanner that opens the link leaves no trace"
    assert now(referral).status == "requested"
    secret = scene.path().split("/")[2]
    assert secret not in str(vars(link())), "only the digest is kept"


def test_yes_in_one_press_then_the_letter_by_a_code_that_the_sender_tells(scene: Scene, client_of: ClientOf) -> None:
    referral = scene.refer()
    done = press(scene.path(), "accept")
    assert done.status_code == 200
    assert now(referral).status == "accepted"
    assert verbs(f"link:{link().pk}") == ["referral.accepted"], "the log names the link"
    with factories.as_owner():
        assert WorkItem.objects.open().filter(organisation_id=scene.gp.organisation_id, kind="link").exists()
    assert press(scene.path(), "accept").status_code == 409, "used twice"
    sender = client_of(scene.gp)
    assert "Antwoordt per e-mail" in sender.get(f"/referrals/{referral.pk}/").content.decode()
    code = linking.code_of(link())
    assert code in sender.get(f"/links/{referral.pk}/").content.decode()
    wrong = press(scene.path(), "letter", code="000000" if code != "000000" else "111111")
    assert wrong.status_code == 422
    letter = press(scene.path(), "letter", code=f"{code[:3]} {code[3:]}")
    assert (letter.status_code, letter["Content-Type"]) == (200, "application/pdf")
    assert letter.content.startswith(b"%PDF")
    assert b"Vries" not in letter["Content-Disposition"].encode()
    assert {"record.opened", "link.fetched"} <= set(verbs(f"link:{link().pk}"))
    with factories.as_owner():
        assert not WorkItem.objects.open().filter(kind="link").exists()
    assert press(scene.path(), "complete", outcome="helped", note="Wandelt nu elke week mee.").status_code == 200
    assert (now(referral).status, now(referral).outcome) == ("completed", "helped")
    assert press(scene.path(), "letter", code=code).status_code == 409, "with closing the access ends"


def test_a_talk_closes_by_a_link_with_why_it_was_not_held_and_nothing_else(scene: Scene) -> None:
    with factories.as_owner():
        scene.service.process = "talk"
        scene.service.save()
    referral = scene.refer()
    press(scene.path(), "accept")
    page = Client().get(scene.path()).content.decode()
    assert ('value="not_come"' in page, 'value="helped"' in page) == (True, False)
    for wrong in ("helped", "social"):
        assert press(scene.path(), "complete", outcome=wrong).status_code == 422
    assert press(scene.path(), "complete", outcome="not_come").status_code == 200
    assert (now(referral).status, now(referral).outcome) == ("completed", "not_come")


def test_no_full_and_a_question_reach_the_sender(scene: Scene) -> None:
    referral = scene.refer()
    assert press(scene.path(), "ask", note="").status_code == 422
    assert press(scene.path(), "ask", note="BSN 123456782?").status_code == 422
    assert press(scene.path(), "ask", note="Welke wijk?").status_code == 200
    assert now(referral).status == "asked_back"
    assert press(scene.path(), "accept").status_code == 409
    take("answer", referral, scene.gp, note="De Oostermeent.")
    deliver()
    assert len(mail.outbox) >= 2, "a new mail with the answer"
    assert press(scene.path(), "reject").status_code == 422, "a reason from the list"
    assert press(scene.path(), "reject", reason="no_capacity").status_code == 200
    assert (now(referral).status, now(referral).rejection_reason) == ("rejected", "no_capacity")


def test_a_link_that_is_old_ended_withdrawn_or_of_another_round_shows_nothing(
    scene: Scene, client_of: ClientOf
) -> None:
    referral = scene.refer()
    path, one = scene.path(), link()
    with factories.as_owner():
        AnswerLink.objects.update(until=timezone.now() - timedelta(minutes=1))
    assert (Client().get(path).status_code, press(path, "accept").status_code) == (410, 410)
    with factories.as_owner():
        AnswerLink.objects.update(until=one.until)
    sender = client_of(scene.gp)
    assert sender.post(f"/links/{referral.pk}/", {"do": "renew"}).status_code == 302
    deliver()
    assert Client().get(path).status_code == 404, "the former link is none any more"
    path = scene.path()
    assert Client().get(path).status_code == 200
    assert sender.post(f"/links/{referral.pk}/", {"do": "end"}).status_code == 302
    gone = Client().get(path)
    assert (gone.status_code, "Maatjesproject" in gone.content.decode()) == (410, False)
    with factories.as_owner():
        AnswerLink.objects.update(ended_at=None)
    take("cancel", referral, scene.gp)
    assert (Client().get(path).status_code, press(path, "accept").status_code) == (410, 410)
    assert now(referral).status == "cancelled"


def test_guessing_a_link_or_a_code_ends_and_others_do_not_see_the_code(scene: Scene, client_of: ClientOf) -> None:
    referral = scene.refer()
    path = scene.path()
    press(path, "accept")
    code = linking.code_of(link())
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(linking.MOST_TRIES):
        assert press(path, "letter", code=wrong).status_code == 422
    assert press(path, "letter", code=code).status_code == 422, "also the right one, after so many"
    assert "record.opened" not in verbs(f"link:{link().pk}")
    assert "Te vaak" in press(path, "letter", code=code).content.decode()
    for other in (factories.member("gp"), factories.member("welfare_worker", at=factories.organisation("welfare"))):
        assert client_of(other).get(f"/links/{referral.pk}/").status_code == 404
        assert client_of(other).post(f"/links/{referral.pk}/", {"do": "renew"}).status_code == 404
    browser = Client(REMOTE_ADDR="10.1.2.3")
    tried: list[int] = [browser.get(f"/answer/{number:043d}/").status_code for number in range(22)]
    assert (tried[0], tried[-1]) == (404, 429)
    assert Client(REMOTE_ADDR="10.1.2.4").get(path).status_code == 200


def test_who_works_in_the_network_gets_no_link_and_a_link_ends_when_somebody_comes(scene: Scene) -> None:
    path = None
    referral = scene.refer()
    path = scene.path()
    factories.member("welfare_worker", at=scene.place)
    assert press(path, "accept").status_code == 410
    mail.outbox.clear()
    second = send(scene.gp, factories.patient(related_to=[scene.gp.organisation]), scene.service)
    deliver()
    said: list[Any] = [one for one in mail.outbox if "/answer/" in str(one.body)]
    assert said == []
    assert now(referral).status == now(second).status == "requested"
