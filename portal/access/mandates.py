"""Who acts for the citizen, and for whom the citizen acts."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from events.actor import Actor
from portal import words
from portal.access.acting import Standing
from trust.access import Opening
from trust.categories import from_mask
from trust.models import Mandate


@dataclass(frozen=True)
class Helping:
    """A mandate as the pages tell it; ``waits`` for its code to be used, unless it is too late for that."""

    mandate: Mandate
    waits: bool
    too_late: bool
    sees: list[str]
    everything: bool


def mandates_of(opening: Opening) -> list[Helping]:
    """Who acts for the person now, or may once the code is used; the newest first."""
    found = Mandate.objects.filter(patient=opening.patient, period__contains=Now()).annotate(
        late=Q(code_until__lte=Now())
    )
    return [_told(mandate) for mandate in found.select_related("given_by", "given_at").order_by("-period", "-pk")]


def ended_of(opening: Opening) -> list[Mandate]:
    """Whose mandates have ended, the latest first."""
    over = Mandate.objects.filter(patient=opening.patient).exclude(period__contains=Now())
    return list(over.filter(period__isempty=False).order_by("-period")[:20])


def held_by(actor: Actor) -> list[Helping]:
    """The mandates by which the citizen acts for others now."""
    held = Mandate.objects.filter(holder_id=actor.user_id, period__contains=Now()).annotate(
        late=Q(code_until__lte=Now())
    )
    return [_told(mandate) for mandate in held.select_related("patient", "given_at").order_by("pk")]


def get_held(actor: Actor, pk: int) -> Mandate:
    """One of the mandates that the citizen holds now, with the patient; raises ``Http404`` otherwise."""
    held = Mandate.objects.filter(holder_id=actor.user_id, pk=pk).select_related("patient")
    found = held.first() if actor.kind == "citizen" else None
    if found is None:
        raise Http404
    return found


def _told(mandate: Mandate) -> Helping:
    categories = from_mask(mandate.categories)
    scopes = words.scopes()
    return Helping(
        mandate,
        waits=mandate.holder_id is None,
        too_late=mandate.holder_id is None and bool(mandate.late),  # type: ignore[attr-defined]
        sees=words.scope(categories),
        everything=all(group.categories <= categories for group in scopes),
    )


def need_giving(standing: Standing) -> None:
    """Refuse who acts as a carer: only the person, and who represents the person by law, lets others act."""
    if not (standing.own or standing.guards):
        raise PermissionDenied(_("Alleen %(name)s zelf kan iemand machtigen.") % {"name": standing.name})


def need_ending(standing: Standing, mandate: Mandate) -> None:
    """Refuse to end what is not the citizen's to end: a carer ends no mandates of others, a person none that the law gave."""
    if not (standing.own or standing.guards):
        raise PermissionDenied(_("Alleen %(name)s zelf kan een machtiging stoppen.") % {"name": standing.name})
    if mandate.by_law and not standing.guards:
        raise PermissionDenied(
            _("Deze machtiging volgt uit de wet. Vraag de organisatie die haar vastlegde om haar te stoppen.")
        )
