"""The participants between whom referrals go: practices, one social team, citizens, and the systems that hear.

python -m tests.chaos.world FOLDER PORT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

PRACTICES, CITIZENS = 3, 40


def build(folder: Path, port: int) -> None:
    """Make them as the owner of the tables, and write their numbers in ``world.json``."""
    from exchange.models import Subscription
    from people.models import Membership, PatientIdentity, User
    from tests import factories

    with factories.as_owner():
        gps = [factories.member("gp", name=f"Huisarts {n}") for n in range(PRACTICES)]
        team = factories.member("social_worker", name="Sanne Bakker")
        practices = [gp.organisation for gp in gps]
        citizens = [factories.patient(related_to=practices) for _ in range(CITIZENS)]
        service = factories.service(team.organisation)
        # No mail: that a mail arrives once can be proven by nobody.
        User.objects.update(email="")
        PatientIdentity.objects.update(email="")

        def subscribe(member: Membership, path: str) -> None:
            Subscription.objects.create(
                organisation=member.organisation,
                endpoint=f"http://127.0.0.1:{port}/{path}",
                topics=["referrals"],
                made_by=member.user,
            )

        subscribe(team, "team")
        subscribe(gps[0], "practice")
    numbers = {
        "gps": [[gp.user_id, gp.organisation_id] for gp in gps],
        "team": [team.user_id, team.organisation_id],
        "citizens": [str(one.key) for one in citizens],
        "service": service.pk,
    }
    (folder / "world.json").write_text(json.dumps(numbers))


if __name__ == "__main__":
    django.setup()
    build(Path(sys.argv[1]), int(sys.argv[2]))
