"""The simulated national consent service beside the other services of the region: its choices, its control, its memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIServer

import httpx
import pytest

from region.generate.stories import STORIES
from region.national import CATEGORIES, CONSULTING, READERS, National
from region.services import make_app, serve

CHOICE = {"bsn": "999996782", "holder": "V6", "category": "GGC013", "readers": ["RPZAC001"]}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[WSGIServer]:
    server = serve(make_app(tmp_path, "http://localhost:0", ["http://localhost:8000"]), 0)
    yield server
    server.shutdown()
    server.server_close()


def control(server: WSGIServer, **wanted: object) -> httpx.Response:
    url = f"http://127.0.0.1:{server.server_port}/national/control"
    return httpx.post(url, json=wanted, trust_env=False) if wanted else httpx.get(url, trust_env=False)


def test_the_choices_it_begins_with_are_of_people_in_the_stories(tmp_path: Path) -> None:
    choices = National(tmp_path).choices
    assert {choice["bsn"] for choice in choices} <= {story.bsn for story in STORIES}
    for choice in choices:
        assert choice["category"] in CATEGORIES
        assert choice["holder"] in CONSULTING
        assert set(choice["readers"]) <= set(READERS)


def test_a_choice_is_changed_and_taken_back_through_the_control(served: WSGIServer, tmp_path: Path) -> None:
    before = control(served).json()["choices"]
    assert control(served, choice={**CHOICE, "permit": False}).status_code == 200
    asked = ("999996782", "00000001", "V6", "GGC013", "Z3")
    assert National(tmp_path).decide(*asked) == "Deny", "it remembers"
    assert control(served, choice={**CHOICE, "permit": None}).json()["choices"] == before
    assert National(tmp_path).decide(*asked) == "NotApplicable"


def test_it_misbehaves_when_told_and_only_as_it_knows_how(served: WSGIServer) -> None:
    assert control(served, fault="indeterminate").json()["fault"] == "indeterminate"
    assert control(served, fault="sings").status_code == 400
    assert control(served, choice={"bsn": "999996782"}).status_code == 400
    assert control(served, fault="none").json()["fault"] == "none"


def test_a_permission_for_treatment_data_implies_medication_and_not_the_other_way_round(tmp_path: Path) -> None:
    service = National(tmp_path)
    service.choices = []
    service.choose("999996782", "Z3", "GGC013", ["RPZAC005"], True)
    assert service.decide("999996782", "00000001", "Z3", "GGC013", "J8") == "Permit"
    assert service.decide("999996782", "00000001", "Z3", "GGC002", "J8") == "NotApplicable"
    service.choose("999996782", "Z3", "GGC013", ["RPZAC005"], None)
    service.choose("999996782", "Z3", "GGC002", ["RPZAC005"], True)
    assert service.decide("999996782", "00000001", "Z3", "GGC013", "J8") == "Permit"
