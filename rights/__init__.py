"""The rights of the person over the own data: questions about the log, insight, correction, objection, restriction, deletion, export."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Rechten van de inwoner"),
        "purpose": _(
            "verzoeken om inzage, verbetering, bezwaar, beperking en verwijdering behandelen, en kopieën maken"
        ),
        "basis": _(
            "wettelijke plicht: art. 12 tot en met 21 AVG, art. 7:454 tot en met 456 BW, art. 15d en 15e Wabvpz"
        ),
        "persons": _("inwoners en wie namens hen vraagt; wie behandelt"),
        "recipients": _(
            "de organisatie aan wie het is gevraagd; heeft die daar niemand voor, de functionaris van de regio"
        ),
        "terms": ["request"],
        "security": _(
            "alleen te lezen door de inwoner en wie daar verzoeken behandelt; een kopie alleen door wie hem vroeg, zeven dagen"
        ),
        "models": ["Request", "Message", "Export", "ExportFile"],
    },
    {
        "name": _("Bewaarplicht door een zaak"),
        "purpose": _("niets verwijderen wat nodig is voor een klacht, claim of onderzoek"),
        "basis": _("rechtsvordering: art. 17 lid 3 onder e AVG"),
        "persons": _("inwoners; wie de bewaarplicht vaststelde"),
        "recipients": _("de functionaris gegevensbescherming van de regio"),
        "retention": _("zolang de zaak loopt en vijf jaar daarna"),
        "security": _("op het scherm staat geen naam van een inwoner"),
        "models": ["Hold"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
