"""Documents in the record: who adds, sees and replaces them, how their content leaves, and what an attack meets."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django import Settings as SettingsWrapper

from dossier import actions
from dossier.access import documents as access
from dossier.documents.receive import Received, receive
from dossier.models import Document, DocumentPart
from events.actor import Actor, act
from events.errors import Refused
from events.models import Event
from people.models import Membership, Patient, User
from tests import factories
from tests.dossier.documents import files
from tests.dossier.documents.clamd import clamd
from trust.access import Opening, open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
CitizenClient = Callable[[User], Client]
SECRET = b"Mevrouw Zwartekraaij slaapt slecht. "


@contextmanager
def opened(who: Membership, of: Patient, *categories: Category) -> Iterator[tuple[Opening, Actor]]:
    with act(factories.actor(who)) as by:
        yield open_record(by, of.key, categories or EVERYTHING), by


def text(content: bytes = SECRET * 10, name: str = "brief.txt") -> Received:
    return receive(files.spool(content), name)


def add(who: Membership, of: Patient, received: Received | None = None, **values: Any) -> Document:
    values = {"kind": "letter", "category": Category.DOCUMENTS, **values}
    with opened(who, of) as (opening, by):
        return actions.add_document(opening=opening, received=received or text(), by=by, **values)


def read(who: Membership, document: Document) -> bytes:
    with opened(who, document.patient) as (opening, _by):
        return b"".join(access.content_of(access.get_document(opening, document.pk)).steps())


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp", name="Karim Haddou")


@pytest.fixture
def patient(gp: Membership) -> Patient:
    return factories.patient(related_to=[gp.organisation])


def rows() -> tuple[int, int]:
    with factories.as_owner():
        return Document.objects.count(), DocumentPart.objects.count()


def only() -> Document:
    with factories.as_owner():
        return Document.objects.select_related("patient").get()


def test_a_document_is_signed_sealed_and_opens_again(gp: Membership, patient: Patient) -> None:
    content = os.urandom(50) + SECRET * 70_000
    letter = files.pdf()
    made = add(gp, patient, receive(files.spool(letter), "Brief.PDF"), title="Ontslagbrief", category=Category.PLAN)
    assert (made.title, made.file_name, made.format, made.author_name, made.author_role) == (
        "Ontslagbrief", "Brief.pdf", "pdf", "Karim Haddou", "huisarts",
    )  # fmt: skip
    assert read(gp, made) == letter
    long = add(gp, patient, Received(files.spool(content), "txt", "lang.txt", None))
    assert read(gp, long) == content
    with factories.as_owner():
        parts = list(DocumentPart.objects.filter(document=long))
        assert len(parts) == 3
        assert not any(SECRET in bytes(part.sealed) for part in parts)
        assert {(part.patient_id, part.organisation_id, part.category) for part in parts} == {
            (patient.pk, gp.organisation_id, Category.DOCUMENTS)
        }
        assert len({bytes(one.wrapped_key) for one in Document.objects.all()}) == 2
        event = Event.objects.filter(verb="document.added").latest("id")
    assert (event.patient_id, event.data) == (patient.pk, {"category": 10, "format": "txt"})


def test_a_newer_version_takes_the_place_and_the_older_one_stays(gp: Membership, patient: Patient) -> None:
    first = add(gp, patient, title="Zorgplan")
    with opened(gp, patient) as (opening, by):
        second = actions.replace_document(opening=opening, document=first, received=text(b"Nieuw"), by=by)
    assert (second.title, second.kind, second.category) == ("Zorgplan", first.kind, first.category)
    with opened(gp, patient) as (opening, by):
        assert access.documents_for(opening) == [second]
        assert access.versions_of(first) == access.versions_of(second) == [second, first]
        with pytest.raises(Refused, match="Karim Haddou heeft intussen"):
            actions.replace_document(opening=opening, document=first, received=text(), by=by)
    assert (read(gp, first), read(gp, second)) == (SECRET * 10, b"Nieuw")


def test_of_two_who_replace_at_once_one_is_told_that_the_other_was_first(gp: Membership, patient: Patient) -> None:
    first, told = add(gp, patient), list[str]()
    start = Barrier(2)

    def replace(content: bytes) -> None:
        try:
            with opened(gp, patient) as (opening, by):
                start.wait(10)
                actions.replace_document(opening=opening, document=first, received=text(content), by=by)
                told.append("kept")
        except Refused:
            told.append("told")
        finally:
            connection.close()

    both = [Thread(target=replace, args=(content,)) for content in (b"Een", b"Twee")]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert sorted(told) == ["kept", "told"]
    assert rows() == (2, 2)


def test_the_list_is_one_query_and_tells_how_many_there_are(
    gp: Membership, patient: Patient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = [add(gp, patient, on_date=timezone.localdate() - timedelta(days=n)) for n in range(4)]
    with opened(gp, patient) as (opening, _by), django_assert_num_queries(1):
        found = access.documents_for(opening, limit=3)
        assert [str(one.organisation) for one in found] == [gp.organisation.name] * 3
        assert (found, found[0].total) == (made[:3], 4)


@pytest.mark.parametrize("category", [Category.IDENTITY, Category.REFERRAL, Category.MENTAL_HEALTH])
def test_a_document_is_kept_only_where_documents_may_be_and_the_role_writes(
    patient: Patient, category: Category
) -> None:
    nurse = factories.member("district_nurse")
    factories.relation(patient, nurse.organisation)
    with pytest.raises(PermissionDenied):
        add(nurse, patient, category=category)
    with opened(nurse, patient) as (opening, by), pytest.raises(Refused):
        actions.add_document(
            opening=opening, received=text(), kind="letter", category=Category.DOCUMENTS,
            on_date=timezone.localdate() + timedelta(days=1), by=by,
        )  # fmt: skip
    assert rows() == (0, 0)


def test_a_fault_halfway_leaves_nothing(gp: Membership, patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    from dossier.documents import sealing

    whole = sealing.seal

    def broken(*args: Any) -> Iterator[bytes]:
        yield next(whole(*args))
        raise OSError("the disk is full")

    monkeypatch.setattr(sealing, "seal", broken)
    with pytest.raises(OSError, match="full"):
        add(gp, patient, Received(files.spool(SECRET * 70_000), "txt", "lang.txt", None))
    assert rows() == (0, 0)


class TestWhoSees:
    """The category decides, as for every other entry."""

    def see(self, who: Membership, of: Patient) -> list[Document]:
        with opened(who, of) as (opening, _by):
            found = access.documents_for(opening)
            with connection.cursor() as cursor:
                cursor.execute("select distinct document_id from dossier_documentpart")
                parts = {pk for (pk,) in cursor.fetchall()}
        assert parts == {one.pk for one in found}
        return found

    def test_other_organisations_with_what_the_patient_permits(self, gp: Membership, patient: Patient) -> None:
        nurse = factories.member("district_nurse")
        factories.relation(patient, nurse.organisation)
        wishes = add(gp, patient, category=Category.WISHES)
        letter = add(gp, patient, category=Category.DOCUMENTS)
        mental = add(gp, patient, category=Category.MENTAL_HEALTH)
        assert set(self.see(gp, patient)) == {wishes, letter, mental}
        assert self.see(nurse, patient) == [wishes]
        factories.consent(patient)
        assert set(self.see(nurse, patient)) == {wishes, letter}

    def test_nobody_after_an_objection_about_the_holder(self, gp: Membership, patient: Patient) -> None:
        nurse = factories.member("district_nurse")
        factories.relation(patient, nurse.organisation)
        factories.consent(patient)
        letter = add(gp, patient)
        assert self.see(nurse, patient) == [letter]
        factories.consent(patient, permit=False, holder_organisation=gp.organisation)
        assert self.see(nurse, patient) == []
        with opened(nurse, patient) as (opening, _by), pytest.raises(Http404):
            access.get_document(opening, letter.pk)

    def test_nobody_while_the_use_of_it_is_restricted(self, gp: Membership, patient: Patient) -> None:
        letter = add(gp, patient)
        assert self.see(gp, patient) == [letter]
        with factories.as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "insert into trust_restriction (patient_id, organisation_id, categories, reference, period)"
                " values (%s, %s, %s, 'restriction:1', tstzrange(now(), null))",
                [patient.pk, gp.organisation_id, 1 << Category.DOCUMENTS],
            )
        assert self.see(gp, patient) == []

    def test_only_what_this_transaction_opened(self, gp: Membership, patient: Patient) -> None:
        add(gp, patient)
        with opened(gp, patient, Category.PLAN) as (opening, _by):
            assert access.documents_for(opening) == []
        with act(factories.actor(gp)):
            assert not Document.objects.exists()
            assert not DocumentPart.objects.exists()

    def test_the_application_changes_and_removes_nothing_of_what_stands(self, gp: Membership, patient: Patient) -> None:
        made = add(gp, patient)
        for statement in (
            "update dossier_document set title = 'x' where id = %s",
            "delete from dossier_documentpart where document_id = %s",
            "delete from dossier_document where id = %s",
            "update dossier_documentpart set number = 9 where document_id = %s",
        ):
            with pytest.raises(DatabaseError), opened(gp, patient), connection.cursor() as cursor:
                cursor.execute(statement, [made.pk])


class TestKeys:
    """Contents hang on keys that the database does not know."""

    def test_what_was_changed_moved_or_lost_its_key_does_not_open(
        self, gp: Membership, patient: Patient, settings: SettingsWrapper
    ) -> None:
        made, other = add(gp, patient), add(gp, factories.patient(related_to=[gp.organisation]))
        with factories.as_owner():
            Document.objects.filter(pk=other.pk).update(patient=patient)
            DocumentPart.objects.filter(document=other).update(patient=patient)
        other.patient = patient
        with pytest.raises(Refused, match="niet te openen"):
            read(gp, other)
        with factories.as_owner():
            part = DocumentPart.objects.get(document=made)
            kept = bytes(part.sealed)
            DocumentPart.objects.filter(pk=part.pk).update(sealed=kept[:-1] + bytes([kept[-1] ^ 1]))
        with pytest.raises(Refused, match="niet te openen"):
            read(gp, made)
        with factories.as_owner():
            DocumentPart.objects.filter(pk=part.pk).update(sealed=kept)
        assert read(gp, made) == SECRET * 10
        settings.DOCUMENT_KEYS = {"other": bytes(32)}
        with pytest.raises(Refused, match="niet te openen"):
            read(gp, made)

    def test_an_older_key_is_put_away_after_wrapping_anew(
        self, gp: Membership, patient: Patient, settings: SettingsWrapper
    ) -> None:
        made = add(gp, patient)
        former = settings.DOCUMENT_KEYS
        settings.DOCUMENT_KEYS = {"2027": os.urandom(32), **former}
        newer = add(gp, patient)
        assert (made.key_id, newer.key_id) == (next(iter(former)), "2027")
        said = io.StringIO()
        with factories.as_owner():
            call_command("rewrap_documents", stdout=said)
        assert said.getvalue().split()[0] == "1"
        settings.DOCUMENT_KEYS = {"2027": settings.DOCUMENT_KEYS["2027"]}
        assert read(gp, made) == read(gp, newer) == SECRET * 10


def address(name: str, of: Patient, *args: Any) -> str:
    return reverse(f"dossier:{name}", args=[of.key, *args])


def send(client: Client, of: Patient, content: bytes, name: str = "brief.pdf", **typed: Any) -> Any:
    data = {
        "kind": "letter", "category": "10", "on_date": timezone.localdate().isoformat(), "title": "",
        "file": SimpleUploadedFile(name, content, "application/pdf"), **typed,
    }  # fmt: skip
    return client.post(address("document_new", of), data)


def at(name: str, document: Document) -> str:
    return address(name, document.patient, document.category, document.pk)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


class TestPages:
    """What a person meets."""

    def test_adding_seeing_and_replacing(self, gp: Membership, patient: Patient, client_of: ClientOf) -> None:
        client = client_of(gp)
        assert "Nog geen documenten" in client.get(address("documents", patient)).content.decode()
        page = client.get(address("document_new", patient)).content.decode()
        assert "geen viruscontrole aangesloten" in page
        assert 'enctype="multipart/form-data"' in page
        response = send(client, patient, files.pdf(), "Brief huisarts.pdf")
        made = only()
        assert (response.status_code, response["Location"]) == (302, at("document", made))
        page = client.get(response["Location"])
        assert "frame-src 'self'" in page["Content-Security-Policy"]
        shown = page.content.decode()
        assert "Brief huisarts" in shown
        assert f'<iframe class="sheet" src="{at("document_shown", made)}#navpanes=0&amp;view=FitH"' in shown
        assert "niet gedaan" in shown
        listed = client.get(address("documents", patient)).content.decode()
        assert at("document", made) in listed
        response = client.post(
            at("document_replace", made),
            {"file": SimpleUploadedFile("b.txt", b"Nieuw"), "on_date": "2026-01-02", "title": "Zorgplan"},
        )
        with factories.as_owner():
            newer = Document.objects.select_related("patient").get(replaces=made)
        assert (newer.title, newer.on_date, newer.format) == ("Zorgplan", date(2026, 1, 2), "txt")
        assert response["Location"] == at("document", newer)
        assert "Dit is een oudere versie" in client.get(at("document", made)).content.decode()
        late = client.post(
            at("document_replace", made), {"file": SimpleUploadedFile("b.txt", b"x"), "on_date": "2026-01-02"}
        )
        assert late.status_code == 409

    def test_each_reading_is_an_opening_and_a_line(self, gp: Membership, patient: Patient, client_of: ClientOf) -> None:
        made = add(gp, patient, category=Category.MENTAL_HEALTH)
        with factories.as_owner():
            before = Event.objects.count()
        response = client_of(gp).get(at("document_file", made))
        assert body(response) == SECRET * 10
        with factories.as_owner():
            line, opening = Event.objects.order_by("-id")[:2]
            assert Event.objects.count() == before + 2
        assert (line.verb, line.subject_id, line.data) == ("document.read", made.pk, {"category": 14, "as": "file"})
        assert (opening.verb, opening.own_categories) == ("record.opened", 1 << Category.MENTAL_HEALTH)

    @pytest.mark.parametrize(
        ("name", "shown", "kind", "inline"),
        [
            ("pdf", "document_shown", "application/pdf", True),
            ("png", "document_shown", "image/png", True),
            ("text", "document_shown", "text/plain; charset=utf-8", True),
            ("docx", "document_shown", access.CONTENT_TYPES["docx"], False),
            ("heic", "document_shown", "image/heic", False),
            ("pdf", "document_file", "application/pdf", False),
            ("text", "document_file", "text/plain; charset=utf-8", False),
        ],
    )
    def test_the_headers_leave_nothing_to_guess(
        self,
        name: str,
        shown: str,
        kind: str,
        inline: bool,
        gp: Membership,
        patient: Patient,
        client_of: ClientOf,
    ) -> None:
        _form, content = files.GOOD[name]
        made = add(gp, patient, receive(files.spool(content), 'a"; filename="x.html\r\nX-Evil: 1'))
        response = client_of(gp).get(at(shown, made))
        assert body(response) == content
        assert response["Content-Type"] == kind
        assert response["Content-Disposition"].startswith("inline" if inline else "attachment")
        assert ".html" not in response["Content-Disposition"].replace("x.html X-Evil", "")
        assert "X-Evil" not in response
        policy = response["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "script-src" not in policy
        assert ("sandbox allow-scripts" in policy) == (kind == "application/pdf" and inline)
        assert "sandbox" in policy
        assert "allow-same-origin" not in policy
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == ("SAMEORIGIN" if inline else "DENY")
        assert "unsafe" not in policy
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in response["Cache-Control"]
        assert int(response["Content-Length"]) == len(content)

    @pytest.mark.parametrize("name", ["svg", "page", "docx with macros", "pdf with a script", "program", "zip"])
    def test_a_bad_file_is_refused_at_its_field_and_nothing_is_kept(
        self,
        name: str,
        gp: Membership,
        patient: Patient,
        client_of: ClientOf,
        settings: SettingsWrapper,
        tmp_path: Path,
    ) -> None:
        settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
        make, words = files.BAD[name]
        response = send(client_of(gp), patient, make(), "brief.pdf")
        assert response.status_code == 200
        page = response.content.decode()
        assert words in page
        assert 'id="id_file_error"' in page or "wrong" in page
        assert rows() == (0, 0)
        assert os.listdir(tmp_path) == []

    def test_what_the_name_and_the_browser_say_does_not_count(
        self, gp: Membership, patient: Patient, client_of: ClientOf
    ) -> None:
        send(client_of(gp), patient, files.picture("PNG"), "../../../etc/brief.html")
        made = only()
        assert (made.format, made.file_name, made.title) == ("png", "brief.png", "brief")

    def test_a_file_too_large_is_refused_with_the_rest_kept(
        self, gp: Membership, patient: Patient, client_of: ClientOf, settings: SettingsWrapper, tmp_path: Path
    ) -> None:
        settings.DOCUMENT_MOST, settings.FILE_UPLOAD_TEMP_DIR = 1024 * 1024, str(tmp_path)
        response = send(client_of(gp), patient, b"a" * 1_200_000, "brief.txt", title="Zorgplan")
        page = response.content.decode()
        assert "groter dan 1 MB" in page
        assert 'value="Zorgplan"' in page
        assert rows() == (0, 0)
        assert os.listdir(tmp_path) == []

    def test_without_a_file_or_with_a_day_to_come_it_says_so(
        self, gp: Membership, patient: Patient, client_of: ClientOf
    ) -> None:
        page = client_of(gp).post(address("document_new", patient), {"kind": "letter", "category": "10"})
        assert "Kies een bestand." in page.content.decode()
        later = (timezone.localdate() + timedelta(days=2)).isoformat()
        shown = send(client_of(gp), patient, files.pdf(), on_date=later).content.decode()
        assert "Deze dag moet nog komen" in shown
        assert "Kies het bestand opnieuw" in shown
        assert rows() == (0, 0)

    def test_the_scanner_is_asked_and_its_silence_refuses(
        self, gp: Membership, patient: Patient, client_of: ClientOf, settings: SettingsWrapper
    ) -> None:
        with clamd() as daemon:
            settings.CLAMD = daemon.address
            page = client_of(gp).get(address("document_new", patient)).content.decode()
            assert "eerst op virussen gecontroleerd" in page
            assert "virus" in send(client_of(gp), patient, b"hoi " + files.EICAR).content.decode()
            assert rows() == (0, 0)
            assert send(client_of(gp), patient, files.pdf()).status_code == 302
            made = only()
            assert made.scanned_at is not None
            assert "niets gevonden" in client_of(gp).get(at("document", made)).content.decode()
        assert "geen antwoord" in send(client_of(gp), patient, files.pdf()).content.decode()
        assert rows()[0] == 1


class TestAttacks:
    """Who has no business there finds nothing, and a file goes nowhere."""

    NAMES = ("document", "document_shown", "document_file", "document_replace")

    def test_a_stranger_finds_no_document(self, gp: Membership, patient: Patient, client_of: ClientOf) -> None:
        made, stranger = add(gp, patient), client_of(factories.member("gp"))
        for name in self.NAMES:
            assert stranger.get(at(name, made)).status_code == 404
        assert send(stranger, patient, files.pdf()).status_code == 404
        assert rows()[0] == 1

    def test_the_number_of_another_patients_document_is_nothing_here(
        self, gp: Membership, patient: Patient, client_of: ClientOf
    ) -> None:
        other = factories.patient(related_to=[gp.organisation])
        made = add(gp, other)
        for name in self.NAMES:
            assert client_of(gp).get(address(name, patient, made.category, made.pk)).status_code == 404

    @pytest.mark.parametrize("category", [0, 11, 12, 14, 63, 99999])
    def test_the_category_of_an_address_opens_nothing_else(
        self, category: int, gp: Membership, patient: Patient, client_of: ClientOf
    ) -> None:
        made = add(gp, patient)
        if category not in access.KEPT_UNDER:
            assert client_of(gp).get(address("document_file", patient, category, made.pk)).status_code == 200
        else:
            assert client_of(gp).get(address("document_file", patient, category, made.pk)).status_code == 404

    def test_after_an_objection_the_address_is_closed(
        self, gp: Membership, patient: Patient, client_of: ClientOf
    ) -> None:
        nurse = factories.member("district_nurse")
        factories.relation(patient, nurse.organisation)
        permitted = factories.consent(patient)
        made = add(gp, patient)
        assert client_of(nurse).get(at("document_file", made)).status_code == 200
        with factories.as_owner():
            permitted.delete()
        factories.consent(patient, Category.DOCUMENTS, permit=False)
        for name in self.NAMES:
            assert client_of(nurse).get(at(name, made)).status_code == 404
        assert at("document", made) not in client_of(nurse).get(address("documents", patient)).content.decode()
        with factories.as_owner():
            lines = Event.objects.filter(organisation_id=nurse.organisation_id, verb="record.opened")
            assert not lines.latest("id").categories & 1 << Category.DOCUMENTS
            assert Event.objects.filter(organisation_id=nurse.organisation_id, verb="document.read").count() == 1

    def test_a_file_sent_where_none_is_asked_never_reaches_the_disk(
        self, gp: Membership, patient: Patient, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from dossier.documents import upload

        def never(*args: Any) -> None:
            raise AssertionError("a spool was made")

        monkeypatch.setattr(upload, "Spool", never)
        thing = {
            "file": SimpleUploadedFile("a.pdf", b"x" * 500_000),
            "text": "hoi",
            "kind": "note",
            "on_date": "2026-01-01",
        }
        assert client_of(gp).post(reverse("dossier:entry_new", args=[patient.key]), thing).status_code == 302
        anonymous = Client()
        thing["file"] = SimpleUploadedFile("a.pdf", b"x" * 500_000)
        assert anonymous.post(address("document_new", patient), thing).status_code == 302

    def test_markup_in_title_and_name_is_text(self, gp: Membership, patient: Patient, client_of: ClientOf) -> None:
        send(client_of(gp), patient, files.pdf(), "<img src=x onerror=alert(1)>.pdf", title="<script>alert(1)</script>")
        made = only()
        for page in (at("document", made), address("documents", patient)):
            shown = client_of(gp).get(page).content.decode()
            assert "<script>alert" not in shown
            assert "onerror=alert(1)>" not in shown

    def test_a_post_without_its_token_changes_nothing(self, gp: Membership, patient: Patient) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(gp.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session["kind"], session["membership"], session["second_factor"] = "professional", gp.pk, True
        session.save()
        assert send(client, patient, files.pdf()).status_code == 403
        assert rows() == (0, 0)
