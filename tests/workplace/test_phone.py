"""The overview on a phone: what counts now stands open, of the rest there is one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dossier.access.comparison import Kind, compared
from people.models import Membership
from tests import factories
from tests.workplace.test_parts import answered, card, overview
from trust.categories import Category
from workplace.access import BY_KEY
from workplace.access.shown import Shown, pack
from workplace.access.sources import Told

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def waiting(page: str) -> list[str]:
    """The parts of which a phone shows one line."""
    return re.findall(r'<section[^>]*id="part-(\w+)" data-later', page)


def test_on_a_phone_what_counts_now_stands_open_and_the_rest_is_one_line(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    system = factories.source(gp.organisation)
    for category in (Category.PROBLEMS, Category.MEDICATION, Category.ALLERGIES, Category.VACCINATIONS):
        factories.fact(patient, system, category, f"Iets van {category.label}")
    answered(patient, system)
    page = overview(client_of(gp), patient)
    assert {"network", "vaccinations", "timeline"} <= set(waiting(page))
    assert not {"matters", "problems", "medication", "allergies", "running"} & set(waiting(page)), (
        "and what the role has on top"
    )
    assert "Vaccinaties 1" in card(page, "vaccinations")


def test_what_sources_contradict_never_waits_and_what_they_differ_about_does() -> None:
    def shown(key: str, *kinds: Kind, **more: Any) -> Shown:
        beside = [compared(kind, Category.WISHES, "Reanimeren", []) for kind in kinds]
        return Shown(BY_KEY[key], [], [], 0, Told(), beside, **more)

    parts = [
        shown("social"),
        shown("wishes", Kind.CONTRADICTION),
        shown("plan", Kind.DIFFERENCE),
        shown("problems"),
        shown("functioning", folded=True),
        shown("devices"),
    ]
    pack(parts)
    assert [one.key for one in parts if one.later] == ["plan", "devices"], (
        "the first, what counts now and what is closed anyway do not"
    )
