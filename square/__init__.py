"""The health square: what is on offer in the region, for whom, where, and with which wait."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Aanbod"),
        "purpose": _("laten zien welke hulp er is en hoe lang men wacht"),
        "basis": _("taak van algemeen belang: art. 6 lid 1 onder e AVG"),
        "persons": _("medewerkers die aanbod, wachttijden of trainingen bijhouden of geven"),
        "recipients": _("iedereen; van medewerkers alleen wie een training geeft"),
        "retention": _("zolang het aanbod bestaat"),
        "security": _("alleen aangewezen medewerkers wijzigen"),
        "models": ["HealthcareService", "WaitingTimeReport", "Session"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
