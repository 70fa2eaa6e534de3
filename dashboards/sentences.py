"""What the figures say, in a sentence that stands above them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboards.emergencies import Emergencies
from dashboards.figures import Days, Whole
from dashboards.stuck import StuckFigures
from dashboards.talks import Talks

WORTH_NAMING = 0.05
"""A change of the median smaller than this part of it is called steady."""


def days(value: float) -> str:
    """A number of days in words; from four weeks on with the weeks beside it."""
    whole = round(value)
    words = ngettext("%(count)s dag", "%(count)s dagen", whole) % {"count": whole}
    if whole < 28:
        return words
    return _("%(days)s (%(weeks)s weken)") % {"days": words, "weeks": round(whole / 7)}


def trend(lately: Days, before: Days) -> str:
    """How the waits of who started in the last 90 days compare with those of the 90 days before."""
    if lately.value is None or before.value is None:
        return ""
    change = lately.value - before.value
    if abs(change) < 1 or abs(change) <= WORTH_NAMING * before.value:
        return _("Dat is gelijk aan drie maanden geleden.")
    if change < 0:
        return _("Dat is korter dan drie maanden geleden.")
    return _("Dat is langer dan drie maanden geleden.")


def summary(whole: Whole) -> list[str]:
    """The sentences above the figures: the middle wait with who still waits counted along, the norm, the direction."""
    start = whole.start
    if start.state in {"nobody", "too_few"}:
        said = [_("Er zijn in deze keuze te weinig verwijzingen om een wachttijd te tonen.")]
    elif start.value is None:
        said = [_("Van wie in deze periode is verwezen, wacht nu meer dan de helft nog op de start.")]
    else:
        said = [_("Voor de helft van de inwoners begint de hulp binnen %(days)s.") % {"days": days(start.value)}]
    if start.value is not None:
        said.append(trend(whole.lately, whole.before))
    if whole.norm is not None and start.state in {"known", "not_yet"}:
        said.append(_("De norm is %(days)s.") % {"days": days(whole.norm)})
    if whole.beyond is not None:
        said.append(_("%(part)s%% wacht of wachtte langer dan de norm.") % {"part": round(100 * whole.beyond)})
    if whole.waiting_so_far.value is not None:
        said.append(
            _("Nu wachten nog %(n)s inwoners, in het midden al %(days)s.")
            % {"n": whole.waiting.n, "days": days(whole.waiting_so_far.value)}
        )
    return [sentence for sentence in said if sentence]


def stuck(found: StuckFigures) -> list[str]:
    """The sentences above what is stuck: how many, with how many organisations, and for how long."""
    if not found.count:
        return [_("Er loopt nu niets vast.")]
    said = ngettext("%(n)s verwijzing loopt vast", "%(n)s verwijzingen lopen vast", found.count) % {"n": found.count}
    places = ngettext("bij %(n)s organisatie", "bij %(n)s organisaties", found.places) % {"n": found.places}
    places = places if found.places else ""
    if len(found.holders) > found.places:
        places = _("%(places)s en bij inwoners zelf") % {"places": places} if places else _("bij inwoners zelf")
    longest = ngettext(
        "De langste had %(n)s werkdag geleden verder gemoeten.",
        "De langste had %(n)s werkdagen geleden verder gemoeten.",
        found.longest,
    ) % {"n": found.longest}
    return [f"{said} {places}.", longest]


def emergencies(whole: Emergencies) -> list[str]:
    """The sentences above the count of emergencies: how many, how many still to review, and whether any was wrong."""
    if whole.started.n == 0:
        return [_("In deze periode is geen noodtoegang gebruikt.")]
    if whole.started.shown is None:
        return [_("In deze periode is te weinig noodtoegang gebruikt om cijfers te tonen.")]
    said = [_("In deze periode is %(n)s keer noodtoegang gebruikt.") % {"n": whole.started.shown}]
    if whole.waiting.n == 0:
        said.append(_("Alles is beoordeeld."))
    elif whole.waiting.shown is not None:
        said.append(_("Daarvan moeten er nog %(n)s worden beoordeeld.") % {"n": whole.waiting.shown})
    if whole.unjustified.shown:
        said.append(_("%(n)s keer was het onterecht.") % {"n": whole.unjustified.shown})
    return said


def talks(whole: Talks) -> list[str]:
    """The sentences above the count of talks: how many were asked, and how many of those were held."""
    if whole.requested.n == 0:
        return [_("In deze periode is geen verkennend gesprek aangevraagd.")]
    if whole.requested.shown is None:
        return [_("In deze periode zijn te weinig verkennende gesprekken aangevraagd om cijfers te tonen.")]
    said = [_("In deze periode zijn %(n)s verkennende gesprekken aangevraagd.") % {"n": whole.requested.shown}]
    if whole.held.shown is not None:
        said.append(
            _("Daarvan zijn er %(n)s gehouden, met verkenners van ten minste twee domeinen.") % {"n": whole.held.shown}
        )
    return said
