"""Files beside the database: whom the simulated sources know and who can sign in at the identity provider."""

from __future__ import annotations

import json
from pathlib import Path

from region.generate.world import World


class CitizensFile:
    """``citizens.jsonl``: one citizen on each line, with the kinds of source systems that know them.

    Both files replace the former ones only at :meth:`finish`, when the rows of the region are in the database.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.unfinished = folder / "citizens.jsonl", folder / "citizens.jsonl.new"
        self.file = self.unfinished.open("w", encoding="utf-8")

    def take(self, world: World) -> None:
        """Write the citizens made since the last time."""
        self.file.writelines(f"{row}\n" for row in world.citizen_rows)
        world.citizen_rows.clear()

    def finish(self, world: World) -> None:
        """Put both files in place."""
        self.take(world)
        self.file.close()
        people = self.path.with_name("personas.json.new")
        people.write_text(json.dumps(world.personas, ensure_ascii=False, indent=1), encoding="utf-8")
        people.replace(self.path.with_name("personas.json"))
        self.unfinished.replace(self.path)
