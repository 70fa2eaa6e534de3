"""Who may see the figures, and fetching them: one permission on one organisation, one database role, no persons."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from dashboards import figures
from dashboards.emergencies import EmergencyFigures, emergency_figures
from dashboards.figures import Selection, WaitingTimes
from dashboards.stuck import StuckFigures, stuck_figures
from dashboards.talks import TalkFigures, talk_figures
from events.actor import Actor
from people.models import Domain, Organisation, Role, User
from square.models import HealthcareService
from trust.access import regional_figures


def require_dashboards(actor: Actor) -> None:
    """Let pass who may see the dashboards in the name of the organisation acted for.

    Raises ``Http404`` for whoever is no professional at work for an organisation, ``PermissionDenied`` without the
    permission ``people.see_dashboards`` on it.
    """
    if actor.kind != "professional":
        raise Http404
    user = User.objects.filter(pk=actor.user_id).first()
    organisation = Organisation.objects.filter(pk=actor.organisation_id).first()
    if user is None or organisation is None or not user.has_perm("people.see_dashboards", organisation):
        raise PermissionDenied(_("De cijfers van de regio zijn voor wie uw organisatie daarvoor heeft aangewezen."))


def stuck_for(actor: Actor) -> StuckFigures:
    """What is stuck in the whole network, for the coordinator of the region alone: who it is about cannot be read, yet a row
    says of one referral where it stands. Organisations see their own on their list."""
    require_dashboards(actor)
    if actor.role != Role.COORDINATOR or not Organisation.objects.filter(
        pk=actor.organisation_id, domain=Domain.REGION
    ):
        raise PermissionDenied(_("Wat in de hele regio vastloopt, ziet alleen de coördinator van de regio."))
    return stuck_figures()


def offer_for(actor: Actor) -> list[HealthcareService]:
    """The services by which the figures can be narrowed, with their organisations."""
    require_dashboards(actor)
    return list(
        HealthcareService.objects.filter(takes_referrals=True)
        .select_related("organisation")
        .only("name", "kind", "domain", "organisation__name", "organisation__municipality")
        .order_by("name", "organisation__name")
    )


def waiting_times_for(actor: Actor, selection: Selection) -> WaitingTimes:
    """The waiting times of the selected referrals in the whole network, counted until this moment.

    They are read under the database role of regional figures, which cannot read who a referral is about.
    """
    require_dashboards(actor)
    with regional_figures():
        return figures.waiting_times(selection)


def talks_for(actor: Actor, *, months: int) -> TalkFigures:
    """How many exploratory talks were asked, planned and held in the whole network, by month and outcome."""
    require_dashboards(actor)
    with regional_figures():
        return talk_figures(months)


def emergencies_for(actor: Actor, *, months: int) -> EmergencyFigures:
    """How often emergency access was used in the whole network, per organisation and month, with what reviews found.

    They are read under the database role of regional figures, which sees of an emergency when, where and how it was
    reviewed: not by whom, about whom or why.
    """
    require_dashboards(actor)
    with regional_figures():
        return emergency_figures(months)
