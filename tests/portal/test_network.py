"""The citizen's own contact persons: named, corrected and ended by the citizen, and what others propose about them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from dossier import actions
from dossier.access import network as around
from dossier.models import Proposal, RelatedPerson
from events.actor import act
from events.errors import Refused
from events.models import Event
from people.models import Membership, User
from tests import factories
from tests.portal.scene import Scene, mandate, stranger_account
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
TYPED = {"name": "Bas Buur", "relationship": "", "role": "19", "phone": "06-11112222", "since": "2026-01-31"}


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def client(scene: Scene, citizen_client: Callable[[User], Client]) -> Client:
    return citizen_client(scene.user)


def only() -> RelatedPerson:
    with factories.as_owner():
        return RelatedPerson.objects.get()


def written(scene: Scene, **values: object) -> RelatedPerson:
    with act(factories.actor(scene.gp)) as by:
        given = {"name": "Els de Vries", "relationship": "DAUC", "phone": "06-22223333", **values}
        return actions.add_related_person(
            opening=open_record(by, scene.patient.key, [Category.NETWORK]), by=by, values=given
        )


def test_a_citizen_names_changes_and_ends_a_contact_person(scene: Scene, client: Client) -> None:
    assert client.get("/portal/network/contacts/new/").status_code == 200
    assert client.post("/portal/network/contacts/new/", TYPED).status_code == 302
    made = only()
    assert (made.organisation_id, made.author_id, made.what) == (None, scene.user.pk, "buur")
    assert "door u opgegeven" in client.get("/portal/network/").content.decode()
    address = f"/portal/network/contacts/{made.key}/"
    assert client.get(address).status_code == 200
    assert client.post(address, {**TYPED, "phone": "06-33334444", "version": "1"}).status_code == 302
    assert only().phone == "06-33334444"
    assert client.post(f"{address}end/", {"until": "2026-02-01", "version": "2"}).status_code == 302
    assert "Bas Buur" not in client.get("/portal/network/").content.decode()
    with factories.as_owner():
        verbs = list(Event.objects.filter(subject_type="relatedperson").order_by("id").values_list("verb", flat=True))
    assert verbs == ["related_person.added", "related_person.changed", "related_person.ended"]


def test_what_an_organisation_wrote_becomes_the_citizens_when_corrected(scene: Scene, client: Client) -> None:
    made = written(scene)
    address = f"/portal/network/contacts/{made.key}/"
    assert "dan beheert u deze contactpersoon voortaan zelf" in client.get(address).content.decode()
    typed = {**TYPED, "name": "Els de Vries", "relationship": "DAUC", "role": "", "version": "1"}
    assert client.post(address, typed).status_code == 302
    assert only().organisation_id is None


def test_about_a_mentor_the_citizen_sends_a_proposal(scene: Scene, client: Client) -> None:
    made = written(scene, name="M. Mentor", relationship="", roles=["15"])
    address = f"/portal/network/contacts/{made.key}/"
    assert "wettelijk vertegenwoordiger" in client.get(address).content.decode()
    typed = {**TYPED, "name": "M. Mentor", "role": "15", "phone": "06-77778888", "version": "1"}
    assert client.post(address, typed).status_code == 302
    assert only().phone == "06-22223333"
    with factories.as_owner():
        assert Proposal.objects.get().organisation_id == scene.practice.pk


def test_the_citizen_takes_over_what_a_professional_proposes(scene: Scene, client: Client) -> None:
    client.post("/portal/network/contacts/new/", TYPED)
    with act(factories.actor(scene.gp)) as by:
        opening = open_record(by, scene.patient.key, [Category.NETWORK])
        entry = around.get_related_person(opening, only().key)
        asked = actions.change_entry(opening=opening, entry=entry, seen=1, by=by, values={"phone": "06-99998888"})
        assert isinstance(asked, Proposal)
    page = client.get("/portal/network/").content.decode()
    assert "06-99998888" in page
    assert "stelt een wijziging voor" in page
    assert "stelt een wijziging in uw contactpersonen voor" in client.get("/portal/changes/").content.decode()
    assert client.post(f"/portal/network/proposals/{asked.pk}/accept/").status_code == 302
    assert only().phone == "06-99998888"


def test_a_role_given_by_law_comes_not_upon_what_the_citizen_keeps(
    scene: Scene, client: Client, client_of: Callable[[Membership], Client]
) -> None:
    """Who represents by law is written down by somebody who sees the proof, never by the citizen who accepts a proposal."""
    client.post("/portal/network/contacts/new/", TYPED)
    made = only()
    gp = client_of(scene.gp)
    address = reverse("dossier:contact_change", args=[scene.patient.key, made.key])
    typed = {**TYPED, "role": "15", "version": "1"}
    page = gp.post(address, typed)
    assert page.status_code == 200
    assert 'id="id_role_error"' in page.content.decode()
    with act(factories.actor(scene.gp)) as by:
        opening = open_record(by, scene.patient.key, [Category.NETWORK])
        with pytest.raises(Refused):
            actions.change_entry(opening=opening, entry=made, seen=1, by=by, values={"roles": ["15"]})
    with factories.as_owner():
        asked = Proposal.objects.create(
            patient=scene.patient, organisation=None, related_person=made, seen_version=1, changes={"roles": ["15"]},
            by_organisation=scene.practice, author=scene.gp.user, author_name="M. Smit", author_role="huisarts",
        )  # fmt: skip
    answer = client.post(f"/portal/network/proposals/{asked.pk}/accept/")
    assert answer.status_code == 409
    assert "rechter of de wet" in answer.content.decode()
    assert only().roles == ["19"]
    assert client.post(f"/portal/network/proposals/{asked.pk}/decline/").status_code == 302


def test_who_may_only_look_changes_nothing(scene: Scene, citizen_client: Callable[[User], Client]) -> None:
    made = written(scene)
    other = stranger_account()
    mandate(scene.patient, other, acts=False, name="Kijker")
    client = citizen_client(other)
    session = client.session
    session["acted_for"] = str(scene.patient.key)
    session.save()
    assert "Els de Vries" in client.get("/portal/network/").content.decode()
    for address in ("/portal/network/contacts/new/", f"/portal/network/contacts/{made.key}/"):
        assert client.post(address, {**TYPED, "version": "1"}).status_code == 403
    assert only().version == 1


def test_another_citizen_finds_nothing(scene: Scene, citizen_client: Callable[[User], Client]) -> None:
    made = written(scene)
    other = citizen_client(factories.citizen(factories.patient()))
    assert other.get(f"/portal/network/contacts/{made.key}/").status_code == 404
    assert (
        other.post(f"/portal/network/contacts/{made.key}/end/", {"until": "2026-02-01", "version": "1"}).status_code
        == 404
    )
    assert only().until is None
