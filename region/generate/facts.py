"""Kept facts of source systems for measuring: records as the simulated HIS gives them, spread over the citizens."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from dossier.medication import block_of
from dossier.sources.present import columns_of, present
from region.generate.world import Citizen, World
from region.source_facts import facts_for
from region.source_profile import profile_of

PER_CITIZEN = 25
PATTERNS = 400
"""How many made-up people lend their facts, from 20 to 95 years."""

_TABLES = """
    create temporary table region_pattern (
      n int primary key, resource_type text, source_key text, resource jsonb, line jsonb, category smallint, title text, detail text,
      status text, state text, on_date text, until text, author text, code text, value float8, unit text, interpretation text,
      attention jsonb, medication jsonb) on commit drop;
    create temporary table region_stretch (first_id bigint, begins int, patient_id bigint, organisation_id bigint, source_id bigint)
      on commit drop
"""
_SPREAD = """
    insert into dossier_fact (id, patient_id, organisation_id, source_id, resource_type, source_key, resource, original, line,
                              category, title, detail, status, state, on_date, until, author, code, value, unit, interpretation,
                              attention, medication, fetched_at, expires_at)
    select s.first_id + p.n - s.begins, s.patient_id, s.organisation_id, s.source_id, p.resource_type, p.source_key, p.resource, null,
           p.line, p.category, p.title, p.detail, p.status, p.state, p.on_date, p.until, p.author, p.code, p.value, p.unit,
           p.interpretation, p.attention, p.medication, %s, %s
    from region_stretch s cross join lateral (select * from region_pattern where n between s.begins and s.begins + %s offset 0) p
"""


class Facts:
    """Hands each citizen a stretch of prepared facts of somebody of about that age; the holder is the own practice.

    The facts lie ready in the database and are spread there, because parsing millions of documents takes most of the time.
    """

    def __init__(self, world: World, sources: dict[int, int]) -> None:
        self.world = world
        self.sources = sources
        self.patterns = 0
        with world.load.connection.cursor() as cursor:
            cursor.execute(_TABLES)
        for number in range(PATTERNS):
            born = world.today - timedelta(days=int(365.25 * (20 + 75 * number / PATTERNS)))
            profile = profile_of(
                {"bsn": f"{999000000 + number}", "birth_date": born.isoformat(), "gender": "female"}, world.today
            )
            for resource in facts_for("his", profile, "pattern"):
                self._pattern(resource)
        world.load.flush()
        world.load.settle()
        with world.load.connection.cursor() as cursor:
            cursor.execute("analyze region_pattern")

    def _pattern(self, resource: dict[str, object]) -> None:
        line = present(resource, ())
        columns = columns_of(line)
        self.patterns += 1
        self.world.load.put(
            "region_pattern",
            n=self.patterns,
            resource_type=str(resource["resourceType"]),
            source_key=str(resource["id"])[:120],
            resource=json.dumps(resource, ensure_ascii=False),
            line=json.dumps(asdict(line), ensure_ascii=False),
            medication=json.dumps(block, ensure_ascii=False) if (block := block_of(resource)) else None,
            **{**columns, "attention": json.dumps(columns["attention"], ensure_ascii=False)},
        )

    def of(self, who: Citizen) -> None:
        """The facts of one citizen."""
        world = self.world
        holder = next((number for number in who.circle if number in self.sources), None)
        if holder is None:
            return
        age = (world.today - who.born).days / 365.25
        begins = 1 + int(
            min(max(age - 20, 0) / 75, 1.0) * (self.patterns - PER_CITIZEN - 200) + world.chance.random() * 170
        )
        world.load.put(
            "region_stretch",
            first_id=world.load.numbers("dossier_fact", PER_CITIZEN),
            begins=begins,
            patient_id=who.id,
            organisation_id=holder,
            source_id=self.sources[holder],
        )

    def spread(self) -> list[tuple[str, str, list[Any]]]:
        """The statements that put the facts of the citizens who were handed a stretch in their place."""
        now = self.world.now
        values = [now, now + timedelta(days=3650), PER_CITIZEN - 1]
        return [("dossier_fact", _SPREAD, values), ("region_stretch", "truncate region_stretch", [])]
