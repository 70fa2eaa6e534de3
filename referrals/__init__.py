"""One request for care or support, from sending to outcome."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Verwijzingen"),
        "purpose": _("een inwoner bij passende hulp brengen en volgen hoe het afloopt"),
        "basis": _(
            "behandelingsovereenkomst en wettelijke taak; de inwoner is het ermee eens: art. 7:457 BW, art. 9 lid 2 onder h AVG"
        ),
        "persons": _("inwoners; verwijzers en ontvangers"),
        "recipients": _("de ontvangende deelnemer, voor acceptatie zonder naam"),
        "terms": ["wgbo", "jeugdwet", "wmo"],
        "security": _(
            "rijbeveiliging in de database: pas te lezen na openen met een grondslag, en elke inzage staat in het logboek"
        ),
        "models": [
            "Referral",
            "Round",
            "Letter",
            "LetterItem",
            "Supplement",
            "QuestionnaireResponse",
            "Exploring",
            "Report",
            "Remark",
            "Appointment",
            "Seat",
            "Draft",
            "Template",
            "Batch",
            "BatchPatient",
            "Step",
        ],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
