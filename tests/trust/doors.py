"""The doors of the product, what is planted behind them, and what a page shows of it.

What is planted carries a mark of its own: ``zqf`` for a fact, ``zqe`` for an entry, ``zql`` for a letter, then the patient,
the holder and the category. A page is read for marks and for the name of the patient.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dossier.actions import ask_in_turn
from dossier.models import Entry, Fact, Source
from events.actor import Actor
from events.models import WorkItem
from people.models import Membership, Organisation, PatientIdentity
from referrals.models import Letter, Referral
from tests import factories
from tests.trust import combinations, plain
from tests.trust.combinations import Combination, Stage
from trust.categories import Category

MARK = re.compile(r"zq([efl])x(\d+)x(\d+)x(\d+)x")
ClientOf = Callable[[Membership], Client]


@dataclass
class Planted:
    """One patient with marks at two holders: the one whose policy is tried, and the reader's own organisation."""

    combination: Combination
    holder: Organisation
    own: Organisation
    name: str


LETTERS = str.maketrans("0123456789", "abcdefghij")
"""A name has no digits."""


def plant(stage: Stage, made: list[Combination]) -> list[Planted]:
    """Give each patient an entry and a fact of every category at both holders, a referral and work about it."""
    planted = []
    with factories.as_owner():
        places = {*stage.holders.values(), *(member.organisation for member in stage.readers.values())}
        sources = {
            place.pk: Source.objects.create(
                organisation=place, name=f"Systeem {place.pk}", kind="epd", base_url="http://127.0.0.1:9/fhir",
                fhir_version="R4", categories=combinations.ALL, active=False,
            )
            for place in places
        }  # fmt: skip
        service = factories.service(stage.holders["standard"])
        later, rows = timezone.now() + timedelta(hours=2), []
        for number, c in enumerate(made):
            reader = stage.readers["gp" if c.role == "citizen" else c.role]
            one = Planted(
                c, stage.holders[c.holders[0]], reader.organisation, f"Zqnaam{str(c.patient.pk).translate(LETTERS)}q"
            )
            c.patient.own_name = one.name
            c.patient.save(update_fields=["own_name"])
            planted.append(one)
            for place in (one.holder, one.own):
                for category in Category:
                    mark = f"x{c.patient.pk}x{place.pk}x{int(category)}x"
                    rows.append(
                        Fact(
                            patient=c.patient, organisation=place, source=sources[place.pk], category=category,
                            resource_type="Condition", source_key=f"{mark}", resource={}, title=f"zqf{mark}",
                            on_date="2026-05-01", expires_at=later,
                        )
                    )  # fmt: skip
                    rows.append(
                        Entry(
                            patient=c.patient, organisation=place, category=category, kind="note", text=f"zqe{mark}",
                            author=reader.user, author_name="A", author_role="b",
                        )
                    )  # fmt: skip
            rows.append(
                Referral(
                    number=f"M-{number}", patient=c.patient, service=service, sending_organisation=one.holder,
                    receiving_organisation=one.own, sender=reader.user, age=66, gender="female", due=later,
                    status="accepted", accepted_at=timezone.now(),
                )
            )  # fmt: skip
        for kind in (Fact, Entry, Referral):
            kind.objects.bulk_create([row for row in rows if isinstance(row, kind)])
        Letter.objects.bulk_create(
            Letter(
                referral=referral,
                patient_id=referral.patient_id,
                organisation_id=referral.sending_organisation_id,
                category=Category.REFERRAL,
                question=f"zqlx{referral.patient_id}x{referral.sending_organisation_id}x12x",
                agreed=True,
            )
            for referral in Referral.objects.all()
        )
        WorkItem.objects.bulk_create(
            WorkItem(
                kind="referral", subject_type="referral", subject_id=referral.pk, patient_id=referral.patient_id,
                organisation_id=referral.receiving_organisation_id, title="Nieuwe verwijzing",
            )
            for referral in Referral.objects.all()
        )  # fmt: skip
        PatientIdentity.objects.bulk_create(PatientIdentity(patient=c.patient, bsn=factories.bsn()) for c in made)
    return planted


@dataclass
class Seen:
    """What a page showed: marks as (entry or fact, holder, category), the name, and of whom else there were marks."""

    marks: set[tuple[str, int, int]]
    named: bool
    strangers: set[int]
    status: int


def look(one: Planted, text: str, status: int) -> Seen:
    found = [(kind, int(who), int(holder), int(category)) for kind, who, holder, category in MARK.findall(text)]
    mine = one.combination.patient.pk
    return Seen(
        {(kind, holder, category) for kind, who, holder, category in found if who == mine},
        one.name in text,
        {who for _, who, _, _ in found if who != mine},
        status,
    )


PAGES = {
    "overview": "workplace:patient", "pieces": "workplace:sources", "refer": "referrals:new", "ask": "consultations:new",
    "contacts": "dossier:contacts", "fhir read": "exchange:patient", "consent": "workplace:consent",
    "mandates": "workplace:mandates",
}  # fmt: skip
THREADS = {"thread": "referrals:thread", "letter": "referrals:letter", "fhir request": "exchange:service_request"}
WHOLE = {"overview": "ef", "pieces": "ef", "thread": "l", "letter": "l", "fhir request": "l"}
"""Doors that show all of a sort that may be seen; the others show a part, never more."""
DOORS = (*PAGES, *THREADS, "search", "fhir search")


def as_if_answered(*, key: uuid.UUID, by: Actor) -> Generator[int, None, None]:
    """Ask as ever, and then say that something came, so that every piece of the overview is sent."""
    rounds = ask_in_turn(key=key, by=by)

    def more() -> Generator[int, None, None]:
        yield from rounds
        yield 1

    return more()


def knock(client: Client, door: str, one: Planted) -> Seen:
    """Go through a door as a browser or another system does."""
    text, beyond = "", ""
    if door in PAGES:
        with patch("workplace.views.record.ask_in_turn", as_if_answered):
            answer = client.get(reverse(PAGES[door], args=[one.combination.patient.key]))
            text = answer.getvalue().decode()
        if door in {"overview", "pieces"} and answer.status_code == 200:
            beyond = followed(client, text, f"/patients/{one.combination.patient.key}/parts/")
    elif door in THREADS:
        with factories.as_owner():
            number = Referral.objects.get(patient=one.combination.patient).pk
        answer = client.get(reverse(THREADS[door], args=[number]))
    elif door == "search":
        answer = client.post(reverse("workplace:patients"), {"name": one.name})
    else:
        answer = client.post("/fhir/Patient/_search", f"name={one.name}", "application/x-www-form-urlencoded")
    text = (text or answer.getvalue().decode()) + beyond
    if door == "search":  # the form repeats what was typed
        text = re.sub(rf'value="{one.name}"|Naam <strong>{one.name}</strong>', "", text, flags=re.IGNORECASE)
    if door == "fhir search" and answer.status_code == 200:
        found = answer.json()
        assert found["total"] == len(found.get("entry", [])) == text.count('"resourceType":"Patient"')
    return look(one, text, answer.status_code)


def followed(client: Client, page: str, within: str) -> str:
    """What stands behind the links of the overview to whole lists and further on the time line, as who reads on meets it."""
    seen: dict[str, str] = {}
    waiting = [page]
    while waiting:
        for link in re.findall(rf'href="({re.escape(within)}[^"]*)"', waiting.pop()):
            address = link.replace("&amp;", "&")
            if address not in seen and "test=" not in address and len(seen) < 20:
                seen[address] = client.get(address).content.decode()
                waiting.append(seen[address])
    return "".join(seen.values())


def allowed(case: plain.Case, one: Planted) -> set[tuple[str, int, int]]:
    """The marks that the plain rule lets this reader see."""
    marks = set()
    for place in (one.holder.pk, one.own.pk):
        for category in Category:
            if case.sees_entry(place, category):
                marks.add(("e", place, int(category)))
            if case.sees_fact(place, category):
                marks.add(("f", place, int(category)))
    if case.sees_entry(one.holder.pk, Category.REFERRAL):
        marks.add(("l", one.holder.pk, int(Category.REFERRAL)))
    return marks
