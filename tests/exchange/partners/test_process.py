"""What is written, planned and filled in with a referral, over FHIR: in by a system, out to it, and read with the record opened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dossier.questionnaires.definition import everything
from exchange import fhir
from exchange.fhir_process import PLAIN
from referrals.models import Appointment, QuestionnaireResponse, Referral, Report, Supplement
from region.partner import Partner
from tests import factories
from tests.exchange.partners.world import BSN, World, now, partner_of, within
from tests.exchange.stage import deliver
from tests.referrals.world import take

pytestmark = pytest.mark.django_db(transaction=True)
START = (timezone.now() + timedelta(days=8)).replace(microsecond=0)


@pytest.fixture
def world() -> World:
    return World()


def communication(referral: Referral, key: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Communication", "status": "completed", "basedOn": [{"reference": f"ServiceRequest/{referral.pk}"}],
        "identifier": [{"system": "https://ecd.voorbeeld.nl/bericht", "value": key}], "payload": [{"contentString": text}], **more,
    }  # fmt: skip


def appointment(referral: Referral, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment", "status": "booked", "basedOn": [{"reference": f"ServiceRequest/{referral.pk}"}],
        "start": START.isoformat(), "end": (START + timedelta(minutes=40)).isoformat(),
        "appointmentType": {"coding": [{"code": "HH"}]}, "patientInstruction": "Houd het verband erom.",
        "participant": [{"actor": {"type": "Location", "display": "Bij u thuis"}, "status": "accepted"}], **more,
    }  # fmt: skip


def taken(world: World, system: Partner) -> Referral:
    referral = world.refer()
    assert system.step(referral.pk, "accepted").status_code == 200
    return referral


def test_the_receivers_system_reports_once_and_the_sender_reads_it(world: World, client_of: Any) -> None:
    system = world.system()
    referral = taken(world, system)
    plain = {"extension": [{"url": PLAIN, "valueBoolean": True}], "contentString": "De wond geneest goed."}
    body = communication(referral, "V-1", "Wond 2 x 3 cm, granulerend.")
    body["payload"].append(plain)
    first, again = system.call("POST", "/Communication", body), system.call("POST", "/Communication", body)
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.json()["id"] == again.json()["id"]
    other = system.call("POST", "/Communication", communication(referral, "V-1", "Iets anders."))
    assert other.status_code == 409
    with factories.as_owner():
        report = Report.objects.select_related("step").get()
    assert (report.text, report.plain, report.step.party) == (
        "Wond 2 x 3 cm, granulerend.",
        "De wond geneest goed.",
        "system",
    )
    page = client_of(world.gp).get(f"/referrals/{referral.pk}/").content.decode()
    assert "Wond 2 x 3 cm, granulerend." in page
    (kept,) = system.call("GET", f"/Communication?based-on=ServiceRequest/{referral.pk}").json()["entry"]
    assert kept["resource"]["category"][0]["coding"][0]["code"] == "report"
    assert system.call("GET", f"/Communication/{report.pk}").json() == kept["resource"]
    task = system.call("GET", f"/Task/{referral.pk}").json()
    assert {"reference": f"Communication/{report.pk}"} in [one.get("valueReference") for one in task["output"]]
    done = [
        *task["output"],
        {"type": {"text": "x"}, "valueCodeableConcept": {"coding": [{"system": fhir.OWN_OUTCOME, "code": "helped"}]}},
    ]
    assert system.step(referral.pk, "completed", output=done).status_code == 200, (
        "what it names stands beside the outcome"
    )
    assert now(referral).outcome == "helped"


def test_the_senders_system_adds_and_its_receiver_reads_it_after_acceptance(world: World, client_of: Any) -> None:
    system = world.system()
    assert system.call("POST", "", system.referral("R-1", BSN, world.help.pk)).status_code == 200
    with factories.as_owner():
        (referral,) = Referral.objects.all()
    told = system.call("POST", "/Communication", communication(referral, "A-1", "De huid is nu rood."))
    assert (told.status_code, told.json()["category"][0]["coding"][0]["code"]) == (201, "supplement")
    with factories.as_owner():
        assert Supplement.objects.get().text == "De huid is nu rood."
    take("accept", referral, world.social)
    assert "De huid is nu rood." in client_of(world.social).get(f"/referrals/{referral.pk}/").content.decode()
    by_a_person = client_of(world.social).get(f"/fhir/Communication?based-on=ServiceRequest/{referral.pk}").json()
    assert by_a_person["entry"][0]["resource"]["payload"] == [{"contentString": "De huid is nu rood."}]
    assert (
        client_of(world.social).post("/fhir/Communication", {}, content_type="application/fhir+json").status_code == 405
    )


def test_the_receivers_system_plans_moves_and_calls_off_on_the_version_it_knows(world: World) -> None:
    system = world.system()
    referral = taken(world, system)
    made, again = (
        system.call("POST", "/Appointment", appointment(referral)),
        system.call("POST", "/Appointment", appointment(referral)),
    )
    assert (made.status_code, again.json()["id"]) == (201, made.json()["id"]), made.text
    with factories.as_owner():
        kept = Appointment.objects.get()
    assert (kept.starts, kept.way, kept.place, kept.note) == (START, "HH", "Bij u thuis", "Houd het verband erom.")
    later = START + timedelta(days=1)
    moved = appointment(
        referral, id=str(kept.pk), start=later.isoformat(), end=(later + timedelta(minutes=40)).isoformat()
    )
    place, known = f"/Appointment/{kept.pk}", {"If-Match": made.headers["ETag"]}
    assert system.call("PUT", place, moved).status_code == 428
    answer = system.call("PUT", place, moved, **known)
    assert (answer.status_code, answer.json()["start"][:10]) == (200, later.astimezone().date().isoformat())
    assert system.call("PUT", place, {**moved, "status": "cancelled"}, **known).status_code == 412
    off = system.call("PUT", place, {**moved, "status": "cancelled"}, **{"If-Match": answer.headers["ETag"]})
    assert (off.status_code, off.json()["status"]) == (200, "cancelled")
    second = system.call("POST", "/Appointment", appointment(referral))
    assert second.json()["id"] != made.json()["id"]
    found = system.call("GET", f"/Appointment?based-on=ServiceRequest/{referral.pk}").json()["entry"]
    assert [one["resource"]["status"] for one in found] == ["cancelled", "booked"]


def test_what_is_wrong_is_named_and_the_wrong_party_or_moment_changes_nothing(world: World) -> None:
    system = world.system()
    referral = world.refer()
    early = system.call("POST", "/Communication", communication(referral, "V-1", "Verslag"))
    assert early.status_code == 409
    assert system.call("POST", "/Appointment", appointment(referral)).status_code == 409
    assert system.call("GET", f"/Communication?based-on=ServiceRequest/{referral.pk}").status_code == 404, (
        "before acceptance"
    )
    assert system.step(referral.pk, "accepted").status_code == 200
    past = (timezone.now() - timedelta(days=1)).isoformat()
    for path, body, place in (
        ("/Communication", communication(referral, "V-1", "x", payload=[]), "Communication.payload"),
        ("/Communication", communication(referral, "V-1", "x", status="draft"), "Communication.status"),
        ("/Communication", communication(referral, "V-1", "x", identifier=[]), "Communication.identifier"),
        ("/Communication", communication(referral, "V-1", "x", about=[{"display": "y"}]), "Communication.about"),
        (
            "/Communication",
            communication(referral, "V-1", "x", basedOn=[{"reference": "Task/1"}]),
            "Communication.basedOn",
        ),
        (
            "/Communication",
            communication(referral, "V-1", "x", payload=[{"contentReference": {"display": "y"}}]),
            "Communication.payload",
        ),
        ("/Appointment", appointment(referral, start=past), "Appointment.end"),
        (
            "/Appointment",
            appointment(referral, start=past, end=(timezone.now() - timedelta(hours=23)).isoformat()),
            "Appointment.start",
        ),
        ("/Appointment", appointment(referral, status="proposed"), "Appointment.status"),
        (
            "/Appointment",
            appointment(referral, patientInstruction="Mevrouw De Vries, neem uw pas mee"),
            "Appointment.patientInstruction",
        ),
    ):
        told = system.call("POST", path, body)
        assert told.status_code == 422, (path, told.text)
        assert place in [one["expression"][0] for one in told.json()["issue"]], told.text
    stranger = Partner(system.product)
    stranger.http = within()
    partner_of(factories.organisation("home_care", "Thuiszorg Elders"), stranger)
    for path in ("/Communication", "/Appointment", "/QuestionnaireResponse"):
        assert stranger.call("GET", f"{path}?based-on=ServiceRequest/{referral.pk}").status_code == 404
        assert system.call("GET", path).status_code == 400
    assert stranger.call("POST", "/Communication", communication(referral, "V-1", "x")).status_code == 404
    assert stranger.call("POST", "/Appointment", appointment(referral)).status_code == 404
    with factories.as_owner():
        assert not Report.objects.exists()
        assert not Appointment.objects.exists()


def test_the_form_and_its_answers_are_read_with_the_record_opened(world: World) -> None:
    system = world.system()
    referral = world.refer()
    (form,) = (one for one in everything().values() if one.key == "lab-order|1")
    items = [
        {
            "linkId": "tests",
            "text": "Bepalingen",
            "item": [{"linkId": "wanted", "text": "Welke?", "answer": [{"valueString": "glucose"}]}],
        }
    ]
    with factories.as_owner():
        kept = QuestionnaireResponse.objects.create(
            referral=referral, patient=world.patient, organisation=world.gp.organisation, category=12, questionnaire=form.key, answers=items
        )  # fmt: skip
    path = f"/QuestionnaireResponse?based-on=ServiceRequest/{referral.pk}"
    assert system.call("GET", path).status_code == 404, "before acceptance"
    assert system.call("GET", f"/QuestionnaireResponse/{referral.pk}-{kept.pk}").status_code == 404
    assert system.step(referral.pk, "accepted").status_code == 200
    (found,) = system.call("GET", path).json()["entry"]
    assert found["resource"]["item"] == items
    assert found["resource"]["questionnaire"] == form.canonical
    assert system.call("GET", f"/QuestionnaireResponse/{referral.pk}-{kept.pk}").json() == found["resource"]
    asked = system.http.get(f"{system.product}/fhir/Questionnaire/lab-order-1").json()
    assert (f"{asked['url']}|{asked['version']}", asked["item"][0]["linkId"]) == (form.canonical, "tests")
    assert system.http.get(f"{system.product}/fhir/Questionnaire").json()["total"] == len(everything())
    assert system.http.get(f"{system.product}/fhir/Questionnaire/none").status_code == 404
    deliver()
