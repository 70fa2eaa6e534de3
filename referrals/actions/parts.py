"""What holds for a request of which another does a part: it does not end before its parts, and ends them when it is withdrawn."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actor import Actor
from events.errors import Refused
from referrals.access import parts_of
from referrals.actions.moving import ask_sender
from referrals.models import Referral


def need_no_part(referral: Referral) -> None:
    """Raise ``Refused`` while a part runs: who gave it out withdraws it first, or waits until it is done."""
    running = [f"{part.number} ({part.organisation.name})" for part in parts_of(referral) if part.running]
    if running:
        raise Refused(
            _("Een deel loopt nog bij een ander: %(parts)s. Trek dat in, of wacht tot het is afgerond.")
            % {"parts": ", ".join(running)}
        )


def end_parts(*, referral_id: int, by: Actor) -> int:
    """Ask who gave parts of a withdrawn request to others to end them; only a worker does this, and twice is harmless.

    Help that began there is not broken off unseen: a person withdraws it. Returns how many still run.
    """
    parts = list(Referral.objects.running().filter(based_on_id=referral_id).select_related("service"))
    for part in parts:
        ask_sender(part, gettext_noop("Opdracht ingetrokken, beëindig het deel: %(service)s"), by)
    return len(parts)
