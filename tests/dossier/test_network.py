"""The register of the network: one keeper for each entry, every version stays, proposals, who coordinates, who covers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossier import actions
from dossier.access import network as access
from dossier.access import network_for, participants_for, register, related_persons_for
from dossier.models import Cover, FormerVersion, OpeningHours, Participant, Proposal, RelatedPerson
from events.actor import Actor, act
from events.errors import Refused
from events.models import Event, WorkItem
from people.models import Membership, Patient, User
from tests import factories
from trust.access import Opening, open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


@contextmanager
def opened(who: Membership, of: Patient) -> Iterator[tuple[Opening, Actor]]:
    with act(factories.actor(who)) as by:
        yield open_record(by, of.key, EVERYTHING), by


@contextmanager
def opened_self(of: Patient) -> Iterator[tuple[Opening, Actor]]:
    with act(factories.citizen_actor(of.account or factories.citizen(of))) as by:
        yield open_record(by, of.key, EVERYTHING), by


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp", name="Karim Haddou")


@pytest.fixture
def nurse() -> Membership:
    return factories.member("district_nurse", name="Tom Visser")


@pytest.fixture
def patient(gp: Membership, nurse: Membership) -> Patient:
    made = factories.patient(related_to=[gp.organisation, nurse.organisation])
    factories.citizen(made)
    factories.consent(made)
    return made


def els(by: Membership, of: Patient, **values: Any) -> RelatedPerson:
    given = {"name": "Els de Vries", "relationship": "DAUC", "roles": ["100001"], "phone": "06-11112222", **values}
    with opened(by, of) as (opening, actor):
        return actions.add_related_person(opening=opening, by=actor, values=given)


def takes_part(by: Membership, of: Patient, **values: Any) -> Participant:
    with opened(by, of) as (opening, actor):
        return actions.add_participant(
            opening=opening, by=actor, values={"membership": by, "function": by.get_role_display(), **values}
        )


def test_a_contact_person_is_kept_by_who_wrote_it_and_seen_by_the_network(
    gp: Membership, nurse: Membership, patient: Patient
) -> None:
    made = els(gp, patient)
    with opened(nurse, patient) as (opening, by):
        seen = related_persons_for(opening)
        assert [(one.name, one.what, one.organisation) for one in seen] == [
            ("Els de Vries", "dochter, mantelzorger", gp.organisation)
        ]
        assert register.keeper_of(seen[0]) == gp.organisation.name
        assert not register.keeps(by, seen[0])
    with factories.as_owner():
        assert Event.objects.get(verb="related_person.added").subject_id == made.pk


def test_every_version_stays_with_who_and_when(gp: Membership, patient: Patient) -> None:
    made = els(gp, patient)
    for number in ("06-33334444", "06-55556666"):
        with opened(gp, patient) as (opening, by):
            entry = access.get_related_person(opening, made.key)
            actions.change_entry(opening=opening, entry=entry, seen=entry.version, by=by, values={"phone": number})
    with opened(gp, patient) as (opening, by):
        line = register.register_for(opening, by).contacts[0]
    assert line.entry.version == 3
    assert [change.version for change in line.history] == [3, 2, 1]
    assert line.history[0].lines == [("telefoon", "06-33334444", "06-55556666")]
    assert {change.who for change in line.history} == {"Karim Haddou"}


def test_a_former_version_can_be_neither_written_nor_changed(gp: Membership, patient: Patient) -> None:
    made = els(gp, patient)
    with opened(gp, patient) as (opening, by):
        actions.change_entry(opening=opening, entry=made, seen=1, by=by, values={"phone": "06-33334444"})
    for statement in (
        "update dossier_formerversion set author_name = 'x'",
        "delete from dossier_formerversion",
        "update dossier_relatedperson set version = 7",
        "update dossier_participant set coordinates = true",
        "delete from dossier_relatedperson",
    ):
        with pytest.raises(DatabaseError), opened(gp, patient), connection.cursor() as cursor:
            cursor.execute(statement)


def test_another_organisation_proposes_and_the_keeper_takes_it_over(
    gp: Membership, nurse: Membership, patient: Patient
) -> None:
    made = els(gp, patient)
    with opened(nurse, patient) as (opening, by):
        entry = access.get_related_person(opening, made.key)
        proposal = actions.change_entry(
            opening=opening, entry=entry, seen=1, by=by, why="Belde zelf.", values={"phone": "06-99998888"}
        )
        assert isinstance(proposal, Proposal)
        assert related_persons_for(opening)[0].phone == "06-11112222"
    with factories.as_owner():
        item = WorkItem.objects.get(kind="network", done_at=None)
        assert (item.organisation_id, item.patient_id, item.sender) == (
            gp.organisation_id,
            patient.pk,
            nurse.organisation.name,
        )
    with opened(gp, patient) as (opening, by):
        line = register.register_for(opening, by).contacts[0]
        assert line.own
        assert line.proposals[0].told == [("telefoon", "06-11112222", "06-99998888")]
        actions.accept_proposal(opening=opening, proposal=line.proposals[0], by=by)
        here = related_persons_for(opening)[0]
        assert (here.phone, here.organisation, here.author_name) == ("06-99998888", gp.organisation, "Karim Haddou")
    with factories.as_owner():
        assert not WorkItem.objects.filter(kind="network", done_at=None).exists()
        assert Proposal.objects.get().status == "accepted"


def test_only_the_keeper_decides_and_only_once(gp: Membership, nurse: Membership, patient: Patient) -> None:
    made = els(gp, patient)
    with opened(nurse, patient) as (opening, by):
        proposal = actions.change_entry(opening=opening, entry=made, seen=1, by=by, values={"phone": "06-99998888"})
        assert isinstance(proposal, Proposal)
        with pytest.raises(PermissionDenied):
            actions.accept_proposal(opening=opening, proposal=proposal, by=by)
        with pytest.raises(PermissionDenied):
            actions.decline_proposal(opening=opening, proposal=proposal, reply="", by=by)
    with opened(gp, patient) as (opening, by):
        with pytest.raises(PermissionDenied):
            actions.withdraw_proposal(opening=opening, proposal=proposal, by=by)
        actions.decline_proposal(opening=opening, proposal=proposal, reply="Dit nummer is van haar werk.", by=by)
        with pytest.raises(Refused):
            actions.accept_proposal(opening=opening, proposal=proposal, by=by)
    with opened(nurse, patient) as (opening, by):
        assert register.get_proposal(opening, proposal.pk).reply == "Dit nummer is van haar werk."


def test_a_proposal_about_a_version_that_is_gone_ends(gp: Membership, nurse: Membership, patient: Patient) -> None:
    made = els(gp, patient)
    with opened(nurse, patient) as (opening, by):
        actions.change_entry(opening=opening, entry=made, seen=1, by=by, values={"phone": "06-99998888"})
    with opened(gp, patient) as (opening, by):
        actions.change_entry(opening=opening, entry=made, seen=1, by=by, values={"email": "els@post.example"})
        assert register.proposals_for(opening) == []
    with factories.as_owner():
        assert Proposal.objects.get().status == "declined"
        assert not WorkItem.objects.filter(kind="network", done_at=None).exists()


def test_who_saw_an_older_version_changes_nothing(gp: Membership, patient: Patient) -> None:
    made = els(gp, patient)
    with opened(gp, patient) as (opening, by):
        actions.change_entry(opening=opening, entry=made, seen=1, by=by, values={"phone": "06-33334444"})
    with opened(gp, patient) as (opening, by), pytest.raises(Refused, match="Karim Haddou"):
        actions.change_entry(opening=opening, entry=made, seen=1, by=by, values={"phone": "06-77778888"})


def test_what_is_kept_by_who_is_involved_no_more_goes_over_to_who_changes_it(
    nurse: Membership, patient: Patient
) -> None:
    former = factories.member("gp", name="Weg Gegaan")
    relation = factories.relation(patient, former.organisation)
    made = els(former, patient)
    with factories.as_owner():
        relation.period = (timezone.now() - timedelta(days=30), timezone.now() - timedelta(seconds=1))
        relation.save()
    with opened(nurse, patient) as (opening, by):
        entry = access.get_related_person(opening, made.key)
        changed = actions.change_entry(opening=opening, entry=entry, seen=1, by=by, values={"phone": "06-99998888"})
        assert changed.organisation_id == nurse.organisation_id


def test_the_person_keeps_own_contact_persons_and_takes_over_what_organisations_wrote(
    gp: Membership, patient: Patient
) -> None:
    written = els(gp, patient)
    with opened_self(patient) as (opening, by):
        own = actions.add_related_person(
            opening=opening, by=by, values={"name": "Buurman Bas", "relationship": "", "roles": ["19"]}
        )
        assert own.organisation_id is None
        taken = actions.change_entry(opening=opening, entry=written, seen=1, by=by, values={"phone": "06-12121212"})
        assert isinstance(taken, RelatedPerson)
        assert taken.organisation_id is None
    with opened(gp, patient) as (opening, by):
        assert {one.name for one in related_persons_for(opening)} == {"Els de Vries", "Buurman Bas"}
        line = next(line for line in register.register_for(opening, by).contacts if line.entry.pk == written.pk)
        assert ("beheerder", gp.organisation.name, "de inwoner zelf") in line.history[0].lines
        proposal = actions.change_entry(
            opening=opening, entry=line.entry, seen=2, by=by, values={"phone": "06-33334444"}
        )
        assert isinstance(proposal, Proposal)
        assert proposal.organisation_id is None
    with opened_self(patient) as (opening, by):
        actions.accept_proposal(opening=opening, proposal=proposal, by=by)
        assert {one.phone for one in related_persons_for(opening)} == {"06-33334444", ""}


def test_a_representative_by_law_is_not_the_persons_to_change_but_to_propose_about(
    gp: Membership, patient: Patient
) -> None:
    mentor = els(gp, patient, name="M. Mentor", relationship="", roles=["15"])
    with opened_self(patient) as (opening, by):
        with pytest.raises(PermissionDenied):
            actions.add_related_person(
                opening=opening, by=by, values={"name": "X", "relationship": "", "roles": ["03"]}
            )
        proposal = actions.change_entry(opening=opening, entry=mentor, seen=1, by=by, values={"phone": "06-12121212"})
        assert isinstance(proposal, Proposal)
        assert proposal.organisation_id == gp.organisation_id
    with opened_self(patient), connection.cursor() as cursor:
        cursor.execute(
            "update dossier_relatedperson set organisation_id = null, author_id = actor_user(), roles = '{}' where id = %s",
            [mentor.pk],
        )
        assert cursor.rowcount == 0


def test_the_same_person_is_written_down_once(gp: Membership, nurse: Membership, patient: Patient) -> None:
    els(gp, patient)
    with opened(nurse, patient) as (opening, by):
        for values in (
            {"name": "els de vries", "relationship": "WIFE"},
            {"name": "E. Jansen", "relationship": "", "phone": "0611112222"},
        ):
            with pytest.raises(Refused, match="staat al"):
                actions.add_related_person(opening=opening, by=by, values=values)
        actions.add_related_person(
            opening=opening, by=by, other=True, values={"name": "Els de Vries", "relationship": "GRNDDAU"}
        )
        with pytest.raises(Refused, match="staat al"):
            actions.add_related_person(
                opening=opening, by=by, other=True, values={"name": "Els de Vries", "relationship": "DAUC"}
            )
        actions.add_participant(opening=opening, by=by, values={"membership": nurse, "function": "wijkverpleegkundige"})
        with pytest.raises(Refused, match="staat al"):
            actions.add_participant(opening=opening, by=by, values={"membership": nurse, "function": "casemanager"})
        actions.add_participant(
            opening=opening, by=by, values={"place_name": "Fysio Bussum", "function": "fysiotherapeut"}
        )
        with pytest.raises(Refused, match="staat al"):
            actions.add_participant(
                opening=opening, by=by, values={"place_name": "fysio bussum", "function": "Fysiotherapeut"}
            )


def test_what_ended_leaves_the_network_and_stays_readable(gp: Membership, patient: Patient) -> None:
    made = els(gp, patient, since=date(2024, 1, 1))
    with opened(gp, patient) as (opening, by):
        with pytest.raises(Refused):
            actions.end_entry(opening=opening, entry=made, seen=1, until=date(2023, 1, 1), by=by)
        actions.end_entry(opening=opening, entry=made, seen=1, until=timezone.localdate() - timedelta(days=1), by=by)
        assert related_persons_for(opening) == []
        shown = register.register_for(opening, by)
        assert [line.entry.name for line in shown.ended] == ["Els de Vries"]
        actions.reopen_entry(opening=opening, entry=shown.ended[0].entry, seen=2, by=by)
        assert len(related_persons_for(opening)) == 1


def test_who_coordinates_hands_over_and_another_may_not(gp: Membership, nurse: Membership, patient: Patient) -> None:
    first, second = takes_part(gp, patient), takes_part(nurse, patient)
    with opened(gp, patient) as (opening, by):
        actions.hand_over(opening=opening, from_=None, to=first, by=by)
    with opened(nurse, patient) as (opening, by):
        assert network_for(opening).coordinator == first
        assert not register.may_hand_over(by, opening, first)
        with pytest.raises(PermissionDenied):
            actions.hand_over(opening=opening, from_=first, to=second, by=by)
    with opened(gp, patient) as (opening, by):
        with pytest.raises(Refused, match="coördinator"):
            actions.end_entry(
                opening=opening, entry=participants_for(opening)[0], seen=2, until=timezone.localdate(), by=by
            )
        actions.hand_over(opening=opening, from_=first, to=second, by=by)
        assert participants_for(opening)[0] == second
        with pytest.raises(Refused):
            actions.hand_over(opening=opening, from_=first, to=second, by=by)
        line = register.register_for(opening, by).team[0]
        assert ("coördinator", "", "ja") in line.history[0].lines
        assert line.history[0].who == "Karim Haddou"


def test_who_is_involved_says_who_coordinates_when_who_did_is_gone(nurse: Membership, patient: Patient) -> None:
    former = factories.member("gp", name="Weg Gegaan")
    relation = factories.relation(patient, former.organisation)
    there, here = takes_part(former, patient), takes_part(nurse, patient)
    with opened(former, patient) as (opening, by):
        actions.hand_over(opening=opening, from_=None, to=there, by=by)
    with factories.as_owner():
        relation.period = (timezone.now() - timedelta(days=30), timezone.now() - timedelta(seconds=1))
        relation.save()
    with opened(nurse, patient) as (opening, by):
        actions.hand_over(opening=opening, from_=there, to=here, by=by)
        assert network_for(opening).coordinator == here


def test_of_two_who_take_the_coordination_at_once_one_succeeds(
    gp: Membership, nurse: Membership, patient: Patient
) -> None:
    ours = {gp: takes_part(gp, patient), nurse: takes_part(nurse, patient)}
    both, outcomes = threading.Barrier(2), []

    def take(who: Membership) -> None:
        try:
            with opened(who, patient) as (opening, by):
                both.wait(10)
                actions.hand_over(opening=opening, from_=None, to=ours[who], by=by)
            outcomes.append("done")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[who]) for who in ours]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["done", "refused"]
    with factories.as_owner():
        assert Participant.objects.filter(patient=patient, coordinates=True).count() == 1


def test_a_stranger_sees_and_changes_nothing(gp: Membership, patient: Patient, client_of: ClientOf) -> None:
    made, member = els(gp, patient), takes_part(gp, patient)
    stranger = factories.member("gp")
    client = client_of(stranger)
    for name, args in (
        ("contacts", []), ("contact_new", []), ("member_new", []), ("contact_change", [made.key]), ("member_change", [member.key]),
    ):  # fmt: skip
        assert client.get(reverse(f"dossier:{name}", args=[patient.key, *args])).status_code == 404
    for name, args in (
        ("contact_end", [made.key]), ("member_end", [member.key]), ("contact_reopen", [made.key]), ("member_reopen", [member.key]),
        ("coordinator", []), ("take_over", []), ("proposal", [1, "accept"]),
    ):  # fmt: skip
        assert client.post(reverse(f"dossier:{name}", args=[patient.key, *args])).status_code == 404
    assert client.get(reverse("dossier:network_of", args=[patient.pk])).status_code == 404
    with act(factories.actor(stranger)):
        assert RelatedPerson.objects.count() + Participant.objects.count() + FormerVersion.objects.count() == 0


def test_an_entry_of_another_record_does_not_exist_here(gp: Membership, patient: Patient) -> None:
    other = factories.patient(related_to=[gp.organisation])
    made = els(gp, other)
    with opened(gp, patient) as (opening, _by), pytest.raises(Http404):
        access.get_related_person(opening, made.key)


def test_a_role_without_the_network_writes_nothing(patient: Patient) -> None:
    pharmacist = factories.member("coordinator")
    factories.relation(patient, pharmacist.organisation)
    with pytest.raises((Http404, PermissionDenied)), opened(pharmacist, patient) as (opening, by):
        actions.add_related_person(opening=opening, by=by, values={"name": "X", "relationship": "DAUC"})


def test_a_contact_person_from_a_source_shows_beside_and_is_taken_over_whole(
    gp: Membership, nurse: Membership, patient: Patient
) -> None:
    source = factories.source(nurse.organisation, kind="ecd")
    resource = {
        "resourceType": "RelatedPerson", "name": [{"text": "Jan de Wit"}],
        "relationship": [
            {"coding": [{"system": "urn:oid:2.16.840.1.113883.2.4.3.11.22.472", "code": "01"}]},
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "HUSB"}]},
        ],
        "telecom": [{"system": "phone", "value": "+31611234567"}, {"system": "email", "value": "jan@post.example"}],
        "address": [{"line": ["Dorpsstraat 1"], "city": "Huizen", "postalCode": "1271 AA"}],
    }  # fmt: skip
    factories.fact(patient, source, Category.NETWORK, "Jan de Wit", resource_type="RelatedPerson", resource=resource)
    team = {
        "resourceType": "CareTeam",
        "participant": [{"member": {"display": "M. Bos, verzorgende"}}, {"member": {"display": "Tom Visser, wijkverpleegkundige"}}],
    }  # fmt: skip
    factories.fact(
        patient, source, Category.NETWORK, "Team", resource_type="CareTeam", resource=team,
        detail="M. Bos, verzorgende; Tom Visser, wijkverpleegkundige",
    )  # fmt: skip
    with opened(nurse, patient) as (opening, by):
        beside = register.register_for(opening, by).beside
        assert {one.found.name for one in beside} == {"Jan de Wit", "M. Bos", "Tom Visser"}
        for one in beside:
            actions.take_over(opening=opening, beside=access.get_beside(opening, one.ref), by=by)
        assert register.register_for(opening, by).beside == []
        jan = related_persons_for(opening)[0]
        assert (jan.what, jan.phone, jan.email, jan.address) == (
            "echtgenoot, eerste contactpersoon", "+31611234567", "jan@post.example", "Dorpsstraat 1 1271 AA Huizen",
        )  # fmt: skip
        assert {(one.who, one.membership_id) for one in participants_for(opening)} == {
            ("M. Bos", None), ("Tom Visser", nurse.pk),
        }  # fmt: skip
        with pytest.raises(Http404):
            access.get_beside(opening, beside[0].ref)


def at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def cover_of(who: Membership, moment: datetime) -> dict[str, Any] | None:
    with connection.cursor() as cursor:
        cursor.execute("select dossier_cover_now(%s, %s, %s)", [who.organisation_id, who.pk, moment])
        told: dict[str, Any] | None = cursor.fetchone()[0]
        return told


def test_outside_opening_hours_the_out_of_hours_post_covers_and_an_absence_goes_first(gp: Membership) -> None:
    import json

    post = factories.organisation("gp", name="Huisartsenpost", phone="035-1234567")
    colleague = factories.member("gp", at=gp.organisation, name="Vera Vervangt")
    monday = date(2026, 11, 23)
    with factories.as_owner():
        for day in range(5):
            OpeningHours.objects.create(organisation=gp.organisation, weekday=day, opens=time(8), closes=time(17))
        Cover.objects.create(organisation=gp.organisation, covered_by=post)
        Cover.objects.create(
            organisation=gp.organisation, membership=gp, stand_in=colleague,
            period=(at(monday + timedelta(days=1), 0), at(monday + timedelta(days=2), 0)),
        )  # fmt: skip

    def told(moment: datetime) -> Any:
        with act(factories.actor(colleague)):
            found = cover_of(gp, moment)
            return json.loads(found) if isinstance(found, str) else found

    assert told(at(monday, 10)) is None
    evening = told(at(monday, 20))
    assert (evening["by"], evening["phone"], evening["absent"]) == ("Huisartsenpost", "035-1234567", False)
    assert datetime.fromisoformat(evening["until"]) == at(monday + timedelta(days=1), 8)
    assert datetime.fromisoformat(told(at(monday + timedelta(days=5), 12))["until"]) == at(
        monday + timedelta(days=7), 8
    )
    away = told(at(monday + timedelta(days=1), 10))
    assert (away["by"], away["absent"]) == ("Vera Vervangt", True)


def test_the_network_is_read_in_two_queries_whatever_its_size(
    gp: Membership, nurse: Membership, patient: Patient, django_assert_num_queries: Any
) -> None:
    takes_part(gp, patient)
    takes_part(nurse, patient)
    for number in range(6):
        els(gp, patient, name=f"Naaste {number}", phone="")
    with opened(gp, patient) as (opening, _by), django_assert_num_queries(2):
        network = network_for(opening)
        assert len(network.contacts) == 6
        assert [(one.who, one.where, one.reach_phone, one.cover) for one in network.team] == [
            ("Karim Haddou", gp.organisation.name, "", None), ("Tom Visser", nurse.organisation.name, "", None),
        ]  # fmt: skip


def test_the_pages_work_whole(gp: Membership, nurse: Membership, patient: Patient, client_of: ClientOf) -> None:
    client, other = client_of(gp), client_of(nurse)
    typed = {
        "name": "Els de Vries",
        "relationship": "DAUC",
        "role": "100001",
        "phone": "06-11112222",
        "since": "2025-01-01",
    }
    new = reverse("dossier:contact_new", args=[patient.key])
    assert client.get(new).status_code == 200
    assert client.post(new, typed).status_code == 302
    again = client.post(new, typed)
    assert again.status_code == 200
    assert "staat al in het netwerk" in again.content.decode()
    assert (
        client.post(
            reverse("dossier:member_new", args=[patient.key]),
            {"membership": gp.pk, "function": "huisarts", "since": "2025-01-01"},
        ).status_code
        == 302
    )
    for who, extra in (("participant", {"party": nurse.organisation_id}), ("outside", {"place_name": "Fysio Bussum"})):
        page = reverse("dossier:member_new", args=[patient.key]) + f"?who={who}"
        assert client.get(page).status_code == 200
        assert client.post(page, {"function": f"functie {who}", "since": "2025-01-01", **extra}).status_code == 302
    shown = client.get(reverse("dossier:contacts", args=[patient.key])).content.decode()
    assert "dochter, mantelzorger" in shown
    assert "Fysio Bussum" in shown
    assert nurse.organisation.name in shown
    with opened(gp, patient) as (opening, _by):
        contact, member = related_persons_for(opening)[0], participants_for(opening)[0]
    change = reverse("dossier:contact_change", args=[patient.key, contact.key])
    proposing = other.get(change).content.decode()
    assert f"Voorstellen aan {gp.organisation.name}" in proposing
    assert other.post(change, {**typed, "phone": "06-44445555", "version": "1"}).status_code == 302
    with factories.as_owner():
        proposal = Proposal.objects.get()
    assert "06-44445555" in client.get(reverse("dossier:contacts", args=[patient.key])).content.decode()
    assert client.post(reverse("dossier:proposal", args=[patient.key, proposal.pk, "accept"])).status_code == 302
    assert (
        client.post(reverse("dossier:coordinator", args=[patient.key]), {"from": "", "to": str(member.key)}).status_code
        == 302
    )
    assert "coördinator" in client.get(reverse("dossier:contacts", args=[patient.key])).content.decode()
    end = reverse("dossier:contact_end", args=[patient.key, contact.key])
    assert client.post(end, {"until": "2026-01-31", "version": "2"}).status_code == 302
    assert "Eerder betrokken" in client.get(reverse("dossier:contacts", args=[patient.key])).content.decode()
    assert client.get(reverse("dossier:network_of", args=[patient.pk])).url == reverse(
        "dossier:contacts", args=[patient.key]
    )


def test_the_page_of_opening_hours_keeps_what_was_said(gp: Membership, client_of: ClientOf) -> None:
    client, page = client_of(gp), reverse("dossier:cover")
    post = factories.organisation("gp", name="Huisartsenpost")
    assert client.get(page).status_code == 200
    assert client.post(page, {"form": "hours", "day0": "8:00-12:00, 13.00-17.00", "day6": ""}).status_code == 302
    assert client.post(page, {"form": "hours", "day0": "van acht tot vijf"}).status_code == 200
    assert client.post(page, {"form": "cover", "covered_by": post.pk}).status_code == 302
    soon = timezone.localdate() + timedelta(days=3)
    assert client.post(page, {"form": "absence", "membership": gp.pk, "starts": soon, "ends": soon}).status_code == 302
    with factories.as_owner():
        assert OpeningHours.objects.filter(organisation=gp.organisation).count() == 2
        away = Cover.objects.get(membership=gp)
    shown = client.get(page).content.decode()
    assert "Huisartsenpost" in shown
    assert "08:00-12:00, 13:00-17:00" in shown
    assert "Karim Haddou" in shown
    stranger = client_of(factories.member("gp"))
    stranger.post(reverse("dossier:absence_drop", args=[away.pk]))
    with factories.as_owner():
        assert Cover.objects.filter(pk=away.pk).exists()
    assert client.post(reverse("dossier:absence_drop", args=[away.pk])).status_code == 302
    with factories.as_owner():
        assert not Cover.objects.filter(pk=away.pk).exists()


def test_another_organisations_hours_are_not_written(gp: Membership, nurse: Membership) -> None:
    with pytest.raises(DatabaseError), act(factories.actor(gp)), transaction.atomic():
        OpeningHours.objects.create(organisation=nurse.organisation, weekday=0, opens=time(8), closes=time(9))


def test_a_function_reads_in_the_language_of_the_reader(
    client_of: ClientOf, gp: Membership, nurse: Membership, patient: Patient
) -> None:
    takes_part(gp, patient)
    client = client_of(nurse)
    with factories.as_owner():
        User.objects.update(language="en")
    page = client.get(reverse("dossier:contacts", args=[patient.key])).content.decode()
    assert "Karim Haddou" in page
    assert "huisarts ·" not in page
    assert "GP ·" in page


def test_who_changes_an_entry_sees_what_is_proposed_about_it_and_that_it_ends(
    client_of: ClientOf, gp: Membership, nurse: Membership, patient: Patient
) -> None:
    made = els(gp, patient)
    with opened(nurse, patient) as (opening, by):
        actions.change_entry(opening=opening, entry=made, seen=1, by=by, values={"phone": "06-99998888"})
    address = reverse("dossier:contact_change", args=[patient.key, made.key])
    page = client_of(gp).get(address).content.decode()
    assert "Tom Visser stelt voor" in page
    assert "06-99998888" in page
    assert "dan vervalt dit voorstel" in page
    assert "dan vervalt dit voorstel" not in client_of(nurse).get(address).content.decode()
