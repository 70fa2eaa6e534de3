"""Who may see what, on which basis, and the proof of it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Wie wat mag zien"),
        "purpose": _("keuzes van de inwoner, relaties, machtigingen en beperkingen vastleggen en toepassen"),
        "basis": _("wettelijke plicht: art. 7:457 BW, art. 15a Wabvpz, art. 18 en 21 AVG"),
        "persons": _("inwoners; wie namens hen handelt; medewerkers die kijken"),
        "recipients": _("de inwoner; deelnemers met een relatie; de landelijke toestemmingsvoorziening"),
        "terms": ["wgbo", "jeugdwet", "wmo"],
        "security": _("rechten worden in de database berekend uit deze gegevens en nergens anders gezet"),
        "models": ["CareRelation", "Consent", "NationalAnswer", "Restriction", "Mandate", "Emergency", "Grant"],
    },
    {
        "name": _("Beleid en gegevens per rol"),
        "purpose": _("vastleggen wat deelnemers aan wie bieden en wat een functie nodig heeft"),
        "basis": _("verantwoordingsplicht: art. 5 lid 2 en art. 24 AVG"),
        "persons": _("medewerkers die beleid of gegevens per rol vaststelden"),
        "recipients": _("alle deelnemers"),
        "retention": _("zolang het beleid geldt en vijf jaar daarna"),
        "security": _("versies, alleen te wijzigen door wie daarvoor is aangewezen"),
        "models": ["Policy", "RoleNeed"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
