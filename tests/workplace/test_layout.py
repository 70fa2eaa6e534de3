"""How the overview is arranged: what fits the role, what somebody made of it, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.actor import act
from people.models import Membership, Patient
from tests import factories
from trust.models import Emergency
from workplace.access import BY_KEY, PARTS, layout_of, usual
from workplace.access.shown import Shown, pack
from workplace.access.sources import Told
from workplace.models import OUT_OF_HOURS, Layout

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
LAYOUT = reverse("workplace:layout")


def order(client: Client, patient: Patient) -> list[str]:
    """The parts with a card, in the order of the page."""
    page = client.get(reverse("workplace:patient", args=[patient.key])).content.decode()
    return re.findall(r'<section class="card part[^>]*id="part-(\w+)"', page)


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("gp", ["matters", "running", "network", "problems"]),
        ("district_nurse", ["matters", "running", "network"]),
        ("social_worker", ["matters", "running", "network", "social"]),
        ("psychologist", ["matters", "running", "network", "mental_health"]),
        ("pharmacist", ["medication", "allergies", "results"]),
        ("specialist", ["problems", "medication", "allergies"]),
        (OUT_OF_HOURS, ["allergies", "wishes", "problems"]),
    ],
)
def test_each_role_begins_with_what_it_comes_for_and_misses_nothing(role: str, first: list[str]) -> None:
    keys = [part.key for part in usual(role).parts]
    assert keys[: len(first)] == first
    assert sorted(keys) == sorted(part.key for part in PARTS)


def test_every_step_works_with_a_plain_form_and_is_kept(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    client = client_of(gp)
    assert order(client, patient)[:4] == ["matters", "running", "network", "problems"]
    back = str(patient.key)
    answer = client.post(LAYOUT, {"step": "up:network", "back": back})
    assert answer["Location"] == f"{LAYOUT}?back={back}"
    client.post(LAYOUT, {"step": "top:timeline"})
    client.post(LAYOUT, {"step": "down:network"})
    client.post(LAYOUT, {"step": "hide:problems"})
    client.post(LAYOUT, {"step": "fold:medication"})
    assert order(client, patient)[:5] == ["timeline", "matters", "running", "network", "medication"]
    page = client.get(reverse("workplace:patient", args=[patient.key])).content.decode()
    assert "Door u verborgen: problemen en diagnoses." in page
    assert '<details class="fold part-fold">' in page.split('id="part-medication"')[1].split("</section>")[0]
    client.post(LAYOUT, {"step": "show:problems"})
    client.post(LAYOUT, {"step": "open:medication"})
    assert "part-fold" not in client.get(reverse("workplace:patient", args=[patient.key])).content.decode()
    client.post(LAYOUT, {"reset": "1"})
    assert order(client, patient)[:4] == ["matters", "running", "network", "problems"]


def test_at_the_edge_a_step_changes_nothing_and_an_unknown_one_is_refused(client_of: Browser) -> None:
    gp = factories.member("gp")
    client = client_of(gp)
    client.post(LAYOUT, {"step": "up:matters"})
    client.post(LAYOUT, {"step": "down:timeline"})
    with act(factories.actor(gp)) as actor:
        assert [part.key for part in layout_of(actor).parts] == [part.key for part in usual("gp").parts]
    for step in ("up:nothing", "sideways:matters", "", "up"):
        assert client.post(LAYOUT, {"step": step}).status_code == 409


def test_a_part_that_came_later_stands_behind_its_neighbour_and_one_that_went_is_passed_over(
    client_of: Browser,
) -> None:
    gp = factories.member("gp")
    kept = [part.key for part in usual("gp").parts if part.key != "allergies"][::-1]
    with factories.as_owner():
        Layout.objects.create(user=gp.user, situation="gp", order=["gone", *kept], hidden=["gone"], folded=[])
    with act(factories.actor(gp)) as actor:
        keys = [part.key for part in layout_of(actor).parts]
    assert keys[keys.index("medication") + 1] == "allergies"
    assert sorted(keys) == sorted(part.key for part in PARTS)
    assert client_of(gp).get(LAYOUT).status_code == 200


def test_a_layout_is_of_one_person_in_one_role(client_of: Browser) -> None:
    gp, colleague = factories.member("gp"), factories.member("gp")
    client_of(gp).post(LAYOUT, {"step": "top:timeline"})
    nurse = factories.member("district_nurse")
    with factories.as_owner():
        nurse.user = gp.user
        nurse.save()
    for reader, own in ((gp, True), (colleague, False), (nurse, False)):
        with act(factories.actor(reader)) as actor:
            assert layout_of(actor).own is own
    with act(factories.actor(colleague)), connection.cursor() as cursor:
        cursor.execute("select count(*) from workplace_layout")
        assert cursor.fetchone()[0] == 0, "nobody reads the layout of another"


def test_with_emergency_access_what_matters_now_stands_first(client_of: Browser) -> None:
    duty = factories.member("gp")
    patient = factories.patient(related_to=[factories.organisation()])
    now = timezone.now()
    with factories.as_owner():
        Emergency.objects.create(
            patient=patient, organisation=duty.organisation, user=duty.user, role="gp", reason="acute", explanation="spoed",
            period=(now - timedelta(minutes=1), now + timedelta(hours=1)),
        )  # fmt: skip
    client = client_of(duty)
    shown = order(client, patient)
    assert [key for key in shown if key != "part"][:1] in (["allergies"], ["wishes"], ["problems"])
    client.post(LAYOUT, {"step": "top:timeline", "for": OUT_OF_HOURS})
    assert order(client, patient)[0] == "timeline"
    with act(factories.actor(duty)) as actor:
        assert not layout_of(actor).own, "the layout of the role itself did not change"


def test_the_way_back_leads_to_a_patient_or_nowhere(client_of: Browser) -> None:
    gp = factories.member("gp")
    client = client_of(gp)
    assert "Terug naar het overzicht" not in client.get(LAYOUT, {"back": "//elsewhere.example/x"}).content.decode()
    patient = factories.patient(related_to=[gp.organisation])
    page = client.get(LAYOUT, {"back": str(patient.key)}).content.decode()
    assert f'href="{reverse("workplace:patient", args=[patient.key])}"' in page


def test_each_card_stands_in_the_column_that_is_shortest_and_the_time_line_has_the_whole_width() -> None:
    def sides(**counts: int) -> list[str]:
        shown = [Shown(BY_KEY[key], [], [], 0, Told(), filled=count) for key, count in counts.items()]
        pack(shown)
        return [one.side for one in shown]

    assert sides(network=10, problems=2, running=2, plan=9, timeline=4) == ["left", "right", "right", "right", "both"]
    assert sides(timeline=4, problems=2, plan=1, social=1) == ["both", "left", "right", "right"]
    assert sides(medication=2, timeline=4) == ["both", "both"], "a card alone needs no column"
