"""Kept facts of source systems for measuring: records as the simulated HIS gives them, spread over the citizens."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

from dossier.sources.present import present
from region.generate.load import encoded
from region.generate.world import Citizen, World
from region.source_facts import facts_for
from region.source_profile import profile_of

PER_CITIZEN = 25
PATTERNS = 400
COLUMNS = (
    "id", "patient_id", "organisation_id", "source_id", "category", "resource_type", "source_key", "resource", "original", "line", "title",
    "detail", "status", "on_date", "author", "attention", "fetched_at", "expires_at",
)  # fmt: skip


class Facts:
    """Hands each citizen a stretch of prepared facts of somebody of about that age; the holder is the own practice."""

    def __init__(self, world: World, sources: dict[int, int]) -> None:
        self.world = world
        self.sources = sources
        moments = "\t".join(encoded(world.now + timedelta(days=days)) for days in (0, 3650))
        made = []
        for number in range(PATTERNS):
            born = world.today - timedelta(days=int(365.25 * (20 + 75 * number / PATTERNS)))
            profile = profile_of({"bsn": f"{999000000 + number}", "birth_date": born.isoformat(), "gender": "female"}, world.today)
            made += [self._pattern(resource, moments) for resource in facts_for("his", profile, "pattern")]
        self.patterns = made

    def _pattern(self, resource: dict[str, object], moments: str) -> str:
        line = present(resource, ())
        shown = asdict(line)
        values = (
            line.category, str(resource["resourceType"]), str(resource["id"])[:120], json.dumps(resource, ensure_ascii=False, default=str), None,
            json.dumps(shown, ensure_ascii=False, default=str), line.title[:300], line.detail[:600], line.status[:60], line.date[:25],
            line.author[:160], json.dumps(list(line.attention), ensure_ascii=False, default=str),
        )  # fmt: skip
        return "\t".join(map(encoded, values)) + "\t" + moments

    def of(self, who: Citizen) -> None:
        """The facts of one citizen."""
        world = self.world
        holder = next((number for number in who.circle if number in self.sources), None)
        if holder is None:
            return
        age = (world.today - who.born).days / 365.25
        place = min(max(age - 20, 0) / 75, 1.0) * (len(self.patterns) - PER_CITIZEN - 200)
        start = int(place + world.chance.random() * 170)
        head = f"{who.id}\t{holder}\t{self.sources[holder]}\t"
        for pattern in self.patterns[start : start + PER_CITIZEN]:
            world.load.put_line("dossier_fact", COLUMNS, f"{world.load.number('dossier_fact')}\t{head}{pattern}")
