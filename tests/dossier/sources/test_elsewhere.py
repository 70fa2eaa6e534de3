"""Documents of sources: each sort of system gives its content when it is opened; who may, what is logged, what is said of a failure."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper

from dossier.actions import ask_source, contents
from dossier.models import DocumentPart, Fact, Source, SourceHour
from events.models import Event
from people.models import Membership, Patient
from region.source_story import ANNA
from tests import factories
from tests.dossier.documents import files
from tests.dossier.sources.conftest import Running
from tests.dossier.sources.test_contents import Holder
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
Fault = Callable[[str, str], None]


@pytest.fixture
def gp() -> Membership:
    return factories.member("gp")


@pytest.fixture
def anna(gp: Membership) -> Patient:
    return factories.patient(related_to=[gp.organisation], number=ANNA, birth_date=date(1948, 3, 12))


def connect(sources: Running, patient: Patient, name: str, kind: str, version: str) -> Source:
    holder = factories.organisation(kind)
    factories.relation(patient, holder)
    return factories.source(holder, base_url=f"{sources.address}/{name}/fhir", kind=name, version=version)


@pytest.fixture
def epd(sources: Running, anna: Patient) -> Source:
    return connect(sources, anna, "epd", "hospital", "STU3")


def letters(source: Source) -> list[Fact]:
    with factories.as_owner():
        found = Fact.objects.filter(source=source, resource_type="DocumentReference")
        return list(found.select_related("patient").order_by("-on_date", "title"))


def at(fact: Fact, what: str = "document") -> str:
    name = {"document": "source_document", "shown": "source_shown", "file": "source_file"}[what]
    return reverse(f"dossier:{name}", args=[fact.patient.key, fact.category, fact.source_id, fact.mark])


def told(gp: Membership, patient: Patient, source: Source) -> Fact:
    """The newest document that a source tells of when it is asked."""
    assert ask_source(source=source, key=patient.key, by=factories.actor(gp))
    return letters(source)[0]


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def said(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def reading() -> list[Event]:
    with factories.as_owner():
        return list(Event.objects.filter(verb="document.read").order_by("pk"))


@pytest.mark.parametrize(
    ("name", "kind", "version"),
    [("his", "gp", "R4"), ("epd", "hospital", "STU3"), ("ecd", "home_care", "STU3")],
)
def test_each_sort_of_system_gives_the_letter_it_told_of(
    gp: Membership, anna: Patient, sources: Running, client_of: ClientOf, name: str, kind: str, version: str
) -> None:
    factories.consent(anna)
    source = connect(sources, anna, name, kind, version)
    letter = told(gp, anna, source)
    client = client_of(gp)
    assert at(letter) in client.get(reverse("workplace:patient", args=[anna.key])).content.decode()
    assert at(letter) in client.get(reverse("dossier:documents", args=[anna.key])).content.decode()
    page = client.get(at(letter))
    assert letter.title in page.content.decode()
    assert at(letter, "shown") in page.content.decode()
    assert not reading(), "the page itself shows nothing of the content"
    shown = client.get(at(letter, "shown"))
    assert body(shown).startswith(b"%PDF-")
    assert shown["Content-Type"] == "application/pdf"
    assert shown["Content-Disposition"].startswith("inline")
    file = client.get(at(letter, "file"))
    assert body(file).startswith(b"%PDF-")
    assert file["Content-Disposition"].startswith("attachment")
    for response in (shown, file):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"].startswith("default-src 'none'")
        assert "no-store" in response["Cache-Control"]
    first, second = reading()
    assert (first.patient_id, first.actor_kind, first.organisation_id) == (anna.pk, "professional", gp.organisation_id)
    assert first.data == {"category": 10, "as": "shown", "source": source.pk, "mark": letter.mark}
    assert second.data["as"] == "file"
    with factories.as_owner():
        assert not DocumentPart.objects.exists(), "nothing of it is kept"
        assert Event.objects.filter(verb="record.opened", categories__gt=1 << 10 - 1).exists()


def test_who_opens_very_many_in_a_row_waits_and_the_source_is_not_asked(
    gp: Membership, anna: Patient, epd: Source, client_of: ClientOf, settings: SettingsWrapper
) -> None:
    # A stretch that no earlier run had, for what is counted stands in Redis.
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "source_content": f"2/{600 + time.time_ns() % 10**6}s/user",
    }
    factories.consent(anna)
    letter = told(gp, anna, epd)
    client = client_of(gp)
    for _time in range(2):
        assert body(client.get(at(letter, "shown"))).startswith(b"%PDF-")
    shown, file = client.get(at(letter, "shown")), client.get(at(letter, "file"))
    assert (shown.status_code, file.status_code) == (429, 429)
    assert "Wacht een paar minuten" in said(shown)
    assert "Wacht een paar minuten" in said(file)
    assert len(reading()) == 2
    colleague = factories.member("gp", at=gp.organisation)
    assert body(client_of(colleague).get(at(letter, "shown"))).startswith(b"%PDF-"), "each has an own count"


def test_a_letter_told_of_long_ago_is_read_anew_at_its_source(
    gp: Membership, anna: Patient, epd: Source, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.consent(anna)
    letter = told(gp, anna, epd)
    anew: list[bool] = []
    bring = contents.bring
    monkeypatch.setattr(contents, "bring", lambda *given, **more: (anew.append(more["anew"]), bring(*given, **more))[1])
    client = client_of(gp)
    assert body(client.get(at(letter, "shown"))).startswith(b"%PDF-")
    with factories.as_owner():
        Fact.objects.filter(pk=letter.pk).update(fetched_at=timezone.now() - timedelta(hours=1))
    assert body(client.get(at(letter, "shown"))).startswith(b"%PDF-")
    assert anew == [False, True]


def test_what_a_source_puts_in_what_it_tells_is_not_kept(gp: Membership, anna: Patient, sources: Running) -> None:
    factories.consent(anna)
    letter = told(gp, anna, connect(sources, anna, "ecd", "home_care", "STU3"))
    assert letter.resource["content"][0]["attachment"]["title"]
    assert '"data"' not in json.dumps([letter.resource, letter.original, letter.line])


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("down", "Geen antwoord van"),
        ("hang", "Geen antwoord van"),
        ("500", "Geen antwoord van"),
        ("refused", "weigert dit document te geven"),
        ("50mb", "te groot om hier te tonen"),
        ("html", "Dit soort bestand toont het netwerk niet"),
        ("empty", "Dit soort bestand toont het netwerk niet"),
        ("broken", "Dit soort bestand toont het netwerk niet"),
    ],
)
def test_what_does_not_come_is_said_in_words_in_the_frame_and_on_the_way_to_a_file(
    gp: Membership, anna: Patient, epd: Source, fault: Fault, client_of: ClientOf, trouble: str, words: str
) -> None:
    factories.consent(anna)
    letter = told(gp, anna, epd)
    fault("epd", trouble)
    client = client_of(gp)
    for what in ("shown", "file"):
        response = client.get(at(letter, what))
        assert response.status_code == 409
        assert words in said(response), what
        assert response["X-Frame-Options"] == ("SAMEORIGIN" if what == "shown" else "DENY")
    assert not reading()
    with factories.as_owner():
        assert SourceHour.objects.filter(source=epd).count() >= 1


def test_a_source_that_has_it_no_more_says_so(gp: Membership, anna: Patient, epd: Source, client_of: ClientOf) -> None:
    factories.consent(anna)
    letter = told(gp, anna, epd)
    with factories.as_owner():
        letter.resource["content"][0]["attachment"]["url"] = "Binary/gone"
        letter.save()
    assert "heeft de inhoud van dit document niet meer" in said(client_of(gp).get(at(letter, "shown")))
    with factories.as_owner():
        hour = SourceHour.objects.get(source=epd, reason="content-gone")
    assert hour.outcome == "fault"


def test_a_choice_that_was_taken_back_closes_the_content_too(
    gp: Membership, anna: Patient, epd: Source, sources: Running, client_of: ClientOf
) -> None:
    factories.consent(anna)
    letter = told(gp, anna, epd)
    factories.consent(anna, Category.DOCUMENTS, permit=False, reader_organisation=gp.organisation)
    before = len(sources.lines)
    client = client_of(gp)
    for what in ("document", "shown", "file"):
        response = client.get(at(letter, what))
        assert response.status_code == 403
        assert "geen toestemming" in said(response), what
    assert len(sources.lines) == before, "the source is not asked"
    assert not reading()


def test_a_choice_that_is_taken_back_while_the_source_answers_counts(
    gp: Membership, anna: Patient, epd: Source, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dossier.actions import contents

    factories.consent(anna)
    letter = told(gp, anna, epd)
    bring = contents.bring

    def slow(*given: Any, **more: Any) -> Any:
        brought = bring(*given, **more)
        factories.consent(anna, Category.DOCUMENTS, permit=False, reader_organisation=gp.organisation)
        return brought

    monkeypatch.setattr(contents, "bring", slow)
    response = client_of(gp).get(at(letter, "shown"))
    assert response.status_code == 403
    assert "geen toestemming" in said(response)
    assert not reading()


def test_a_stranger_and_another_document_find_nothing_and_ask_nobody(
    gp: Membership, anna: Patient, epd: Source, sources: Running, client_of: ClientOf
) -> None:
    factories.consent(anna)
    letter = told(gp, anna, epd)
    stranger, nurse = factories.member("gp"), factories.member("pharmacist")
    factories.relation(anna, nurse.organisation)
    elsewhere = factories.source(stranger.organisation)
    client, before = client_of(gp), len(sources.lines)
    for what in ("document", "shown", "file"):
        assert client_of(stranger).get(at(letter, what)).status_code == 404
        assert client_of(nurse).get(at(letter, what)).status_code == 403, "the role has no need of documents"
        assert client.get(at(letter, what).replace(letter.mark, "0" * 24)).status_code == 404
        assert client.get(at(letter, what).replace(f"/from/{epd.pk}/", f"/from/{elsewhere.pk}/")).status_code == 404
        assert client.get(at(letter, what).replace("/10/from/", "/8/from/")).status_code == 404, "of another category"
    assert len(sources.lines) == before
    assert not reading()


@pytest.mark.parametrize("name", ["svg", "page", "docx with macros", "pdf with a script", "program", "zip"])
def test_a_content_that_is_no_letter_is_not_given_whatever_it_calls_itself(
    gp: Membership, anna: Patient, client_of: ClientOf, other_source: Callable[[Any], str], name: str
) -> None:
    make, _words = files.BAD[name]
    fact = held(gp, anna, other_source, b1=("200 OK", [("Content-Type", "application/pdf")], make()))
    response = client_of(gp).get(at(fact, "shown"))
    assert response.status_code == 409
    assert "Dit soort bestand toont het netwerk niet" in said(response)
    assert not reading()


def held(gp: Membership, patient: Patient, other_source: Callable[[Any], str], **given: Any) -> Fact:
    """A document of the own system that a test holds, with its content at Binary/b1."""
    source = factories.source(gp.organisation, base_url=other_source(Holder(**given)))
    resource = {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "subject": {"reference": "Patient/p1"},
        "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/b1"}}],
    }
    return factories.fact(
        patient,
        source,
        Category.DOCUMENTS,
        "Brief",
        resource_type="DocumentReference",
        source_key="d1",
        resource=resource,
    )


def test_what_no_browser_shows_is_offered_as_a_file_and_only_then_read(
    gp: Membership, anna: Patient, client_of: ClientOf, other_source: Callable[[Any], str]
) -> None:
    _form, content = files.GOOD["docx"]
    fact = held(gp, anna, other_source, b1=("200 OK", [("Content-Type", "text/html")], content))
    client = client_of(gp)
    shown = client.get(at(fact, "shown"))
    assert shown.status_code == 200
    assert at(fact, "file") in shown.content.decode()
    assert not reading()
    file = client.get(at(fact, "file"))
    assert body(file) == content
    assert file["Content-Disposition"].startswith("attachment")
    assert "Brief.docx" in file["Content-Disposition"]
    assert [one.data["as"] for one in reading()] == ["file"]


def test_a_source_that_has_been_switched_off_is_not_asked(
    gp: Membership, anna: Patient, client_of: ClientOf, other_source: Callable[[Any], str]
) -> None:
    fact = held(gp, anna, other_source, b1=("200 OK", [], files.pdf()))
    with factories.as_owner():
        Source.objects.update(active=False)
    assert client_of(gp).get(at(fact, "shown")).status_code == 404


def test_the_binary_around_it_may_hold_base64_in_lines(
    gp: Membership, anna: Patient, client_of: ClientOf, other_source: Callable[[Any], str]
) -> None:
    letter = files.pdf()
    data = b64encode(letter).decode()
    lines = "\r\n".join(data[start : start + 76] for start in range(0, len(data), 76))
    wrapped = json.dumps({"resourceType": "Binary", "data": lines}).encode()
    fact = held(gp, anna, other_source, b1=("200 OK", [("Content-Type", "application/fhir+json")], wrapped))
    assert body(client_of(gp).get(at(fact, "shown"))) == letter
