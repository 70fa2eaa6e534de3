"""The record of a citizen: the network's own entries, and facts that stay with their source."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Netwerkdossier"),
        "purpose": _("samen zorgen en ondersteunen met één plan, wensen en afspraken"),
        "basis": _(
            "behandelingsovereenkomst en wettelijke taak: art. 7:454 BW, Jeugdwet, Wmo 2015; art. 9 lid 2 onder h AVG"
        ),
        "persons": _("inwoners; contactpersonen; hulpverleners"),
        "recipients": _("deelnemers met een relatie, voor zover de inwoner het toelaat en de functie het nodig heeft"),
        "terms": ["wgbo", "jeugdwet", "wmo", "awr"],
        "security": _(
            "rijbeveiliging in de database: pas te lezen na openen met een grondslag, en elke inzage staat in het logboek"
        ),
        "models": [
            "Entry",
            "Statement",
            "RelatedPerson",
            "Participant",
            "FormerVersion",
            "Proposal",
            "Cover",
            "Residence",
        ],
    },
    {
        "name": _("Documenten in het netwerkdossier"),
        "purpose": _("brieven, verslagen en beelden delen met wie ze voor de zorg of hulp nodig heeft"),
        "basis": _(
            "behandelingsovereenkomst en wettelijke taak: art. 7:454 BW, Jeugdwet, Wmo 2015; art. 9 lid 2 onder h AVG"
        ),
        "persons": _("inwoners; hulpverleners"),
        "recipients": _("deelnemers met een relatie, voor zover de inwoner het toelaat en de functie het nodig heeft"),
        "terms": ["wgbo", "jeugdwet", "wmo", "awr"],
        "security": _(
            "versleuteld met een sleutel die niet in de database staat; rijbeveiliging als bij het dossier; elke keer lezen"
            " staat in het logboek"
        ),
        "models": ["Document", "DocumentPart"],
    },
    {
        "name": _("Terug naar het eigen systeem"),
        "purpose": _(
            "wat in het netwerk is geschreven ook in het eigen dossier van de schrijver en de ontvanger zetten"
        ),
        "basis": _("dossierplicht: art. 7:454 BW, Jeugdwet, Wmo 2015; art. 9 lid 2 onder h AVG"),
        "persons": _("inwoners; hulpverleners"),
        "recipients": _("alleen het eigen systeem van wie het schreef, of van wie het antwoord kreeg"),
        "terms": ["wgbo", "jeugdwet", "wmo"],
        "security": _(
            "de woorden zijn weg zodra het systeem ze heeft, of een week nadat iemand ze zelf overnam; elke keer versturen staat"
            " in het logboek"
        ),
        "models": ["Copy", "CopyText"],
    },
    {
        "name": _("Gegevens uit bronsystemen"),
        "purpose": _("laten zien wat zorgverleners in hun eigen systeem hebben, zonder het over te nemen"),
        "basis": _("toestemming voor beschikbaar stellen: art. 15a Wabvpz; art. 9 lid 2 onder h AVG"),
        "persons": _("inwoners"),
        "recipients": _("deelnemers met een relatie en toestemming, binnen het beleid van wie de gegevens heeft"),
        "retention": _("een dag; daarna opnieuw gevraagd. Welk systeem iets had, 31 dagen"),
        "security": _(
            "rijbeveiliging in de database: pas te lezen na openen met een grondslag, en elke inzage staat in het logboek"
        ),
        "models": ["Fact", "SourceAnswer"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
