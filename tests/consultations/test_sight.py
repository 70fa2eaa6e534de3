"""Who sees what of a consultation, while it runs and after it."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.utils import timezone

from consultations.access import (
    asked_by_us,
    asked_of_us,
    attachments_for,
    consultations_for,
    contributions_for,
    find_askable,
    get_consultation,
    involved_with,
    open_consultation,
    open_for_question,
)
from consultations.models import Attachment, Consultation, Contribution, Invitation
from dossier.models import Entry
from events.actor import ANONYMOUS, act
from people.models import Membership, Patient
from tests import factories
from tests.consultations.helpers import Stage
from trust.access import open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)


def words(who: Membership, consultation: Consultation) -> list[str]:
    with act(factories.actor(who)) as by:
        mine = get_consultation(by, consultation.pk)
        opening = open_consultation(by, mine)
        return [c.text for c in contributions_for(opening, mine)] if opening else ["closed"]


def test_parties_read_what_was_said_and_sent_along() -> None:
    stage = Stage()
    entry = factories.entry(stage.patient, stage.asker, "Viel twee keer.")
    consultation = stage.ask(stage.asked, stage.second, items=[f"entry:{entry.pk}"])
    stage.answer(consultation, stage.asked)
    for who in (stage.asker, stage.asked, stage.second):
        assert words(who, consultation) == ["Wat te doen bij vallen?", "Halveer de dosis."]
        with act(factories.actor(who)) as by:
            opening = open_consultation(by, consultation)
            assert opening is not None
            assert [a.title for a in attachments_for(opening, consultation)] == ["Viel twee keer."]


def test_asked_organisation_sees_the_name_and_nothing_else_of_the_record() -> None:
    stage = Stage()
    factories.entry(stage.patient, stage.asker)
    factories.fact(stage.patient, factories.source(stage.asker.organisation))
    stage.ask()
    with act(factories.actor(stage.asked)) as by:
        assert list(Patient.objects.all()) == [stage.patient]
        opening = open_record(by, stage.patient.key, EVERYTHING)
        assert opening.own == {Category.IDENTITY, Category.CONSULTATION}
        assert Entry.objects.count() == 0
        with pytest.raises(PermissionDenied), act(by):
            open_record(by, stage.patient.key, [Category.PLAN])


def test_strangers_do_not_know_that_it_exists() -> None:
    stage = Stage()
    consultation = stage.ask()
    stranger = factories.member("gp")
    treating = factories.member("social_worker")
    factories.relation(stage.patient, treating.organisation)
    for who in (stranger, treating):
        with act(factories.actor(who)) as by:
            assert list(consultations_for(by)) == []
            assert Consultation.objects.count() == Invitation.objects.count() == 0
            with pytest.raises(Http404):
                get_consultation(by, consultation.pk)
    with act(factories.actor(treating)) as by:
        open_record(by, stage.patient.key, EVERYTHING)
        assert Contribution.objects.count() == Attachment.objects.count() == 0
    with act(ANONYMOUS), pytest.raises(Http404):
        get_consultation(ANONYMOUS, consultation.pk)


@pytest.mark.parametrize("end", ["conclude", "cancel"])
def test_after_the_end_the_asked_keep_the_line_but_not_the_content(end: str) -> None:
    stage = Stage()
    consultation = stage.ask()
    stage.answer(consultation, stage.asked)
    getattr(stage, end)(consultation)
    assert words(stage.asked, consultation) == ["closed"]
    with act(factories.actor(stage.asked)) as by:
        assert list(asked_of_us(by, closed=True)) == [consultation]
        assert list(asked_of_us(by, closed=False)) == []
        assert Patient.objects.count() == 0
        assert Contribution.objects.count() == 0
    with pytest.raises(Http404), act(factories.actor(stage.asked)) as by:
        open_record(by, stage.patient.key, [Category.CONSULTATION])
    assert words(stage.asker, consultation)[0] == "Wat te doen bij vallen?"


def test_another_question_that_runs_does_not_open_the_one_that_ended() -> None:
    stage = Stage()
    ended, running = stage.ask(question="Eerste vraag."), stage.ask(question="Tweede vraag.")
    stage.conclude(ended)
    assert words(stage.asked, ended) == ["closed"]
    assert words(stage.asked, running) == ["Tweede vraag."]
    with act(factories.actor(stage.asked)) as by:
        open_record(by, stage.patient.key, [Category.CONSULTATION])
        assert [c.text for c in Contribution.objects.all()] == ["Tweede vraag."]
    with act(factories.actor(stage.asker)) as by:
        open_record(by, stage.patient.key, [Category.CONSULTATION])
        assert Contribution.objects.count() == 3


@pytest.mark.parametrize("role", ["gp", "pharmacist"])
def test_the_conclusion_of_one_question_is_not_shown_to_whom_another_was_asked(role: str) -> None:
    stage = Stage(asker=factories.member(role), asked=factories.member("district_nurse"))
    ended, _running = stage.ask(stage.second), stage.ask(stage.asked)
    stage.conclude(ended)
    with act(factories.actor(stage.asked)) as by:
        open_record(by, stage.patient.key, EVERYTHING)
        assert Entry.objects.count() == 0


def test_an_end_takes_no_access_that_rests_on_something_else() -> None:
    stage = Stage()
    factories.relation(stage.patient, stage.asked.organisation)
    consultation = stage.ask()
    stage.conclude(consultation)
    assert words(stage.asked, consultation) == ["Wat te doen bij vallen?", "Dosis gehalveerd."]


def test_content_is_closed_without_opening_and_cannot_be_forged() -> None:
    stage = Stage()
    consultation = stage.ask()
    with act(factories.actor(stage.asked)):
        assert Consultation.objects.count() == 1
        assert Contribution.objects.count() == 0
    with act(factories.actor(stage.asked)) as by, connection.cursor() as cursor:
        open_consultation(by, consultation)
        cursor.execute("savepoint s")
        forged = (consultation.pk, stage.patient.pk, stage.asker.organisation_id, stage.asker.user_id)
        for statement in (
            "delete from consultations_contribution",
            "update consultations_contribution set text = 'anders'",
            "insert into consultations_contribution (consultation_id, patient_id, organisation_id, category, kind, text,"
            f" author_id, author_name, author_role, at) select {forged[0]}, {forged[1]}, {forged[2]}, 13, 'conclusion', 'vals',"
            f" {forged[3]}, '', '', now()",
        ):
            with pytest.raises(Exception, match=r"permission denied|row-level security"):
                cursor.execute(statement)
            cursor.execute("rollback to savepoint s")


def test_an_objection_to_sharing_consultations_is_said_not_failed() -> None:
    stage = Stage()
    factories.consent(stage.patient, Category.CONSULTATION, permit=False)
    with pytest.raises(PermissionDenied, match="inhoud van consulten"), act(factories.actor(stage.asker)) as by:
        open_for_question(by, stage.patient.key)


def test_lists_put_the_first_due_on_top() -> None:
    stage = Stage()
    later, sooner = stage.ask(question="Later"), stage.ask(question="Eerder")
    with factories.as_owner():
        Consultation.objects.filter(pk=sooner.pk).update(due=timezone.now())
    with act(factories.actor(stage.asker)) as by:
        assert list(asked_by_us(by, closed=False)) == [sooner, later]
        assert list(asked_of_us(by, closed=False)) == []


def test_whom_to_ask_is_found_by_involvement_and_by_words() -> None:
    stage = Stage()
    nurse = factories.organisation("home_care", name="Wijkzorg Gooi", place="Bussum")
    factories.relation(stage.patient, nurse)
    stage.ask()
    factories.organisation("home_care", name="Thuiszorg Laren", place="Laren")
    with act(factories.actor(stage.asker)) as by:
        opening = open_for_question(by, stage.patient.key)
        assert involved_with(opening, by) == [nurse], "who was only asked is not involved"
        assert find_askable(by, words="bussum wijk") == [nurse]
        assert [o.name for o in find_askable(by, domain="home_care", words="laren")] == ["Thuiszorg Laren"]
        assert find_askable(by) == []
        assert stage.asker.organisation not in find_askable(by, domain="gp")
