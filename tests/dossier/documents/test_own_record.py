"""The citizen and documents: reading the own ones in the portal, having them in the copy and removed, as far as a mandate reaches."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from dossier.models import Document, DocumentPart
from events.actor import act
from events.models import Event
from people.models import User
from rights.access import file_of, get_copy
from tests import factories
from tests.portal.scene import Scene, mandate, stranger_account
from tests.rights.stage import decided, stage, taken_up
from tests.rights.test_copy import made
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
CitizenClient = Callable[[User], Client]


def at(document: Document) -> str:
    return reverse("portal:document", args=[document.category, document.pk])


def test_a_citizen_reads_the_own_documents_and_the_log_says_so(citizen_client: CitizenClient) -> None:
    scene = Scene()
    letter = factories.document(scene.patient, scene.gp, title="Ontslagbrief")
    mental = factories.document(scene.patient, scene.gp, b"Verslag", Category.MENTAL_HEALTH, title="Verslag psycholoog")
    client = citizen_client(scene.user)
    page = client.get(reverse("portal:record")).content.decode()
    for document in (letter, mental):
        assert document.title in page
        assert at(document) in page
    response = client.get(at(mental))
    assert b"".join(response.streaming_content) == b"Verslag"
    assert response["Content-Disposition"].startswith("attachment")
    with factories.as_owner():
        line = Event.objects.get(verb="document.read")
    assert (line.subject_id, line.patient_id, line.actor_kind) == (mental.pk, scene.patient.pk, "citizen")


def test_another_citizen_finds_nothing_and_who_acts_only_what_the_mandate_covers(citizen_client: CitizenClient) -> None:
    scene = Scene()
    letter = factories.document(scene.patient, scene.gp)
    mental = factories.document(scene.patient, scene.gp, b"Verslag", Category.MENTAL_HEALTH)
    stranger = factories.citizen(factories.patient())
    assert citizen_client(stranger).get(at(letter)).status_code == 404
    daughter = stranger_account()
    mandate(scene.patient, daughter, Category.DOCUMENTS)
    client = citizen_client(daughter)
    session = client.session
    session["acted_for"] = str(scene.patient.key)
    session.save()
    assert client.get(at(letter)).status_code == 200
    assert client.get(at(mental)).status_code == 403


def test_a_deletion_takes_documents_with_their_content_and_leaves_those_of_others() -> None:
    s = stage()
    nurse = factories.member("district_nurse")
    factories.relation(s.patient, nurse.organisation)
    older = factories.document(s.patient, s.gp, category=Category.PLAN)
    newer = factories.document(s.patient, nurse, b"Van de wijkverpleging", Category.PLAN, replaces=older)
    factories.document(s.patient, s.gp, category=Category.FINANCIAL)
    decided(s, taken_up(s, "deletion", frozenset({Category.PLAN})))
    with factories.as_owner():
        left = {one.pk: one for one in Document.objects.all()}
        assert set(left) == {newer.pk, Document.objects.get(category=Category.FINANCIAL).pk}
        assert left[newer.pk].replaces_id is None
        assert set(DocumentPart.objects.values_list("document_id", flat=True)) == set(left)


def test_what_does_not_fit_or_open_is_counted_in_the_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rights.actions.copies.MOST_OF_DOCUMENTS", 1000)
    s = stage()
    factories.document(s.patient, s.gp, b"a" * 2000, file_name="groot.txt")
    broken = factories.document(s.patient, s.gp, file_name="stuk.txt")
    factories.document(s.patient, s.gp, b"past", file_name="klein.txt")
    with factories.as_owner():
        Document.objects.filter(pk=broken.pk).update(key_id="gone")
    copy = made(s)
    with act(factories.citizen_actor(s.user)) as actor:
        file = zipfile.ZipFile(io.BytesIO(file_of(get_copy(actor, copy.pk))))
    assert [name.partition("-")[2] for name in file.namelist() if name.startswith("documents/")] == ["klein.txt"]
    page = file.read("readable.html").decode()
    assert "Er is 1 document bijgevoegd" in page
    assert "2 documenten passen hier niet in" in page
