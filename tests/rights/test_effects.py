"""What granting does: a corrected version, a source that is followed, an objection, a restriction, a copy; and what a refusal leaves."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from dossier.access import entries_for, statements_for
from dossier.models import Entry, Fact, SourceAnswer, Statement
from events.actor import act, system
from events.errors import Refused
from events.models import Event, WorkItem
from rights import actions
from rights.access import open_request, restriction_of
from rights.models import Export
from tests import factories
from tests.exchange.stage import deliver
from tests.rights.stage import decided, now_of, sent, stage, taken_up
from trust.access import decide, open_record
from trust.categories import EVERYTHING, Category, to_mask
from trust.models import Consent

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_granted_correction_is_a_new_version_signed_by_who_decided_and_the_old_one_stays() -> None:
    s = stage()
    entry = factories.entry(s.patient, s.gp, "Woont alleen.")
    request = decided(
        s, taken_up(s, "correction", about=entry, proposed="Woont met haar zus."), corrected="Woont met haar zus."
    )
    assert request.carried_out_at is not None
    with act(factories.actor(s.gp)) as actor:
        shown = entries_for(open_record(actor, s.patient.key, EVERYTHING))
        assert [(e.text, e.author_name, e.replaces_id, e.reference) for e in shown] == [
            ("Woont met haar zus.", "Fatma Aydin", entry.pk, f"request:{request.pk}")
        ]
        assert Entry.objects.count() == 2
    with factories.as_owner():
        assert Event.objects.filter(verb="entry.corrected", patient_id=s.patient.pk).count() == 1


def test_the_officer_reads_what_it_is_about_in_the_request_and_opens_no_record() -> None:
    s = stage()
    entry = factories.entry(s.patient, s.gp, "Woont alleen.")
    request = taken_up(s, "correction", about=entry)
    with act(factories.actor(s.officer)) as actor:
        first = open_request(actor, request.pk).messages.first()
        assert first is not None
        assert first.quoted == "Woont alleen."
        assert not Entry.objects.exists()
    with factories.as_owner():
        assert not Event.objects.filter(verb__startswith="record.", user_id=s.officer.user_id).exists()


def test_no_correction_without_a_granted_request_or_of_anothers_entry() -> None:
    s = stage()
    other = factories.member("gp")
    entry, theirs = (
        factories.entry(s.patient, s.gp, "Woont alleen."),
        factories.entry(s.patient, other, "Van een ander."),
    )
    from django.db import ProgrammingError

    from dossier.actions import correct_entry

    request = taken_up(s, "correction", about=entry)
    with act(factories.actor(s.officer)) as actor, pytest.raises(ProgrammingError):
        correct_entry(
            patient_id=s.patient.pk, entry_id=entry.pk, text="x", reference=f"request:{request.pk}", role="", by=actor
        )
    decided(s, request, corrected="Woont samen.")
    with act(factories.actor(s.officer)) as actor, pytest.raises(Refused):
        correct_entry(
            patient_id=s.patient.pk, entry_id=theirs.pk, text="x", reference=f"request:{request.pk}", role="", by=actor
        )


def test_a_fact_is_corrected_at_its_source_and_followed_until_the_source_shows_it() -> None:
    s = stage()
    source = factories.source(s.gp.organisation)
    fact = factories.fact(s.patient, source, resource={"resourceType": "Condition", "code": {"text": "COPD"}})
    request = decided(s, taken_up(s, "correction", about=fact))
    assert request.carried_out_at is None
    assert now_of(request).reference == f"fact:{source.pk}:Condition/{fact.source_key}"
    with act(factories.actor(s.officer)):
        assert WorkItem.objects.get(subject_id=request.pk, done_at=None).title == "Verbeteren in uw eigen systeem"

    def followed() -> int:
        with act(system("rights", purpose="HOPERAT")) as worker:
            return actions.follow_sources(by=worker)

    assert followed() == 0
    with factories.as_owner():
        SourceAnswer.objects.create(
            patient=s.patient, organisation=s.gp.organisation, source=source, outcome="answered", answered_at=timezone.now(),
            asked_categories=to_mask(EVERYTHING), facts=1,
        )  # fmt: skip
    assert followed() == 0, "the source still says the same"
    with factories.as_owner():
        Fact.objects.filter(pk=fact.pk).update(resource={"resourceType": "Condition", "code": {"text": "Astma"}})
    assert followed() == 1
    assert now_of(request).carried_out_at is not None
    with factories.as_owner():
        assert not WorkItem.objects.filter(done_at=None).exists()


def test_after_a_refused_correction_the_person_may_put_a_statement_beside_it_that_every_reader_sees() -> None:
    s = stage()
    colleague = factories.member("district_nurse")
    factories.relation(s.patient, colleague.organisation)
    entry = factories.entry(s.patient, s.gp, "Drinkt te veel.")
    request = decided(s, taken_up(s, "correction", about=entry), "refuse", reason="unfounded")
    with act(factories.citizen_actor(s.user)) as actor:
        opening = open_record(actor, s.patient.key, EVERYTHING)
        opened = open_request(actor, request.pk)
        with pytest.raises(Refused):
            actions.attach_statement(opening=opening, request=opened, text=" ", by=actor)
        actions.attach_statement(opening=opening, request=opened, text="Ik drink niet.", by=actor)
        with pytest.raises(Refused):
            actions.attach_statement(opening=opening, request=opened, text="Nog eens.", by=actor)
    with act(factories.actor(colleague)) as actor:
        assert not Statement.objects.exists(), "closed until the record is opened"
        opening = open_record(actor, s.patient.key, EVERYTHING)
        assert [st.text for st in entries_for(opening)[0].statements] == ["Ik drink niet."]
    factories.entry(s.patient, s.gp, "Drinkt soms.", replaces=entry)
    with act(factories.citizen_actor(s.user)) as actor:
        opening = open_record(actor, s.patient.key, EVERYTHING)
        assert list(statements_for(opening)) == [f"entry:{entries_for(opening)[0].pk}"], (
            "it goes along with the newer version"
        )


def test_a_granted_objection_is_a_choice_against_this_holder_and_closes_what_it_holds_to_others() -> None:
    s = stage()
    nurse = factories.member("district_nurse")
    factories.relation(s.patient, nurse.organisation)
    decided(s, taken_up(s, "objection", frozenset({Category.PLAN})), "grant")
    with factories.as_owner():
        choice = Consent.objects.get()
        assert (choice.permit, choice.holder_organisation_id, choice.origin) == (
            False,
            s.gp.organisation_id,
            "presence",
        )
    with act(factories.actor(nurse)) as actor:
        assert Category.PLAN not in decide(actor, s.patient, EVERYTHING).sights[s.gp.organisation_id].shared


def test_a_granted_restriction_closes_it_to_the_own_people_too_until_it_is_lifted() -> None:
    s = stage()
    factories.entry(s.patient, s.gp, "Wil niet verhuizen.")
    request = decided(s, taken_up(s, "restriction", frozenset({Category.PLAN})))

    def seen() -> int:
        with act(factories.actor(s.gp)) as actor:
            open_record(actor, s.patient.key, EVERYTHING)
            return Entry.objects.count()

    assert seen() == 0
    with act(factories.actor(s.officer)) as actor:
        opened = open_request(actor, request.pk)
        assert restriction_of(opened) is not None
        actions.lift(request=opened, by=actor)
        assert restriction_of(opened) is None
        with pytest.raises(Refused):
            actions.lift(request=opened, by=actor)
    assert seen() == 1


def test_a_granted_request_for_insight_makes_the_copy_for_who_asked() -> None:
    s = stage()
    request = decided(s, taken_up(s, "insight"))
    assert request.carried_out_at is None
    deliver()
    assert actions.make_next(by=system("copies", purpose="PATRQT"))
    with factories.as_owner():
        copy = Export.objects.get()
        assert (copy.status, copy.user_id, copy.progress) == ("ready", s.user.pk, 100)
    assert now_of(request).carried_out_at is not None


def test_only_a_part_of_what_was_asked_is_granted_partly() -> None:
    s = stage()
    both = frozenset({Category.PLAN, Category.WISHES})
    request = taken_up(s, "restriction", both)
    for part in (frozenset(), both):
        with pytest.raises(Refused):
            decided(s, request, "grant_partly", reason="unfounded", categories=part)
    done = decided(
        s, request, "grant_partly", reason="unfounded", categories=frozenset({Category.WISHES, Category.RESULTS})
    )
    assert done.result["categories"] == to_mask([Category.WISHES]), "never more than was asked"


def test_a_correction_names_what_it_is_about_and_goes_to_who_holds_it() -> None:
    s = stage()
    with pytest.raises(Refused):
        sent(s, "correction")
    theirs = factories.entry(s.patient, factories.member("gp"), "Van een ander.")
    with pytest.raises(Refused):
        sent(s, "correction", about=theirs)


def test_a_professional_sends_no_request() -> None:
    s = stage()
    with act(factories.actor(s.gp)) as actor, pytest.raises(PermissionDenied):
        actions.send(
            patient=s.patient, organisation=s.gp.organisation, kind="insight", text="", categories=EVERYTHING, by=actor
        )
