"""How citizens of the made-up region get to know: most read along, one in five has no e-mail and gets a paper, and hears the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from referrals.moves import TELL_DAYS, TOLD_BY, Status, Verb
from region.generate.world import World

if TYPE_CHECKING:
    from region.generate.asking import Asking

DAYS = 90
"""How far back it goes that papers are given: a region that began with them lately."""
UNTIL_GIVEN, UNTIL_TOLD, BY_POST = timedelta(minutes=20), timedelta(hours=5), timedelta(days=1)


def on_paper(world: World, a: Asking) -> None:
    """Give who has no e-mail a paper and tell what happens; what happened just now is still to be told."""
    if a.own or a.origin != "sent" or a.who.mailed or (world.now - a.sent).days >= DAYS:
        return
    a.channel = "paper"
    told = []
    posted = a.who.id % 3 == 0
    for place, (verb, status, by, _note, at) in enumerate(a.steps):
        if verb == Verb.SEND:
            teller, code, wait = by, "posted" if posted else "given", BY_POST if posted else UNTIL_GIVEN
        elif verb in TOLD_BY:
            teller, code, wait = a.receiver if TOLD_BY[verb] == "receiver" else a.sender, "said", UNTIL_TOLD
        else:
            continue
        if verb == Verb.SEND and a.closed and a.closed < at + wait:
            continue
        if at + wait < world.now:
            told.append((Verb.TELL, status, teller, code, at + wait))
        elif verb == Verb.SEND or place == len(a.steps) - 1:
            a.to_tell.append(("paper" if verb == Verb.SEND else "tell", teller, at))
    status = str(Status.REQUESTED)
    steps = sorted([*a.steps, *told], key=lambda step: step[4])
    a.steps = []
    for verb, then, by, note, at in steps:
        status = status if verb == Verb.TELL else then
        a.steps.append((verb, status, by, note, at))


def still_to_tell(world: World, a: Asking, number: int) -> None:
    """What waits on the list of who tells it."""
    for kind, by, at in a.to_tell:
        words = "Kopie voor de inwoner op papier: " if kind == "paper" else "Inwoner laten weten: "
        world.load.put(
            "events_workitem", id=uuid5(NAMESPACE_OID, f"{kind}:{number}"), kind=kind, subject_type="referral", subject_id=number,
            patient_id=a.who.id, organisation_id=by.place.id, user_id=by.user, title=f"{words}{a.service.name}"[:160], sender="",
            since=at, due=world.working_days_after(at, TELL_DAYS), done_at=None,
        )  # fmt: skip
