"""The steps of a consultation: who may take which one in which state, and what each leaves behind."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from consultations import actions
from consultations.access import open_for_question
from consultations.models import Attachment, Consultation, Contribution, Invitation
from dossier.models import Entry
from events.actor import act
from events.errors import Refused
from events.models import Event, WorkItem
from people.models import Membership, Organisation
from people.moves import Admission
from tests import factories
from tests.consultations.helpers import Stage, status_of
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)

DONE, WRONG_MOMENT, WRONG_PERSON = "done", Refused, PermissionDenied

CELLS = [
    # state, verb, party, outcome, state thereafter
    ("open", "pick_up", "asked", DONE, "open"),
    ("open", "pick_up", "asker", WRONG_PERSON, "open"),
    ("open", "answer", "asked", DONE, "answered"),
    ("open", "answer", "asker", WRONG_PERSON, "open"),
    ("open", "conclude", "asked", WRONG_PERSON, "open"),
    ("open", "conclude", "asker", DONE, "concluded"),
    ("open", "cancel", "asked", WRONG_PERSON, "open"),
    ("open", "cancel", "asker", DONE, "cancelled"),
    ("answered", "pick_up", "asked", WRONG_MOMENT, "answered"),
    ("answered", "pick_up", "asker", WRONG_PERSON, "answered"),
    ("answered", "answer", "asked", WRONG_MOMENT, "answered"),
    ("answered", "addition", "asked", DONE, "answered"),
    ("answered", "answer", "asker", WRONG_PERSON, "answered"),
    ("answered", "conclude", "asked", WRONG_PERSON, "answered"),
    ("answered", "conclude", "asker", DONE, "concluded"),
    ("answered", "cancel", "asked", WRONG_PERSON, "answered"),
    ("answered", "cancel", "asker", DONE, "cancelled"),
    *[
        (state, verb, party, outcome, state)
        for state in ("concluded", "cancelled")
        for verb, party, outcome in [
            ("pick_up", "asked", WRONG_MOMENT),
            ("pick_up", "asker", WRONG_PERSON),
            ("answer", "asked", WRONG_MOMENT),
            ("answer", "asker", WRONG_PERSON),
            ("conclude", "asked", WRONG_PERSON),
            ("conclude", "asker", WRONG_MOMENT),
            ("cancel", "asked", WRONG_PERSON),
            ("cancel", "asker", WRONG_MOMENT),
        ]
    ],
]


@pytest.mark.parametrize(("state", "verb", "party", "outcome", "after"), CELLS)
def test_each_step_in_each_state_by_each_party(state: str, verb: str, party: str, outcome: object, after: str) -> None:
    stage = Stage()
    factories.relation(stage.patient, stage.asked.organisation)  # an own relation keeps the closed states within reach
    consultation = stage.ask()
    to_state: dict[str, Callable[[], object]] = {
        "open": lambda: None,
        "answered": lambda: stage.answer(consultation, stage.asked, "Eerste antwoord."),
        "concluded": lambda: stage.conclude(consultation),
        "cancelled": lambda: stage.cancel(consultation),
    }
    to_state[state]()
    who = stage.asked if party == "asked" else stage.asker
    step: dict[str, Callable[[], object]] = {
        "pick_up": lambda: stage.pick_up(consultation, who),
        "answer": lambda: stage.answer(consultation, who),
        "addition": lambda: stage.answer(consultation, who, addition=True),
        "conclude": lambda: stage.conclude(consultation, who),
        "cancel": lambda: stage.cancel(consultation, who),
    }
    if outcome == DONE:
        step[verb]()
    else:
        with pytest.raises(outcome):  # type: ignore[call-overload]
            step[verb]()
    assert status_of(consultation) == after


def open_work(of: Organisation) -> list[WorkItem]:
    with factories.as_owner():
        return list(WorkItem.objects.open().filter(organisation_id=of.pk))


def test_asking_leaves_question_attachments_work_and_an_event() -> None:
    stage = Stage()
    entry = factories.entry(stage.patient, stage.asker, "Viel twee keer in oktober.", kind="note")
    hidden = factories.entry(factories.patient(), stage.asker, "Van een ander.")
    consultation = stage.ask(stage.asked, stage.second, items=[f"entry:{entry.pk}", f"entry:{hidden.pk}"])
    assert consultation.number.startswith(f"C-{timezone.localdate():%y}-")
    assert len(consultation.number) == 11
    with factories.as_owner():
        assert [c.text for c in Contribution.objects.all()] == ["Wat te doen bij vallen?"]
        assert [(a.title, a.kind) for a in Attachment.objects.all()] == [("Viel twee keer in oktober.", Category.PLAN)]
        assert Invitation.objects.count() == 2
        event = Event.objects.filter(verb="consultation.asked").get()
    assert event.patient_id == stage.patient.pk
    assert "vallen" not in str(event.data)
    (work,) = open_work(stage.asked.organisation)
    assert (work.kind, work.subject_id, work.sender) == ("consultation", consultation.pk, stage.asker.organisation.name)
    assert stage.patient.own_name not in work.title
    assert len(open_work(stage.second.organisation)) == 1


def test_sending_the_form_twice_asks_once() -> None:
    stage, token = Stage(), uuid.uuid4()
    first, again = stage.ask(token=token), stage.ask(token=token)
    assert first == again
    with factories.as_owner():
        assert Consultation.objects.count() == 1
        assert Contribution.objects.count() == 1
    assert len(open_work(stage.asked.organisation)) == 1


def test_a_token_of_somebody_else_is_refused_without_a_trace() -> None:
    stage, token = Stage(), uuid.uuid4()
    stage.ask(token=token)
    other = Stage(asked=stage.asked)
    with pytest.raises(Refused):
        other.ask(token=token)
    assert len(open_work(stage.asked.organisation)) == 1


@pytest.mark.parametrize("which", ["own", "suspended", "six", "none"])
def test_only_one_to_five_other_participants_are_asked(which: str) -> None:
    stage = Stage()
    chosen = {
        "own": [stage.asker.organisation],
        "suspended": [factories.organisation(admission=Admission.SUSPENDED)],
        "six": [factories.organisation() for _ in range(6)],
        "none": [],
    }[which]
    with act(factories.actor(stage.asker)) as by:
        opening = open_for_question(by, stage.patient.key)
        with pytest.raises(Refused) as refusal:
            actions.ask(
                opening=opening, question="?", organisations=chosen, due=timezone.now() + timedelta(days=1), by=by
            )
    assert refusal.value.field == "organisations"
    with factories.as_owner():
        assert Consultation.objects.count() == 0


def test_an_answer_is_expected_at_a_moment_to_come() -> None:
    stage = Stage()
    with act(factories.actor(stage.asker)) as by:
        opening = open_for_question(by, stage.patient.key)
        with pytest.raises(Refused) as refusal:
            actions.ask(
                opening=opening, question="?", organisations=[stage.asked.organisation], due=timezone.now(), by=by
            )
    assert refusal.value.field == "due"


def test_who_was_only_asked_asks_nobody_else() -> None:
    stage = Stage()
    stage.ask()
    with pytest.raises(PermissionDenied), act(factories.actor(stage.asked)) as by:
        open_for_question(by, stage.patient.key)


def test_two_asked_organisations_both_answer_before_it_counts_as_answered() -> None:
    stage = Stage()
    consultation = stage.ask(stage.asked, stage.second)
    stage.answer(consultation, stage.asked)
    assert status_of(consultation) == "open"
    assert open_work(stage.asked.organisation) == []
    assert len(open_work(stage.second.organisation)) == 1
    (work,) = open_work(stage.asker.organisation)
    assert work.title == f"Consult beantwoord: {stage.asked.organisation.name}"
    assert work.user_id == stage.asker.user_id
    stage.answer(consultation, stage.second, "Wij komen langs.")
    assert status_of(consultation) == "answered"
    assert len(open_work(stage.asker.organisation)) == 1
    stage.conclude(consultation)
    assert open_work(stage.asker.organisation) == []


def test_picking_up_shows_who_and_puts_it_on_the_own_list() -> None:
    stage = Stage()
    consultation = stage.ask()
    stage.pick_up(consultation, stage.asked)
    stage.pick_up(consultation, stage.asked)
    with factories.as_owner():
        assert consultation.invitations.get().user == stage.asked.user
    assert open_work(stage.asked.organisation)[0].user_id == stage.asked.user_id


def test_a_colleague_may_answer_what_another_picked_up_but_not_twice_unaware() -> None:
    stage = Stage()
    colleague = factories.member("pharmacist", at=stage.asked.organisation)
    consultation = stage.ask()
    stage.pick_up(consultation, colleague)
    with pytest.raises(Refused, match=colleague.user.name):
        stage.pick_up(consultation, stage.asked)
    stage.answer(consultation, stage.asked, "Halveer.")
    with pytest.raises(Refused, match=stage.asked.user.name):
        stage.answer(consultation, colleague, "Stop ermee.")
    stage.answer(consultation, stage.asked, "Halveer.")
    with factories.as_owner():
        assert Contribution.objects.filter(kind="answer").count() == 1


def at_once(*steps: Callable[[], object]) -> list[object]:
    outcomes: list[object] = []
    ready = threading.Barrier(len(steps))

    def run(step: Callable[[], object]) -> None:
        ready.wait()
        try:
            step()
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(refusal.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_two_who_pick_up_at_once_one_is_first() -> None:
    stage = Stage()
    colleague = factories.member("pharmacist", at=stage.asked.organisation)
    consultation = stage.ask()
    outcomes = at_once(lambda: stage.pick_up(consultation, stage.asked), lambda: stage.pick_up(consultation, colleague))
    assert outcomes.count("done") == 1
    with factories.as_owner():
        assert Event.objects.filter(verb="consultation.picked_up").count() == 1


def test_a_form_sent_twice_at_once_asks_once() -> None:
    stage, token = Stage(), uuid.uuid4()
    assert at_once(lambda: stage.ask(token=token), lambda: stage.ask(token=token)) == ["done", "done"]
    with factories.as_owner():
        assert Consultation.objects.count() == 1


def test_two_last_answers_at_once_make_it_answered() -> None:
    stage = Stage()
    consultation = stage.ask(stage.asked, stage.second)
    at_once(lambda: stage.answer(consultation, stage.asked), lambda: stage.answer(consultation, stage.second))
    assert status_of(consultation) == "answered"


@pytest.mark.parametrize(("role", "category"), [("gp", Category.PLAN), ("pharmacist", Category.MEDICATION)])
def test_the_conclusion_stands_in_the_record_signed(role: str, category: Category) -> None:
    stage = Stage(asker=factories.member(role, name="Karim Haddou"), asked=factories.member("district_nurse"))
    consultation = stage.ask()
    stage.conclude(consultation, text="Dosis gehalveerd, over twee weken bellen.")
    with factories.as_owner():
        entry = Entry.objects.get()
        closed = Consultation.objects.get()
    assert (entry.kind, entry.category, entry.text) == (
        "conclusion",
        category,
        "Dosis gehalveerd, over twee weken bellen.",
    )
    assert (entry.reference, entry.author_name, entry.organisation) == (
        f"consultation:{consultation.pk}",
        "Karim Haddou",
        stage.asker.organisation,
    )
    assert closed.closed_at is not None
    assert open_work(stage.asked.organisation) == []


def test_cancelling_leaves_no_conclusion() -> None:
    stage = Stage()
    consultation = stage.ask()
    stage.cancel(consultation)
    with factories.as_owner():
        assert Entry.objects.count() == 0
        assert Event.objects.filter(verb="consultation.cancelled", subject_id=consultation.pk).count() == 1
    assert open_work(stage.asked.organisation) == []


def test_members_of_the_asking_organisation_act_for_each_other() -> None:
    stage = Stage()
    colleague: Membership = factories.member("practice_nurse", at=stage.asker.organisation)
    consultation = stage.ask()
    stage.conclude(consultation, colleague)
    assert status_of(consultation) == "concluded"
