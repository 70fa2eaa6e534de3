"""Why facts of a source are not shown, in a word and in sentences."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext as _

from dossier.access.sources import connected_sources
from dossier.models import Source
from trust.access import Decision
from trust.categories import Category, from_mask, named


class Why(StrEnum):
    """Why facts of a source are not shown; the first that holds is the one that is said."""

    ROLE = "role"
    UNKNOWN = "unknown"
    NOT_OFFERED = "not_offered"
    OBJECTION = "objection"
    NO_CONSENT = "no_consent"


def why_withheld(source: Source, decision: Decision, organisation_id: int | None) -> dict[Why, frozenset[Category]]:
    """Why facts of a source stay closed to a reader, by reason: the categories that the source serves and the role needs.

    To a reader with a care relation alone an objection, a restriction and a refusal by the national service read as a missing
    choice. A category that the role does not need is only named when the source serves nothing else. That a holder has never had
    to do with the patient is told to who may see the care network; to anybody else it reads as a missing choice.
    """
    served = from_mask(source.categories)
    needed = served - decision.not_needed
    if not needed:
        return {Why.ROLE: served}
    closed = needed - decision.facts_of(source.organisation_id)
    sight = decision.sights.get(source.organisation_id)
    choice = Why.OBJECTION if decision.emergency else Why.NO_CONSENT
    if sight is None:
        return {Why.UNKNOWN if Category.NETWORK in decision.allowed else choice: closed}
    if source.organisation_id == organisation_id:
        return {Why.OBJECTION: closed} if closed else {}
    parts = {Why.NOT_OFFERED: closed - sight.offered, choice: closed & sight.offered}
    return {why: categories for why, categories in parts.items() if categories}


def withheld_sentences(decision: Decision, organisation_id: int | None) -> list[str]:
    """What of the systems of others a reader does not see and why, in a sentence per reason; nothing of what is in them."""
    kept: dict[tuple[Why, str], set[Category]] = {}
    for source in connected_sources():
        for why, categories in why_withheld(source, decision, organisation_id).items():
            categories -= {Category.IDENTITY}
            if categories and why not in {Why.ROLE, Why.UNKNOWN}:
                who = (
                    source.organisation.name if why == Why.NOT_OFFERED and Category.NETWORK in decision.allowed else ""
                )
                kept.setdefault((why, who), set()).update(categories)
    words = {
        Why.NOT_OFFERED: _("Niet beschikbaar gesteld door %(who)s: %(kinds)s."),
        Why.OBJECTION: _("Dicht door bezwaar of beperking: %(kinds)s."),
        Why.NO_CONSENT: _("Geen toestemming van de inwoner: %(kinds)s."),
    }
    return [
        words[why] % {"who": who or _("een andere zorgverlener"), "kinds": named(found)}
        for (why, who), found in sorted(kept.items())
    ]
