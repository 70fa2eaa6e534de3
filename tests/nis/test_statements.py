"""A page does not wait for the database without end: what takes too long is ended there, said, and leaves nothing half done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper

from dossier import actions
from dossier.models import Entry
from events.actor import act, statements_within, system
from events.models import Event
from nis.middleware import api_problem
from people.models import Membership, Patient
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def sleep(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(%s)", [seconds])


@contextmanager
def at_once() -> Iterator[None]:
    """What happens within takes nowhere near as long as the statement would."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 10


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp")


@pytest.fixture
def patient(gp: Membership) -> Patient:
    return factories.patient(related_to=[gp.organisation])


@pytest.mark.parametrize(("language", "said"), [("nl", "Er is niets verloren"), ("en", "Nothing is lost")])
def test_a_page_that_waits_too_long_says_so_and_what_it_wrote_is_gone(
    gp: Membership,
    patient: Patient,
    client_of: Callable[[Membership], Client],
    settings: SettingsWrapper,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    said: str,
) -> None:
    settings.STATEMENT_SECONDS = 0.5
    with factories.as_owner():
        gp.user.language = language
        gp.user.save()
    add = actions.add_entry

    def slow(**values: Any) -> Entry:
        made = add(**values)
        assert Entry.objects.filter(pk=made.pk).exists()
        sleep(30)
        return made

    monkeypatch.setattr(actions, "add_entry", slow)
    address = reverse("dossier:entry_new", args=[patient.key])
    with at_once():
        answer = client_of(gp).post(address, {"kind": "goal", "text": "Half.", "on_date": timezone.localdate()})
    assert answer.status_code == 503
    assert said in answer.content.decode()
    assert f'lang="{language}"' in answer.content.decode()
    with factories.as_owner():
        assert not Entry.objects.exists()
        assert not Event.objects.filter(verb="entry.added").exists()


def test_another_system_is_told_in_its_own_form() -> None:
    answer = api_problem(OperationalError("canceling statement due to statement timeout"), {})
    assert answer is not None
    assert answer.status_code == 503
    assert answer.data["issue"][0]["code"] == "transient"
    assert "statement" not in str(answer.data)


def test_what_a_request_begins_by_itself_has_the_limit_too_and_a_worker_has_none(settings: SettingsWrapper) -> None:
    with statements_within(0.3), at_once(), pytest.raises(OperationalError), act(system("test", purpose="HOPERAT")):
        sleep(30)
    with act(system("test", purpose="HOPERAT")):
        sleep(0.6)
