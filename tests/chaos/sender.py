"""One of several that send referrals through the product's own actions, and say what became of them; each try until it stands.

    python -m tests.chaos.sender FOLDER SHARE SHARES COUNT

What the database did not confirm is done again with the same form token, as somebody does who presses the button once more.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

PATHS = ((), ("accept",), (), ("ask", "answer"))
"""What the parties do after sending; the referral with number ``i`` goes along path ``i % 4``."""
FORMS = uuid.UUID("4b3c6a5e-9c1c-4d8e-8f1a-2f6b1a7f0d11")
PATIENCE = 120.0


def share(folder: Path, mine: int, shares: int, count: int) -> Counter[str]:
    """Send every referral of this share and take its steps."""
    import psycopg
    from django.db import Error, connection

    from events.actor import Actor, act
    from events.errors import Refused
    from referrals import access, actions
    from referrals.models import Referral
    from square.models import HealthcareService

    world = json.loads((folder / "world.json").read_text())
    seen: Counter[str] = Counter()

    def actor(who: list[int], role: str) -> Actor:
        return Actor("professional", who[0], who[1], role, "TREAT", "", "chaos", "127.0.0.1")

    team = actor(world["team"], "social_worker")

    def until_it_stands(by: Actor, what: Callable[[Actor], Any]) -> Any:
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                with act(by) as acting:
                    return what(acting)
            except (Error, psycopg.Error):
                seen["tried again"] += 1
                connection.close()
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.2)

    verbs: dict[str, tuple[Callable[..., Any], dict[str, str], str]] = {
        "accept": (actions.accept, {}, "accepted"),
        "ask": (actions.ask_back, {"note": "Is er een tolk nodig?"}, "asked_back"),
        "answer": (actions.answer, {"note": "Nee."}, "requested"),
    }
    for number in range(mine, count, shares):
        gp = actor(world["gps"][number % len(world["gps"])], "gp")
        citizen = uuid.UUID(world["citizens"][number % len(world["citizens"])])
        token = uuid.uuid5(FORMS, str(number))

        def send(by: Actor, citizen: uuid.UUID = citizen, token: uuid.UUID = token) -> int:
            service = HealthcareService.objects.get(pk=world["service"])
            opening = access.open_for_referral(by, citizen)
            made = actions.send(
                opening=opening, service=service, question="Wat kan helpen?", agreed=True, token=token, by=by
            )
            return made.pk

        pk: int = until_it_stands(gp, send)
        if number % 10 == 0 and until_it_stands(gp, send) != pk:
            raise AssertionError("the same form made a second referral")
        for verb in PATHS[number % len(PATHS)]:
            action, values, target = verbs[verb]

            def step(by: Actor, pk: int = pk, target: str = target, action: Any = action, values: Any = values) -> None:
                referral = Referral.objects.get(pk=pk)
                try:
                    action(referral=referral, by=by, **values)
                except Refused:
                    if Referral.objects.get(pk=pk).status != target:
                        raise

            until_it_stands(gp if verb == "answer" else team, step)
            seen["steps"] += 1
        seen["sent"] += 1
    return seen


if __name__ == "__main__":
    django.setup()
    place = Path(sys.argv[1])
    said = share(place, *(int(word) for word in sys.argv[2:5]))
    (place / f"sender-{sys.argv[2]}.json").write_text(json.dumps(said))
