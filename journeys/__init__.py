"""Care journeys (klantreizen) as configuration: their steps, what includes a citizen, and who is included."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Klantreizen"),
        "purpose": _("afgesproken stappen op tijd zetten voor wie daaraan meedoet"),
        "basis": _("behandelingsovereenkomst en wettelijke taak: art. 9 lid 2 onder h AVG"),
        "persons": _("inwoners"),
        "recipients": _("de deelnemer die de verwijzing aannam"),
        "terms": ["wgbo", "jeugdwet", "wmo"],
        "security": _("alleen te zien voor die deelnemer, de inwoner en wie het dossier opent"),
        "models": ["Enrolment"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
