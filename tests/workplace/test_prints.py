"""A chosen part of the overview on paper: what is in it, what is said to be missing, who may take it, and what the log says."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossier.models import Source, SourceAnswer
from events.actor import act, system
from events.models import Event
from people.models import Membership, Patient
from tests import factories
from trust.categories import Category, from_mask, to_mask
from workplace import actions
from workplace.actions import prints
from workplace.models import Print, PrintFile
from workplace.tasks import drop_prints, make_prints

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
Browser = Callable[[Membership], Client]


def chooser(patient: Patient) -> str:
    return reverse("workplace:print", args=[patient.key])


@pytest.fixture
def scene() -> tuple[Membership, Patient]:
    gp = factories.member("gp", name="Dr. P. Linde")
    hospital = factories.organisation("hospital", "Ziekenhuis Tergooi")
    patient = factories.patient(related_to=[gp.organisation, hospital], own_name="Vries", number="999990019")
    own = factories.source(gp.organisation, name="HIS De Linde")
    factories.source(hospital, name="EPD Tergooi", kind="epd")
    factories.fact(patient, own, Category.PROBLEMS, "Hypertensie", author="J. Smit")
    factories.fact(patient, own, Category.RESULTS, "Kreatinine 88", resource_type="Observation")
    factories.fact(patient, own, Category.ALLERGIES, "Penicilline", resource_type="AllergyIntolerance")
    factories.entry(patient, gp, "Wil zelf naar de markt.")
    return gp, patient


def test_the_page_shows_what_was_chosen_and_opens_no_more(
    client_of: Browser, scene: tuple[Membership, Patient]
) -> None:
    gp, patient = scene
    client = client_of(gp)
    assert "Afdrukversie tonen" in client.get(chooser(patient)).content.decode()
    with factories.as_owner():
        before = Event.objects.filter(verb="record.opened").count()
    page = client.post(
        chooser(patient), {"parts": ["problems", "allergies"], "aim": "meeting", "page": "1"}
    ).content.decode()
    body = page.split('<article class="card record">')[1].split("</article>")[0]
    assert "Hypertensie" in body
    assert "Penicilline" in body
    assert "HIS De Linde" in body
    assert "Kreatinine" not in body
    assert "markt" not in body
    assert "Dr. P. Linde, huisarts" in body
    assert "overleg over deze inwoner" in body
    assert "999990019" not in page
    assert "Niet afgedrukt, omdat het niet gekozen is" in body
    assert "Uitslagen en metingen" in body.split("Niet afgedrukt, omdat het niet gekozen is")[1]
    with factories.as_owner():
        opened = list(Event.objects.filter(verb="record.opened").order_by("id"))[before:]
        shown = Event.objects.get(verb="print.shown")
    assert [from_mask(line.categories | line.own_categories | line.consented | line.withheld) for line in opened] == [
        {Category.IDENTITY, Category.PROBLEMS, Category.ALLERGIES, Category.ALERTS}
    ]
    assert (shown.patient_id, shown.data) == (patient.pk, {"parts": ["problems", "allergies"], "aim": "meeting"})


def test_what_sources_contradict_each_other_about_is_said_on_paper(
    client_of: Browser, scene: tuple[Membership, Patient]
) -> None:
    gp, patient = scene
    hospital = Source.objects.get(name="EPD Tergooi")
    factories.consent(patient, Category.ALLERGIES)
    factories.fact(
        patient, hospital, Category.ALLERGIES, "Penicilline", resource_type="AllergyIntolerance", state="negated",
        status="weerlegd: is niet aan de orde", attention=["weerlegd: is niet aan de orde"],
    )  # fmt: skip
    page = client_of(gp).post(chooser(patient), {"parts": ["allergies"], "aim": "meeting", "page": "1"})
    body = page.content.decode().split('<article class="card record">')[1].split("</article>")[0]
    assert "Penicilline: tegenstrijdig" in body


def test_what_is_withheld_is_said_on_paper(client_of: Browser, scene: tuple[Membership, Patient]) -> None:
    gp, patient = scene
    page = client_of(gp).post(chooser(patient), {"parts": ["problems"], "aim": "care", "page": "1"}).content.decode()
    assert "de inwoner gaf hier geen toestemming voor" in page
    assert "Tergooi" not in page.split("<article")[1].split("</article>")[0]
    named = client_of(gp).post(chooser(patient), {"parts": ["problems", "network"], "aim": "care", "page": "1"})
    assert "Niet getoond van Ziekenhuis Tergooi" in named.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"aim": "care"},
        {"parts": ["problems"]},
        {"parts": ["x"], "aim": "care"},
        {"parts": ["timeline"], "aim": "care", "period": "9999"},
        {"parts": ["timeline"], "aim": "care", "kind": "x"},
    ],
)
def test_something_is_chosen_and_for_something(
    client_of: Browser, scene: tuple[Membership, Patient], sent: dict[str, object]
) -> None:
    gp, patient = scene
    page = client_of(gp).post(chooser(patient), {**sent, "document": "1"}).content.decode()
    assert 'role="alert"' in page
    with factories.as_owner():
        assert not Print.objects.exists()


def asked(client: Client, patient: Patient, *parts: str) -> Print:
    client.post(chooser(patient), {"parts": parts or ("problems", "results"), "aim": "handover", "document": "1"})
    with factories.as_owner():
        return Print.objects.latest("pk")


def test_a_worker_makes_the_document_and_it_is_taken(
    client_of: Browser, scene: tuple[Membership, Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[str] = []
    write = prints.write
    monkeypatch.setattr(prints, "write", lambda page, **more: (pages.append(page), write(page, **more))[1])
    gp, patient = scene
    client = client_of(gp)
    made = asked(client, patient)
    state = reverse("workplace:print_state", args=[patient.key, made.pk])
    assert "wordt gemaakt" in client.get(state).content.decode()
    assert client.get(state, headers={"HX-Request": "true"}).status_code == 200
    assert asked(client, patient).pk == made.pk
    assert make_prints() == 1
    assert client.get(state, headers={"HX-Request": "true"}).status_code == 286
    file = client.get(reverse("workplace:print_file", args=[patient.key, made.pk]))
    assert file["Content-Type"] == "application/pdf"
    assert "Vries" not in file["Content-Disposition"]
    assert "0019" not in file["Content-Disposition"]
    (text,) = pages
    for part in (
        "Vries",
        "Hypertensie",
        "Kreatinine 88",
        "Afgedrukt door",
        "Dr. P. Linde",
        "overdracht aan wie de zorg overneemt",
    ):
        assert part in text
    assert "Penicilline" not in text
    with pikepdf.open(io.BytesIO(file.content)) as document, document.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("2", "A")
    with factories.as_owner():
        verbs = list(Event.objects.filter(verb__startswith="print.").order_by("id").values_list("verb", flat=True))
        made.refresh_from_db()
    assert verbs == ["print.asked", "print.made", "print.taken"]
    assert made.until is not None
    assert made.until < timezone.now() + timedelta(hours=25)


def test_only_who_asked_takes_it(client_of: Browser, scene: tuple[Membership, Patient]) -> None:
    gp, patient = scene
    made = asked(client_of(gp), patient)
    make_prints()
    colleague = factories.member("gp", at=gp.organisation)
    other = factories.patient(related_to=[gp.organisation])
    for name in ("print_state", "print_file"):
        assert client_of(colleague).get(reverse(f"workplace:{name}", args=[patient.key, made.pk])).status_code == 404
        assert client_of(gp).get(reverse(f"workplace:{name}", args=[other.key, made.pk])).status_code == 404
    with act(factories.actor(colleague)):
        assert not PrintFile.objects.exists()
    with act(factories.actor(gp)):
        assert not PrintFile.objects.exists()


def test_what_was_closed_since_is_no_longer_handed_out(client_of: Browser, scene: tuple[Membership, Patient]) -> None:
    gp, patient = scene
    made = asked(client_of(gp), patient, "problems")
    make_prints()
    factories.consent(patient, Category.PROBLEMS, permit=False, reader_user=gp.user)
    assert client_of(gp).get(reverse("workplace:print_file", args=[patient.key, made.pk])).status_code in {403, 404}


def test_what_one_holder_may_no_longer_tell_is_no_longer_handed_out(
    client_of: Browser, scene: tuple[Membership, Patient]
) -> None:
    """The category itself is still open, for the own system and another one have it too."""
    gp, patient = scene
    hospital = Source.objects.get(name="EPD Tergooi")
    other = factories.organisation("mental_health")
    factories.relation(patient, other)
    factories.fact(patient, factories.source(other), Category.PROBLEMS, "Angst")
    factories.fact(patient, hospital, Category.PROBLEMS, "Hartfalen")
    factories.consent(patient)
    made = asked(client_of(gp), patient, "problems")
    make_prints()
    file = reverse("workplace:print_file", args=[patient.key, made.pk])
    assert client_of(gp).get(file).status_code == 200
    factories.consent(patient, permit=False, holder_organisation=hospital.organisation)
    assert client_of(gp).get(file).status_code == 404


def test_who_left_gets_no_document(client_of: Browser, scene: tuple[Membership, Patient]) -> None:
    gp, patient = scene
    made = asked(client_of(gp), patient)
    with factories.as_owner():
        gp.period = type(gp.period)(gp.period.lower, timezone.now() - timedelta(minutes=1))
        gp.save(update_fields=["period"])
    make_prints()
    with factories.as_owner():
        made.refresh_from_db()
        assert (made.status, made.reason) == ("failed", "membership")
        assert not PrintFile.objects.exists()


def test_yesterdays_documents_go(client_of: Browser, scene: tuple[Membership, Patient]) -> None:
    gp, patient = scene
    asked(client_of(gp), patient)
    make_prints()
    assert drop_prints() == 0
    with factories.as_owner():
        Print.objects.update(until=timezone.now() - timedelta(minutes=1))
    assert drop_prints() == 1
    with factories.as_owner():
        assert not PrintFile.objects.exists()
    with act(system("print", purpose="HOPERAT")) as worker:
        assert actions.drop_prints(by=worker) == 0


def test_all_parts_at_once_ask_the_database_as_little_as_one(
    client_of: Browser, scene: tuple[Membership, Patient], django_assert_max_num_queries: Callable[[int], object]
) -> None:
    from workplace.access.prints import PRINTABLE

    gp, patient = scene
    client = client_of(gp)
    sent = {"parts": [part.key for part in PRINTABLE], "aim": "care", "page": "1"}
    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        page = client.post(chooser(patient), sent)
    assert page.status_code == 200


def happened(patient: Patient, gp: Membership) -> None:
    """Two things of this month, one of three years ago, and a measurement of yesterday."""
    own = Source.objects.get(name="HIS De Linde")
    today = timezone.localdate()
    for title, days, category in (
        ("Visite thuis", 20, Category.PROCEDURES),
        ("Gevallen", 5, Category.PROBLEMS),
        ("Griep", 1100, Category.PROBLEMS),
        ("Kalium 4,1", 1, Category.RESULTS),
    ):
        day = (today - timedelta(days=days)).isoformat()
        factories.fact(patient, own, category, title, on_date=day, attention=["geannuleerd"] if days == 20 else [])


def body(page: str) -> str:
    return page.partition('<article class="card record">')[2].partition("</article>")[0]


def test_the_time_line_is_printed_for_the_period_that_was_chosen(
    client_of: Browser, scene: tuple[Membership, Patient]
) -> None:
    gp, patient = scene
    happened(patient, gp)
    client = client_of(gp)
    sent = {"parts": ["timeline"], "aim": "handover", "page": "1"}
    page = body(client.post(chooser(patient), {**sent, "period": "90"}).content.decode())
    assert page.index("Kalium 4,1") < page.index("Gevallen") < page.index("Visite thuis"), "the newest first"
    assert "Let op: geannuleerd" in page
    assert "HIS De Linde" in page
    assert "Griep" not in page
    assert "Laatste 3 maanden" in page
    assert "Griep" in body(client.post(chooser(patient), {**sent, "period": "1826"}).content.decode())
    with factories.as_owner():
        shown = Event.objects.filter(verb="print.shown").order_by("pk")[0]
    assert shown.data == {"parts": ["timeline"], "aim": "handover", "sift": "period=90"}


def test_a_time_line_of_one_kind_opens_no_more_than_that_kind(
    client_of: Browser, scene: tuple[Membership, Patient]
) -> None:
    gp, patient = scene
    happened(patient, gp)
    client = client_of(gp)
    with factories.as_owner():
        before = Event.objects.filter(verb="record.opened").count()
    sent = {"parts": ["timeline"], "aim": "care", "kind": "results", "period": "90", "page": "1"}
    page = body(client.post(chooser(patient), sent).content.decode())
    assert "Kalium 4,1" in page
    assert "Gevallen" not in page
    assert "Uitslagen en metingen" in page
    assert "de inwoner gaf hier geen toestemming voor" in page, "what is withheld is said here too"
    with factories.as_owner():
        (line,) = list(Event.objects.filter(verb="record.opened").order_by("id"))[before:]
    asked_for = from_mask(line.categories | line.own_categories | line.consented | line.withheld)
    assert asked_for == {Category.IDENTITY, Category.RESULTS}


def answered(patient: Patient, outcome: str = "answered") -> None:
    """How the own system answered, about everything that it was asked."""
    own = Source.objects.get(name="HIS De Linde")
    now = timezone.now()
    with factories.as_owner():
        SourceAnswer.objects.create(
            source=own, patient=patient, organisation=own.organisation, outcome=outcome, detail="deadline", facts=0,
            asked_at=now, answered_at=now if outcome == "answered" else None, asked_categories=to_mask(Category),
        )  # fmt: skip


def test_who_gave_something_elsewhere_on_the_line_is_not_said_to_have_nothing(
    client_of: Browser, scene: tuple[Membership, Patient]
) -> None:
    gp, patient = scene
    own = Source.objects.get(name="HIS De Linde")
    answered(patient)
    factories.fact(patient, own, Category.IDENTITY, "Vries", resource_type="Patient", on_date="1948-03-12")
    sent = {"parts": ["timeline"], "aim": "care", "kind": "plan", "page": "1"}
    client = client_of(gp)
    page = body(client.post(chooser(patient), {**sent, "domain": "all_social"}).content.decode())
    assert "Niets gevonden bij HIS De Linde" in page, "a day of birth is nothing that happened"
    factories.fact(patient, own, Category.IDENTITY, "Zus", resource_type="RelatedPerson", on_date="2019-01-01")
    page = body(client.post(chooser(patient), {**sent, "domain": "all_social"}).content.decode())
    assert "Zus" not in page
    assert "Niets gevonden" not in page
    assert "Zus" in body(client.post(chooser(patient), sent).content.decode())


def test_a_source_without_an_answer_is_named_on_paper(client_of: Browser, scene: tuple[Membership, Patient]) -> None:
    gp, patient = scene
    answered(patient, "no_answer")
    page = body(client_of(gp).post(chooser(patient), {"parts": ["plan"], "aim": "care", "page": "1"}).content.decode())
    assert "HIS De Linde geen antwoord" in page


def test_a_time_line_beside_another_part_shows_its_own_kind_only(
    client_of: Browser, scene: tuple[Membership, Patient]
) -> None:
    gp, patient = scene
    happened(patient, gp)
    sent = {"parts": ["problems", "timeline"], "aim": "care", "kind": "contacts", "period": "", "page": "1"}
    page = body(client_of(gp).post(chooser(patient), sent).content.decode())
    problems, line = page.split("<h2>Tijdlijn</h2>")
    assert "Gevallen" in problems
    assert "Gevallen" not in line
    assert "Visite thuis" in line
    assert "Hele periode" in line


def test_a_long_time_line_ends_at_the_limit_and_says_so(
    client_of: Browser, scene: tuple[Membership, Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    from workplace.access import prints as printed

    gp, patient = scene
    happened(patient, gp)
    monkeypatch.setattr(printed, "MOMENTS", 2)
    sent = {"parts": ["timeline"], "aim": "care", "page": "1"}
    page = body(client_of(gp).post(chooser(patient), sent).content.decode())
    assert "Kalium 4,1" in page
    assert "Visite thuis" not in page
    assert "Er is meer dan hier staat" in page


def test_the_page_of_the_time_line_leads_to_its_print_with_the_same_choice(
    client_of: Browser, scene: tuple[Membership, Patient]
) -> None:
    gp, patient = scene
    client = client_of(gp)
    line = client.get(reverse("workplace:part", args=[patient.key, "timeline"]) + "?kind=results&period=90")
    way = f"{chooser(patient)}?part=timeline&amp;kind=results&amp;period=90"
    assert way in line.content.decode()
    form = client.get(way.replace("&amp;", "&")).content.decode()
    assert '<option value="results" selected>' in form
    assert '<option value="90" selected>' in form
    assert '<option value="365" selected>' in client.get(chooser(patient)).content.decode(), (
        "a year, unless somebody chose"
    )


def test_the_document_has_the_time_line_as_it_was_chosen_and_opens_as_much(
    client_of: Browser, scene: tuple[Membership, Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[str] = []
    write = prints.write
    monkeypatch.setattr(prints, "write", lambda page, **more: (pages.append(page), write(page, **more))[1])
    gp, patient = scene
    happened(patient, gp)
    client = client_of(gp)
    sent = {"parts": ["timeline"], "aim": "care", "document": "1"}
    client.post(chooser(patient), {**sent, "kind": "results", "period": "90"})
    client.post(chooser(patient), {**sent, "kind": "contacts", "period": "90"})
    with factories.as_owner():
        results, contacts = Print.objects.order_by("pk")
    assert (results.sift, contacts.sift) == ("kind=results&period=90", "kind=contacts&period=90")
    assert make_prints() == 2
    assert "Kalium 4,1" in pages[0]
    assert "Visite thuis" not in pages[0]
    assert "Visite thuis" in pages[1]
    with factories.as_owner():
        kept = PrintFile.objects.get(print=results)
    assert from_mask(kept.categories) == {Category.IDENTITY, Category.RESULTS}
    assert client.get(reverse("workplace:print_file", args=[patient.key, results.pk])).status_code == 200
    factories.consent(patient, Category.RESULTS, permit=False, reader_user=gp.user)
    assert client.get(reverse("workplace:print_file", args=[patient.key, results.pk])).status_code in {403, 404}
