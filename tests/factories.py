"""Builders of the least that is valid, written as the database's owner so that a test can arrange what nobody may see."""

from __future__ import annotations

import io
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from guardian.shortcuts import assign_perm

from dossier.documents import sealing
from dossier.models import Copy, CopyText, Document, DocumentPart, Entry, Fact, Source
from dossier.sources import shared
from events.actor import Actor
from people.models import Membership, Organisation, Patient, PatientIdentity, User
from people.moves import Admission
from square.models import HealthcareService
from trust.categories import Category, to_mask
from trust.models import CareRelation, Consent

_numbers = itertools.count(1)
BOUND = """
    with recursive named as (
        select 'people_patient'::regclass as relation
        union select a.attrelid from pg_attribute a join pg_class k on k.oid = a.attrelid
              where a.attname = 'patient_id' and k.relkind in ('r', 'p') and not k.relispartition
              and k.relnamespace = 'public'::regnamespace),
    bound as (
        select relation from named
        union select c.conrelid from pg_constraint c join bound b on c.confrelid = b.relation where c.contype = 'f')
    select relation::text as relation from bound order by 1
"""
"""Every table with a path to a patient: by a column that names one, or by keys that lead to a table with one."""


@contextmanager
def as_owner() -> Iterator[None]:
    """Work as the owner of the tables for a moment."""
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        former = cursor.fetchone()[0]
        cursor.execute("set role nis_owner")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute(f"set role {former}")


def until_sealable() -> None:
    """Wait until no transaction of the whole cluster is older than the newest line, so that one seal takes all lines."""
    for _ in range(300):
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "select pg_snapshot_xmin(pg_current_snapshot())"
                " > coalesce((select xact from events_event order by xact desc limit 1), '0'::xid8)"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise TimeoutError("another transaction runs on")


def since(days: float = 30) -> DateTimeTZRange:
    """A period that began ``days`` ago and has no end."""
    return DateTimeTZRange(timezone.now() - timedelta(days=days), None)


def bsn() -> str:
    """The next test BSN of the range 9999xxxxx that passes the elfproef."""
    while True:
        digits = f"{999900000 + next(_numbers):09d}"
        total = sum((9 - i) * int(d) for i, d in enumerate(digits[:8])) - int(digits[8])
        if total % 11 == 0:
            return digits


def organisation(domain: str = "gp", name: str = "", **values: Any) -> Organisation:
    """An admitted participant that may process the BSN."""
    number = next(_numbers)
    values = {
        "admission": Admission.ADMITTED,
        "may_process_bsn": True,
        "place": "Huizen",
        "municipality": "Huizen",
        **values,
    }
    with as_owner():
        return Organisation.objects.create(domain=domain, name=name or f"Organisatie {number}", **values)


def member(role: str = "gp", at: Organisation | None = None, name: str = "", **values: Any) -> Membership:
    """A professional with a current membership."""
    domains = {
        "gp": "gp",
        "district_nurse": "home_care",
        "social_worker": "social",
        "psychologist": "mental_health",
        "pharmacist": "pharmacy",
        "coordinator": "region",
    }
    at = at or organisation(domains.get(role, "gp"))
    number = next(_numbers)
    with as_owner():
        user = User.objects.create_user(
            f"zorg:person{number}", name=name or f"Persoon {number}", email=f"person{number}@zorg.example"
        )
        return Membership.objects.create(user=user, organisation=at, role=role, period=since(400), **values)


def permit(of: Membership, right: str) -> Membership:
    """Give a member an object permission on the own organisation."""
    with as_owner():
        assign_perm(f"people.{right}", of.user, of.organisation)
    return of


def patient(*, related_to: list[Organisation] | None = None, number: str = "", **values: Any) -> Patient:
    """A citizen with an identity, cared for by the given organisations."""
    values = {
        "initials": "A.",
        "own_name": f"Jansen{next(_numbers)}",
        "gender": "female",
        "birth_date": date(1948, 3, 12),
        "place": "Huizen",
        "municipality": "Huizen",
        **values,
    }
    with as_owner():
        made = Patient.objects.create(**values)
        PatientIdentity.objects.create(
            patient=made,
            bsn=number or bsn(),
            street="Dorpsstraat",
            house_number="1",
            postcode="1271AA",
            place="Huizen",
            phone="06-12345678",
            email="inwoner@voorbeeld.example",
        )
    for organisation_ in related_to or []:
        relation(made, organisation_)
    return made


def relation(of: Patient, to: Organisation, **values: Any) -> CareRelation:
    """A care relation known from a source system."""
    values = {"source": "source_system", "period": since(), **values}
    with as_owner():
        return CareRelation.objects.create(patient=of, organisation=to, **values)


def consent(of: Patient, *categories: Category, permit: bool = True, **values: Any) -> Consent:
    """A choice of the patient, of all categories when none is named."""
    values = {"period": since(10), **values}
    with as_owner():
        return Consent.objects.create(patient=of, permit=permit, categories=to_mask(categories or Category), **values)


def citizen(of: Patient) -> User:
    """The account with which a patient signs in."""
    with as_owner():
        user = User.objects.create_user(f"digid:{next(_numbers)}")
        of.account = user
        of.save(update_fields=["account"])
    return user


def entry(
    of: Patient,
    by: Membership,
    text: str = "Wil zelf naar de markt.",
    kind: str = "matters",
    category: Category = Category.PLAN,
    **values: Any,
) -> Entry:
    """An entry of the network's own record."""
    with as_owner():
        return Entry.objects.create(
            patient=of,
            organisation=by.organisation,
            category=category,
            kind=kind,
            text=text,
            author=by.user,
            author_name=by.user.name,
            author_role=by.get_role_display(),
            **values,
        )


def document(
    of: Patient,
    by: Membership,
    content: bytes = b"Geachte collega, zij slaapt slecht.",
    category: Category = Category.DOCUMENTS,
    **values: Any,
) -> Document:
    """A document of the network's own record, plain text, sealed as the product seals it."""
    key = os.urandom(32)
    wrapped = sealing.wrap(key, of.pk)
    common: dict[str, Any] = {"patient": of, "organisation": by.organisation, "category": category}
    values = {"kind": "letter", "title": "Brief", "file_name": "brief.txt", "format": "txt", **values}
    with as_owner():
        made = Document.objects.create(
            size=len(content), author=by.user, author_name=by.user.name, author_role=by.get_role_display(),
            key_id=wrapped.key_id, wrapped_key=wrapped.key, **common, **values,
        )  # fmt: skip
        for number, sealed in enumerate(sealing.seal(io.BytesIO(content), len(content), key)):
            DocumentPart.objects.create(document=made, number=number, sealed=sealed, **common)
    return made


def copy(of: Entry, to: Source, **values: Any) -> Copy:
    """An entry that still has to be copied to a system of its writer's organisation, with its words."""
    common = {"patient": of.patient, "organisation": of.organisation, "category": of.category}
    values = {"kind": of.kind, "reference": f"entry:{of.pk}", "entry": of, "status": "listed", **values}
    with as_owner():
        made = Copy.objects.create(
            source=to,
            author=of.author,
            author_organisation=of.organisation,
            author_name=of.author_name,
            author_role=of.author_role,
            author_role_code="gp",
            **common,
            **values,
        )
        CopyText.objects.create(copy=made, title="Notitie", text=of.text, on_date=of.on_date, **common)
    return made


def source(
    of: Organisation,
    *,
    base_url: str = "http://127.0.0.1:9/fhir",
    kind: str = "his",
    version: str = "R4",
    **values: Any,
) -> Source:
    """A connected source system."""
    values = {"categories": to_mask(Category), "name": f"{kind.upper()} {of.name}", **values}
    with as_owner():
        made = Source.objects.create(organisation=of, base_url=base_url, kind=kind, fhir_version=version, **values)
    shared.forget(made.pk)  # a number of an earlier run may have left its breaker open
    return made


def fact(
    of: Patient, from_: Source, category: Category = Category.PROBLEMS, title: str = "Hypertensie", **values: Any
) -> Fact:
    """A cached fact of a source system."""
    values = {
        "resource_type": "Condition",
        "source_key": f"f{next(_numbers)}",
        "resource": {"resourceType": "Condition"},
        "on_date": "2024-05-01",
        "expires_at": timezone.now() + timedelta(hours=1),
        **values,
    }
    with as_owner():
        return Fact.objects.create(
            patient=of, organisation=from_.organisation, source=from_, category=category, title=title, **values
        )


def service(of: Organisation, name: str = "Verkennend gesprek", **values: Any) -> HealthcareService:
    """A service that takes referrals."""
    values = {
        "kind": "exploratory_talk",
        "domain": of.domain,
        "law": "wmo",
        "summary": "Samen kijken wat er nodig is.",
        "needs": "somber eenzaam rouw",
        "cost": "gratis",
        "place": "Huizen",
        "postcode": "1271AA",
        "latitude": 52.30127,
        "longitude": 5.2386032,
        "municipalities": ["Huizen"],
        **values,
    }
    with as_owner():
        return HealthcareService.objects.create(organisation=of, name=name, **values)


def actor(of: Membership, purpose: str = "TREAT") -> Actor:
    """The actor that a membership makes."""
    return Actor("professional", of.user_id, of.organisation_id, of.role, purpose, "", "test", "127.0.0.1")


def citizen_actor(user: User) -> Actor:
    """The actor that a citizen's account makes."""
    return Actor("citizen", user.pk, None, "citizen", "PATRQT", "", "test", "127.0.0.1")
