"""Every door shows what the plain rule allows, nothing more and nothing less, and each thing shown has its line in the log."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from events.models import Event
from people.models import User
from referrals.models import Referral
from tests import factories
from tests.trust import combinations, plain, plain_load
from tests.trust.combinations import MANDATES, RELATIONS
from tests.trust.doors import DOORS, MARK, WHOLE, ClientOf, Planted, Seen, allowed, knock, look, plant
from tests.trust.pairs import all_pairs

pytestmark = pytest.mark.django_db(transaction=True)
ROLES = (
    "gp",
    "district_nurse",
    "social_worker",
    "psychologist",
    "specialist",
    "pharmacist",
    "manager",
    "privacy_officer",
)
CHOICES = (
    "nothing", "permit everybody", "permit kind", "permit person", "object everybody", "object organisation",
    "permit organisation, object person", "permit, object of holder", "object, permit of holder", "permit that waits",
    "permit that expired", "restricted, permitted", "restricted at the own place", "national permit",
    "national refusal, permit", "permit, object merged", "object person about the own place",
)  # fmt: skip
POLICIES = ("standard", "none", "emergencies only", "some roles", "in parts")


def _letter(referral: Referral, content: dict[str, object]) -> bytes:
    """The letter as it is before it becomes a PDF, whose text is compressed."""
    return render_to_string("referrals/letter.html", {**content, "referral": referral, "sheet": ""}).encode()


def test_every_door_shows_what_the_plain_rule_allows(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("referrals.views.thread"), "pdf", _letter)
    stage = combinations.stage()
    rows = all_pairs([ROLES, tuple(RELATIONS), CHOICES, POLICIES, DOORS])
    made = combinations.arrange(stage, [row[:3] for row in rows], holders=[(row[3],) for row in rows])
    planted, network = plant(stage, made), plain_load.network()
    persons = plain_load.persons()
    clients = {role: client_of(stage.readers[role]) for role in ROLES}
    wrong: list[str] = []
    shown = 0
    for one, row in zip(planted, rows, strict=True):
        actor = stage.actor(row[0])
        reader = plain.Reader(actor.kind, actor.user_id, actor.organisation_id, actor.role, actor.purpose)
        case = plain.Case(network, persons[one.combination.patient.pk], reader, combinations.moment())
        with factories.as_owner():
            last = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
        seen, may = knock(clients[row[0]], row[4], one), allowed(case, one)
        shown += len(seen.marks)
        wrong += judge(row, case, one, seen, may) + unlogged(row, one, seen, last)
    assert not wrong, f"{len(wrong)} of {len(rows)}:\n" + "\n".join(wrong[:15])
    assert shown > 1000, "the doors were not all shut"


def judge(
    row: tuple[str, ...], case: plain.Case, one: Planted, seen: Seen, may: set[tuple[str, int, int]]
) -> list[str]:
    """What one door got wrong, in words."""
    where, wrong = " × ".join(row), []
    if seen.status >= 500:
        wrong.append(f"{where}: broke")
    if leaked := seen.marks - may:
        wrong.append(f"{where}: leaked {sorted(leaked)}")
    if seen.strangers:
        wrong.append(f"{where}: shows others {seen.strangers}")
    if withheld := {mark for mark in may - seen.marks if mark[0] in WHOLE.get(row[4], "")}:
        wrong.append(f"{where}: withheld {sorted(withheld)}, answered {seen.status}")
    if seen.named and not case.sees_index():
        wrong.append(f"{where}: shows the name")
    if (
        row[4] in {"search", "fhir search"}
        and row[0] not in {"manager", "privacy_officer"}
        and not seen.named
        and case.sees_index()
    ):
        wrong.append(f"{where}: does not find who is in reach, answered {seen.status}")
    return wrong


def unlogged(row: tuple[str, ...], one: Planted, seen: Seen, last: int) -> list[str]:
    """The marks that were shown without a line in the log since, that opened this category of this holder."""
    with factories.as_owner():
        lines = list(Event.objects.filter(id__gt=last, patient_id=one.combination.patient.pk, verb="record.opened"))
    missing = []
    for kind, holder, category in sorted(seen.marks):
        place = 1 if kind == "f" else 0
        if not any(
            (line.grounds.get("holders", {}).get(str(holder), [0, 0])[place] >> category & 1)
            or (holder == line.organisation_id and line.own_categories >> category & 1)
            for line in lines
        ):
            missing.append((kind, holder, category))
    return [f"{' × '.join(row)}: shown without a line {missing}"] if missing else []


def test_lists_name_whom_the_reader_may_know_and_count_no_others(client_of: ClientOf) -> None:
    stage = combinations.stage()
    wanted = [
        (role, relation, choice)
        for role in ("gp", "district_nurse", "manager")
        for relation in RELATIONS
        for choice in ("nothing", "object everybody", "object person")
    ]
    made = combinations.arrange(stage, wanted, each=1)
    planted, network, persons = plant(stage, made), plain_load.network(), plain_load.persons()
    for role in ("gp", "district_nurse", "manager"):
        client, actor = client_of(stage.readers[role]), stage.actor(role)
        reader = plain.Reader(actor.kind, actor.user_id, actor.organisation_id, actor.role, actor.purpose)
        may = {
            one.name
            for one in planted
            if plain.Case(network, persons[one.combination.patient.pk], reader, combinations.moment()).sees_index()
        }
        about_me = {one.name for one in planted if one.combination.role == role}
        for name, text in lists(client).items():
            assert not MARK.search(text), (role, name)
            named = {one.name for one in planted if one.name in text}
            assert named == may & about_me, (role, name, named ^ (may & about_me))


def lists(client: Client) -> dict[str, str]:
    """The text of each list, all its pages together."""
    texts = {
        "today": client.get(reverse("workplace:today")).content.decode(),
        "referrals": "".join(
            client.get(reverse("referrals:list"), {"page": page, "side": "received"}).content.decode()
            for page in (1, 2, 3)
        ),
    }
    for kind in ("ServiceRequest", "Task"):
        answer = client.get(f"/fhir/{kind}", {"_count": "100"})
        texts[kind] = answer.content.decode()
        if answer.status_code == 200:
            assert answer.json()["total"] == len(answer.json().get("entry", []))
    return texts


PORTAL = ("home", "record", "network", "referrals", "log", "consent", "changes", "mandates")


def test_the_portal_shows_who_acts_what_the_mandate_reaches(citizen_client: Callable[[User], Client]) -> None:
    stage = combinations.stage()
    wanted = [("citizen", mandate, choice) for mandate in MANDATES for choice in ("nothing", "object everybody")]
    made = combinations.arrange(stage, wanted, each=1)
    planted = plant(stage, made)
    selves = {one.combination.patient.pk: factories.citizen(one.combination.patient) for one in planted[:2]}
    network, persons = plain_load.network(), plain_load.persons()
    assert stage.carer is not None
    people = [(one, stage.carer) for one in planted] + [
        (one, selves[one.combination.patient.pk]) for one in planted[:2]
    ]
    wrong = []
    for one, user in people:
        client = citizen_client(user)
        if user == stage.carer:
            session = client.session
            session["acted_for"] = str(one.combination.patient.key)
            session.save()
        reader = plain.Reader("citizen", user.pk, None, "citizen", "PATRQT")
        case = plain.Case(network, persons[one.combination.patient.pk], reader, combinations.moment())
        for page in PORTAL:
            answer = client.get(reverse(f"portal:{page}"), follow=True)
            seen, may = look(one, answer.content.decode(), answer.status_code), allowed(case, one)
            where = f"{page} × {one.combination} × {'self' if user != stage.carer else 'mandate'}"
            wrong += [f"{where}: {said}" for said in _of_portal(page, case, seen, may)]
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:12])


def _of_portal(page: str, case: plain.Case, seen: Seen, may: set[tuple[str, int, int]]) -> list[str]:
    wrong = []
    if leaked := seen.marks - may:
        wrong.append(f"leaked {sorted(leaked)}")
    if seen.strangers:
        wrong.append(f"shows others {seen.strangers}")
    if seen.named and not case.sees_index():
        wrong.append("shows the name")
    if page == "record" and (withheld := {mark for mark in may - seen.marks if mark[0] != "l"}):
        wrong.append(f"withheld {sorted(withheld)}, answered {seen.status}")
    return wrong
