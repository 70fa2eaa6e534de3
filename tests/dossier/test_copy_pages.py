"""The pages of what goes back to the own system, and what goes to whom from consultations and referrals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations import actions as consultations
from consultations.models import Consultation
from dossier import actions
from dossier.access import counted
from dossier.models import Copy, CopyKind, CopyText, Entry, Source, SourceCopying
from events.actor import act
from events.actor import system as worker
from events.errors import Refused
from events.models import WorkItem
from people.models import Membership, Organisation, Patient
from referrals import actions as referrals
from referrals.moves import RejectionReason
from tests import factories
from tests.exchange import stage
from trust.access import open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
KINDS = list(CopyKind.values)


def system(of: Organisation, *, written: list[str] | None = None, by_hand: list[str] | None = None) -> Source:
    made = factories.source(of, name=f"Systeem van {of.name}")
    with factories.as_owner():
        SourceCopying.objects.create(source=made, written=KINDS if written is None else written, by_hand=by_hand or [])
    return made


def copies() -> list[Copy]:
    with factories.as_owner():
        return list(Copy.objects.order_by("pk"))


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp", name="Karim Haddou")


@pytest.fixture
def patient(gp: Membership) -> Patient:
    return factories.patient(related_to=[gp.organisation], own_name="Zwaan")


@pytest.fixture
def waiting(gp: Membership, patient: Patient) -> Copy:
    """Something that the team has to copy, with its work item."""
    his = system(gp.organisation, written=["goal"], by_hand=["note"])
    with act(factories.actor(gp)) as by:
        opening = open_record(by, patient.key, EVERYTHING)
        actions.add_entry(opening=opening, kind="note", text="Loopt <b>weer</b>.", by=by)
    (made,) = copies()
    assert made.source_id == his.pk
    return made


def test_the_list_leads_to_the_words_and_ticking_off_empties_the_list(
    gp: Membership, patient: Patient, waiting: Copy, client_of: ClientOf
) -> None:
    client = client_of(gp)
    today = client.get(reverse("workplace:today")).content.decode()
    listed = reverse("dossier:copies_of", args=[waiting.source_id])
    assert listed in today
    page = client.get(listed).content.decode()
    one = reverse("dossier:copy", args=[patient.key, waiting.pk])
    assert one in page
    assert "Zwaan" in page
    assert "Loopt" not in page, "the list opens no record"
    words = client.get(one).content.decode()
    assert "Loopt &lt;b&gt;weer&lt;/b&gt;." in words
    assert "Karim Haddou, huisarts" in words
    assert client.post(reverse("dossier:copy_step", args=[waiting.pk, "done"])).status_code == 302
    (done,) = copies()
    assert (done.status, done.handled_name) == ("copied", "Karim Haddou")
    assert "Niets over te nemen" in client.get(listed).content.decode()
    with factories.as_owner():
        assert not WorkItem.objects.open().filter(kind="copy").exists()
    settled = client.get(f"{listed}?view=settled").content.decode()
    assert reverse("dossier:copy_step", args=[waiting.pk, "undo"]) in settled
    assert client.post(reverse("dossier:copy_step", args=[waiting.pk, "done"])).status_code == 409
    assert client.post(reverse("dossier:copy_step", args=[waiting.pk, "undo"])).status_code == 302
    assert copies()[0].status == "listed"


def test_the_words_go_a_week_after_somebody_copied_them_and_then_nothing_is_undone(
    gp: Membership, waiting: Copy
) -> None:
    with act(factories.actor(gp)) as by:
        actions.mark_copied(copy=waiting, by=by)
    with act(worker("keeping", purpose="HOPERAT")) as by:
        assert actions.drop_copied_texts(by=by) == 0
    with factories.as_owner():
        Copy.objects.update(settled_at=timezone.now() - timedelta(days=8))
    with act(worker("keeping", purpose="HOPERAT")) as by:
        assert actions.drop_copied_texts(by=by) == 1
    with factories.as_owner():
        assert not CopyText.objects.exists()
    with act(factories.actor(gp)) as by, pytest.raises(Refused):
        actions.unmark_copied(copy=waiting, by=by)


def test_what_the_system_does_not_take_cannot_be_tried_again(
    gp: Membership, waiting: Copy, client_of: ClientOf
) -> None:
    client = client_of(gp)
    assert client.post(reverse("dossier:copy_step", args=[waiting.pk, "retry"])).status_code == 409
    with factories.as_owner():
        SourceCopying.objects.update(written=["goal", "note"], by_hand=[])
    assert client.post(reverse("dossier:copies_retry", args=[waiting.source_id])).status_code == 302
    assert copies()[0].status == "waiting"


def test_the_figures_count_texts_and_nothing_else(gp: Membership, waiting: Copy) -> None:
    with factories.as_owner():
        Copy.objects.update(status="arrived", source_key="7", settled_at=timezone.now())
    with act(factories.actor(gp)) as by:
        told = counted(by)
    assert (told.by_itself, told.by_hand, told.waiting, told.to_copy) == (1, 0, 0, 0)


def test_who_manages_the_sources_says_what_goes_back(gp: Membership, client_of: ClientOf) -> None:
    his = factories.source(gp.organisation)
    address = reverse("dossier:copying", args=[his.pk])
    assert client_of(gp).get(address).status_code == 403
    manager = factories.permit(factories.member("manager", at=gp.organisation), "manage_sources")
    client = client_of(manager)
    ways = dict.fromkeys(KINDS, "none") | {"note": "written", "goal": "by_hand"}
    assert "Kies een van de drie." in client.post(address, ways | {"wish": ""}).content.decode()
    assert client.post(address, ways).status_code == 302
    with factories.as_owner():
        settings = SourceCopying.objects.get()
    assert (settings.written, settings.by_hand) == (["note"], ["goal"])
    with pytest.raises(DatabaseError), act(factories.actor(gp)), connection.cursor() as cursor:
        cursor.execute(
            "insert into dossier_sourcecopying (source_id, written, by_hand, abilities) values (%s, '{}', '{}', '{}')",
            [his.pk],
        )


def test_without_settings_nothing_is_copied_and_nothing_is_said(gp: Membership, patient: Patient) -> None:
    factories.source(gp.organisation)
    with act(factories.actor(gp)) as by:
        opening = open_record(by, patient.key, EVERYTHING)
        actions.add_entry(opening=opening, kind="note", text="Loopt weer.", by=by)
    assert not copies()


def test_an_answer_goes_to_both_parties_and_the_conclusion_to_who_asked(gp: Membership, patient: Patient) -> None:
    nurse = factories.member("district_nurse")
    own, other = system(gp.organisation), system(nurse.organisation)
    consultation: Consultation = stage.consultation(gp, nurse, patient=patient)
    with factories.as_owner():
        Consultation.objects.filter(pk=consultation.pk).update(status="open", closed_at=None)
    factories.relation(patient, nurse.organisation, source="consultation", reference=f"consultation:{consultation.pk}")
    with act(factories.actor(nurse)) as by:
        opening = open_record(by, patient.key, [Category.IDENTITY, Category.CONSULTATION])
        consultations.answer(opening=opening, consultation=consultation, text="Zij valt vaker.", by=by)
    answers = copies()
    assert {(copy.kind, copy.source_id) for copy in answers} == {("answer", own.pk), ("answer", other.pk)}
    with act(factories.actor(gp)) as by:
        opening = open_record(by, patient.key, EVERYTHING)
        assert CopyText.objects.get().text == "Zij valt vaker.", "each sees the words for its own system alone"
        consultations.conclude(opening=opening, consultation=consultation, text="Rollator regelen.", by=by)
    assert [(copy.kind, copy.source_id) for copy in copies()[2:]] == [("conclusion", own.pk)]


def test_a_refusal_goes_to_the_sender_and_not_to_who_never_knew_the_name(gp: Membership, patient: Patient) -> None:
    social = factories.member("social_worker")
    own, theirs = system(gp.organisation), system(social.organisation)
    referral = stage.referral(gp, social, patient, status="requested")
    with act(factories.actor(social)) as by:
        referrals.reject(referral=referral, reason=RejectionReason.NO_CAPACITY, note="Vanaf januari weer.", by=by)
    (copy,) = copies()
    assert (copy.source_id, copy.kind, copy.category) == (own.pk, "reply", Category.REFERRAL)
    assert theirs.pk != own.pk
    with act(factories.actor(gp)) as by:
        open_record(by, patient.key, [Category.REFERRAL])
        text = CopyText.objects.get().text
    assert "geen plek" in text
    assert "Vanaf januari weer." in text


def test_nobody_puts_a_text_in_the_system_of_a_stranger(gp: Membership, patient: Patient) -> None:
    stranger = system(factories.organisation("gp"))
    own = system(gp.organisation)
    entry: Entry = factories.entry(patient, gp)
    ask = "select dossier_copy_ask(%s, %s, %s, %s, 'note', %s, 't', 'x', current_date, 'n', 'r', 'waiting')"
    tries = [
        (stranger.organisation_id, stranger.pk, Category.PLAN, f"entry:{entry.pk}"),
        (gp.organisation_id, stranger.pk, Category.PLAN, f"entry:{entry.pk}"),
        (gp.organisation_id, own.pk, Category.MENTAL_HEALTH, f"entry:{entry.pk}"),
        (stranger.organisation_id, stranger.pk, Category.CONSULTATION, "consultation:1:answer:1"),
        (stranger.organisation_id, stranger.pk, Category.REFERRAL, "referral:1:step:1"),
        (gp.organisation_id, own.pk, Category.PLAN, "anything"),
    ]
    for organisation, source, category, reference in tries:
        with (
            pytest.raises(DatabaseError, match="only what an organisation may hold"),
            act(factories.actor(gp)),
            connection.cursor() as cursor,
        ):
            cursor.execute(ask, [patient.pk, organisation, source, int(category), reference])
    assert not copies()


def test_a_colleague_whom_the_patient_keeps_out_sees_no_copy(gp: Membership, waiting: Copy, patient: Patient) -> None:
    colleague = factories.member("gp", at=gp.organisation)
    with act(factories.actor(colleague)):
        assert Copy.objects.count() == 1
    factories.consent(patient, permit=False, reader_user=colleague.user)
    with act(factories.actor(colleague)):
        assert Copy.objects.count() == 0
    with act(factories.actor(gp)):
        assert Copy.objects.count() == 1
