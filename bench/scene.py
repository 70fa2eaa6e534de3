"""Who looks at whom in a measurement: a reader, and patients with a full record and source systems of which one hangs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.measure import session_of
from bench.source_stub import DELAYS
from dossier.models import Fact
from people.models import Organisation

Connection = psycopg.Connection[Any]
READERS = (
    ("huisarts", "karim.haddou", "Huisartspraktijk De Linde"),
    ("wijkverpleegkundige", "fatima.bakker", "Wijkzorg Gooi"),
    ("specialist", "marieke.vos", "Ziekenhuis De Heide"),
)
FACTS = 2000
PATIENTS = 16
_PATIENTS = """
    select p.id, p.key::text, i.bsn, p.birth_date::text
    from trust_grant g join people_patient p on p.id = g.patient_id join people_patientidentity i on i.patient_id = p.id
    where g.grantee = 'organisation:' || %s and g.period @> now() and g.basis = 'care_relation:source_system' and p.deceased_on is null
    order by md5(p.key::text) limit %s
"""
_OTHERS = """
    insert into dossier_fact ({columns}, patient_id, organisation_id, source_id, source_key)
    select {columns}, %(patient)s, %(organisation)s, %(source)s, 'bench-' || id from dossier_fact
    where not starts_with(source_key, 'bench-') order by id offset %(begin)s limit %(count)s
"""


@dataclass
class Scene:
    """Who looks at whom: a session, and the patients with their record filled."""

    session: str
    organisation: int
    patients: list[tuple[int, str]]
    born: dict[str, str]
    sources: list[int] = field(default_factory=list)


def columns() -> str:
    """The columns of a fact that are copied as they are."""
    own = {"id", "patient", "organisation", "source", "source_key"}
    return ", ".join(f.column for f in Fact._meta.concrete_fields if f.name not in own and not f.generated)


@contextmanager
def scene_of(owner: Connection, reader: tuple[str, str, str], address: str = "") -> Iterator[Scene]:
    """Fill the records of the patients of one reader up to 2,000 facts, and give the organisation six sources at this address."""
    _label, sub, place = reader
    number = Organisation.objects.get(name=place).pk
    found = owner.execute(_PATIENTS, [number, PATIENTS]).fetchall()
    scene = Scene(
        session_of(sub, place),
        number,
        [(patient, key) for patient, key, *_ in found],
        {bsn: born for *_, bsn, born in found},
    )
    held = owner.execute(
        "select id from dossier_source order by organisation_id <> %s, id limit 1", [number]
    ).fetchall()
    for place_, (patient, _key) in enumerate(scene.patients):
        owner.execute(
            _OTHERS.format(columns=columns()),
            {"patient": patient, "organisation": number, "source": held[0][0], "begin": place_ * 3001, "count": FACTS},
        )
    owner.execute("vacuum analyze dossier_fact")
    if address:
        for place_ in range(len(DELAYS)):
            made = owner.execute(
                "insert into dossier_source (organisation_id, name, kind, base_url, fhir_version, categories, active, batch)"
                " values (%s, %s, 'his', %s, 'R4', 1048575, true, true) returning id",
                [number, f"Meting {place_ + 1}", f"{address}/{place_}"],
            ).fetchall()
            scene.sources.append(made[0][0])
        owner.execute(
            "update dossier_source set active = false where organisation_id = %s and not id = any(%s)",
            [number, scene.sources],
        )
    try:
        yield scene
    finally:
        owner.execute(
            "delete from dossier_fact where starts_with(source_key, 'bench-') or source_id = any(%s)", [scene.sources]
        )
        owner.execute("delete from dossier_sourceanswer where source_id = any(%s)", [scene.sources])
        owner.execute("delete from dossier_sourcehour where source_id = any(%s)", [scene.sources])
        owner.execute("delete from dossier_source where id = any(%s)", [scene.sources])
        owner.execute("update dossier_source set active = true where organisation_id = %s", [number])
