"""The programme: who sees it, which phases follow each other, and how participants are admitted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from events.actor import act
from events.errors import Refused
from events.models import Event
from people.models import Membership, Organisation, User
from people.moves import MOVES as ADMISSION_MOVES
from people.moves import Admission
from programme import access, actions
from programme.models import Participation, Process
from programme.moves import MOVES, Phase, Verb
from programme.views import ADMISSION_STATUS, ADMISSION_VERBS
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def process(name: str = "eOverdracht", *domains: str, position: int = 1) -> Process:
    with factories.as_owner():
        return Process.objects.create(
            name=name, summary="Overdragen zonder overtypen.", domains=list(domains), position=position
        )


def holder(right: str) -> Membership:
    made = factories.member("coordinator", factories.organisation("region", "Regiobureau"))
    with factories.as_owner():
        assign_perm(f"people.{right}", made.user, made.organisation)
    return made


@pytest.fixture
def manager() -> Membership:
    return holder("manage_admission")


@pytest.fixture
def coordinator() -> Membership:
    return holder("see_dashboards")


def move(
    by: Membership, place: Organisation, what: Process, verb: str, phase: str = "", note: str = ""
) -> Participation:
    with act(factories.actor(by)) as actor:
        return actions.move(organisation=place, process=what, verb=verb, phase=phase, note=note, by=actor)


def participation(place: Organisation, what: Process, phase: Phase) -> Participation:
    with factories.as_owner():
        return Participation.objects.create(organisation=place, process=what, phase=phase)


# -- phases


def test_the_moves_are_these() -> None:
    assert {(move.source, move.verb, move.target) for move in MOVES} == {
        (None, "begin", "intake"),
        ("intake", "advance", "front_runner"), ("front_runner", "advance", "optimisation"),
        ("optimisation", "advance", "broad"), ("broad", "advance", "done"),
        ("front_runner", "step_back", "intake"), ("optimisation", "step_back", "front_runner"),
        ("broad", "step_back", "optimisation"), ("done", "step_back", "broad"),
    }  # fmt: skip


def test_a_participant_walks_through_all_phases_with_a_line_in_the_log_for_each(manager: Membership) -> None:
    place, what = factories.organisation("hospital"), process()
    phase = ""
    for verb in [Verb.BEGIN, *[Verb.ADVANCE] * 4, Verb.STEP_BACK]:
        part = move(manager, place, what, verb, phase, note="Getoetst met de implementatiegroep")
        phase = part.phase
    assert (part.phase, part.since, part.note) == (
        Phase.BROAD,
        timezone.localdate(),
        "Getoetst met de implementatiegroep",
    )
    with factories.as_owner():
        told = [(e.verb, e.data) for e in Event.objects.filter(subject_type="participation").order_by("id")]
    assert told[0] == ("participation.begin", {"from": "", "to": "intake"})
    assert told[-1] == ("participation.step_back", {"from": "done", "to": "broad"})
    assert len(told) == 6


@pytest.mark.parametrize(
    ("verb", "phase"),
    [("advance", ""), ("begin", "intake"), ("advance", "broad"), ("step_back", "intake"), ("leap", "intake")],
)
def test_a_move_that_does_not_fit_or_was_seen_too_long_ago_is_refused(
    manager: Membership, verb: str, phase: str
) -> None:
    place, what = factories.organisation("hospital"), process()
    participation(place, what, Phase.INTAKE)
    with pytest.raises(Refused):
        move(manager, place, what, verb, phase)


def test_whom_a_process_is_not_for_and_who_is_not_admitted_does_not_begin(manager: Membership) -> None:
    what = process("eOverdracht", "hospital", "home_care")
    for place in [factories.organisation("welfare"), factories.organisation("hospital", admission="applied")]:
        with pytest.raises(Refused):
            move(manager, place, what, Verb.BEGIN)


def test_who_does_not_manage_moves_nothing(coordinator: Membership) -> None:
    place, what = factories.organisation("hospital"), process()
    for member in [coordinator, factories.member("gp")]:
        with pytest.raises(PermissionDenied):
            move(member, place, what, Verb.BEGIN)


def test_two_managers_at_once_move_one_phase(manager: Membership) -> None:
    place, what = factories.organisation("hospital"), process()
    participation(place, what, Phase.INTAKE)
    start, ends = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        try:
            ends.append(move(manager, place, what, Verb.ADVANCE, "intake").phase)
        except Refused:
            ends.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["front_runner", "refused"]


# -- seeing


def test_the_matrix_counts_shares_per_domain_of_whom_it_is_for(coordinator: Membership) -> None:
    what = process("eOverdracht", "hospital", "home_care")
    hospital, *homes = [factories.organisation(domain) for domain in ("hospital", "home_care", "home_care")]
    factories.organisation("gp")
    factories.organisation("home_care", admission="suspended")
    participation(hospital, what, Phase.DONE)
    participation(homes[0], what, Phase.BROAD)
    with act(factories.actor(coordinator)) as actor:
        processes, lines = access.matrix(actor)
        assert processes == [what]
        assert [[cell.takes_part for cell in line.cells] for line in lines] == [[False], [True], [True], [True]]
        (whole,) = access.progress(actor)
        assert (whole.whole.using, whole.whole.of, whole.whole.percent, whole.not_begun) == (1, 3, 33, 1)
        assert {share.domain: (share.using, share.of, share.percent) for share in whole.shares} == {
            "hospital": (1, 1, 100),
            "home_care": (0, 2, 0),
        }
        assert {value: count for value, _label, count in whole.phases} == {
            "intake": 0,
            "front_runner": 0,
            "optimisation": 0,
            "broad": 1,
            "done": 1,
        }


def test_it_is_for_who_sees_dashboards_or_manages_and_for_nobody_else(
    client_of: Browser, citizen_client: Callable[[User], Client], manager: Membership, coordinator: Membership
) -> None:
    what, place = process(), factories.organisation("hospital", "Ziekenhuis Gooi")
    citizen = citizen_client(factories.citizen(factories.patient()))
    for address in [
        reverse("programme:overview"),
        reverse("programme:admission"),
        reverse("programme:participation", args=[place.pk, what.pk]),
    ]:
        assert Client().get(address).status_code == 302
        assert citizen.get(address).status_code == 404
        assert client_of(factories.member("gp")).get(address).status_code == 403
        for member in (manager, coordinator):
            page = client_of(member).get(address)
            assert page.status_code == 200
            assert "Ziekenhuis Gooi" in page.content.decode()
    with act(factories.citizen_actor(factories.citizen(factories.patient()))) as actor, pytest.raises(Http404):
        access.require_overview(actor)


def test_a_right_on_another_organisation_gives_nothing_here(client_of: Browser) -> None:
    member, other = factories.member("gp"), factories.organisation("region")
    with factories.as_owner():
        assign_perm("people.manage_admission", member.user, other)
    assert client_of(member).get(reverse("programme:overview")).status_code == 403


def test_the_page_moves_a_participant_for_the_manager_alone(
    client_of: Browser, manager: Membership, coordinator: Membership
) -> None:
    what, place = process(), factories.organisation("hospital")
    address = reverse("programme:participation", args=[place.pk, what.pk])
    assert 'value="begin"' in client_of(manager).get(address).content.decode()
    assert 'value="begin"' not in client_of(coordinator).get(address).content.decode()
    begin = {"verb": "begin", "phase": "", "note": "Akkoord bestuur"}
    assert client_of(coordinator).post(address, begin).status_code == 403
    assert client_of(manager).post(address, begin).status_code == 302
    assert client_of(manager).post(address, begin).status_code == 409
    assert "Akkoord bestuur" in client_of(coordinator).get(address).content.decode()
    assert client_of(manager).get(reverse("programme:participation", args=[place.pk, what.pk + 1])).status_code == 404


# -- admission


def test_every_step_of_admission_has_a_button_and_every_state_a_word() -> None:
    assert {move.verb for move in ADMISSION_MOVES} == set(ADMISSION_VERBS)
    assert set(ADMISSION_STATUS) == set(Admission)


def test_an_applicant_is_tested_and_admitted_on_the_page(
    client_of: Browser, manager: Membership, coordinator: Membership
) -> None:
    place = factories.organisation("welfare", "Buurthulp", admission="applied")
    address = reverse("programme:organisation", args=[place.pk])
    assert client_of(coordinator).post(address, {"verb": "test"}).status_code == 403
    assert 'value="test"' not in client_of(coordinator).get(reverse("programme:admission")).content.decode()
    client = client_of(manager)
    assert 'value="test"' in client.get(reverse("programme:admission")).content.decode()
    assert client.post(address, {"verb": "admit"}).status_code == 409, "not before testing"
    for verb, state in [
        ("test", Admission.TESTED),
        ("admit", Admission.ADMITTED),
        ("suspend", Admission.SUSPENDED),
        ("admit", Admission.ADMITTED),
    ]:
        assert client.post(address, {"verb": verb}).status_code == 302
        place.refresh_from_db()
        assert place.admission == state
    page = client.get(address).content.decode()
    assert "verliest meteen de toegang" in page
    assert 'name="verb"' not in client_of(coordinator).get(address).content.decode()


def test_nobody_shuts_the_own_door(client_of: Browser, manager: Membership) -> None:
    address = reverse("programme:organisation", args=[manager.organisation_id])
    for verb in ["suspend", "end"]:
        assert client_of(manager).post(address, {"verb": verb}).status_code == 409
    assert access.may_manage(factories.actor(manager))


def test_who_waits_for_a_step_stands_first(coordinator: Membership) -> None:
    names: dict[str, Any] = {
        name: factories.organisation("gp", name, admission=name) for name in ["ended", "admitted", "tested", "applied"]
    }
    with act(factories.actor(coordinator)) as actor:
        order = [place.name for place in access.admissions(actor) if place.name in names]
    assert order == ["applied", "tested", "admitted", "ended"]
