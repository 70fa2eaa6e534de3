"""The form of a service: filled in beforehand from the record, judged at its questions, read by who may read the letter, changed later."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.template.loader import render_to_string
from django.test import Client

from dossier.questionnaires import definition
from events.actor import act
from events.errors import Refused
from people.models import Membership
from referrals import access, actions
from referrals.access import Filled
from referrals.models import Draft, Letter, QuestionnaireResponse, Referral
from tests import factories
from tests.referrals.world import World, another, send, take
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
LAB = {
    "wanted": ["hba1c"], "fasting": "false", "reason": "Kwartaalcontrole", "anticoagulant": "false", "where": "post",
    "when": "week", "repeat": "once", "call": "false",
}  # fmt: skip
FILLED = Filled(
    "lab-order|1",
    [{"linkId": "reason", "text": "Waarom dit onderzoek?", "answer": [{"valueString": "Kwartaalcontrole"}]}],
    frozenset({Category.PROBLEMS}),
)


def lab_world(role: str = "district_nurse") -> World:
    """A practice that orders a test."""
    at = factories.organisation("welfare") if role == "welfare_worker" else None
    world = World(receiver=factories.member(role, at=at, name="Sanne Bakker"))
    with factories.as_owner():
        world.service.process, world.service.questionnaire = "order", "lab-order"
        world.service.save()
    return world


def typed(world: World, do: str = "send", key: str = "lab-order|1", **said: Any) -> dict[str, Any]:
    """The page as it is sent; ``said`` are answers other than usual, ``None`` leaves one out."""
    answers = {f"form-{name.replace('_', '-')}": one for name, one in {**LAB, **said}.items() if one is not None}
    pk = str(world.service.pk)
    return {
        "do": do, "token": str(uuid.uuid4()), "service": pk, "shown": pk, "urgency": "routine", "agreed": "on",
        "questionnaire": key, **answers,
    }  # fmt: skip


def new(world: World) -> str:
    return f"/referrals/new/{world.patient.key}/"


def sent() -> int:
    with factories.as_owner():
        return Referral.objects.count()


def read(member: Membership, referral: Referral) -> int:
    """How many answers a member gets to see, opening what it can and asking for all there are."""
    with act(factories.actor(member)) as actor:
        found = access.referrals_for(actor).filter(pk=referral.pk).first()
        if found is not None:
            access.open_referral(actor, found)
        return QuestionnaireResponse.objects.count()


def test_the_form_is_there_when_the_service_is_chosen_with_what_the_record_knows(client_of: ClientOf) -> None:
    world = lab_world()
    source = factories.source(world.sender.organisation)
    factories.fact(world.patient, source, Category.PROBLEMS, "Diabetes mellitus type 2")
    client = client_of(world.sender)
    assert "Welke bepalingen?" not in client.get(new(world)).content.decode()
    part = client.post(new(world), {"do": "choose", "service": world.service.pk}, headers={"HX-Request": "true"})
    page = part.content.decode()
    assert "Welke bepalingen?" in page
    assert "Diabetes mellitus type 2" in page
    assert f"Overgenomen uit het dossier ({source.name}" in page
    assert "Alleen bij “Waar wordt er afgenomen?”: thuis" in page, "without a script it says when a question counts"


def test_what_may_not_go_to_who_reads_the_form_is_not_filled_in(client_of: ClientOf) -> None:
    world = lab_world("welfare_worker")
    factories.fact(
        world.patient, factories.source(world.sender.organisation), Category.PROBLEMS, "Diabetes mellitus type 2"
    )
    part = client_of(world.sender).post(
        new(world), {"do": "choose", "service": world.service.pk}, headers={"HX-Request": "true"}
    )
    page = part.content.decode()
    form = page[page.index('id="questionnaire-of-service"') :]
    assert "Diabetes mellitus type 2" not in form
    assert "Niet overgenomen uit het dossier: niet nodig voor" in form


def test_what_is_missing_is_said_at_the_question_and_nothing_is_sent(client_of: ClientOf) -> None:
    world = lab_world()
    client = client_of(world.sender)
    for said in (typed(world, wanted=None), typed(world, where="home"), {**typed(world), "questionnaire": ""}):
        answer = client.post(new(world), said)
        assert answer.status_code == 200
        assert sent() == 0
    page = client.post(new(world), typed(world, wanted=None, reason="Vaak dorst")).content.decode()
    assert "Vul dit in." in page
    assert "Vaak dorst" in page, "what was typed stays"


def test_a_form_that_was_opened_before_a_new_version_came_is_judged_by_its_own(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = lab_world()
    first = definition.everything()["lab-order|1"]
    second = definition.Questionnaire("lab-order", "2", "Aanvraag 2", "", first.items[:1])
    both = {**definition.everything(), second.key: second}
    monkeypatch.setattr(definition, "everything", lambda: both)
    client = client_of(world.sender)
    assert client.post(new(world), typed(world)).status_code == 302
    with factories.as_owner():
        assert QuestionnaireResponse.objects.get().questionnaire == "lab-order|1"
    gone = client.post(new(world), typed(world, key="lab-order|7"))
    assert gone.status_code == 200
    assert "nieuw of vernieuwd" in gone.content.decode()
    assert sent() == 1


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # WeasyPrint leaves its colour profile open
def test_who_may_read_the_letter_reads_the_answers_and_nobody_else(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = lab_world()
    assert client_of(world.sender).post(new(world), typed(world)).status_code == 302
    with factories.as_owner():
        referral = Referral.objects.get()
        kept = QuestionnaireResponse.objects.get()
        assert (kept.category, kept.organisation) == (referral.sensitivity, world.sender.organisation)
        assert Letter.objects.get().question == "", "the form is the question"
    stranger, desk = factories.member("district_nurse"), factories.member("manager", at=world.receiver.organisation)
    assert [read(one, referral) for one in (world.sender, world.receiver, stranger, desk)] == [1, 0, 0, 0]
    take("accept", referral, world.receiver)
    assert [read(one, referral) for one in (world.sender, world.receiver, stranger, desk)] == [1, 1, 0, 0]
    page = client_of(world.receiver).get(f"/referrals/{referral.pk}/").content.decode()
    assert "Aanvraag laboratoriumonderzoek" in page
    assert "Kwartaalcontrole" in page
    made: list[str] = []
    monkeypatch.setattr("referrals.letter.render_to_string", lambda *a: made.append(render_to_string(*a)) or made[0])
    assert client_of(world.receiver).get(f"/referrals/{referral.pk}/letter.pdf").content[:5] == b"%PDF-"
    assert "Kwartaalcontrole" in made[0]
    for member in (stranger, desk, world.receiver):
        with act(factories.actor(member)), pytest.raises(ProgrammingError), transaction.atomic():
            QuestionnaireResponse.objects.create(
                referral=referral, patient=world.patient, organisation=member.organisation, category=referral.sensitivity,
                questionnaire="lab-order|1", answers=[],
            )  # fmt: skip
    with act(factories.actor(world.sender)) as actor:
        access.open_referral(actor, access.get_referral(actor, referral.pk))
        with pytest.raises(ProgrammingError), transaction.atomic():
            QuestionnaireResponse.objects.update(answers=[])


def test_who_is_asked_after_another_does_not_read_what_may_not_go_there() -> None:
    """The record filled in problems; the next receiver works in welfare, which does not need them."""
    world = lab_world()
    with act(factories.actor(world.sender)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        referral = actions.send(
            opening=opening, service=world.service, question="", answers=FILLED, agreed=True, by=actor
        )
    welfare = factories.member("welfare_worker", at=factories.organisation("welfare"))
    service = factories.service(welfare.organisation, "Maatje", municipalities=[])
    take("reject", referral, world.receiver)
    take("redirect", referral, world.sender, service=service)
    take("accept", referral, welfare)
    assert (read(welfare, referral), read(world.sender, referral), read(world.receiver, referral)) == (0, 1, 0)


def test_a_draft_keeps_the_answers(client_of: ClientOf) -> None:
    world = lab_world()
    client = client_of(world.sender)
    client.post(new(world), typed(world, "keep", where="home", why_home="terminal"), headers={"HX-Request": "true"})
    with factories.as_owner():
        assert Draft.objects.get().typed["answers"]["why-home"] == ["terminal"]
    page = client.get(new(world)).content.decode()
    assert 'value="terminal" id="id_form-why-home_2" checked' in page.replace(' class="input"', "")


def test_changing_what_was_asked_takes_the_place_of_it(client_of: ClientOf) -> None:
    world = lab_world()
    client = client_of(world.sender)
    client.post(new(world), typed(world))
    with factories.as_owner():
        referral = Referral.objects.get()
    take("accept", referral, world.receiver)
    address = f"/referrals/{referral.pk}/supplement/"
    assert "De aanvraag wijzigen" in client.get(address).content.decode()
    same = {name: one for name, one in typed(world).items() if name.startswith(("form-", "questionnaire", "token"))}
    assert client.post(address, same).status_code == 200, "nothing was changed or written"
    changed = {**same, "form-wanted": ["hba1c", "renal"], "token": str(uuid.uuid4())}
    for _press in range(2):
        assert client.post(address, changed).status_code == 302
    with factories.as_owner():
        assert QuestionnaireResponse.objects.count() == 2
        assert referral.steps.filter(verb="supplement").count() == 1
    page = client_of(world.receiver).get(f"/referrals/{referral.pk}/").content.decode()
    assert "wijzigde de aanvraag" in page
    assert page.index("nierfunctie") < page.index("Eerder ingevuld")


def test_the_form_may_follow_with_the_letter_and_must_be_whole_then(client_of: ClientOf) -> None:
    world = lab_world()
    client = client_of(world.sender)
    said = {**typed(world, wanted=None), "letter_later": "on", "notice": "Bloedonderzoek."}
    assert client.post(new(world), said).status_code == 302
    with factories.as_owner():
        referral = Referral.objects.get()
        assert referral.letter_due is not None
        assert QuestionnaireResponse.objects.count() == 1, "what was filled in goes already"
    address = f"/referrals/{referral.pk}/supplement/"
    part = {
        name: one
        for name, one in typed(world, wanted=None).items()
        if name.startswith(("form-", "questionnaire", "token"))
    }
    assert "Welke bepalingen" in client.post(address, part).content.decode()
    assert client.post(address, {**part, "form-wanted": ["inr"]}).status_code == 302
    with factories.as_owner():
        referral.refresh_from_db()
        assert referral.letter_due is None


def test_what_belongs_with_a_form_goes_along_and_the_action_judges_it_too(client_of: ClientOf) -> None:
    world = lab_world()
    with factories.as_owner():
        world.service.questionnaire = "displaced-care-order"
        world.service.save()
    letter = factories.document(world.patient, world.sender, category=Category.DOCUMENTS, title="Uitvoeringsverzoek")
    filled = Filled("displaced-care-order|1", FILLED.answers)
    with pytest.raises(Refused, match="hoort iets uit"):
        world.send(answers=filled, question="")
    with pytest.raises(Refused, match="Vul het formulier"):
        world.send()
    with pytest.raises(Refused, match="intussen een ander"):
        world.send(answers=Filled("lab-order|1", FILLED.answers), question="")
    assert sent() == 0
    assert world.send(answers=filled, question="", items=[f"document:{letter.pk}"]).pk
    assert send(world.sender, world.patient, another("Buurtteam")).pk, "a service without a form asks for none"


@pytest.mark.parametrize(("kinds", "count"), [(frozenset({Category.PROBLEMS}), 0), (frozenset(), 1)])
def test_who_reads_referrals_but_not_problems_reads_no_answers_that_problems_filled_in(
    kinds: frozenset[Category], count: int
) -> None:
    """A welfare worker with a relation of its own opens referrals of others, and needs no problems."""
    world = lab_world()
    with act(factories.actor(world.sender)) as actor:
        opening = access.open_for_referral(actor, world.patient.key)
        filled = Filled(FILLED.key, FILLED.answers, kinds)
        actions.send(opening=opening, service=world.service, question="", answers=filled, agreed=True, by=actor)
    welfare = factories.member("welfare_worker", at=factories.organisation("welfare"))
    factories.relation(world.patient, welfare.organisation)
    with act(factories.actor(welfare)) as actor:
        open_record(actor, world.patient.key, frozenset(Category))
        assert (Letter.objects.count(), QuestionnaireResponse.objects.count()) == (1, count)
