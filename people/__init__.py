"""Who everybody is: organisations, users, memberships and patients."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Inwoners"),
        "purpose": _("weten om wie het gaat en niemand verwisselen"),
        "basis": _(
            "behandeling of ondersteuning: art. 6 lid 1 onder b, c en e AVG; BSN: art. 4 Wabvpz, art. 5.2.9 Wmo 2015"
        ),
        "persons": _("inwoners"),
        "recipients": _("deelnemers met een zorgrelatie"),
        "terms": ["wgbo", "jeugdwet", "wmo"],
        "security": _("BSN nooit heel op het scherm, zoeken alleen binnen het eigen bereik"),
        "models": ["Patient", "PatientIdentity"],
    },
    {
        "name": _("Accounts en functies"),
        "purpose": _("inloggen, en weten namens welke organisatie en in welke functie iemand handelt"),
        "basis": _("gerechtvaardigd belang en wettelijke plicht: art. 6 lid 1 onder c en f AVG, NEN 7510"),
        "persons": _("medewerkers van deelnemers; inwoners met een account"),
        "recipients": _("de eigen organisatie; inwoners zien wie keek"),
        "retention": _("zolang de functie duurt; in het logboek als dat"),
        "security": _("inloggen met twee factoren via een erkende aanbieder"),
        "models": ["User", "Membership", "OrganisationPermission"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
