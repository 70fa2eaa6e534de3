"""Every role with every relation, every choice and every policy, for all categories: the database against the plain rule."""

from __future__ import annotations

import json
import random

import pytest
from django.db import connection

from events.actor import act
from people.models import Patient
from tests.trust import combinations, plain, plain_load
from tests.trust.combinations import Combination, Stage
from trust.categories import Category, from_mask

pytestmark = pytest.mark.django_db(transaction=True)


def decided(
    stage: Stage, role: str, patients: list[int]
) -> tuple[dict[int, tuple[int, dict[str, list[int]]]], set[int], plain.Reader]:
    """What the database decides for one reader about each patient: own mask and masks by holder, and who is in the lists."""
    actor = stage.actor(role)
    reader = plain.Reader(actor.kind, actor.user_id, actor.organisation_id, actor.role, actor.purpose)
    with act(actor), connection.cursor() as cursor:
        cursor.execute(
            "select p, d.own, d.sights from unnest(%s::bigint[]) p cross join lateral trust_decide(p, %s) d",
            [patients, combinations.ALL],
        )
        answers = {p: (own, sights if isinstance(sights, dict) else json.loads(sights)) for p, own, sights in cursor}
        listed = set(Patient.objects.values_list("pk", flat=True))
    return answers, listed, reader


def test_the_database_decides_as_the_plain_rule_in_every_combination() -> None:
    stage = combinations.stage()
    made = combinations.arrange(stage, combinations.every([*combinations.ROLES, "citizen"]))
    network, persons = plain_load.network(), plain_load.persons()
    wrong: list[str] = []
    for role in [*combinations.ROLES, "citizen"]:
        mine = [c for c in made if c.role == role]
        answers, listed, reader = decided(stage, role, [c.patient.pk for c in mine])
        for c in mine:
            wrong += compare(stage, c, answers[c.patient.pk], c.patient.pk in listed, network, persons, reader)
    assert not wrong, f"{len(wrong)} of {len(made)}: " + "\n".join(random.Random(1).sample(wrong, min(len(wrong), 12)))


def compare(
    stage: Stage,
    c: Combination,
    answer: tuple[int, dict[str, list[int]]],
    listed: bool,
    network: plain.Network,
    persons: dict[int, plain.Person],
    reader: plain.Reader,
) -> list[str]:
    """Where database and plain rule differ for one patient, in words."""
    case = plain.Case(network, persons[c.patient.pk], reader, combinations.moment())
    own, sights = answer
    wrong = []
    if listed != case.sees_index():
        wrong.append(f"{c}: in the list {listed}, plainly {case.sees_index()}")
    for name in c.holders:
        holder = stage.holders[name].pk
        shared, facts = (sights.get(str(holder)) or [0, 0])[:2]
        for what, mask, sees in (("entries", shared, case.sees_entry), ("facts", facts, case.sees_fact)):
            plainly = frozenset(category for category in Category if sees(holder, category))
            if from_mask(mask) != plainly:
                wrong.append(f"{c}: {what} of {name}: {_difference(from_mask(mask), plainly)}")
    plainly = frozenset(category for category in Category if case.sees_own(category))
    if reader.kind == "professional" and from_mask(own) != plainly:
        wrong.append(f"{c}: own {_difference(from_mask(own), plainly)}")
    return wrong


def _difference(found: frozenset[Category], plainly: frozenset[Category]) -> str:
    leaked, withheld = sorted(found - plainly), sorted(plainly - found)
    return f"leaked {[int(x) for x in leaked]}, withheld {[int(x) for x in withheld]}"
