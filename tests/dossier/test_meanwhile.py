"""Two who change the same thing: the second is told what the first saved, and finds back what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossier import actions
from dossier.access.register import differences, names_in, said_by
from dossier.models import Document, Entry, Participant, RelatedPerson
from events.actor import act
from people.models import Membership, Patient, User
from tests import factories
from trust.access import open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


@pytest.fixture
def nurse() -> Membership:
    return factories.member("district_nurse", name="Tom Visser")


@pytest.fixture
def other(nurse: Membership) -> Membership:
    return factories.member("district_nurse", at=nurse.organisation, name="Ans Bakker")


@pytest.fixture
def patient(nurse: Membership) -> Patient:
    return factories.patient(related_to=[nurse.organisation])


def contact(by: Membership, of: Patient, **values: Any) -> RelatedPerson:
    with act(factories.actor(by)) as actor:
        opening = open_record(actor, of.key, EVERYTHING)
        given = {"name": "Els de Vries", "relationship": "DAUC", "phone": "06-11112222", **values}
        return actions.add_related_person(opening=opening, by=actor, values=given)


def told(response: HttpResponse, who: str) -> str:
    """The page that comes back: a conflict, said as such, with who was first."""
    assert response.status_code == 409
    page = response.content.decode()
    assert f"{who} heeft dit gewijzigd terwijl u bezig was" in page
    return page


def action_of(page: str, field: str) -> str:
    """Where the form with this field goes."""
    found = re.search(rf'<form[^>]*action="([^"]+)"(?:(?!</form>).)*name="{field}"', page, re.DOTALL)
    assert found, field
    return found[1]


TYPED = {"name": "Els de Vries", "relationship": "DAUC", "role": "", "since": "2026-01-31"}


def test_a_contact_person(nurse: Membership, other: Membership, patient: Patient, client_of: ClientOf) -> None:
    made = contact(nurse, patient)
    address = reverse("dossier:contact_change", args=[patient.key, made.key])
    assert client_of(nurse).post(address, {**TYPED, "phone": "06-22223333", "version": "1"}).status_code == 302
    client = client_of(other)
    page = told(client.post(address, {**TYPED, "phone": "06-44445555", "version": "1"}), "Tom Visser")
    assert 'value="06-44445555"' in page, "what was typed"
    assert "telefoon: <s>06-11112222</s> → 06-22223333" in page, "what the other changed"
    assert 'name="version" value="2"' in page
    assert action_of(page, "phone") == address
    with factories.as_owner():
        assert RelatedPerson.objects.get().phone == "06-22223333"
    assert client.post(address, {**TYPED, "phone": "06-44445555", "version": "2"}).status_code == 302
    with factories.as_owner():
        assert RelatedPerson.objects.get().phone == "06-44445555"


def test_a_proposal_with_its_reason(nurse: Membership, patient: Patient, client_of: ClientOf) -> None:
    gp = factories.member("gp")
    factories.relation(patient, gp.organisation)
    factories.consent(patient)
    made = contact(nurse, patient)
    address = reverse("dossier:contact_change", args=[patient.key, made.key])
    client_of(nurse).post(address, {**TYPED, "phone": "06-22223333", "version": "1"})
    typed = {**TYPED, "phone": "06-44445555", "why": "Zij belde vanaf dit nummer", "version": "1"}
    page = told(client_of(gp).post(address, typed), "Tom Visser")
    assert 'value="06-44445555"' in page
    assert 'value="Zij belde vanaf dit nummer"' in page


def test_what_is_wrong_besides_does_not_hide_that_another_was_first(
    nurse: Membership, other: Membership, patient: Patient, client_of: ClientOf
) -> None:
    made = contact(nurse, patient)
    address = reverse("dossier:contact_change", args=[patient.key, made.key])
    client_of(nurse).post(address, {**TYPED, "phone": "06-22223333", "version": "1"})
    told(client_of(other).post(address, {**TYPED, "name": "", "version": "1"}), "Tom Visser")


def test_the_end_of_a_contact_person(
    nurse: Membership, other: Membership, patient: Patient, client_of: ClientOf
) -> None:
    made = contact(nurse, patient)
    change, end = (reverse(f"dossier:contact_{name}", args=[patient.key, made.key]) for name in ("change", "end"))
    client_of(nurse).post(change, {**TYPED, "phone": "06-22223333", "version": "1"})
    today = timezone.localdate().isoformat()
    page = told(client_of(other).post(end, {"until": today, "version": "1"}), "Tom Visser")
    assert "06-22223333" in page
    assert (action_of(page, "until"), action_of(page, "phone")) == (end, change)
    assert client_of(other).post(end, {"until": "", "version": "2"}).status_code == 200
    assert client_of(other).post(end, {"until": today, "version": "2"}).status_code == 302


def test_who_takes_part_for_which_organisation_is_told_by_name(
    nurse: Membership, other: Membership, patient: Patient, client_of: ClientOf
) -> None:
    first = factories.organisation("gp", "Praktijk Een")
    second = factories.organisation("gp", "Praktijk Twee")
    for place in (first, second):
        factories.relation(patient, place)
    with act(factories.actor(nurse)) as actor:
        opening = open_record(actor, patient.key, EVERYTHING)
        made = actions.add_participant(opening=opening, by=actor, values={"party": first, "function": "huisarts"})
        versions = [said_by(made), {**said_by(made), "party_id": second.pk}]
        assert differences(*versions, names_in(versions)) == [("organisatie", "Praktijk Een", "Praktijk Twee")]
        people = [{"membership_id": nurse.pk}, {"membership_id": other.pk}]
        assert differences(*people, names_in(people)) == [("medewerker", "Tom Visser", "Ans Bakker")]


def test_a_member_of_the_care_team(nurse: Membership, other: Membership, patient: Patient, client_of: ClientOf) -> None:
    with act(factories.actor(nurse)) as actor:
        opening = open_record(actor, patient.key, EVERYTHING)
        values = {"membership": nurse, "function": "wijkverpleegkundige"}
        made = actions.add_participant(opening=opening, by=actor, values=values)
    address = reverse("dossier:member_change", args=[patient.key, made.key])
    typed = {"membership": nurse.pk, "function": "wijkverpleegkundige", "since": "2026-01-31", "version": "1"}
    assert client_of(nurse).post(address, {**typed, "phone": "06-22223333"}).status_code == 302
    page = told(client_of(other).post(address, {**typed, "function": "casemanager"}), "Tom Visser")
    assert 'value="casemanager"' in page
    assert "telefoon: 06-22223333" in page
    with factories.as_owner():
        assert Participant.objects.get().function == "wijkverpleegkundige"


def test_an_entry(nurse: Membership, other: Membership, patient: Patient, client_of: ClientOf) -> None:
    first = factories.entry(patient, nurse, "Drie keer per week.", kind="goal")
    address = reverse("dossier:entry_replace", args=[patient.key, first.pk])
    today = timezone.localdate().isoformat()
    assert client_of(nurse).post(address, {"text": "Elke dag.", "on_date": today}).status_code == 302
    client = client_of(other)
    page = told(client.post(address, {"text": "Twee keer per week, met hulp.", "on_date": today}), "Tom Visser")
    assert "Twee keer per week, met hulp." in page
    assert "<s>Drie keer per week.</s> → Elke dag." in page
    again = action_of(page, "text")
    assert client.post(again, {"text": "Twee keer per week, met hulp.", "on_date": today}).status_code == 302
    with factories.as_owner():
        assert [one.text for one in Entry.objects.order_by("pk")][1:] == ["Elke dag.", "Twee keer per week, met hulp."]


def test_a_document(nurse: Membership, other: Membership, patient: Patient, client_of: ClientOf) -> None:
    made = factories.document(patient, nurse)
    address = reverse("dossier:document_replace", args=[patient.key, int(Category.DOCUMENTS), made.pk])

    def sent(title: str) -> dict[str, Any]:
        return {"file": SimpleUploadedFile("b.txt", b"Nieuw"), "on_date": "2026-01-02", "title": title}

    assert client_of(nurse).post(address, sent("Zorgplan herfst")).status_code == 302
    client = client_of(other)
    page = told(client.post(address, sent("Zorgplan winter")), "Tom Visser")
    assert 'value="Zorgplan winter"' in page
    assert "→ Zorgplan herfst" in page
    assert "Kies het bestand opnieuw" in page
    assert client.post(action_of(page, "title"), sent("Zorgplan winter")).status_code == 302
    with factories.as_owner():
        assert Document.objects.latest("pk").title == "Zorgplan winter"
    assert client.get(address).status_code == 200


def test_a_contact_person_of_the_citizen(
    nurse: Membership, patient: Patient, client_of: ClientOf, citizen_client: Callable[[User], Client]
) -> None:
    made = contact(nurse, patient)
    client = citizen_client(factories.citizen(patient))
    client_of(nurse).post(
        reverse("dossier:contact_change", args=[patient.key, made.key]),
        {**TYPED, "phone": "06-22223333", "version": "1"},
    )
    address = f"/portal/network/contacts/{made.key}/"
    page = told(client.post(address, {**TYPED, "phone": "06-44445555", "version": "1"}), "Tom Visser")
    assert 'value="06-44445555"' in page
    assert "telefoon: <s>06-11112222</s> → 06-22223333" in page
    told(client.post(f"{address}end/", {"until": "2026-11-01", "version": "1"}), "Tom Visser")
    assert client.post(address, {**TYPED, "phone": "06-44445555", "version": "2"}).status_code == 302
