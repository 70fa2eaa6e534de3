"""How somebody arranges the overview."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from events.actor import Actor
from events.errors import Refused
from workplace.access.layout import Arrangement
from workplace.access.parts import BY_KEY
from workplace.models import Layout

STEPS = ("up", "down", "top", "hide", "show", "fold", "open")
"""What can be done to a part: a place up or down, to the top, hidden or shown, closed or open."""


def arrange(*, arrangement: Arrangement, part: str, step: str, by: Actor) -> Layout:
    """Change one thing in the own layout and keep it, for the role that the arrangement is of.

    Raises :class:`Refused` for a part or a step that does not exist. At the edge a step up or down changes nothing.
    """
    if part not in BY_KEY or step not in STEPS:
        raise Refused(_("Dit onderdeel bestaat niet meer. Laad de pagina opnieuw."))
    order = [one.key for one in arrangement.parts]
    hidden, folded = set(arrangement.hidden), set(arrangement.folded)
    here = order.index(part)
    places = {"up": max(here - 1, 0), "down": here + 1, "top": 0}
    if step in places:
        order.insert(places[step], order.pop(here))
    sets = {"hide": (hidden.add,), "show": (hidden.discard,), "fold": (folded.add,), "open": (folded.discard,)}
    for change in sets.get(step, ()):
        change(part)
    layout, _made = Layout.objects.update_or_create(
        user_id=by.user_id,
        situation=arrangement.situation,
        defaults={
            "order": order,
            "hidden": sorted(hidden),
            "folded": sorted(folded),
            "kept_at": timezone.now(),
        },
    )
    return layout


def forget_layout(*, situation: str, by: Actor) -> None:
    """Give the own layout up for what the role has."""
    Layout.objects.filter(user_id=by.user_id, situation=situation).delete()
