"""The network's own entries and contact persons: who writes what, and that every version stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossier import actions
from dossier.access import entries_for
from dossier.models import Entry, RelatedPerson
from events.actor import Actor, act
from events.errors import Refused
from events.models import Event
from people.models import Membership, Patient
from tests import factories
from trust.access import Opening, open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


@contextmanager
def opened(who: Membership, of: Patient) -> Iterator[tuple[Opening, Actor]]:
    with act(factories.actor(who)) as by:
        yield open_record(by, of.key, EVERYTHING), by


@pytest.fixture
def nurse() -> Membership:
    return factories.member("district_nurse", name="Tom Visser")


@pytest.fixture
def patient(nurse: Membership) -> Patient:
    return factories.patient(related_to=[nurse.organisation])


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("matters", Category.PLAN),
        ("goal", Category.PLAN),
        ("action", Category.PLAN),
        ("agreement", Category.PLAN),
        ("note", Category.PLAN),
        ("wish", Category.WISHES),
        ("measurement", Category.RESULTS),
        ("social", Category.SOCIAL),
    ],
)
def test_an_entry_is_signed_and_kept_under_the_category_of_its_kind(kind: str, category: Category) -> None:
    gp = factories.member("gp", name="Karim Haddou")
    patient = factories.patient(related_to=[gp.organisation])
    with opened(gp, patient) as (opening, by):
        made = actions.add_entry(opening=opening, kind=kind, text="Loopt elke dag.", by=by)
        assert (made.category, made.author_name, made.author_role) == (category, "Karim Haddou", "huisarts")
        assert made in entries_for(opening)
    with factories.as_owner():
        event = Event.objects.get(verb="entry.added")
    assert (event.subject_id, event.patient_id, event.data) == (made.pk, patient.pk, {})


def test_a_newer_version_takes_the_place_and_the_older_stays(nurse: Membership, patient: Patient) -> None:
    other = factories.member("gp")
    factories.relation(patient, other.organisation)
    first = factories.entry(patient, nurse, "Drie keer per week wandelen.", kind="goal")
    with opened(other, patient) as (opening, by):
        second = actions.replace_entry(opening=opening, entry=first, text="Elke dag wandelen.", by=by)
        assert entries_for(opening) == [second]
        assert (second.kind, second.organisation, second.replaces) == ("goal", other.organisation, first)
    with factories.as_owner():
        assert [e.text for e in Entry.objects.order_by("id")] == ["Drie keer per week wandelen.", "Elke dag wandelen."]


def test_of_two_who_change_the_same_version_the_second_is_told(nurse: Membership, patient: Patient) -> None:
    first = factories.entry(patient, nurse)
    with opened(nurse, patient) as (opening, by):
        actions.replace_entry(opening=opening, entry=first, text="Eerst.", by=by)
    with (
        opened(nurse, patient) as (opening, by),
        pytest.raises(Refused, match=r"Tom Visser heeft dit intussen gewijzigd"),
    ):
        actions.replace_entry(opening=opening, entry=first, text="Daarna.", by=by)


def test_a_day_to_come_is_refused(nurse: Membership, patient: Patient) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    with opened(nurse, patient) as (opening, by), pytest.raises(Refused):
        actions.add_entry(opening=opening, kind="note", text="?", on_date=tomorrow, by=by)


@pytest.mark.parametrize(
    ("role", "kind"), [("social_worker", "measurement"), ("pharmacist", "goal"), ("district_nurse", "social")]
)
def test_a_role_writes_only_what_it_needs(role: str, kind: str) -> None:
    who = factories.member(role)
    patient = factories.patient(related_to=[who.organisation])
    with opened(who, patient) as (opening, by), pytest.raises(PermissionDenied):
        actions.add_entry(opening=opening, kind=kind, text="Dit hoort hier niet.", by=by)
    with factories.as_owner():
        assert Entry.objects.count() == 0


def test_who_was_only_asked_to_think_along_writes_nothing(patient: Patient) -> None:
    asked = factories.member("gp")
    factories.relation(patient, asked.organisation, source="consultation", reference="consultation:1")
    with opened(asked, patient) as (opening, by), pytest.raises(PermissionDenied):
        actions.add_entry(opening=opening, kind="note", text="Dit hoort hier niet.", by=by)
    with opened(asked, patient) as (opening, by), pytest.raises(PermissionDenied):
        actions.add_related_person(opening=opening, by=by, values={"name": "Els", "relationship": "DAUC"})


def page(
    client: Client, name: str, of: Patient, *args: Any, data: dict[str, Any] | None = None, status: int = 200
) -> str:
    address = reverse(f"dossier:{name}", args=[of.key, *args])
    response = client.get(address) if data is None else client.post(address, data)
    assert response.status_code == status
    return response.content.decode()


def test_the_pages_add_change_and_show_former_versions(
    client_of: ClientOf, nurse: Membership, patient: Patient
) -> None:
    client = client_of(nurse)
    assert "wens of behandelgrens" in page(client, "entry_new", patient)
    today = timezone.localdate().isoformat()
    page(
        client,
        "entry_new",
        patient,
        data={"kind": "action", "text": "Rollator regelen.", "on_date": today, "done": "on"},
        status=302,
    )
    with factories.as_owner():
        first = Entry.objects.get()
    assert (first.kind, first.done) == ("action", True)
    assert "Rollator regelen." in page(client, "entry_replace", patient, first.pk)
    page(client, "entry_replace", patient, first.pk, data={"text": "Rollator is er.", "on_date": today}, status=302)
    page(client, "entry_replace", patient, first.pk, data={"text": "Te laat.", "on_date": today}, status=409)
    page(client, "entry_replace", patient, first.pk, status=302)
    with factories.as_owner():
        newest = Entry.objects.get(replaces=first)
    shown = page(client, "entry_replace", patient, newest.pk)
    assert "Rollator regelen." in shown
    assert "Rollator is er." in shown


def test_bad_input_is_named_at_its_field_and_nothing_typed_is_lost(
    client_of: ClientOf, nurse: Membership, patient: Patient
) -> None:
    client = client_of(nurse)
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    shown = page(
        client, "entry_new", patient, data={"kind": "goal", "text": "Blijven lopen.", "on_date": tomorrow, "done": "on"}
    )
    assert "Deze dag moet nog komen." in shown
    assert "Alleen een actie kan gedaan zijn." in shown
    assert "Blijven lopen." in shown
    shown = page(client, "entry_new", patient, data={"kind": "", "text": "", "on_date": "gisteren"})
    assert "Kies wat voor notitie dit is." in shown
    assert "Vul een dag in als dag-maand-jaar" in shown
    shown = page(
        client, "contact_new", patient, data={"name": "Els", "relationship": "DAUC", "phone": "geen", "email": "els"}
    )
    assert "Dit is geen telefoonnummer." in shown
    assert 'value="Els"' in shown
    with factories.as_owner():
        assert Entry.objects.count() + RelatedPerson.objects.count() == 0


def test_contact_persons_are_listed_and_added(client_of: ClientOf, nurse: Membership, patient: Patient) -> None:
    client = client_of(nurse)
    assert "Nog geen contactpersonen" in page(client, "contacts", patient)
    typed = {"name": "Els de Vries", "relationship": "DAUC", "phone": "06-12345678", "since": "2026-01-31"}
    page(client, "contact_new", patient, data=typed, status=302)
    assert "Els de Vries" in page(client, "contacts", patient)


@pytest.mark.parametrize("name", ["entry_new", "contacts"])
def test_strangers_citizens_and_the_merely_asked_stay_outside(
    name: str, client_of: ClientOf, citizen_client: Callable[..., Client], patient: Patient
) -> None:
    page(client_of(factories.member("gp")), name, patient, status=404)
    page(citizen_client(factories.citizen(patient)), name, patient, status=404)
    page(Client(), name, patient, status=302)
    asked = factories.member("gp")
    factories.relation(patient, asked.organisation, source="consultation", reference="consultation:1")
    page(client_of(asked), name, patient, status=403)


def test_an_entry_of_another_patient_or_out_of_sight_does_not_exist(
    client_of: ClientOf, nurse: Membership, patient: Patient
) -> None:
    elsewhere = factories.entry(factories.patient(related_to=[nurse.organisation]), nurse)
    hidden = factories.entry(patient, nurse, kind="social", category=Category.SOCIAL)
    for entry in (elsewhere, hidden):
        page(client_of(nurse), "entry_replace", patient, entry.pk, status=404)


def test_a_text_that_is_too_long_is_said_and_never_cut_off_in_silence(
    client_of: ClientOf, nurse: Membership, patient: Patient
) -> None:
    client, address = client_of(nurse), reverse("dossier:entry_new", args=[patient.key])
    field = re.search(r"<textarea[^>]*name=\"text\"[^>]*>", client.get(address).content.decode())
    assert field
    assert "maxlength" not in field[0], "a browser cuts what is pasted off at that length, and says nothing"
    page = client.post(address, {"kind": "note", "text": "a" * 6001, "on_date": timezone.localdate().isoformat()})
    assert "niet meer dan 6000 tekens" in page.content.decode()
    assert "a" * 6001 in page.content.decode()
