"""A request turned into a consultation of the same receiver: offered, asked by who referred, and nothing opens by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from consultations import access, actions
from consultations.models import Attachment, Consultation
from dossier.access import items_for
from events.actor import act
from events.errors import Refused
from events.models import WorkItem
from people.models import Membership
from referrals.actions import become_consultation
from referrals.models import Letter, LetterItem, Referral
from referrals.moves import Verb
from tests import factories
from tests.referrals.test_rounds import at_once
from tests.referrals.world import World, ask_for_help, send, take
from trust.access import open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)
LETTER = "Zij valt vaak, en heeft schulden."


@dataclass
class Stage(World):
    """A practice that refers to a hospital, which thinks that its advice is enough."""

    receiver: Membership = field(default_factory=lambda: factories.member("specialist", name="Noor Bakker"))
    refs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        source = factories.source(self.sender.organisation)
        factories.fact(self.patient, source, Category.MEDICATION, "Oxazepam 10 mg", source_key="m1")
        factories.fact(self.patient, source, Category.ALLERGIES, "Penicilline", source_key="a1")
        with act(factories.actor(self.sender)) as actor:
            opening = open_record(actor, self.patient.key, EVERYTHING)
            self.refs = [item.ref for item in items_for(opening)]

    def referral(self) -> Referral:
        return self.send(question=LETTER, items=self.refs)

    def turn(self, referral: Referral, **values: Any) -> Consultation:
        with act(factories.actor(self.sender)) as by:
            opening = access.open_for_question(by, self.patient.key)
            usual: dict[str, Any] = {"organisations": [self.receiver.organisation], "question": "Kan de oxazepam eraf?"}
            due = timezone.now() + timedelta(days=2)
            return actions.ask(opening=opening, due=due, referral=referral, by=by, **{**usual, **values})


def test_the_receiver_offers_it_and_the_sender_asks_with_what_may_still_go_along(client_of: Any) -> None:
    stage = Stage()
    referral = stage.referral()
    thread = reverse("referrals:thread", args=[referral.pk])
    there, here = client_of(stage.receiver), client_of(stage.sender)
    assert "past beter als consult" in there.get(thread).content.decode()
    there.post(
        reverse("referrals:move", args=[referral.pk, "ask"]), {"reason": "consult", "note": "Wij denken graag mee."}
    )
    assert "stelt voor dit als consult te vragen" in here.get(thread).content.decode()
    with factories.as_owner():
        assert WorkItem.objects.open().filter(title__startswith="Voorstel om dit als consult").count() == 1
    new = reverse("consultations:new", args=[stage.patient.key])
    page = here.get(new, {"referral": referral.pk})
    assert page.context["form"]["question"].value() == LETTER
    assert page.context["turning"].items == frozenset(stage.refs)
    factories.consent(stage.patient, Category.ALLERGIES, permit=False)
    page = here.get(new, {"referral": referral.pk})
    assert (len(page.context["turning"].items), page.context["turning"].behind) == (1, 1)
    typed = {
        "referral": referral.pk, "organisations": stage.receiver.organisation.pk, "question": "Kan de oxazepam eraf?",
        "due": (timezone.localdate() + timedelta(days=3)).isoformat(), "token": page.context["form"]["token"].value(),
    }  # fmt: skip
    refused = here.post(new, {**typed, "items": stage.refs}).content.decode()
    assert "gaf daar geen toestemming voor" in refused
    done = here.post(new, {**typed, "items": list(page.context["turning"].items)}, follow=True)
    assert referral.number in done.content.decode()
    with factories.as_owner():
        made, ended = Consultation.objects.get(), Referral.objects.get()
        assert (ended.status, ended.outcome, ended.accepted_at, made.referral_id) == (
            "completed",
            "consulted",
            None,
            ended.pk,
        )
        assert [one.title for one in Attachment.objects.all()] == ["Oxazepam 10 mg"]
        assert not WorkItem.objects.open().filter(subject_type="referral").exists()
    again = here.post(new, {**typed, "items": []})
    assert again.url == reverse("consultations:thread", args=[made.pk]), "a second press leads to what was made"
    for client in (here, there):
        assert reverse("consultations:of_referral", args=[referral.pk]) in client.get(thread).content.decode()
        assert client.get(reverse("consultations:of_referral", args=[referral.pk])).url == again.url
        assert thread in client.get(again.url).content.decode()
    stranger = client_of(factories.member("gp"))
    assert stranger.get(reverse("consultations:of_referral", args=[referral.pk])).status_code == 404


def test_nothing_of_the_request_opens_to_whom_it_went() -> None:
    stage = Stage()
    referral = stage.referral()
    stage.turn(referral)
    for relation in (False, True):
        if relation:
            factories.relation(stage.patient, stage.receiver.organisation)
        with act(factories.actor(stage.receiver)) as actor:
            open_record(actor, stage.patient.key, EVERYTHING)
            assert Letter.objects.count() == LetterItem.objects.count() == 0
    with act(factories.actor(stage.receiver)) as actor:
        seen = access.get_consultation(actor, Consultation.objects.get().pk)
        assert access.referral_behind(seen, actor) is not None
    take_back = ["accept", "start", "complete", "say", "supplement"]
    for verb in take_back:
        with pytest.raises((Refused, PermissionDenied)):
            take(verb, referral, stage.receiver)


def test_only_who_referred_turns_it_before_it_is_taken_on_and_to_the_same_receiver() -> None:
    stage = Stage()
    referral = stage.referral()
    other = factories.member("pharmacist")
    with pytest.raises(Refused, match="wie de verwijzing kreeg"):
        stage.turn(referral, organisations=[other.organisation])
    with act(factories.actor(stage.receiver)) as by, pytest.raises(PermissionDenied):
        become_consultation(referral=referral, by=by)
    theirs = factories.patient(related_to=[stage.sender.organisation])
    with act(factories.actor(stage.sender)) as by:
        opening = access.open_for_question(by, theirs.key)
        with pytest.raises(Http404):
            access.referral_to_turn(by, opening, referral.pk)
    take("accept", referral, stage.receiver)
    with pytest.raises(Refused):
        stage.turn(referral)
    with factories.as_owner():
        assert not Consultation.objects.exists(), "what is refused leaves nothing behind"
        assert str(Verb.CONSULT) == "consult"


def test_offering_needs_two_organisations_and_sql_claims_no_request_of_another() -> None:
    stage = Stage()
    own = factories.service(stage.sender.organisation, "Eigen spreekuur")
    inside = stage.send(service=own)
    with pytest.raises(Refused, match="tussen twee organisaties"):
        take("ask", inside, stage.sender, reason="consult", note="Liever een consult.")
    alone = factories.service(stage.receiver.organisation, "Vrije inloop", self_referral=True)
    came = ask_for_help(factories.citizen(stage.patient), stage.patient, alone)
    with pytest.raises(Refused, match="tussen twee organisaties"):
        take("ask", came, stage.receiver, reason="consult", note="Liever een consult.")
    elsewhere = factories.member("gp")
    theirs = factories.patient(related_to=[elsewhere.organisation])
    away = send(elsewhere, theirs, stage.service)
    with act(factories.actor(stage.sender)) as actor, pytest.raises(DatabaseError), transaction.atomic():
        Consultation.objects.create(
            number="C-1", patient=stage.patient, asking_organisation_id=actor.organisation_id, asker_id=actor.user_id,
            due=timezone.now(), referral_id=away.pk,
        )  # fmt: skip


def test_two_who_turn_it_at_once_make_one_consultation() -> None:
    stage = Stage()
    referral = stage.referral()
    answers = at_once(lambda: stage.turn(referral).pk, lambda: stage.turn(referral).pk)
    assert sum(isinstance(answer, int) for answer in answers) == 1
    with factories.as_owner():
        assert Consultation.objects.count() == 1
