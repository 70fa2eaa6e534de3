"""The steps of a request, spelled by hand beside the code's own table, and who may see and take them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.utils import timezone

from events.actor import act
from events.errors import Refused
from events.models import Event, WorkItem
from rights import actions
from rights.access import inbox_for, messages_of, open_request, requests_of, turn_of, verbs_of
from rights.clock import months_after, years_before
from rights.models import Message, Request
from rights.moves import MOVES
from tests import factories
from tests.rights.stage import decided, now_of, sent, stage, taken_up
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)

LEGAL = {
    ("-", "send"): "sent",
    ("sent", "take_up"): "taken_up",
    ("sent", "withdraw"): "withdrawn",
    ("taken_up", "ask_back"): "asked_back",
    ("taken_up", "extend"): "taken_up",
    ("taken_up", "grant"): "granted",
    ("taken_up", "grant_partly"): "partly_granted",
    ("taken_up", "refuse"): "refused",
    ("taken_up", "withdraw"): "withdrawn",
    ("asked_back", "answer"): "answered",
    ("asked_back", "withdraw"): "withdrawn",
    ("answered", "ask_back"): "asked_back",
    ("answered", "extend"): "answered",
    ("answered", "grant"): "granted",
    ("answered", "grant_partly"): "partly_granted",
    ("answered", "refuse"): "refused",
    ("answered", "withdraw"): "withdrawn",
}
BY = {"send": "person", "answer": "person", "withdraw": "person"}


def test_the_table_of_moves_is_this_and_no_more() -> None:
    drawn = {(str(source), str(move.verb)): str(move.target) for move in MOVES for source in (move.sources or ("-",))}
    assert drawn == LEGAL
    assert {str(move.verb): move.by for move in MOVES} == {verb: BY.get(verb, "organisation") for _state, verb in LEGAL}


def test_a_request_is_due_within_a_month_and_a_deletion_within_three() -> None:
    s = stage()
    month, three = sent(s, "objection"), sent(s, "deletion")
    today = timezone.localdate()
    assert today + timedelta(days=28) <= timezone.localtime(month.due).date() <= today + timedelta(days=31)
    assert today + timedelta(days=89) <= timezone.localtime(three.due).date() <= today + timedelta(days=92)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2026-01-31", 1, "2026-02-28"), ("2027-11-30", 3, "2028-02-29"), ("2026-12-15", 1, "2027-01-15"), ("2026-03-31", 1, "2026-04-30")],
)  # fmt: skip
def test_a_month_ends_on_the_same_day_or_the_last(start: str, months: int, end: str) -> None:
    begun = timezone.make_aware(datetime.fromisoformat(f"{start}T10:00"))
    assert timezone.localtime(months_after(begun, months)).date().isoformat() == end


def test_years_before_a_leap_day_is_the_last_of_february() -> None:
    assert (
        years_before(timezone.make_aware(datetime.fromisoformat("2028-02-29T03:00")), 15).date().isoformat()
        == "2013-02-28"
    )


def test_the_whole_conversation_is_read_by_both_and_logged_for_the_person() -> None:
    s = stage()
    request = taken_up(s, "objection")
    with act(factories.actor(s.officer)) as actor:
        actions.ask_back(request=open_request(actor, request.pk), text="Waar gaat het om?", by=actor)
    with act(factories.citizen_actor(s.user)) as actor:
        opened = open_request(actor, request.pk)
        assert verbs_of(opened, actor) == ["answer", "withdraw"]
        actions.answer(request=opened, text="Om alles.", by=actor)
    with act(factories.actor(s.officer)) as actor:
        opened = open_request(actor, request.pk)
        assert [m.text for m in messages_of(opened)] == ["Ik wil dit graag.", "Waar gaat het om?", "Om alles."]
        assert turn_of(opened) == "organisation"
        assert opened.name == f"{s.patient.initials} {s.patient.surname}"
    with factories.as_owner():
        lines = Event.objects.filter(patient_id=s.patient.pk, verb="request.opened", user_id=s.officer.user_id)
        assert lines.count() == 3
        assert WorkItem.objects.filter(kind="request", done_at=None, organisation_id=s.gp.organisation_id).count() == 1


def test_each_step_is_an_event_about_the_person() -> None:
    s = stage()
    decided(s, taken_up(s, "question", frozenset()))
    with factories.as_owner():
        verbs = list(
            Event.objects.filter(patient_id=s.patient.pk, verb__startswith="request.")
            .exclude(verb="request.opened")
            .order_by("id")
            .values_list("verb", flat=True)
        )
        assert not WorkItem.objects.filter(done_at=None).exists()
    assert verbs == ["request.sent", "request.taken_up", "request.granted", "request.carried_out"]


@pytest.mark.parametrize("who", ["gp", "other", "neighbour"])
def test_nobody_else_sees_that_there_is_a_request_nor_what_was_said(who: str) -> None:
    s = stage()
    request = sent(s, "objection")
    neighbour = factories.citizen(factories.patient(related_to=[s.gp.organisation]))
    actor_ = factories.citizen_actor(neighbour) if who == "neighbour" else factories.actor(getattr(s, who))
    with act(actor_):
        assert not Request.objects.exists()
        assert not Message.objects.exists()
        assert not WorkItem.objects.filter(kind="request").exists()
    with pytest.raises(Http404), act(actor_) as actor:
        open_request(actor, request.pk)
    with factories.as_owner():
        assert Event.objects.filter(verb="record.denied", subject_type="request", patient_id=s.patient.pk).count() == 1


def test_what_was_said_stays_closed_until_the_request_is_opened() -> None:
    s = stage()
    request = sent(s, "objection")
    with act(factories.actor(s.officer)) as actor:
        assert inbox_for(actor).count() == 1
        assert not Message.objects.exists()
        open_request(actor, request.pk)
        assert Message.objects.count() == 1
    with act(factories.actor(s.officer)):
        assert not Message.objects.exists()


def test_a_mandate_that_lets_act_asks_and_reads_within_its_categories_only() -> None:
    s = stage()
    medication = frozenset({Category.MEDICATION})
    carer = factories.citizen(factories.patient())
    with factories.as_owner():
        from trust.categories import to_mask
        from trust.models import Mandate

        Mandate.objects.create(
            patient=s.patient, holder=carer, name="Els", kind="carer", categories=to_mask({Category.IDENTITY, *medication}), acts=True,
            given_by=s.user, period=factories.since(1),
        )  # fmt: skip
    about_all, about_pills = sent(s, "objection"), sent(s, "restriction", medication)
    with act(factories.citizen_actor(carer)) as actor:
        assert list(requests_of(actor, s.patient)) == [about_pills]
        made = actions.send(
            patient=s.patient, organisation=s.gp.organisation, kind="objection", text="Namens haar.", categories=medication, by=actor
        )  # fmt: skip
        assert made.asker_id == carer.pk
    with pytest.raises(Http404), act(factories.citizen_actor(carer)) as actor:
        open_request(actor, about_all.pk)


def test_the_wrong_person_is_denied_and_the_wrong_moment_refused() -> None:
    s = stage()
    request = sent(s, "objection")
    with act(factories.citizen_actor(s.user)) as actor, pytest.raises(PermissionDenied):
        actions.take_up(request=request, by=actor)
    with act(factories.actor(s.officer)) as actor:
        opened = open_request(actor, request.pk)
        with pytest.raises(PermissionDenied):
            actions.withdraw(request=opened, by=actor)
        with pytest.raises(Refused):
            actions.decide(request=opened, verb="grant", text="Ja.", by=actor)
    assert now_of(request).status == "sent"


def test_the_term_is_extended_once_and_with_a_reason() -> None:
    s = stage()
    request = taken_up(s, "objection")
    with act(factories.actor(s.officer)) as actor:
        opened = open_request(actor, request.pk)
        with pytest.raises(Refused):
            actions.extend(request=opened, text=" ", by=actor)
        longer = actions.extend(request=opened, text="Het is veel werk.", by=actor)
        assert longer.due > request.due + timedelta(days=58)
        with pytest.raises(Refused):
            actions.extend(request=longer, text="Nog eens.", by=actor)


def test_the_same_is_not_asked_twice_while_it_runs_and_one_form_sends_once() -> None:
    s = stage()
    request = sent(s, "objection")
    with pytest.raises(Refused):
        sent(s, "objection")
    assert sent(s, "objection", token=now_of(request).token) == request


def test_a_refusal_needs_a_coded_reason() -> None:
    s = stage()
    request = taken_up(s, "objection")
    with pytest.raises(Refused):
        decided(s, request, "refuse")
    assert decided(s, request, "refuse", reason="unfounded").reason == "unfounded"


def test_raw_sql_as_the_application_writes_no_request_in_anothers_name() -> None:
    s = stage()
    request = sent(s, "objection")
    with act(factories.actor(s.other)), connection.cursor() as cursor:
        cursor.execute("update rights_request set status = 'granted' where id = %s", [request.pk])
        assert cursor.rowcount == 0
