"""Each page once through the client: the person asks and follows, the desk decides, holds are placed, the register is read."""

from __future__ import annotations

import csv
import io
import uuid
import zipfile
from collections.abc import Callable

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from dossier.models import Entry
from events.actor import act, system
from people.models import Membership, User
from rights import actions
from rights.models import Hold, Request
from rights.register import declared, models_of, register
from tests import factories
from tests.rights.stage import Stage, decided, now_of, sent, stage, taken_up
from trust.access import open_record
from trust.categories import Category, to_mask
from trust.models import Mandate

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
CitizenClient = Callable[[User], Client]


def send(client: Client, kind: str, **values: object) -> Request:
    """A request sent through the form."""
    page = client.get(reverse("rights:new"), {"kind": kind, **values})
    assert page.status_code == 200
    form = page.context["form"]
    data = {"kind": kind, "token": form.initial["token"], "text": "Ik wil dit.", "all_kinds": "all", **values}
    response = client.post(reverse("rights:new"), data)
    assert response.status_code == 302, response.context["form"].errors
    with factories.as_owner():
        return Request.objects.latest("pk")


def test_the_person_starts_from_the_rights_and_follows_the_own_requests(citizen_client: CitizenClient) -> None:
    s = stage()
    client = citizen_client(s.user)
    page = client.get(reverse("rights:mine")).content.decode()
    for kind in ("question", "insight", "correction", "objection", "restriction", "deletion"):
        assert f"kind={kind}" in page
    request = send(client, "objection", organisation=s.gp.organisation_id)
    assert request.organisation == s.gp.organisation
    assert request.number in client.get(reverse("rights:mine")).content.decode()
    page = client.get(reverse("rights:request", args=[request.pk])).content.decode()
    assert "Ik wil dit." in page
    assert client.get(reverse("rights:status", args=[request.pk])).status_code == 200
    client.post(reverse("rights:withdraw", args=[request.pk]))
    assert now_of(request).status == "withdrawn"
    assert client.get(reverse("rights:status", args=[request.pk])).status_code == 286


def test_a_line_of_the_log_starts_a_question_to_who_looked(citizen_client: CitizenClient) -> None:
    s = stage()
    with act(factories.actor(s.gp)) as actor:
        open_record(actor, s.patient.key, [Category.IDENTITY])
    who, day = f"{s.gp.organisation_id}.{s.gp.user_id}", timezone.localdate().isoformat()
    request = send(citizen_client(s.user), "question", day=day, who=who, organisation=s.gp.organisation_id)
    assert (request.about_day, request.about_user_id) == (timezone.localdate(), s.gp.user_id)


@pytest.mark.parametrize("who", ["x", "1.y", "999999", "9" * 30, "0", ""])
def test_a_line_that_is_not_in_the_own_log_is_nothing(citizen_client: CitizenClient, who: str) -> None:
    s = stage()
    page = citizen_client(s.user).get(reverse("rights:new"), {"kind": "question", "day": "2026-11-20", "who": who})
    assert page.status_code == 200
    assert page.context["line"] is None


def test_the_desk_takes_up_and_decides_and_the_record_is_corrected(
    client_of: ClientOf, citizen_client: CitizenClient
) -> None:
    s = stage()
    entry = factories.entry(s.patient, s.gp, "Woont alleen.")
    request = send(citizen_client(s.user), "correction", reference=f"entry:{entry.pk}", proposed="Woont met haar zus.")
    desk = client_of(s.officer)
    assert request.name in desk.get(reverse("rights:inbox")).content.decode()
    desk.post(reverse("rights:take_up", args=[request.pk]))
    page = desk.get(reverse("rights:request", args=[request.pk])).content.decode()
    assert "Woont alleen." in page
    wrong = desk.post(reverse("rights:decide", args=[request.pk]), {"decide-verb": "refuse"})
    assert wrong.status_code == 200
    assert {"reason", "text"} <= set(wrong.context["decision_form"].errors)
    values = {"decide-verb": "grant", "decide-text": "U heeft gelijk.", "decide-corrected": "Woont met haar zus."}
    assert desk.post(reverse("rights:decide", args=[request.pk]), values).status_code == 302
    with factories.as_owner():
        assert Entry.objects.get(replaces=entry).text == "Woont met haar zus."
    assert (
        "U heeft gelijk." in citizen_client(s.user).get(reverse("rights:request", args=[request.pk])).content.decode()
    )
    assert request.number in desk.get(reverse("rights:inbox"), {"state": "closed"}).content.decode()


def test_a_question_is_answered_and_not_decided(client_of: ClientOf, citizen_client: CitizenClient) -> None:
    s = stage()
    request = taken_up(s, "question", frozenset())
    address = reverse("rights:request", args=[request.pk])
    desk = client_of(s.officer)
    for page in (desk.get(address).content.decode(), citizen_client(s.user).get(address).content.decode()):
        assert "<dt>Antwoord</dt>" in page
        assert "Besluit" not in page
    values = {"decide-verb": "grant", "decide-text": "De dokter belde u die dag terug."}
    page = desk.post(reverse("rights:decide", args=[request.pk]), values, follow=True).content.decode()
    assert "Uw antwoord is verstuurd." in page
    assert "<dt>Beantwoord</dt>" in page


def test_who_keeps_the_policy_begins_there_unless_a_request_waits(client_of: ClientOf) -> None:
    s = stage()
    manager = factories.member("manager", at=s.gp.organisation)
    client = client_of(manager)
    assert client.get("/").headers["Location"] == reverse("rights:inbox")
    with factories.as_owner():
        assign_perm("people.manage_policy", manager.user, manager.organisation)
    assert client.get("/").headers["Location"] == reverse("oversight:policies")
    sent(s)
    assert client.get("/").headers["Location"] == reverse("rights:inbox")


def test_a_correction_of_one_line_is_about_that_line(citizen_client: CitizenClient) -> None:
    s = stage()
    source = factories.source(s.gp.organisation)
    fact = factories.fact(s.patient, source, title="Kalium", detail="4,1 mmol/l", on_date="2026-05-03")
    entry = factories.entry(s.patient, s.gp, "Woont alleen.")
    client, address = citizen_client(s.user), reverse("rights:new")
    one = {"kind": "correction", "reference": f"fact:{fact.reference}"}
    page = client.get(address, one).content.decode()
    assert 'type="radio"' not in page
    assert f'<input type="hidden" name="reference" value="fact:{fact.reference}"' in page
    for words in ("Kalium · 4,1 mmol/l", "3 mei 2026", s.gp.organisation.name, "Iets anders"):
        assert words in page
    again = client.post(address, {**one, "text": "", "token": str(uuid.uuid4())})  # typed wrongly: still about that one
    assert again.context["form"].errors
    assert 'type="radio"' not in again.content.decode()
    for reference in ("", "fact:0"):
        answer = client.get(address, {"kind": "correction", "reference": reference})
        page = answer.content.decode()
        assert page.count('type="radio"') == 2
        assert f"Kalium · 4,1 mmol/l · 3 mei 2026 · {s.gp.organisation.name}" in page
        kinds = dict(answer.context["form"].by_kind)
        assert {str(Category(fact.category).label), str(Category(entry.category).label)} == set(kinds)
        assert all(len(choices) == 1 for choices in kinds.values())


def test_asking_back_answering_extending_and_lifting(client_of: ClientOf, citizen_client: CitizenClient) -> None:
    s = stage()
    request = taken_up(s, "restriction", frozenset({Category.PLAN}))
    desk, citizen = client_of(s.officer), citizen_client(s.user)
    assert desk.post(reverse("rights:ask_back", args=[request.pk]), {}).status_code == 200
    desk.post(reverse("rights:ask_back", args=[request.pk]), {"ask-text": "Welke afspraak?"})
    page = citizen.get(reverse("rights:request", args=[request.pk])).content.decode()
    assert "Welke afspraak?" in page
    assert "Antwoord versturen" in page
    assert citizen.post(reverse("rights:answer", args=[request.pk]), {"text": ""}).status_code == 200
    citizen.post(reverse("rights:answer", args=[request.pk]), {"text": "Die van mei."})
    desk.post(reverse("rights:extend", args=[request.pk]), {"extend-text": "Meer tijd nodig."})
    assert now_of(request).extended_at is not None
    desk.post(reverse("rights:decide", args=[request.pk]), {"decide-verb": "grant", "decide-text": "Goed."})
    assert "Beperking opheffen" in desk.get(reverse("rights:request", args=[request.pk])).content.decode()
    desk.post(reverse("rights:lift", args=[request.pk]))
    assert "Beperking opheffen" not in desk.get(reverse("rights:request", args=[request.pk])).content.decode()


def test_what_the_law_keeps_is_said_to_the_desk_with_the_law(client_of: ClientOf) -> None:
    s = stage()
    request = taken_up(s, "deletion")
    page = client_of(s.officer).get(reverse("rights:request", args=[request.pk])).content.decode()
    assert "art. 52 AWR" in page
    assert 'value="grant"' not in page


def test_a_refusal_says_where_to_complain_and_offers_a_statement_that_shows_with_the_entry(
    citizen_client: CitizenClient,
) -> None:
    s = stage()
    entry = factories.entry(s.patient, s.gp, "Drinkt te veel.")
    request = decided(s, taken_up(s, "correction", about=entry), "refuse", reason="unfounded")
    client = citizen_client(s.user)
    page = client.get(reverse("rights:request", args=[request.pk])).content.decode()
    assert "Autoriteit Persoonsgegevens" in page
    assert client.post(reverse("rights:statement", args=[request.pk]), {"text": ""}).status_code == 200
    assert client.post(reverse("rights:statement", args=[request.pk]), {"text": "Ik drink niet."}).status_code == 302
    assert "Verklaring toevoegen" not in client.get(reverse("rights:request", args=[request.pk])).content.decode()


def test_the_copy_is_asked_made_and_taken(citizen_client: CitizenClient) -> None:
    s = stage()
    client = citizen_client(s.user)
    assert "Kopie maken" in client.get(reverse("rights:export")).content.decode()
    client.post(reverse("rights:export"))
    page = client.get(reverse("rights:export"))
    copy = page.context["copy"]
    assert "wordt gemaakt" in page.content.decode()
    assert client.get(reverse("rights:progress", args=[copy.pk])).status_code == 200
    assert client.get(reverse("rights:take", args=[copy.pk])).status_code == 404
    actions.make_next(by=system("copies", purpose="PATRQT"))
    assert client.get(reverse("rights:progress", args=[copy.pk])).status_code == 286
    taken = client.get(reverse("rights:take", args=[copy.pk]))
    assert taken["Content-Type"] == "application/zip"
    assert "readable.html" in zipfile.ZipFile(io.BytesIO(taken.content)).namelist()


def test_holds_are_placed_and_ended_by_the_officer_of_the_region_alone(client_of: ClientOf) -> None:
    s = stage()
    region = factories.member("privacy_officer", at=factories.organisation("region"))
    assert client_of(s.officer).get(reverse("rights:holds")).status_code == 404
    client = client_of(region)
    assert client.get(reverse("rights:holds")).status_code == 200
    assert client.post(reverse("rights:holds"), {"reason": ""}).context["form"].errors
    unknown = client.post(reverse("rights:holds"), {"reason": "Klacht", "key": "11111111-1111-4111-8111-111111111111"})
    assert "key" in unknown.context["form"].errors
    client.post(
        reverse("rights:holds"), {"reason": "Klacht", "key": str(s.patient.key), "organisation": s.gp.organisation_id}
    )
    with factories.as_owner():
        hold = Hold.objects.get()
        assert (hold.patient_id, hold.organisation_id) == (s.patient.pk, s.gp.organisation_id)
    page = client.get(reverse("rights:holds")).content.decode()
    assert "Klacht" in page
    assert s.patient.own_name not in page
    client.post(reverse("rights:end_hold", args=[hold.pk]))
    with factories.as_owner():
        assert timezone.now() not in Hold.objects.get().period


def test_the_register_is_public_and_can_be_taken_as_a_file(client: Client) -> None:
    page = client.get(reverse("rights:register")).content.decode()
    assert "Netwerkdossier" in page
    assert "Entry.text" in page
    assert {one["name"] for one in client.get(reverse("rights:register_json")).json()["activities"]} >= {
        "Netwerkdossier"
    }
    text = client.get(reverse("rights:register_csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert len(rows) == len(register())
    assert all(row["purpose"] and row["basis"] and row["retention"] for row in rows)


def test_every_model_with_personal_fields_is_in_exactly_one_activity() -> None:
    named = [model for app, activity in declared() for model in models_of(app, activity["models"])]
    assert len(named) == len(set(named)), "named twice"
    personal = {model for model in apps.get_models() if getattr(model, "PERSONAL", None)}
    assert set(named) == personal


def stage_of_sent() -> tuple[Stage, Request]:
    """A stage with an objection that waits."""
    s = stage()
    return s, sent(s, "objection")


def test_a_role_that_meets_patients_finds_no_inbox(client_of: ClientOf) -> None:
    s, request = stage_of_sent()
    client = client_of(s.gp)
    assert client.get(reverse("rights:inbox")).status_code == 404
    assert client.get(reverse("rights:request", args=[request.pk])).status_code == 404
    assert client.get(reverse("workplace:today")).status_code == 200


def test_who_acts_for_the_person_asks_in_that_name_and_sees_it_only_while_acting(citizen_client: CitizenClient) -> None:
    s = stage()
    carer = factories.citizen(factories.patient(related_to=[s.gp.organisation]))
    with factories.as_owner():
        mandate = Mandate.objects.create(
            patient=s.patient, holder=carer, name="Els", kind="carer", categories=to_mask(Category), acts=True, given_by=s.user,
            period=factories.since(1),
        )  # fmt: skip
    client = citizen_client(carer)
    session = client.session
    session["acted_for"] = str(s.patient.key)
    session.save()
    request = send(client, "objection", organisation=s.gp.organisation_id)
    assert (request.patient_id, request.asker_id, request.name) == (s.patient.pk, carer.pk, f"A. {s.patient.surname}")
    page = client.get(reverse("rights:request", args=[request.pk]))
    assert f"Els, namens A. {s.patient.surname}" in page.content.decode()
    session["acted_for"] = ""
    session.save()
    assert client.get(reverse("rights:request", args=[request.pk])).status_code == 404
    assert client.get(reverse("rights:status", args=[request.pk])).status_code == 404
    session["acted_for"] = str(s.patient.key)
    session.save()
    with factories.as_owner():
        mandate.acts = False
        mandate.save(update_fields=["acts"])
    assert client.get(reverse("rights:mine")).status_code == 403
    assert client.get(reverse("rights:request", args=[request.pk])).status_code in {403, 404}
