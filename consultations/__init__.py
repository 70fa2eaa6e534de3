"""The multidisciplinary question: asked of other domains, answered, concluded in the record."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Overleg"),
        "purpose": _("anderen laten meedenken over een inwoner"),
        "basis": _("behandelingsovereenkomst: art. 7:457 BW, art. 9 lid 2 onder h AVG"),
        "persons": _("inwoners; wie vraagt en meedenkt"),
        "recipients": _("één tot vijf gevraagde deelnemers, zolang de vraag loopt"),
        "terms": ["wgbo", "jeugdwet", "wmo"],
        "security": _(
            "rijbeveiliging in de database: pas te lezen na openen met een grondslag, en elke inzage staat in het logboek"
        ),
        "models": ["Consultation", "Invitation", "Contribution", "Attachment"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
