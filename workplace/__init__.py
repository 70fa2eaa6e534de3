"""The professional's own pages, composed over the apps: today's work, finding a patient, the integral overview."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Afdrukken van het overzicht"),
        "purpose": _(
            "een gekozen deel van het overzicht op papier of als PDF, voor zorg, overdracht, overleg of de inwoner zelf"
        ),
        "basis": _(
            "behandelingsovereenkomst en wettelijke taak: art. 7:454 BW, Jeugdwet, Wmo 2015; art. 9 lid 2 onder h AVG"
        ),
        "persons": _("inwoners; de hulpverlener die afdrukt"),
        "recipients": _("alleen wie de afdruk vroeg, zolang die mag zien wat erin staat"),
        "retention": _("één dag"),
        "security": _(
            "rijbeveiliging: pas op te halen na opnieuw openen; vragen, maken en ophalen staan in het logboek"
        ),
        "models": ["Print", "PrintFile"],
    },
    {
        "name": _("Indeling van het overzicht"),
        "purpose": _("het overzicht tonen zoals een medewerker het wil"),
        "basis": _("gerechtvaardigd belang: art. 6 lid 1 onder f AVG"),
        "persons": _("medewerkers van deelnemers"),
        "recipients": _("de medewerker zelf"),
        "retention": _("zolang het account bestaat"),
        "security": _("alleen eigen rijen; niets over inwoners"),
        "models": ["Layout"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
