"""The pages of a consultation, each once through a browser without scripts, and what the scripts ask for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consultations.forms import AskForm, working_day_after
from consultations.models import Attachment, Consultation
from events.models import Event
from people.models import Membership, Organisation
from tests import factories
from tests.consultations.helpers import Stage, status_of

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def see(client: Client, name: str, *args: Any, status: int = 200, query: str = "", **headers: Any) -> str:
    response = client.get(reverse(f"consultations:{name}", args=args) + query, **headers)
    assert response.status_code == status
    return response.content.decode()


def send(client: Client, name: str, *args: Any, status: int = 302, **data: Any) -> str:
    response = client.post(reverse(f"consultations:{name}", args=args), data)
    assert response.status_code == status
    return response.content.decode()


def asked(**values: Any) -> dict[str, Any]:
    due = (timezone.localdate() + timedelta(days=3)).isoformat()
    return {"token": str(uuid.uuid4()), "question": "Wat te doen bij vallen?", "due": due, **values}


def test_from_question_to_conclusion_on_both_sides(client_of: ClientOf) -> None:
    stage = Stage()
    factories.relation(stage.patient, stage.second.organisation)
    entry = factories.entry(stage.patient, stage.asker, "Viel twee keer in oktober.")
    asker, pharmacy = client_of(stage.asker), client_of(stage.asked)
    form = see(asker, "new", stage.patient.key)
    assert "betrokken bij deze inwoner" in form
    assert "Viel twee keer in oktober." in form
    assert " checked" not in form
    typed = asked(organisations=[stage.asked.organisation_id], items=[f"entry:{entry.pk}"])
    send(asker, "new", stage.patient.key, **typed)
    send(asker, "new", stage.patient.key, **typed)
    with factories.as_owner():
        made = Consultation.objects.get()
        assert Attachment.objects.count() == 1
    assert "wacht op ons" in see(pharmacy, "list")
    page = see(pharmacy, "thread", made.pk)
    assert stage.patient.name in page
    assert "Wat te doen bij vallen?" in page
    assert "Viel twee keer in oktober." in page
    send(pharmacy, "pick_up", made.pk)
    assert "opgepakt door u" in see(pharmacy, "thread", made.pk)
    assert "opgepakt" in see(asker, "thread", made.pk)
    send(pharmacy, "answer", made.pk, text="Halveer de dosis.", addition="False")
    assert "wacht op uw conclusie" in see(asker, "list", query="?side=asked")
    send(asker, "conclude", made.pk, text="Dosis gehalveerd.")
    assert "Dosis gehalveerd." in see(asker, "thread", made.pk)
    page = see(pharmacy, "thread", made.pk)
    assert "Dit consult is afgerond; de inhoud staat in het dossier" in page
    assert "Halveer" not in page
    assert stage.patient.own_name not in page
    listed = see(pharmacy, "list", query="?side=received&state=closed")
    assert "naam niet meer zichtbaar" in listed
    assert made.number in listed


def test_bad_input_is_named_at_its_field_and_nothing_typed_is_lost(client_of: ClientOf) -> None:
    stage = Stage()
    entry = factories.entry(stage.patient, stage.asker, "Viel twee keer.")
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    client = client_of(stage.asker)
    page = send(client, "new", stage.patient.key, status=200, **asked(due=yesterday, items=[f"entry:{entry.pk}"]))
    assert "Deze dag is al voorbij." in page
    assert "Kies ten minste één organisatie." in page
    assert "Wat te doen bij vallen?" in page
    assert f'value="entry:{entry.pk}" checked' in page
    others = [factories.organisation().pk for _ in range(6)]
    page = send(client, "new", stage.patient.key, status=200, **asked(organisations=others, items=["entry:0"]))
    assert "U koos 6 organisaties." in page
    assert "Iets wat u aanvinkte staat niet meer in het dossier." in page
    page = send(
        client, "new", stage.patient.key, status=200, **asked(organisations=[stage.asker.organisation_id], question="")
    )
    assert "Schrijf uw vraag op." in page
    with factories.as_owner():
        assert Consultation.objects.count() == 0


def test_looking_for_others_keeps_what_was_typed_and_chosen(client_of: ClientOf) -> None:
    stage = Stage()
    factories.organisation("home_care", name="Wijkzorg Gooi")
    client = client_of(stage.asker)
    typed = asked(organisations=[stage.asked.organisation_id], search="1", domain="")
    page = send(client, "new", stage.patient.key, status=200, find="wijkzorg", **typed)
    assert "Wijkzorg Gooi" in page
    assert "Wat te doen bij vallen?" in page
    assert typed["token"] in page
    assert f'value="{stage.asked.organisation_id}" checked' in page
    assert "form-errors" not in page
    address = reverse("consultations:new", args=[stage.patient.key])
    part = client.post(address, {**typed, "find": "niemand"}, headers={"HX-Request": "true"}).content.decode()
    assert "Geen deelnemer gevonden" in part
    assert "<html" not in part
    assert f'value="{stage.asked.organisation_id}" checked' in part


def test_an_answer_and_a_conclusion_need_words(client_of: ClientOf) -> None:
    stage = Stage()
    made = stage.ask()
    assert "Schrijf uw antwoord op." in send(client_of(stage.asked), "answer", made.pk, status=200, text=" ")
    page = send(client_of(stage.asker), "conclude", made.pk, status=200, text="")
    assert "Schrijf op wat u besluit of afspreekt." in page
    assert status_of(made) == "open"


def test_a_step_at_the_wrong_moment_is_told_in_words(client_of: ClientOf) -> None:
    stage = Stage()
    made = stage.ask()
    stage.cancel(made)
    assert "Dit consult is ingetrokken" in send(client_of(stage.asked), "pick_up", made.pk, status=409)
    assert "er kan niets meer bij" in send(client_of(stage.asked), "answer", made.pk, status=409, text="Te laat.")
    assert "Dit consult is ingetrokken" in see(client_of(stage.asked), "thread", made.pk)
    send(client_of(stage.asker), "conclude", made.pk, status=409, text="Te laat.")


def test_the_status_part_opens_no_record_and_tells_what_is_new(client_of: ClientOf) -> None:
    stage = Stage()
    made = stage.ask()
    client = client_of(stage.asker)
    seen = re.findall(r"\?seen=([0-9.]+)", see(client, "thread", made.pk))[0]
    assert "zojuist" not in see(client, "status", made.pk, query=f"?seen={seen}")
    stage.answer(made, stage.asked)
    with factories.as_owner():
        before = Event.objects.count()
    part = see(client, "status", made.pk, query=f"?seen={seen}")
    assert "zojuist" in part
    assert "wacht op uw conclusie" in part
    with factories.as_owner():
        assert Event.objects.count() == before
    assert "Halveer de dosis." in see(client, "conversation", made.pk)
    stage.conclude(made)
    assert 'hx-trigger="every' not in see(client, "status", made.pk, status=286)
    assert "de inhoud staat in het dossier" in see(client_of(stage.asked), "conversation", made.pk)


def test_strangers_get_nothing(client_of: ClientOf, citizen_client: Callable[..., Client]) -> None:
    stage = Stage()
    made = stage.ask()
    treating = factories.member("social_worker")
    factories.relation(stage.patient, treating.organisation)
    for client in (
        client_of(factories.member("gp")),
        client_of(treating),
        citizen_client(factories.citizen(stage.patient)),
    ):
        for name in ("thread", "status", "conversation"):
            see(client, name, made.pk, status=404)
        for name in ("pick_up", "answer", "conclude", "cancel"):
            send(client, name, made.pk, status=404, text="Van een vreemde.")
    see(client_of(factories.member("gp")), "new", stage.patient.key, status=404)
    see(client_of(stage.asked), "new", stage.patient.key, status=403)
    for name, args in (("list", []), ("thread", [made.pk]), ("new", [stage.patient.key])):
        see(Client(), name, *args, status=302)
    assert status_of(made) == "open"


def test_the_list_takes_a_fixed_number_of_queries_and_pages_by_fifty(client_of: ClientOf) -> None:
    stage = Stage()
    client = client_of(stage.asked)
    counts = []
    for number in (2, 50):
        for _ in range(number):
            stage.ask(stage.asked, stage.second)
        see(client, "list")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = see(client, "list")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert page.count("data-row") == 50
    assert see(client, "list", query="?page=2").count("data-row") == 2


def test_an_answer_is_expected_within_two_working_days_unless_said_otherwise() -> None:
    friday = date(2026, 11, 27)
    assert working_day_after(friday, 2).isoformat() == "2026-12-01"
    form = AskForm(organisations=Organisation.objects.none(), items=[])
    assert form["due"].value() == working_day_after(timezone.localdate(), 2)
