"""What happened, what must still be delivered, what waits for whom, and what file a worker makes for whom."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Logboek en werklijsten"),
        "purpose": _("kunnen nagaan wie wat met gegevens deed; werk bij de juiste persoon brengen"),
        "basis": _("wettelijke plicht: art. 15e Wabvpz, art. 32 AVG, NEN 7513"),
        "persons": _("inwoners en medewerkers van deelnemers"),
        "recipients": _("de inwoner zelf; functionarissen gegevensbescherming; de auditor"),
        "terms": ["log"],
        "security": _("regels worden één keer geschreven, elke minuut verzegeld, en staan los van het dossier"),
        "models": ["Event", "WorkItem"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
