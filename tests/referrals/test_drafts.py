"""What was typed stays for who typed it and for nobody else, until it is sent, thrown away, handed over, or a month has passed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection
from django.test import Client
from django.utils import timezone

from events.actor import act
from events.models import Event, WorkItem
from people.models import Membership, User
from referrals import access, actions
from referrals.models import Draft, Referral, Template
from referrals.tasks import drop_old
from tests import factories
from tests.referrals.world import World, send
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
CitizenClient = Callable[[User], Client]
TYPED = "Slaapt slecht sinds het overlijden."


def new(world: World) -> str:
    return f"/referrals/new/{world.patient.key}/"


def form(world: World, **changed: object) -> dict[str, object]:
    return {
        "do": "keep", "token": str(uuid.uuid4()), "service": str(world.service.pk), "shown": str(world.service.pk), "question": TYPED,
        "urgency": "soon", "wish": "Weer naar het koor.", "notice": "Rouw.", "letter_later": "on", **changed,
    }  # fmt: skip


def kept() -> list[Draft]:
    with factories.as_owner():
        return list(Draft.objects.order_by("pk"))


def opened() -> int:
    with factories.as_owner():
        return Event.objects.filter(verb="record.opened").count()


def test_what_was_typed_is_there_again_also_after_signing_out(client_of: ClientOf) -> None:
    world = World()
    source = factories.source(world.sender.organisation)
    on = factories.fact(world.patient, source, Category.SOCIAL, "Woont alleen")
    off = factories.fact(world.patient, source, Category.ALERTS, "Hond in huis")
    client, before = client_of(world.sender), opened()
    said = client.post(
        new(world), form(world, items=[f"fact:{on.reference}"], agreed="on"), headers={"HX-Request": "true"}
    ).content.decode()
    assert "Concept bewaard" in said
    assert TYPED not in said
    assert opened() == before, "keeping opens nothing"
    client.logout()
    page = client_of(world.sender).get(new(world)).content.decode()
    for words in (TYPED, "Weer naar het koor.", "Rouw.", "Dit is uw concept van"):
        assert words in page
    assert f'value="{world.service.pk}" checked' in page
    assert f'value="fact:{on.reference}" checked' in page
    assert f'value="fact:{off.reference}" checked' not in page
    assert re.search(r'<input[^>]*value="soon"[^>]*checked', page)
    assert not re.search(r'<input[^>]*name="agreed"[^>]*checked', page), "agreeing is said anew"
    listed = client_of(world.sender).get("/referrals/").content.decode()
    assert "Begonnen, nog niet verstuurd" in listed
    assert world.patient.name in listed
    assert TYPED not in listed


def test_what_the_database_cannot_keep_is_left_out(client_of: ClientOf) -> None:
    world = World()
    said = form(world, question="Nul\x00punt", items=["fact:\x001", "x" * 90], token="geen")
    assert client_of(world.sender).post(new(world), said, headers={"HX-Request": "true"}).status_code == 200
    assert kept()[0].typed["question"] == "Nulpunt"
    assert kept()[0].typed["items"] == ["fact:1", "x" * 40]
    page = client_of(world.sender).get(new(world))
    assert page.status_code == 200


def test_without_javascript_the_button_keeps_and_throws_away(client_of: ClientOf) -> None:
    world = World()
    client, token = client_of(world.sender), str(uuid.uuid4())
    there = client.post(new(world), form(world, token=token))["Location"]
    assert there == f"{new(world)}?draft={kept()[0].pk}"
    client.post(new(world), form(world, token=token, question="Anders."))
    assert [draft.typed["question"] for draft in kept()] == ["Anders."], "one for each form"
    assert client.post(new(world), {"do": "drop", "token": token})["Location"] == new(world)
    assert kept() == []
    client.post(new(world), form(world, question="", wish="", notice="", service="", letter_later=""))
    assert kept() == [], "nothing to keep"


def test_sending_removes_it_and_a_late_saving_brings_it_not_back(client_of: ClientOf) -> None:
    world = World()
    client = client_of(world.sender)
    said = form(world, letter_later="", agreed="on")
    client.post(new(world), said)
    assert client.post(new(world), {**said, "do": "send"}).status_code == 302
    assert kept() == []
    client.post(new(world), said, headers={"HX-Request": "true"})
    assert kept() == []
    client.post(new(world), form(world))
    send(world.sender, world.patient, world.service, token=uuid.uuid4())
    assert len(kept()) == 1, "sending another one leaves it"


def test_nobody_else_reads_it(client_of: ClientOf, citizen_client: CitizenClient) -> None:
    world = World()
    colleague = factories.member("gp", at=world.sender.organisation)
    elsewhere = factories.member("gp")
    factories.relation(world.patient, elsewhere.organisation)
    with factories.as_owner():
        Membership.objects.create(
            user=world.sender.user, organisation=elsewhere.organisation, role="gp", period=world.sender.period
        )
        second = Membership.objects.get(user=world.sender.user, organisation=elsewhere.organisation)
    client_of(world.sender).post(new(world), form(world))
    for member in (colleague, elsewhere, second):
        page = client_of(member).get(new(world)).content.decode()
        assert TYPED not in page
        assert "Dit is uw concept" not in page
        assert "Begonnen, nog niet" not in client_of(member).get("/referrals/").content.decode()
        with act(factories.actor(member)) as actor:
            open_record(actor, world.patient.key, Category)
            assert not Draft.objects.exists()
            assert access.drafts_for(actor) == []
            mine = kept()[0]
            standing = access.Which(mine.pk, mine.saved_at)
            assert not actions.drop_draft(patient=world.patient, token=mine.token, draft=standing, by=actor)
    with act(factories.actor(world.sender)) as actor:
        assert not Draft.objects.exists(), "not without opening, which the log tells"
        open_record(actor, world.patient.key, [Category.REFERRAL])
        assert Draft.objects.count() == 1
    with act(factories.citizen_actor(factories.citizen(world.patient))) as actor:
        open_record(actor, world.patient.key, Category)
        assert not Draft.objects.exists()


@pytest.mark.parametrize("role", ["manager", "coordinator", "privacy_officer"])
def test_who_does_not_refer_keeps_nothing(client_of: ClientOf, role: str) -> None:
    world = World()
    desk = factories.member(role, at=world.sender.organisation)
    assert client_of(desk).post(new(world), form(world)).status_code in {403, 404}
    assert client_of(factories.member("gp")).post(new(world), form(world)).status_code == 404
    assert kept() == []


def test_the_database_lets_nobody_write_a_draft_for_another() -> None:
    world = World()
    stranger = factories.member("gp")
    for member in (world.sender, stranger):
        with pytest.raises(ProgrammingError), act(factories.actor(member)), connection.cursor() as cursor:
            cursor.execute(
                "insert into referrals_draft (patient_id, organisation_id, user_id, typed, saved_at, until)"
                " values (%s, %s, %s, '{}', now(), now())",
                [world.patient.pk, world.sender.organisation_id, world.sender.user_id],
            )
    with pytest.raises(ProgrammingError), act(factories.actor(stranger)), connection.cursor() as cursor:
        cursor.execute(
            "select referrals_keep_draft(%s, gen_random_uuid(), '{}', now() + interval '1 day', null, null)",
            [world.patient.pk],
        )
    assert kept() == []


def test_a_month_later_it_is_gone() -> None:
    world = World()
    with act(factories.actor(world.sender)) as actor:
        actions.keep_draft(patient=world.patient, token=uuid.uuid4(), typed={"question": TYPED}, by=actor)
    draft = kept()[0]
    assert timedelta(days=29) < draft.until - timezone.now() <= timedelta(days=30)
    assert drop_old() == 0
    with factories.as_owner():
        Draft.objects.update(until=timezone.now() - timedelta(seconds=1))
    with act(factories.actor(world.sender)) as actor:
        open_record(actor, world.patient.key, [Category.REFERRAL])
        assert not Draft.objects.exists()
        assert access.drafts_for(actor) == []
    assert drop_old() == 1
    assert kept() == []


def test_the_assistant_finishes_what_the_gp_began(client_of: ClientOf) -> None:
    world = World()
    assistant = factories.member("practice_nurse", at=world.sender.organisation, name="Mina Dijk")
    page = client_of(world.sender).get(new(world)).content.decode()
    assert "Laten afmaken door" in page
    handed = client_of(world.sender).post(new(world), form(world, do="hand", to=assistant.user_id))
    assert (handed.status_code, handed["Location"]) == (302, "/referrals/")
    draft = kept()[0]
    assert (draft.user_id, draft.handed_by_id) == (assistant.user_id, world.sender.user_id)
    with factories.as_owner():
        item = WorkItem.objects.open().get()
        assert (item.kind, item.subject_id, item.user_id, item.sender) == (
            "draft", draft.pk, assistant.user_id, "Karim Haddou",
        )  # fmt: skip
        assert "Vries" not in item.title
    assert "Verwijzing afmaken" in client_of(assistant).get("/today/").content.decode()
    client = client_of(assistant)
    assert client.get(f"/referrals/drafts/{draft.pk}/")["Location"] == f"{new(world)}?draft={draft.pk}"
    assert client_of(world.sender).get(f"/referrals/drafts/{draft.pk}/").status_code == 409
    assert client_of(factories.member("gp")).get(f"/referrals/drafts/{draft.pk}/").status_code == 404
    page = client.get(new(world)).content.decode()
    assert TYPED in page
    assert "Karim Haddou vraagt u het af te maken." in page
    assert f'<option value="{world.sender.user_id}" selected>' in page
    assert TYPED not in client_of(world.sender).get(new(world)).content.decode()
    said = form(world, do="send", token=draft.typed["token"], agreed="on", letter_later="", sender=world.sender.user_id)
    assert client.post(new(world), said).status_code == 302
    with factories.as_owner():
        referral = Referral.objects.get()
        assert (referral.sender_id, referral.entered_by_id) == (world.sender.user_id, assistant.user_id)
        assert not WorkItem.objects.open().filter(kind="draft").exists()
    assert kept() == []


def test_a_draft_goes_to_a_colleague_who_may_refer_and_overwrites_nothing(client_of: ClientOf) -> None:
    world = World()
    client, token = client_of(world.sender), str(uuid.uuid4())
    colleague = factories.member("practice_nurse", at=world.sender.organisation)
    for wrong in (factories.member("gp"), factories.member("manager", at=world.sender.organisation), world.sender):
        assert client.post(new(world), form(world, token=token, do="hand", to=wrong.user_id)).status_code == 409
        assert [draft.user_id for draft in kept()] == [world.sender.user_id], "and what was typed is kept"
    client_of(colleague).post(new(world), form(world, question="Van de collega."))
    assert client.post(new(world), form(world, token=token, do="hand", to=colleague.user_id)).status_code == 409
    assert sorted(draft.typed["question"] for draft in kept()) == sorted([TYPED, "Van de collega."])
    assert client.post(new(world), form(world, token=token, do="hand", to="")).status_code == 302
    assert len(kept()) == 2


def test_a_question_begins_with_a_text_and_becomes_one(client_of: ClientOf) -> None:
    world = World()
    client = client_of(world.sender)
    page = client.post(
        new(world), form(world, do="template", template_title="Rouw", question="Wat kan helpen bij rouw?")
    )
    assert "Sjabloon “Rouw” is bewaard." in page.content.decode()
    with factories.as_owner():
        text = Template.objects.get()
        assert (text.title, text.kind, text.user_id) == ("Rouw", world.service.kind, world.sender.user_id)
    page = client.post(new(world), form(world, do="fill", template=text.pk, question="Mevrouw slaapt slecht."))
    assert "Mevrouw slaapt slecht.\n\nWat kan helpen bij rouw?" in page.content.decode()
    named = client.post(
        new(world), form(world, do="template", template_title="X", question="Mevrouw de Vries slaapt slecht.")
    )
    assert named.status_code == 409
    assert "achternaam" in named.content.decode()
    with factories.as_owner():
        assert Template.objects.count() == 1


def test_texts_are_of_oneself_or_of_the_organisation(client_of: ClientOf) -> None:
    world = World()
    colleague = factories.member("practice_nurse", at=world.sender.organisation)
    client = client_of(world.sender)
    client.post("/referrals/templates/", {"title": "Van mij", "text": "Mijn tekst.", "kind": ""})
    client.post("/referrals/templates/", {"title": "Van ons", "text": "Onze tekst.", "kind": "", "shared": "on"})
    wrong = client.post("/referrals/templates/", {"title": "Fout", "text": "BSN 999990019", "kind": ""})
    assert "nummer van negen cijfers" in wrong.content.decode()
    with factories.as_owner():
        mine, ours = Template.objects.get(title="Van mij"), Template.objects.get(title="Van ons")
    page = client_of(colleague).get("/referrals/templates/").content.decode()
    assert "Van ons" in page
    assert "Van mij" not in page
    assert client_of(colleague).get(f"/referrals/templates/{mine.pk}/").status_code == 404
    assert client_of(factories.member("gp")).get(f"/referrals/templates/{ours.pk}/").status_code == 404
    changed = client_of(colleague).post(
        f"/referrals/templates/{ours.pk}/",
        {"do": "save", "title": "Van ons", "text": "Beter.", "kind": "", "shared": "on"},
    )
    assert changed.status_code == 302
    assert client.post(f"/referrals/templates/{mine.pk}/", {"do": "drop"}).status_code == 302
    with factories.as_owner():
        assert list(Template.objects.values_list("text", flat=True)) == ["Beter."]
    with act(factories.actor(factories.member("gp"))):
        assert not Template.objects.exists()
        with pytest.raises(ProgrammingError):
            Template.objects.create(organisation=world.sender.organisation, title="x", text="x")


def test_nothing_of_what_was_typed_stands_in_the_log_or_in_a_message(client_of: ClientOf) -> None:
    world = World()
    assistant = factories.member("practice_nurse", at=world.sender.organisation)
    client_of(world.sender).post(new(world), form(world, do="hand", to=assistant.user_id))
    with factories.as_owner(), connection.cursor() as cursor:
        for table in ("events_event", "events_workitem", "events_delivery", "exchange_notification"):
            cursor.execute(
                f"select count(*) from {table} t where t::text ilike '%%slaapt%%' or t::text ilike '%%koor%%'"
            )
            assert cursor.fetchone()[0] == 0, table
