"""Who joins an exploratory talk, for which domain, and how far each is."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import Domain


class Explorer(models.TextChoices):
    """For which domain somebody joins an exploratory talk (Landelijke werkagenda mentale gezondheidsnetwerken)."""

    MENTAL_HEALTH = "mental_health", _("ggz")
    SOCIAL = "social", _("sociaal domein")
    GP = "gp", _("huisarts")
    EXPERIENCE = "experience", _("ervaringsdeskundigheid")


FROM_DOMAINS: dict[str, tuple[Domain, ...]] = {
    Explorer.MENTAL_HEALTH: (Domain.MENTAL_HEALTH,),
    Explorer.SOCIAL: (Domain.SOCIAL, Domain.MUNICIPALITY, Domain.WELFARE),
    Explorer.GP: (Domain.GP,),
    Explorer.EXPERIENCE: (Domain.MENTAL_HEALTH, Domain.SOCIAL, Domain.WELFARE),
}
"""Which participants can send an explorer of each domain."""
COUNTED = (Explorer.MENTAL_HEALTH, Explorer.SOCIAL, Explorer.GP)
"""The domains that count: somebody with lived experience joins them, and takes the place of none."""
LEAST_DOMAINS = 2
"""So many domains take part before it is an exploratory talk."""
MOST_EXPLORERS = 5
"""As many organisations can be asked at once."""


class ExplorerStatus(models.TextChoices):
    """How far one asked organisation is."""

    INVITED = "invited", _("gevraagd")
    AGREED = "agreed", _("komt")
    DECLINED = "declined", _("kan niet")
    WITHDRAWN = "withdrawn", _("niet meer nodig")


EXPLORING: dict[ExplorerStatus, dict[str, ExplorerStatus]] = {
    ExplorerStatus.INVITED: {
        "join": ExplorerStatus.AGREED, "decline": ExplorerStatus.DECLINED, "release": ExplorerStatus.WITHDRAWN,
    },
    ExplorerStatus.AGREED: {
        "join": ExplorerStatus.AGREED, "decline": ExplorerStatus.DECLINED, "release": ExplorerStatus.WITHDRAWN,
    },
}  # fmt: skip
"""What can be done with an invitation: the asked organisation joins, with somebody else as well, or declines, also later; who leads
the talk releases. *Declined* and *withdrawn* are final; asking again is a new invitation."""
