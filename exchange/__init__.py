"""Other systems and the post: notifications that carry nothing about anybody, and the open interface (FHIR R4)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

PROCESSING: list[dict[str, Any]] = [
    {
        "name": _("Meldingen"),
        "purpose": _("medewerkers laten weten dat er nieuws is"),
        "basis": _("gerechtvaardigd belang: art. 6 lid 1 onder f AVG"),
        "persons": _("medewerkers van deelnemers"),
        "recipients": _("de medewerker zelf, per e-mail"),
        "retention": _("90 dagen"),
        "security": _("een melding noemt geen inwoner en geen inhoud"),
        "models": ["Notification", "NotificationChoice"],
    },
    {
        "name": _("Abonnementen van systemen"),
        "purpose": _("systemen van deelnemers laten weten dat er iets is veranderd"),
        "basis": _("gerechtvaardigd belang: art. 6 lid 1 onder f AVG"),
        "persons": _("medewerkers van deelnemers"),
        "recipients": _("beheerders van de eigen organisatie"),
        "retention": _("zolang de organisatie deelneemt"),
        "security": _("een bericht noemt geen inwoner en geen inhoud"),
        "models": ["Subscription"],
    },
    {
        "name": _("Eigen software van deelnemers"),
        "purpose": _("verwijzingen brengen en ontvangen uit het systeem waarin een deelnemer al werkt"),
        "basis": _("dezelfde als van de verwijzing; voor beheerders gerechtvaardigd belang: art. 6 lid 1 onder f AVG"),
        "persons": _("inwoners die verwezen worden en medewerkers die de koppeling beheren"),
        "recipients": _("het systeem van de verwijzer en van de ontvanger; naam en BSN pas na acceptatie"),
        "retention": _("zo lang als de verwijzing; getoonde bewijzen enkele minuten"),
        "security": _(
            "elk systeem heeft eigen sleutels; een token telt vijf minuten en alleen met de eigen sleutel; zonder systeem gaat de "
            "brief achter een code of met beveiligde e-mail (NTA 7516)"
        ),
        "models": ["FhirConnection", "ClientKey", "PartnerTask", "AnswerLink", "SecureMailbox", "Announcement"],
    },
    {
        "name": _("Berichten iWmo en iJw"),
        "purpose": _("hulp aanvragen, toewijzen, starten en stoppen met wie nog met berichten werkt"),
        "basis": _("wettelijke taak: Wmo 2015 art. 5.2.9 en Jeugdwet art. 7.4.1; art. 6 lid 1 onder e AVG"),
        "persons": _("inwoners voor wie hulp wordt aangevraagd of toegewezen, en hun contactpersonen"),
        "recipients": _("de gemeente en de aanbieder van de toewijzing"),
        "retention": _("bestanden: tot zij zijn verwerkt, hoogstens 14 dagen; toewijzingen zo lang als het dossier"),
        "security": _(
            "bestanden zijn versleuteld; een toewijzing ziet wie het dossier opent, een lijst van berichten noemt niemand"
        ),
        "models": ["ChainMessage", "Assignment", "ChainConnection", "RelationNumber"],
    },
]
"""What this app does with personal data, for the register of processing (AVG art. 30); the fields stand with the models."""
