"""Removing leaves nothing of what the law lets go, and everything of others; a hold and the law keep what they keep."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, models
from django.utils import timezone

from consultations.models import Attachment, Consultation, Contribution
from dossier.actions import erase
from dossier.models import (
    Copy,
    CopyText,
    Document,
    DocumentPart,
    Entry,
    Fact,
    FormerVersion,
    Participant,
    Proposal,
    RelatedPerson,
    Residence,
    Statement,
)
from events.actor import act, system
from events.errors import Refused
from events.models import Event, WorkItem
from journeys.models import Enrolment, Journey
from people.models import Membership, Patient, User
from referrals.models import Draft, Letter, LetterItem, Referral, Remark, Step, Supplement
from tests import factories
from tests.exchange import stage as threads
from tests.rights.stage import Stage, decided, now_of, stage, taken_up
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)

ALL_BUT_MONEY = EVERYTHING - {Category.FINANCIAL}
CONTENT: tuple[type[models.Model], ...] = (
    Copy, CopyText, Document, DocumentPart, Entry, Fact, RelatedPerson, Participant, FormerVersion, Proposal, Statement, Residence, Letter,
    LetterItem, Supplement, Draft, Contribution, Attachment,
    Enrolment,
)  # fmt: skip


def fill(patient: Patient, user: User, holder: Membership, other: Membership, *, ended: bool = True) -> None:
    """Everything that one participant can hold of a person: of each content table at least one row."""
    older = factories.entry(patient, holder, "Ouder.")
    newer = factories.entry(patient, holder, "Nieuwer.", replaces=older)
    factories.copy(newer, factories.source(holder.organisation))
    factories.entry(patient, holder, "Schulden.", kind="social", category=Category.SOCIAL)
    factories.fact(patient, factories.source(holder.organisation))
    brief = factories.document(patient, holder)
    factories.document(patient, holder, b"Nieuwere brief", replaces=brief)
    closed = timezone.now() - timedelta(days=1) if ended else None
    referral = threads.referral(
        holder,
        other,
        patient,
        status="completed" if ended else "in_progress",
        closed_at=closed,
        notice="Bel na vijf uur.",
    )
    consultation = threads.consultation(holder, other, patient=patient)
    with factories.as_owner():
        common: dict[str, Any] = {"patient": patient, "organisation": holder.organisation}
        Statement.objects.create(
            entry=older, category=Category.PLAN, text="Niet waar.", author=user, author_name="Zij", **common
        )
        near = RelatedPerson.objects.create(name="Els", relationship="DAUC", **common)
        Participant.objects.create(function="huisarts", **common)
        Residence.objects.create(
            municipality="Huizen",
            since=date(2010, 1, 1) + timedelta(days=holder.organisation_id),
            until=date(2010, 1, 2) + timedelta(days=holder.organisation_id),
            **common,
        )
        FormerVersion.objects.create(
            related_person=near, version=1, at=timezone.now(), said={"name": "Elsje"}, **common
        )
        Proposal.objects.create(
            related_person=near,
            seen_version=1,
            changes={"phone": "06-11112222"},
            author=holder.user,
            author_name="A",
            **common,
        )
        Consultation.objects.filter(pk=consultation.pk).update(
            closed_at=closed, status="concluded" if ended else "open"
        )
        said = {"consultation": consultation, **common}
        Contribution.objects.create(
            kind="question", text="Wat nu?", author=holder.user, author_name="A", author_role="huisarts", **said
        )
        Attachment.objects.create(kind=Category.PROBLEMS, title="Rouw", origin="HIS", **said)
        journey, _made = Journey.objects.get_or_create(
            name="Kwetsbaar", version=1, defaults={"status": "live", "purpose": "", "criteria": ""}
        )
        Enrolment.objects.create(
            journey=journey,
            referral_number=referral.number,
            started_at=timezone.now() - timedelta(days=30),
            ended_at=closed,
            **common,
        )
        step = Step.objects.create(referral=referral, verb="supplement", status="accepted", user=holder.user, **common)
        Supplement.objects.create(
            step=step, referral=referral, token=uuid.uuid4(), category=Category.REFERRAL, text="Ook dit nog.", **common
        )
        said_here = {"referral": referral, "patient": patient, "category": Category.REFERRAL}
        by_holder = Step.objects.create(referral=referral, verb="say", status="accepted", user=holder.user, **common)
        by_person = Step.objects.create(
            referral=referral, patient=patient, verb="say", status="accepted", party="citizen"
        )
        Remark.objects.create(
            step=by_holder, token=uuid.uuid4(), organisation=holder.organisation, text="Belt u gerust.", **said_here
        )
        Remark.objects.create(step=by_person, token=uuid.uuid4(), text="Mag mijn zus mee?", **said_here)
        now = timezone.now()
        Draft.objects.create(
            user=holder.user, typed={"question": "Nog niet af."}, saved_at=now, until=now + timedelta(days=30), **common
        )
        WorkItem.objects.create(
            kind="referral", subject_type="referral", subject_id=referral.pk, patient_id=patient.pk,
            organisation_id=holder.organisation_id, title="Afgewezen: Rouwgroep", done_at=timezone.now(),
        )  # fmt: skip


def held(patient: Patient, organisation_id: int) -> dict[str, int]:
    """How many rows of each content table one participant holds of a person."""
    with factories.as_owner():
        return {
            model.__name__: count
            for model in CONTENT
            if (count := model._default_manager.filter(patient=patient, organisation_id=organisation_id).count())
        }


def full_stage(*, ended: bool = True) -> tuple[Stage, Membership, Patient]:
    """Two participants that hold all there is of one person, and the first also of another person."""
    s = stage()
    nurse = factories.member("district_nurse")
    factories.relation(s.patient, nurse.organisation)
    neighbour = factories.patient(related_to=[s.gp.organisation])
    fill(s.patient, s.user, s.gp, nurse, ended=ended)
    fill(s.patient, s.user, nurse, s.gp, ended=True)
    fill(neighbour, factories.citizen(neighbour), s.gp, nurse)
    return s, nurse, neighbour


def test_a_granted_deletion_leaves_nothing_behind_and_leaves_others_alone() -> None:
    s, nurse, neighbour = full_stage()
    before = held(s.patient, nurse.organisation_id), held(neighbour, s.gp.organisation_id)
    assert set(held(s.patient, s.gp.organisation_id)) == {model.__name__ for model in CONTENT}
    request = decided(s, taken_up(s, "deletion", ALL_BUT_MONEY))
    threads.deliver()
    assert held(s.patient, s.gp.organisation_id) == {}
    assert (held(s.patient, nurse.organisation_id), held(neighbour, s.gp.organisation_id)) == before
    assert request.carried_out_at is not None
    assert request.result["removed"]["record"] == 12
    with factories.as_owner():
        referral = Referral.objects.get(patient=s.patient, sending_organisation=s.gp.organisation)
        assert not Remark.objects.filter(referral=referral).exists(), "what the person said goes with the rest"
        assert Remark.objects.filter(patient=neighbour, organisation=None).count() == 1
        assert referral.notice == "", "that there was a referral stays, without what was said"
        assert not WorkItem.objects.filter(
            patient_id=s.patient.pk, organisation_id=s.gp.organisation_id, kind="referral"
        ).exists()
        assert Event.objects.filter(verb="deletion.done", patient_id=s.patient.pk).count() == 1


def test_the_log_is_never_removed() -> None:
    s, _nurse, _neighbour = full_stage()
    with factories.as_owner():
        before = set(Event.objects.filter(patient_id=s.patient.pk).values_list("id", flat=True))
    decided(s, taken_up(s, "deletion", ALL_BUT_MONEY))
    with factories.as_owner():
        assert before <= set(Event.objects.filter(patient_id=s.patient.pk).values_list("id", flat=True))


def test_only_the_categories_that_were_granted_go() -> None:
    s, _nurse, _neighbour = full_stage()
    decided(s, taken_up(s, "deletion", frozenset({Category.SOCIAL})))
    with factories.as_owner():
        texts = Entry.objects.filter(patient=s.patient, organisation=s.gp.organisation).values_list("text", flat=True)
        assert sorted(texts) == ["Nieuwer.", "Ouder."]


def test_what_the_law_keeps_is_not_granted_and_the_rest_is_said_with_the_reason() -> None:
    s, _nurse, _neighbour = full_stage()
    request = taken_up(s, "deletion", EVERYTHING)
    with pytest.raises(Refused, match="geldzaken"):
        decided(s, request)
    done = decided(s, request, "grant_partly", reason="legal_duty", categories=ALL_BUT_MONEY)
    assert (done.status, done.reason) == ("partly_granted", "legal_duty")
    assert "Entry" not in held(s.patient, s.gp.organisation_id)


def test_what_still_runs_stays_and_is_counted() -> None:
    s, _nurse, _neighbour = full_stage(ended=False)
    request = decided(s, taken_up(s, "deletion", ALL_BUT_MONEY))
    threads.deliver()
    assert set(held(s.patient, s.gp.organisation_id)) == {
        "Letter",
        "LetterItem",
        "Supplement",
        "Contribution",
        "Attachment",
        "Enrolment",
    }
    assert request.result["running"] == 2


def test_another_participants_newer_version_stays_when_the_older_one_goes() -> None:
    s, nurse, _neighbour = full_stage()
    older = factories.entry(s.patient, s.gp, "Van de huisarts.")
    newer = factories.entry(s.patient, nurse, "Van de wijk.", replaces=older)
    decided(s, taken_up(s, "deletion", ALL_BUT_MONEY))
    with factories.as_owner():
        left = Entry.objects.get(pk=newer.pk)
        assert (left.text, left.replaces_id) == ("Van de wijk.", None)


def test_under_a_hold_nothing_goes() -> None:
    s, _nurse, _neighbour = full_stage()
    hold(patient=s.patient)
    request = taken_up(s, "deletion", ALL_BUT_MONEY)
    with pytest.raises(Refused, match="bewaarplicht"):
        decided(s, request)
    assert now_of(request).status == "taken_up"
    assert held(s.patient, s.gp.organisation_id)


def hold(**values: Any) -> Any:
    """A hold in force."""
    from rights.models import Hold

    with factories.as_owner():
        placed_by = User.objects.create_user(f"fg{Hold.objects.count()}")
        return Hold.objects.create(reason="Klacht", placed_by=placed_by, period=factories.since(1), **values)


@pytest.mark.parametrize("who", ["gp", "officer", "other", "citizen", "worker"])
def test_without_a_granted_request_nobody_removes_anything(who: str) -> None:
    s, _nurse, _neighbour = full_stage()
    request = taken_up(s, "deletion", ALL_BUT_MONEY)
    actors = {"citizen": factories.citizen_actor(s.user), "worker": system("retention", purpose="HOPERAT")}
    actor_ = actors.get(who) or factories.actor(getattr(s, who))
    with pytest.raises(ProgrammingError, match="nothing is removed"), act(actor_) as actor:
        erase(patient_id=s.patient.pk, organisation_id=s.gp.organisation_id, categories=EVERYTHING, by=actor)
    assert now_of(request).carried_out_at is None


def test_a_granted_request_removes_once_and_not_what_is_written_later() -> None:
    s, _nurse, _neighbour = full_stage()
    decided(s, taken_up(s, "deletion", ALL_BUT_MONEY))
    factories.entry(s.patient, s.gp, "Later geschreven.")
    with pytest.raises(ProgrammingError), act(factories.actor(s.officer)) as actor:
        erase(patient_id=s.patient.pk, organisation_id=s.gp.organisation_id, categories=EVERYTHING, by=actor)


def test_what_was_restricted_before_is_removed_too() -> None:
    s, _nurse, _neighbour = full_stage()
    decided(s, taken_up(s, "restriction", EVERYTHING))
    decided(s, taken_up(s, "deletion", ALL_BUT_MONEY))
    threads.deliver()
    assert held(s.patient, s.gp.organisation_id) == {}
