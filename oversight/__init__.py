"""Keeping to the agreements: the auditor's view of the log, signals, emergencies to review, policies and role needs."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Toezicht op het gebruik"),
        "purpose": _("opvallend gebruik zien en beoordelen, en het logboek kunnen overdragen aan wie toezicht houdt"),
        "basis": _("wettelijke plicht: art. 5 lid 2, 24 en 32 AVG, NEN 7510"),
        "persons": _("medewerkers die keken; inwoners over wie het gaat"),
        "recipients": _("functionarissen gegevensbescherming; de auditor"),
        "terms": ["log"],
        "security": _("alleen te lezen door wie toezicht houdt; overdracht is verzegeld"),
        "models": ["Signal", "Watch", "LogExport"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
