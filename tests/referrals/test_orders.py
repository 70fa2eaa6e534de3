"""Orders: each kind with its own form, changed while it runs, withdrawn, and answered with what was found or done."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dossier.access import questionnaires
from dossier.questionnaires import definition
from events.errors import Refused
from people.models import Membership
from referrals.models import QuestionnaireResponse, Referral
from tests import factories
from tests.referrals.test_steps import stands
from tests.referrals.world import World, take
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
SOON = (timezone.localdate() + timedelta(days=2)).isoformat()
# form → (what somebody fills in, what is asked besides by one more answer)
ORDERS: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "lab-order": (
        {
            "wanted": ["hba1c"], "fasting": "false", "reason": "Controle", "anticoagulant": "false", "where": "post", "when": "week",
            "repeat": "once", "call": "false",
        },
        {"where": "home"}, {"why-home", "phone"},
    ),
    "aids-order": (
        {
            "category": "wound", "which": "Schuimverband", "why": "Open been", "number": "20", "term": "short", "how": "collected",
            "adjust": "false", "trains": "none",
        },
        {"category": "bed", "how": "delivered"}, {"height", "weight", "address", "phone"},
    ),
    "home-care-order": (
        {
            "situation": "Kan zich niet bukken", "frequency": "daily", "start": SOON, "discharge": "false", "entry": "opens",
            "phone": "035-5550107", "carer": "none",
        },
        {"discharge": "true", "nursing": ["other"]}, {"ward", "nursing-other"},
    ),
    "displaced-care-order": (
        {
            "kind": "wound", "what": "Vacuümtherapie", "diagnosis": "Wond", "protocol": "VAC 2025", "start": SOON,
            "stop-when": "Bloeding", "times": "Driemaal per week", "executor": "district-nurse", "physician": "Chirurg",
            "physician-phone": "035-5550300", "night-phone": "035-5550301", "taken-over": "nobody", "pharmacy": "hospital",
        },
        {"kind": "iv"}, {"first-dose", "access", "emergency-set"},
    ),
}  # fmt: skip


def ordering(name: str, role: str = "district_nurse") -> World:
    """A practice that orders of home care or of another, with a letter of its own that can go along."""
    world = World(receiver=factories.member(role, name="Sanne Bakker"))
    with factories.as_owner():
        world.service.process, world.service.questionnaire = "order", name
        world.service.save()
    return world


def typed(world: World, name: str, **more: Any) -> dict[str, Any]:
    answers = {f"form-{key}": value for key, value in {**ORDERS[name][0], **more}.items()}
    pk = str(world.service.pk)
    return {
        "do": "send", "token": str(uuid.uuid4()), "service": pk, "shown": pk, "urgency": "routine", "agreed": "on",
        "questionnaire": f"{name}|1", **answers,
    }  # fmt: skip


def test_every_kind_of_order_has_a_form_and_none_asks_for_a_code_to_a_door() -> None:
    assert set(ORDERS) == {form.name for form in definition.everything().values() if form.name.endswith("-order")}
    for form in definition.everything().values():
        for item in form.questions.values():
            free = item.type in {"string", "text"}
            assert not (free and any(word in item.text.casefold() for word in ("code", "sleutel", "pin")))


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_goes_with_its_own_form_whole_or_not_at_all(name: str, client_of: ClientOf) -> None:
    world = ordering(name)
    letter = factories.document(world.patient, world.sender, category=Category.DOCUMENTS, title="Uitvoeringsverzoek")
    client, address = client_of(world.sender), f"/referrals/new/{world.patient.key}/"
    _usual, more, asked = ORDERS[name]
    items = [f"document:{letter.pk}"] if questionnaires.newest(name).along else []  # type: ignore[union-attr]
    page = client.post(address, {**typed(world, name, **more), "items": items}).content.decode()
    for question in asked:
        assert f'id="id_form-{question}_error"' in page, question
    if items:
        assert "hoort iets uit" in client.post(address, typed(world, name)).content.decode()
    with factories.as_owner():
        assert not Referral.objects.exists()
    assert client.post(address, {**typed(world, name), "items": items}).status_code == 302
    with factories.as_owner():
        kept = QuestionnaireResponse.objects.get()
        assert set(questionnaires.given_in(kept.answers)) == set(ORDERS[name][0])


def test_an_order_ticks_what_its_form_names_and_takes_over_what_was_measured(client_of: ClientOf) -> None:
    world = ordering("aids-order", "pharmacist")
    source = factories.source(world.sender.organisation)
    held = [
        factories.fact(world.patient, source, kind, f"Feit {kind.name}")
        for kind in (Category.MEDICATION, Category.ALLERGIES, Category.PROBLEMS, Category.FUNCTIONING)
    ]
    for code, value, unit, day in (
        ("8302-2", 171.6, "cm", timezone.localdate()), ("29463-7", 81.0, "kg", timezone.localdate() - timedelta(days=500)),
    ):  # fmt: skip
        factories.fact(
            world.patient, source, Category.RESULTS, "Meting", resource_type="Observation", code=f"http://loinc.org|{code}",
            value=value, unit=unit, on_date=day.isoformat(),
        )  # fmt: skip
    client, address = client_of(world.sender), f"/referrals/new/{world.patient.key}/"

    def chosen() -> str:
        return client.get(address, {"service": world.service.pk}).content.decode()

    first = chosen()
    assert not re.findall(r'name="items" value="[^"]+" checked', first)
    assert 'name="form-height" value="172"' in first
    assert 'name="form-weight" value=' not in first, "too long ago"
    assert '<h3 class="not-asked">Maten</h3>' in first, "no heading above nothing"
    bed = {"do": "form", "service": world.service.pk, "questionnaire": "aids-order|1", "form-category": "bed"}
    assert "<h3>Maten</h3>" in client.post(address, bed).content.decode()
    with factories.as_owner():
        world.service.questionnaire = "displaced-care-order"
        world.service.save()
    ticked = re.findall(r'name="items" value="([^"]+)" checked', chosen())
    assert set(ticked) == {f"fact:{fact.reference}" for fact in held[:2]}


def test_an_order_is_changed_while_it_runs_answered_with_a_result_and_withdrawn_before_it_begins(
    client_of: ClientOf,
) -> None:
    world = ordering("lab-order")
    client = client_of(world.sender)
    client.post(f"/referrals/new/{world.patient.key}/", typed(world, "lab-order"))
    with factories.as_owner():
        referral = Referral.objects.get()
    take("accept", referral, world.receiver)
    desk = client_of(world.receiver)
    assert "Ja, in uitvoering" in desk.get(f"/referrals/{referral.pk}/").content.decode()
    take("start", referral, world.receiver)
    changed = {
        k: v
        for k, v in typed(world, "lab-order", call="true", **{"call-phone": "035-5550100"}).items()
        if k[:4] != "item"
    }
    assert client.post(f"/referrals/{referral.pk}/supplement/", changed).status_code == 302
    assert "035-5550100" in desk.get(f"/referrals/{referral.pk}/").content.decode()
    page = desk.get(f"/referrals/{referral.pk}/").content.decode()
    assert 'value="delivered"' in page
    assert 'value="helped"' not in page
    said = {"outcome": "delivered", "text": "HbA1c 58 mmol/mol.", "plain": "Uw suiker is goed ingesteld."}
    assert desk.post(f"/referrals/{referral.pk}/complete/", said).status_code == 302
    assert (stands(referral).status, stands(referral).outcome) == ("completed", "delivered")
    assert "HbA1c 58 mmol/mol." in client.get(f"/referrals/{referral.pk}/").content.decode()
    assert client.post(f"/referrals/{referral.pk}/supplement/", changed).status_code in {403, 409}
    client.post(f"/referrals/new/{world.patient.key}/", typed(world, "lab-order"))
    with factories.as_owner():
        other = Referral.objects.exclude(pk=referral.pk).get()
    take("accept", other, world.receiver)
    assert take("cancel", other, world.sender).status == "cancelled"
    plain = World().referral_in("in_progress")
    with factories.as_owner():
        receiver = Membership.objects.get(organisation=plain.receiving_organisation)
    with pytest.raises(Refused, match="hoort bij een aanvraag"):
        take("complete", plain, receiver, outcome="delivered")
