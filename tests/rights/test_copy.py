"""A complete copy: every model with a path to the person, read as that person, kept for who asked, dropped after seven days."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.http import Http404
from django.utils import timezone

from dossier.models import Document
from events.actor import act, system
from events.models import Event
from rights import actions
from rights.access import current_copy, file_of, get_copy
from rights.contents import LEFT_OUT, about_persons, fields_of, in_copy, path_of
from rights.models import Export, ExportFile
from rights.readable import HEADINGS, WORDS
from tests import factories
from tests.rights.stage import Stage, sent, stage
from tests.rights.test_erase import fill
from trust.categories import Category, to_mask
from trust.models import Mandate

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = system("copies", purpose="PATRQT")


def made(s: Stage) -> Export:
    """The copy that the citizen asked for and a worker made."""
    with act(factories.citizen_actor(s.user)) as actor:
        copy = actions.ask_copy(patient=s.patient, by=actor)
    assert actions.make_next(by=WORKER)
    assert not actions.make_next(by=WORKER)
    with factories.as_owner():
        return Export.objects.get(pk=copy.pk)


def opened(s: Stage, copy: Export) -> zipfile.ZipFile:
    """The file as the citizen takes it."""
    with act(factories.citizen_actor(s.user)) as actor:
        return zipfile.ZipFile(io.BytesIO(file_of(get_copy(actor, copy.pk))))


def test_every_model_with_a_path_to_a_person_is_in_the_copy_or_left_out_with_a_reason() -> None:
    labels = {model._meta.label for model in about_persons()}
    assert set(LEFT_OUT) <= labels, "left out, but no longer there"
    assert {model._meta.label for model in in_copy()} == labels - set(LEFT_OUT)
    pointing = {
        model._meta.label
        for model in apps.get_models()
        if hasattr(model, "PERSONAL") and any(f.attname == "patient_id" for f in model._meta.concrete_fields)
    }
    assert pointing <= labels


def test_every_kind_of_row_has_a_heading_and_every_field_a_word() -> None:
    assert {model._meta.label for model in in_copy()} == set(HEADINGS)
    assert not {field.name for model in in_copy() for field in fields_of(model)} - set(WORDS)


def test_every_personal_field_is_in_the_copy_unless_it_is_a_key_or_a_secret() -> None:
    missing = {
        f"{model._meta.label}.{name}"
        for model in in_copy()
        for name in model.PERSONAL  # type: ignore[attr-defined]
        if name not in {field.name for field in fields_of(model)} | {"patient", "patient_id"}
    }
    assert missing == {
        "events.Event.place", "events.Event.data", "events.Event.grounds", "trust.Mandate.code_digest", "trust.Mandate.document",
        "trust.Emergency.review_note",        "dossier.Fact.line", "dossier.Fact.resource", "dossier.Fact.original",
        "exchange.Assignment.person",
    }  # fmt: skip


def test_the_copy_holds_what_is_kept_by_model_and_field_and_reads_in_plain_dutch() -> None:
    s = stage()
    fill(s.patient, s.user, s.gp, factories.member("district_nurse"))
    sent(s, "objection")
    copy = made(s)
    assert (copy.status, copy.progress) == ("ready", 100)
    file = opened(s, copy)
    with factories.as_owner():
        documents = [f"documents/{pk}-brief.txt" for pk in Document.objects.values_list("pk", flat=True)]
    assert {file.read(name) for name in documents} == {b"Nieuwere brief", b"Geachte collega, zij slaapt slecht."}
    assert sorted(file.namelist()) == [*sorted(documents), "fhir-bundle.json", "readable.html", "record.json"]
    rows = json.loads(file.read("record.json"))["rows"]
    empty = {label for label, found in rows.items() if not found}
    assert empty <= {
        "trust.Consent", "trust.NationalAnswer", "trust.Restriction", "trust.Mandate", "trust.Emergency", "dossier.SourceAnswer",
        "portal.Seen", "consultations.Invitation", "referrals.Step", "referrals.Appointment", "referrals.Report", "referrals.Round",
        "referrals.QuestionnaireResponse", "referrals.Exploring", "referrals.Seat", "exchange.Assignment",
    }  # fmt: skip
    assert {row["text"] for row in rows["dossier.Entry"]} == {"Ouder.", "Nieuwer.", "Schulden."}
    assert {row["text"] for row in rows["referrals.Remark"]} == {"Belt u gerust.", "Mag mijn zus mee?"}
    assert rows["journeys.Enrolment"][0]["journey"] == "Kwetsbaar"
    assert rows["rights.Message"][0]["text"] == "Ik wil dit graag."
    assert rows["people.PatientIdentity"][0]["bsn"].startswith("•••••")
    assert {row["organisation_id"] for row in rows["events.Event"]} >= {None}
    assert json.loads(file.read("fhir-bundle.json"))["entry"][0]["resource"]["resourceType"] == "Condition"
    page = file.read("readable.html").decode()
    for words in (
        "Kopie van uw gegevens",
        "Wat het netwerk over u opschreef",
        "Nieuwer.",
        "Els",
        "plan, doelen en afspraken",
    ):
        assert words in page


def test_nothing_of_another_person_is_in_it() -> None:
    s = stage()
    neighbour = factories.patient(related_to=[s.gp.organisation], own_name="Buurvrouw")
    factories.entry(neighbour, s.gp, "Van de buurvrouw.")
    text = "".join(opened(s, made(s)).read(name).decode() for name in ("record.json", "readable.html"))
    assert "Buurvrouw" not in text
    assert "buurvrouw" not in text
    assert s.user.username not in text


def test_it_is_read_as_the_person_with_a_line_for_each_part() -> None:
    s = stage()
    made(s)
    with factories.as_owner():
        lines = list(Event.objects.filter(verb="record.opened", patient_id=s.patient.pk))
    assert lines
    assert {(e.actor_kind, e.user_id, e.purpose, e.actor_name) for e in lines} == {
        ("citizen", s.user.pk, "PATRQT", "copy")
    }


def test_another_citizen_a_carer_and_the_worker_itself_cannot_take_the_file() -> None:
    s = stage()
    copy = made(s)
    stranger = factories.citizen(factories.patient())
    carer = factories.citizen(factories.patient())
    with factories.as_owner():
        from trust.categories import Category, to_mask
        from trust.models import Mandate

        Mandate.objects.create(
            patient=s.patient, holder=carer, name="Els", kind="carer", categories=to_mask(Category), acts=True, given_by=s.user,
            period=factories.since(1),
        )  # fmt: skip
    for actor_ in (
        factories.citizen_actor(stranger),
        factories.citizen_actor(carer),
        factories.actor(s.officer),
        WORKER,
    ):
        with act(actor_) as actor:
            assert not ExportFile.objects.exists()
        with pytest.raises(Http404), act(actor_) as actor:
            get_copy(actor, copy.pk)


def test_while_one_is_made_asking_again_gives_that_one() -> None:
    s = stage()
    with act(factories.citizen_actor(s.user)) as actor:
        first = actions.ask_copy(patient=s.patient, by=actor)
        assert actions.ask_copy(patient=s.patient, by=actor) == first


def test_a_copy_that_fails_says_so_and_one_that_stalled_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    s = stage()
    with act(factories.citizen_actor(s.user)) as actor:
        copy = actions.ask_copy(patient=s.patient, by=actor)
    with factories.as_owner():
        Export.objects.update(status="working", begun_at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr("rights.actions.copies._zip", lambda *_parts: 1 / 0)
    assert actions.make_next(by=WORKER)
    with act(factories.citizen_actor(s.user)) as actor:
        shown = current_copy(actor, s.patient)
        assert shown is not None
        assert (shown.pk, shown.status) == (copy.pk, "failed")


def test_who_may_no_longer_act_gets_no_copy() -> None:
    s = stage()
    with act(factories.citizen_actor(s.user)) as actor:
        actions.ask_copy(patient=s.patient, by=actor)
    with factories.as_owner():
        s.patient.account = None
        s.patient.save(update_fields=["account"])
    assert actions.make_next(by=WORKER)
    with factories.as_owner():
        assert not ExportFile.objects.exists()
        assert Export.objects.get().status == "failed"


def test_a_mandate_that_became_narrower_takes_no_wider_copy_along() -> None:
    s = stage()
    carer = factories.citizen(factories.patient())

    def mandate(*categories: Category) -> None:
        with factories.as_owner():
            Mandate.objects.filter(holder=carer).delete()
            Mandate.objects.create(
                patient=s.patient, holder=carer, name="Els", kind="carer", acts=True, given_by=s.user,
                categories=to_mask(categories), period=factories.since(1),
            )  # fmt: skip

    mandate(*Category)
    with act(factories.citizen_actor(carer)) as actor:
        copy = actions.ask_copy(patient=s.patient, by=actor)
    assert actions.make_next(by=WORKER)
    with act(factories.citizen_actor(carer)) as actor:
        assert file_of(Export.objects.get(pk=copy.pk))
    mandate(Category.IDENTITY, Category.MEDICATION)
    with act(factories.citizen_actor(carer)) as actor, pytest.raises(Http404):
        file_of(Export.objects.get(pk=copy.pk))
    mandate(*Category)
    with act(factories.citizen_actor(carer)) as actor:
        assert file_of(Export.objects.get(pk=copy.pk))


def test_after_seven_days_the_file_is_dropped() -> None:
    s = stage()
    copy = made(s)
    with act(WORKER) as worker:
        assert actions.drop_copies(by=worker) == 0
    with factories.as_owner():
        assert copy.until is not None
        assert timedelta(days=6, hours=23) < copy.until - timezone.now() <= timedelta(days=7)
        Export.objects.update(until=timezone.now() - timedelta(seconds=1))
    with act(WORKER) as worker:
        assert actions.drop_copies(by=worker) == 1
    with factories.as_owner():
        assert not ExportFile.objects.exists()


def test_every_path_is_a_lookup_that_works() -> None:
    with factories.as_owner():
        for model in about_persons():
            model._default_manager.filter(**{path_of(model): 0}).exists()
