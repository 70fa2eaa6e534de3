"""Who may bring which message, what it does, that twice is once, that order does not matter, and what waits for a person."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from dossier.models import Proposal, RelatedPerson
from events.actor import act
from exchange.chain import handling, sending
from exchange.chain.making import MACHINERY
from exchange.chain.models import Assignment, ChainMessage, RelationNumber
from exchange.chain.read import Unreadable, read
from exchange.chain.retour import codes_in
from exchange.chain.spec import message
from exchange.chain.write import write
from people.models import Membership
from referrals import actions as referrals
from referrals.access import open_for_referral
from referrals.models import Referral
from tests import factories
from tests.exchange.chain import examples
from tests.exchange.chain.examples import TODAY, assigned, delivered, requested
from tests.exchange.chain.world import World, messages, rows, status_of, work
from tests.referrals.world import send

pytestmark = pytest.mark.django_db(transaction=True)


def given(referral: Referral | None = None, **values: Any) -> bytes:
    reference = {"ReferentieAanbieder": referral.number} if referral else {}
    head = {name: values.pop(name) for name in ("identification", "sender", "receiver") if name in values}
    return examples.made("301", "wmo", assigned(**reference, **values), **head)


def accepted(world: World) -> Referral:
    """A referral whose request was brought by the provider and assigned by the municipality, each on the page."""
    referral = world.refer()
    world.bring(examples.made("315", "wmo", requested(ReferentieAanbieder=referral.number)), world.carer)
    world.bring(given(referral), world.official)
    return referral


def test_files_brought_by_both_take_the_referral_from_request_to_end() -> None:
    world = World()
    referral = accepted(world)
    assert status_of(referral) == "accepted"
    assert "Verzoek om toewijzing" not in work(world.official.organisation_id), "answered"
    world.bring(examples.made("305"), world.carer)
    assert status_of(referral) == "accepted"
    assert work(world.official.organisation_id) == ["Bericht verwerken"], "the start is the receiver's to confirm"
    with factories.as_owner():
        waiting = ChainMessage.objects.get(kind="305")
    with act(factories.actor(world.official)) as actor:
        handling.handle(message=waiting, by=actor)
    assert status_of(referral) == "in_progress"
    assert work(world.official.organisation_id) == []
    world.bring(examples.made("307"), world.carer)
    with factories.as_owner():
        waiting = ChainMessage.objects.get(kind="307")
    with act(factories.actor(world.official)) as actor:
        handling.handle(message=waiting, by=actor)
    assert status_of(referral) == "completed"
    with factories.as_owner():
        assert Referral.objects.get(pk=referral.pk).outcome == "helped"
        assert set(referral.steps.values_list("user__name", flat=True)) == {
            world.carer.user.name,
            world.official.user.name,
        }


def test_every_message_is_answered_at_once_and_the_answer_says_so() -> None:
    world = World()
    for kind, who in (("315", world.carer), ("301", world.official), ("305", world.carer), ("307", world.carer)):
        taken = world.bring(examples.made(kind), who)
        answer = read(taken.answer or b"")
        assert answer.kind == str(int(kind) + 1)
        assert (answer.identification, codes_in(answer)) == (f"B{kind}", [])


def test_twice_the_same_is_once_with_the_same_answer() -> None:
    world = World()
    referral = world.refer()
    world.bring(examples.made("315", "wmo", requested(ReferentieAanbieder=referral.number)), world.carer)
    first = world.bring(given(referral), world.official)
    again = world.bring(given(referral), world.official)
    assert (first.again, again.again) == (False, True)
    assert again.answer == first.answer
    assert [one for one in messages() if one[1] == "301"] == [("in", "301", "handled")]
    assert len(rows()) == 1


def test_the_same_number_for_something_else_is_refused_and_does_nothing() -> None:
    world = World()
    world.bring(given(), world.official)
    taken = world.bring(given(Ingangsdatum=(TODAY + timedelta(days=1)).isoformat()), world.official)
    assert codes_in(read(taken.answer or b"")) == ["9056"]
    assert rows()[0].begins == TODAY
    assert "Bericht afgekeurd" in work(world.official.organisation_id)


def test_what_was_decided_last_counts_whatever_comes_last() -> None:
    world = World()
    late = given(identification="2", Toewijzingstijd="12:00:00", Einddatum=(TODAY + timedelta(days=90)).isoformat())
    early = given(identification="1", Toewijzingstijd="11:00:00")
    world.bring(late, world.official)
    world.bring(early, world.official)
    (one,) = rows()
    assert one.ends == TODAY + timedelta(days=90)
    world.bring(
        given(identification="3", Toewijzingstijd="13:00:00", RedenWijziging="13", Einddatum=TODAY.isoformat()),
        world.official,
    )
    assert rows()[0].status == "removed"


def test_a_start_before_the_assignment_is_refused_and_taken_afterwards() -> None:
    world = World()
    early = world.bring(examples.made("305"), world.carer)
    assert codes_in(read(early.answer or b"")) == ["9019"]
    world.bring(given(), world.official)
    world.bring(examples.made("305", identification="B2"), world.carer)
    assert rows()[0].running


def test_a_pause_closes_nothing() -> None:
    world = World()
    referral = accepted(world)
    world.connect(world.official)
    world.bring(examples.made("305"), world.carer)
    pause = {"RedenBeeindiging": "20", "Einddatum": TODAY.isoformat()}
    world.bring(examples.made("307", "wmo", delivered(**pause)), world.carer)
    assert status_of(referral) == "in_progress"
    assert rows()[0].periods[0]["reason"] == "20"


def test_a_start_taken_back_is_gone() -> None:
    world = World()
    world.bring(given(), world.official)
    world.bring(examples.made("305"), world.carer)
    world.bring(examples.made("305", "wmo", delivered(StatusAanlevering="3"), identification="B2"), world.carer)
    assert rows()[0].periods == []


@pytest.mark.parametrize(
    ("who", "head"),
    [
        ("carer", {}),
        ("official", {"sender": "0402"}),
        ("official", {"receiver": "99999999"}),
        ("stranger", {}),
    ],
)
def test_nobody_brings_a_message_of_another_or_for_nobody(who: str, head: dict[str, str]) -> None:
    world = World()
    stranger = factories.member("social_worker", at=factories.organisation("municipality", municipality_code="0402"))
    member: Membership = {"carer": world.carer, "official": world.official, "stranger": stranger}[who]
    with pytest.raises(PermissionDenied):
        world.bring(given(**head), member)
    assert messages() == []


def test_a_suspended_participant_brings_nothing() -> None:
    world = World()
    with factories.as_owner():
        type(world.official.organisation).objects.filter(pk=world.official.organisation_id).update(
            admission="suspended"
        )
    with pytest.raises(PermissionDenied):
        world.bring(given(), world.official)


@pytest.mark.parametrize("role", ["manager", "coordinator", "privacy_officer"])
def test_who_does_not_refer_brings_nothing(role: str) -> None:
    world = World()
    other = factories.member(role, at=world.official.organisation)
    with pytest.raises(PermissionDenied):
        world.bring(given(), other)


def test_what_is_no_message_is_not_kept() -> None:
    world = World()
    with pytest.raises(Unreadable):
        world.bring(given().replace(b"Bsn", b"Bsm"), world.official)
    assert messages() == []


def test_a_refused_file_is_kept_sealed_for_two_weeks_and_what_was_understood_not_at_all() -> None:
    world = World()
    world.bring(examples.made("305"), world.carer)
    world.bring(given(), world.official)
    with factories.as_owner():
        refused = ChainMessage.objects.get(kind="305")
        assert refused.sealed is not None
        assert examples.BSN.encode() not in bytes(refused.sealed)
        assert ChainMessage.objects.get(kind="302").sealed is not None, "until it was brought"
        ChainMessage.objects.update(kept_until=timezone.now() - timedelta(minutes=1))
    with act(MACHINERY) as worker:
        assert sending.forget_files(by=worker) == 4, "both answers, what was refused, and what waits for a person"
    with factories.as_owner():
        assert not ChainMessage.objects.exclude(sealed=None).exists()


def test_somebody_unknown_waits_for_a_person_and_opens_nothing() -> None:
    world = World()
    bsn = factories.bsn()
    body = examples.made("301", "wmo", assigned(), bsn=bsn)
    world.bring(body, world.official)
    (one,) = rows()
    assert one.patient_id is None
    assert ("in", "301", "waiting") in messages()
    with factories.as_owner():
        waiting = ChainMessage.objects.get(kind="301")
    from events.errors import Refused

    with pytest.raises(Refused), act(factories.actor(world.carer)) as actor:
        handling.handle(message=waiting, by=actor)
    known = factories.patient(related_to=[world.carer.organisation], number=bsn)
    with factories.as_owner():
        waiting.refresh_from_db()
    with act(factories.actor(world.carer)) as actor:
        handling.handle(message=waiting, by=actor)
    assert rows()[0].patient_id == known.pk


def test_bringing_a_message_does_not_tell_whom_the_other_helps() -> None:
    world = World()
    outcomes = []
    for number, bsn in enumerate((examples.BSN, factories.bsn())):
        product = assigned(ToewijzingNummer=str(number + 1))
        taken = world.bring(examples.made("301", "wmo", product, bsn=bsn, identification=f"P{number}"), world.official)
        outcomes.append((taken.message.status, taken.message.patient_id, taken.message.sealed is None))
    assert outcomes[0] == outcomes[1], "the provider helps the first and not the second"


def test_what_the_other_refers_within_its_own_walls_is_not_told_either() -> None:
    world = World()
    own = factories.service(world.carer.organisation, "Wijkverpleging", law="wmo", municipalities=[])
    with act(factories.actor(world.carer)) as actor:
        opening = open_for_referral(actor, world.patient.key)
        referrals.send(opening=opening, service=own, question="Kan dit?", agreed=True, by=actor)
    world.bring(given(), world.official)
    with factories.as_owner():
        assert set(ChainMessage.objects.values_list("patient_id", flat=True)) == {None}


def test_a_guessed_number_tells_a_provider_nothing_of_a_request_that_it_did_not_take_on() -> None:
    world = World()
    care = factories.service(world.carer.organisation, "Begeleiding", law="wmo", municipalities=[])
    asked = factories.patient(related_to=[world.official.organisation], number="999990019")
    referral = send(world.official, asked, care)
    taken = []
    for number, bsn in enumerate(("999990019", factories.bsn())):
        body = examples.made(
            "315", "wmo", requested(ReferentieAanbieder=referral.number + f"/{number}"), bsn=bsn, identification=f"G{number}"
        )  # fmt: skip
        message = world.bring(body, world.carer).message
        taken.append((message.status, message.patient_id, message.referral_id))
    assert taken[0] == taken[1] == (taken[0][0], None, None)
    factories.relation(asked, world.carer.organisation)
    body = examples.made(
        "315", "wmo", requested(ReferentieAanbieder=f"{referral.number}/9"), bsn="999990019", identification="G9"
    )
    assert world.bring(body, world.carer).message.referral_id is None, (
        "who knows the person learns not that it is about that one"
    )


def test_the_number_of_a_referral_of_others_points_nowhere() -> None:
    world = World()
    referral = world.refer()
    other = factories.organisation("home_care", agb="42429999")
    helper = factories.member("district_nurse", at=other)
    factories.relation(world.patient, other)
    world.bring(examples.made("315", "wmo", requested(ReferentieAanbieder=referral.number), sender="42429999"), helper)
    assert rows()[0].referral_id is None


def test_an_assignment_is_read_by_both_parties_after_opening_and_by_nobody_else() -> None:
    world = World()
    accepted(world)
    beside = factories.member("district_nurse", at=factories.organisation("home_care"))
    factories.relation(world.patient, beside.organisation)

    def seen(who: Membership, *, opened: bool) -> int:
        from trust.access import open_record
        from trust.categories import Category

        with act(factories.actor(who)) as actor:
            if opened:
                open_record(actor, world.patient.key, [Category.IDENTITY, Category.REFERRAL])
            return Assignment.objects.count()

    assert [seen(who, opened=False) for who in (world.carer, world.official, beside)] == [0, 0, 0]
    assert [seen(who, opened=True) for who in (world.carer, world.official, beside)] == [1, 1, 0]


def test_only_the_machinery_writes_messages_and_assignments() -> None:
    from django.db import DatabaseError

    world = World()
    accepted(world)
    with act(factories.actor(world.official)):
        assert ChainMessage.objects.update(status="handled") == 0
        assert Assignment.objects.update(status="removed") == 0
    with pytest.raises(DatabaseError), act(factories.actor(world.official)):
        ChainMessage.objects.create(
            direction="in", law="wmo", kind="301", sender=world.official.organisation, receiver=world.carer.organisation,
            identification="X", dated=TODAY, digest="1" * 64, status="handled",
        )  # fmt: skip


def test_relations_are_those_of_the_register_and_what_differs_is_proposed() -> None:
    world = World()
    with factories.as_owner():
        daughter = RelatedPerson.objects.create(
            patient=world.patient, organisation=world.carer.organisation, name="M. de Vries", relationship="DAUC",
            phone="0600000000",
        )  # fmt: skip
    values = examples.values_of("301")
    stranger = copy.deepcopy(examples.RELATION) | {"Nummer": "2"}
    stranger["Naam"]["Geslachtsnaam"] = {"Achternaam": "Onbekend"}
    values["Client"]["Relaties"] = {"Relatie": [examples.RELATION, stranger]}
    world.bring(write(message("301", "wmo"), values), world.official)
    with factories.as_owner():
        waiting = ChainMessage.objects.get(kind="301")
        waiting.patient = world.patient
        waiting.save()
    with act(factories.actor(world.official)) as actor:
        handling.handle(message=waiting, by=actor)
    with factories.as_owner():
        waiting.refresh_from_db()
        assert waiting.sealed is not None, "who sent it does not look for whom it is for"
    with act(factories.actor(world.carer)) as actor:
        handled = handling.handle(message=waiting, by=actor)
    assert handled.compared is not None
    assert (handled.compared.same, handled.compared.proposed, handled.compared.unknown) == (0, 1, 1)
    with factories.as_owner():
        daughter.refresh_from_db()
        assert daughter.phone == "0600000000", "the register is not overwritten"
        assert Proposal.objects.get().changes["phone"] == "0612345678"
        assert RelationNumber.objects.get().number == "1"
        assert RelatedPerson.objects.count() == 1
        assert ChainMessage.objects.get(kind="301").sealed is None


def test_an_own_assignment_numbers_the_contact_persons_of_the_register_once() -> None:
    world = World()
    referral = world.refer()
    with act(factories.actor(world.official)) as actor:
        referrals.accept(referral=referral, by=actor)
    with factories.as_owner():
        RelatedPerson.objects.create(
            patient=world.patient, organisation=world.carer.organisation, name="M. de Vries", relationship="DAUC",
            phone="06-12345678",
        )  # fmt: skip
    made = world.make("assign", referral, world.official)
    with act(factories.actor(world.carer)) as actor:
        told = read(handling.fetch(message=made, by=actor) or b"")
    (relation,) = told.content["Relaties"]["Relatie"]
    assert (relation["Nummer"], relation["Soort"]) == ("1", "16")
    assert "Geboortedatum" not in relation
    assert "Adres" not in relation["Contact"]


def test_a_return_that_stays_away_is_asked_of_the_sender_after_three_working_days_and_once() -> None:
    world = World()
    referral = world.refer()
    made = world.make("request", referral, world.carer)
    with act(factories.actor(world.official)) as actor:
        handling.fetch(message=made, by=actor)
    with factories.as_owner():
        made.refresh_from_db()
        assert made.due is not None
        assert made.due > timezone.now() + timedelta(days=2)
        ChainMessage.objects.filter(pk=made.pk).update(due=timezone.now() - timedelta(minutes=1))
    for told in (1, 0):
        with act(MACHINERY) as worker:
            assert sending.tell_missing(by=worker) == told
    assert work(world.carer.organisation_id) == ["Retour op bericht blijft uit"]


def test_a_return_message_is_taken_from_whom_it_was_asked_alone() -> None:
    from exchange.chain.retour import retour

    world = World()
    referral = world.refer()
    made = world.make("request", referral, world.carer)
    with act(factories.actor(world.official)) as actor:
        asked = read(handling.fetch(message=made, by=actor) or b"")
    answer = retour(asked, [], identification="R1", dated=TODAY)
    with pytest.raises(PermissionDenied):
        world.bring(answer, world.carer)
    world.bring(answer, world.official)
    world.bring(answer, world.official)
    assert ("out", "315", "approved") in messages()


def test_steps_stand_on_the_name_of_who_took_that_on_as_long_as_that_person_works_there() -> None:
    world = World()
    referral = accepted(world)
    connection = world.connect(world.official, acting=False)
    with act(factories.actor(world.official)) as actor:
        handling.stand_for(takes=True, by=actor)
    world.bring(examples.made("305"), world.carer)
    assert status_of(referral) == "in_progress"
    with factories.as_owner():
        connection.refresh_from_db()
        assert connection.acting_id == world.official.pk
        world.official.period = (timezone.now() - timedelta(days=9), timezone.now() - timedelta(days=1))
        world.official.save()
    world.bring(examples.made("307"), world.carer)
    assert status_of(referral) == "in_progress"
    assert work(world.official.organisation_id) == ["Bericht verwerken"]
