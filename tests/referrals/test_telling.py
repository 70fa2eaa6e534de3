"""How the person gets to know: the portal, a paper, or none; what is still to be told, by whom, and that nobody else reads it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from events.actor import act, system
from events.errors import Refused
from events.models import Event, WorkItem
from people.models import Membership, Patient, PatientIdentity
from referrals import access, actions
from referrals.models import LetterItem, Referral, Step
from referrals.moves import Channel
from referrals.tasks import send_batches
from tests import factories
from tests.referrals.test_pages import form
from tests.referrals.world import LATER, World, another, send, staffed, take
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def on_paper(world: World, **values: Any) -> Referral:
    return world.send(channel=values.pop("channel", None), **values)


def work(member: Membership, *kinds: str) -> list[str]:
    with factories.as_owner():
        found = WorkItem.objects.open().filter(
            organisation_id=member.organisation_id, kind__in=kinds or ["paper", "tell"]
        )
        return sorted(found.values_list("kind", flat=True))


def telling(member: Membership, referral: Referral) -> tuple[bool, list[str]]:
    """Whether the paper waits at this member's organisation, and what there is to say."""
    with act(factories.actor(member)) as actor:
        now = access.get_referral(actor, referral.pk)
        waiting = access.to_tell(now, access.steps_of(now), actor)
        return waiting.paper, access.said_of(waiting, now)


def mails(verb: str, referral: Referral) -> bool:
    """Whether the worker is given an address to tell the person of the last such event."""
    with factories.as_owner():
        event = Event.objects.filter(verb=verb, subject_id=referral.pk).latest("id")
    with act(system("notifications", purpose="HOPERAT")), connection.cursor() as cursor:
        cursor.execute("select * from exchange_mail_of(%s, %s)", [event.id, event.at])
        return cursor.fetchone() is not None


def without_address(patient: Patient) -> None:
    with factories.as_owner():
        PatientIdentity.objects.filter(patient=patient).update(email="")


# (has an account, has an address, what was chosen the last time) → what is filled in beforehand
USUAL = {
    (False, True, None): "paper",
    (False, False, None): "paper",
    (True, True, None): "portal",
    (True, False, None): "paper",
    (True, True, "paper"): "paper",
    (True, True, "none"): "none",
    (True, False, "portal"): "portal",
    (False, True, "portal"): "paper",
}


def test_the_channel_is_filled_in_from_what_is_known_and_what_was_chosen_last() -> None:
    world = World()
    for (account, address, last), expected in USUAL.items():
        who = factories.patient(related_to=[world.sender.organisation])
        if account:
            factories.citizen(who)
        if not address:
            without_address(who)
        if last:
            made = send(world.sender, who, world.service, channel="none")
            with factories.as_owner():
                Referral.objects.filter(pk=made.pk).update(channel=last)
        other = send(factories.member("gp", at=world.sender.organisation), who, another(), channel=None)
        assert other.channel == expected, (account, address, last)


def test_the_page_says_it_in_one_line_and_the_draft_keeps_it(client_of: ClientOf) -> None:
    world = World()
    client, url = client_of(world.sender), f"/referrals/new/{world.patient.key}/"
    page = client.get(url, {"service": world.service.pk}).content.decode()
    assert "Kopie voor mevrouw De Vries" in page
    assert '<option value="paper" selected>' in page
    assert 'value="portal"' not in page, "who has no account is not offered the portal"
    assert client.post(url, form(world, channel="portal")).status_code == 200, "nor can it be chosen"
    client.post(url, {**form(world, channel="none"), "do": "keep"})
    assert '<option value="none" selected>' in client.get(url).content.decode()
    factories.citizen(world.patient)
    answer = client.post(url, form(world, channel="portal"))
    assert answer.status_code == 302
    with factories.as_owner():
        assert Referral.objects.get().channel == "portal"


def test_the_portal_asks_nothing_of_anybody_and_only_it_is_told_by_mail() -> None:
    world = World()
    factories.citizen(world.patient)
    referral = on_paper(world)
    assert referral.channel == "portal"
    for verb in ("accept", "plan", "call_off"):
        take(verb, referral, world.receiver)
    assert work(world.sender) == work(world.receiver) == []
    assert mails("referral.sent", referral)
    assert mails("referral.planned", referral)
    for channel in ("paper", "none"):
        other = world.send(channel=channel, service=another(channel))
        assert not mails("referral.sent", other), channel


def test_the_paper_is_work_for_who_sent_until_it_was_given_and_comes_anew_when_more_was_sent() -> None:
    world = World()
    colleague = factories.member("practice_nurse", at=world.sender.organisation)
    referral = send(colleague, world.patient, world.service, channel="paper", sender_id=world.sender.user_id)
    with factories.as_owner():
        item = WorkItem.objects.open().get(kind="paper")
    assert item.user_id == colleague.user_id, "who typed it has the person at hand"
    assert "Vries" not in item.title
    assert telling(world.sender, referral)[0]
    assert not telling(world.receiver, referral)[0]
    take("tell", referral, world.sender, how="given")
    take("tell", referral, world.sender, how="given")
    assert (work(world.sender), telling(world.sender, referral)[0]) == ([], False)
    with factories.as_owner():
        assert list(Step.objects.filter(verb="tell").values_list("code", flat=True)) == ["given"], "twice is once"
        assert Event.objects.filter(verb="referral.told").count() == 1
    take("supplement", referral, world.sender)
    assert (work(world.sender), telling(world.sender, referral)[0]) == (["paper"], True)
    take("tell", referral, world.sender, how="posted")
    assert work(world.sender) == []


# the steps, who is then asked to tell, and the words
LATER_STEPS: dict[str, tuple[list[str], str, str]] = {
    "appointment made": (["accept", "plan"], "receiver", "heeft een afspraak met u gemaakt"),
    "appointment called off": (["accept", "plan", "call_off"], "receiver", "heeft de afspraak afgezegd"),
    "refused": (["reject"], "sender", "kan u niet helpen"),
    "advised": (["advise"], "sender", "gaf advies"),
    "passed to another": (["accept", "pass_on"], "sender", "heeft de aanvraag overgedragen"),
    "ended": (["accept", "start", "complete"], "sender", "De hulp is afgerond"),
    "taken back": (["cancel"], "sender", "heeft de aanvraag ingetrokken"),
}


@pytest.mark.parametrize("name", LATER_STEPS)
def test_what_the_person_must_know_is_work_for_who_has_the_relation_until_it_was_told(name: str) -> None:
    verbs, side, words = LATER_STEPS[name]
    world = World()
    referral = on_paper(world)
    take("tell", referral, world.sender, how="given")
    for verb in verbs:
        take(verb, referral, world.sender if verb == "cancel" else world.receiver)
    teller, other = (world.receiver, world.sender) if side == "receiver" else (world.sender, world.receiver)
    assert (work(teller), work(other)) == (["tell"], [])
    said = telling(teller, referral)[1]
    assert len(said) == 1
    assert words in said[0]
    if verbs[-1] == "plan":
        assert "uur" in said[0], "with the moment"
    take("tell", referral, teller)
    assert (work(teller), telling(teller, referral)[1]) == ([], [])


def test_the_former_receiver_has_nothing_left_to_tell_and_the_person_itself_is_not_told_what_it_did() -> None:
    world = World()
    user = factories.citizen(world.patient)
    referral = world.send(channel="paper")
    take("accept", referral, world.receiver)
    take("plan", referral, world.receiver)
    assert work(world.receiver) == ["tell"]
    take("pass_on", referral, world.receiver)
    assert work(world.receiver) == []
    with act(factories.citizen_actor(user)) as actor:
        actions.withdraw(referral=Referral.objects.get(pk=referral.pk), reason="not_needed", by=actor)
    assert work(world.sender) == []
    assert len(telling(world.sender, referral)[1]) == 1, "that it was passed on is still to be told"


def test_nobody_is_asked_to_tell_who_has_died(client_of: ClientOf) -> None:
    world = World()
    referral = on_paper(world)
    for verb, values in (("accept", {}), ("complete", {"outcome": "deceased"})):
        take(verb, referral, world.receiver, **values)
    assert work(world.sender) == work(world.receiver) == []
    assert telling(world.sender, referral) == (False, [])
    page = client_of(world.sender).get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    assert "Laat het de inwoner weten" not in page


def test_a_receiver_without_anybody_in_the_network_has_the_sender_tell() -> None:
    world = World()
    service = factories.service(factories.organisation("welfare"), "Zonder software")
    referral = world.send(channel="paper", service=service)
    assert access.teller_of(referral, "plan") == world.sender.organisation_id


def test_who_came_by_himself_gets_the_paper_from_who_helps(client_of: ClientOf) -> None:
    world = World()
    factories.relation(world.patient, world.receiver.organisation)
    with act(factories.actor(world.receiver)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        made = actions.walk_in(opening=opening, service=world.service, agreed=True, question="Hulp bij post", by=actor)
    assert (made.channel, work(world.receiver)) == ("paper", ["paper"])
    page = client_of(world.receiver).get(reverse("referrals:thread", args=[made.pk])).content.decode()
    assert reverse("referrals:paper", args=[made.pk]) in page
    take("tell", made, world.receiver, how="given")
    take("complete", made, world.receiver)
    assert work(world.receiver) == [], "nobody has the relation any more, and the person was there"


def test_a_part_goes_as_the_whole_and_a_group_each_as_usual() -> None:
    world = World()
    referral = world.send(channel="none")
    take("accept", referral, world.receiver)
    take("engage", referral, world.receiver, service=staffed(another()))
    with factories.as_owner():
        assert Referral.objects.get(based_on=referral).channel == "none"
    with_portal, without = (factories.patient(related_to=[world.sender.organisation]) for _ in range(2))
    factories.citizen(with_portal)
    with act(factories.actor(world.sender)) as actor:
        actions.ask_batch(
            service=world.service, patients=[with_portal, without], question="Kom.", agreed=True, by=actor
        )
    send_batches()
    with factories.as_owner():
        made = {one.patient_id: one.channel for one in Referral.objects.filter(patient__in=[with_portal, without])}
    assert made == {with_portal.pk: "portal", without.pk: "paper"}
    assert work(world.sender) == ["paper"]


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # WeasyPrint leaves its colour profile open
def test_the_paper_says_what_the_portal_says_and_is_for_who_gives_it_alone(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    source = factories.source(world.sender.organisation)
    factories.fact(world.patient, source, Category.FUNCTIONING, "Loopt met rollator")
    with act(factories.actor(world.sender)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        items = [one.ref for group in access.selection_for(actor, opening, world.service) for one in group.items]
    referral = on_paper(world, items=items, question="Kan zij weer naar de markt?", wish="Zelf boodschappen doen.")
    with factories.as_owner():
        assert LetterItem.objects.filter(referral=referral).exists()
    url = reverse("referrals:paper", args=[referral.pk])
    answer = client_of(world.sender).get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{referral.number}.pdf"', "opens to be printed at once"
    with pikepdf.open(io.BytesIO(answer.content)) as document, document.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("2", "A")
    drawn: dict[str, Any] = {}
    monkeypatch.setattr("referrals.views.telling.pdf", lambda referral, content, template: drawn.update(content) or b"")
    client_of(world.sender).get(url)
    text = render_to_string("referrals/paper.html", {**drawn, "referral": referral, "sheet": "", "language": "nl"})
    for words in (
        "Mevrouw De Vries", "Dorpsstraat 1", "Kan zij weer naar de markt?", "Zelf boodschappen doen.", referral.number,
        "heeft u aangemeld bij", "bekijkt de aanvraag.", "Uiterlijk", "Hoe het thuis met u gaat", "Loopt met rollator",
        "U mag altijd nee zeggen", world.service.organisation.name,
    ):  # fmt: skip
        assert words in text, words
    with factories.as_owner():
        bsn = PatientIdentity.objects.get(patient=world.patient).bsn
    assert bsn not in text
    with factories.as_owner():
        assert Event.objects.filter(verb="record.opened", patient_id=world.patient.pk).exists()
    take("accept", referral, world.receiver)
    assert client_of(world.receiver).get(url).status_code == 403, "the receiver has its letter"
    assert client_of(factories.member("gp")).get(url).status_code == 404


def test_who_gives_the_copy_may_change_the_channel_and_nobody_else(client_of: ClientOf) -> None:
    world = World()
    referral = on_paper(world)
    take("accept", referral, world.receiver)
    take("plan", referral, world.receiver, starts=LATER)
    url = reverse("referrals:channel", args=[referral.pk])
    assert client_of(world.receiver).post(url, {"channel": "none"}).status_code == 403
    assert client_of(factories.member("gp")).post(url, {"channel": "none"}).status_code == 404
    sender = client_of(world.sender)
    assert sender.post(url, {"channel": "portal"}).status_code == 409, "there is no account"
    factories.citizen(world.patient)
    assert sender.post(url, {"channel": "portal"}).status_code == 302
    assert work(world.sender) == work(world.receiver) == []
    assert mails("referral.channel_chosen", referral)
    sender.post(url, {"channel": "paper"})
    assert work(world.sender) == ["paper"]
    assert telling(world.receiver, referral)[1], "what was not told yet is to be told now"
    with act(factories.actor(world.sender)) as actor, pytest.raises(Refused):
        actions.choose_channel(referral=referral, channel="pigeon", by=actor)
    with act(factories.citizen_actor(world.patient.account)):
        assert Referral.objects.filter(pk=referral.pk).update(channel=Channel.NONE) == 0


def test_the_thread_shows_what_to_say_and_when_it_was_told(client_of: ClientOf) -> None:
    world = World()
    referral = on_paper(world)
    browser = client_of(world.sender)
    page = browser.get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    assert "Kopie printen" in page
    assert "Meegegeven" in page
    assert browser.post(reverse("referrals:told", args=[referral.pk]), {"how": "sung"}).status_code == 404
    browser.post(reverse("referrals:told", args=[referral.pk]), {"how": "given"})
    assert (
        "gaf de inwoner de kopie op papier"
        in browser.get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    )
    take("reject", referral, world.receiver)
    page = browser.get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    assert "kan u niet helpen. Er is nu geen plek." in page
    browser.post(reverse("referrals:told", args=[referral.pk]), {"how": "said"})
    page = browser.get(reverse("referrals:thread", args=[referral.pk])).content.decode()
    assert "liet het de inwoner weten" in page
    assert "Laat het de inwoner weten" not in page
    assert browser.post(reverse("referrals:told", args=[another().pk + 999]), {"how": "said"}).status_code == 404


def test_who_lost_the_relation_prints_no_copy_and_is_not_left_with_the_work(client_of: ClientOf) -> None:
    world = World()
    given, never = on_paper(world), on_paper(world)
    factories.consent(world.patient, permit=False, reader_organisation=world.sender.organisation)
    browser = client_of(world.sender)
    for referral, url, said in (
        (given, "told", {"how": "posted"}),
        (never, "channel", {"channel": "none"}),
    ):
        page = browser.get(reverse("referrals:thread", args=[referral.pk])).content.decode()
        assert "Kopie printen" not in page
        assert "Dit dossier is voor u gesloten" in page
        assert browser.get(reverse("referrals:paper", args=[referral.pk])).status_code == 403
        assert browser.post(reverse(f"referrals:{url}", args=[referral.pk]), said).status_code == 302
    assert work(world.sender) == []
