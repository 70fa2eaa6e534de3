"""What the codes of the log mean in plain words: verbs, purposes, outcomes, grounds and why something was refused."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

VERBS: dict[object, dict[str, object]] = {
    gettext_lazy("Dossier"): {
        "record.opened": gettext_lazy("dossier geopend"),
        "record.denied": gettext_lazy("dossier geweigerd"),
        "record.searched": gettext_lazy("inwoner gezocht"),
        "bsn.shown": gettext_lazy("BSN getoond"),
        "batch.asked": gettext_lazy("een groep inwoners tegelijk verwezen"),
        "print.shown": gettext_lazy("deel van het dossier klaargezet om af te drukken"),
        "print.asked": gettext_lazy("PDF van een deel van het dossier gevraagd"),
        "print.made": gettext_lazy("PDF van een deel van het dossier gemaakt"),
        "print.taken": gettext_lazy("PDF van een deel van het dossier opgehaald"),
        "entry.added": gettext_lazy("in het dossier geschreven"),
        "residence.added": gettext_lazy("adres opgeschreven"),
        "residence.dropped": gettext_lazy("adres weggehaald"),
        "entry.replaced": gettext_lazy("in het dossier verbeterd"),
        "entry.corrected": gettext_lazy("in het dossier verbeterd op verzoek"),
        "document.added": gettext_lazy("document toegevoegd"),
        "document.replaced": gettext_lazy("nieuwe versie van een document toegevoegd"),
        "document.read": gettext_lazy("document gelezen"),
        "documents.rewrapped": gettext_lazy("sleutels van documenten vernieuwd"),
        "copy.asked": gettext_lazy("klaargezet voor het eigen systeem"),
        "copy.arrived": gettext_lazy("in het eigen systeem gezet"),
        "copy.failed": gettext_lazy("niet in het eigen systeem gekomen"),
        "copy.by_hand": gettext_lazy("zelf overgenomen in het eigen systeem"),
        "copy.undone": gettext_lazy("toch niet overgenomen in het eigen systeem"),
        "statement.attached": gettext_lazy("verklaring van de inwoner toegevoegd"),
        "related_person.added": gettext_lazy("contactpersoon toegevoegd"),
        "related_person.changed": gettext_lazy("contactpersoon gewijzigd"),
        "related_person.ended": gettext_lazy("contactpersoon beëindigd"),
        "participant.added": gettext_lazy("hulpverlener in het zorgnetwerk gezet"),
        "participant.changed": gettext_lazy("hulpverlener in het zorgnetwerk gewijzigd"),
        "participant.ended": gettext_lazy("hulpverlener niet meer in het zorgnetwerk"),
        "network.handed_over": gettext_lazy("coördinatie van zorg overgedragen"),
        "network.asked": gettext_lazy("wijziging in het zorgnetwerk aan de inwoner voorgesteld"),
        "network.proposed": gettext_lazy("wijziging in het zorgnetwerk voorgesteld"),
        "network.accepted": gettext_lazy("voorstel voor het zorgnetwerk overgenomen"),
        "network.declined": gettext_lazy("voorstel voor het zorgnetwerk niet overgenomen"),
        "network.withdrawn": gettext_lazy("voorstel voor het zorgnetwerk ingetrokken"),
    },
    gettext_lazy("Verwijzen en overleggen"): {
        "referral.sent": gettext_lazy("verwijzing verstuurd"),
        "referral.accepted": gettext_lazy("verwijzing geaccepteerd"),
        "referral.rejected": gettext_lazy("verwijzing afgewezen"),
        "referral.asked_back": gettext_lazy("vraag teruggesteld over een verwijzing"),
        "referral.answered": gettext_lazy("vraag over een verwijzing beantwoord"),
        "referral.supplemented": gettext_lazy("informatie bij een verwijzing nagestuurd"),
        "referral.no_letter": gettext_lazy("gezegd dat de brief bij een verwijzing niet komt"),
        "referral.entered": gettext_lazy("verwijzing verstuurd namens een collega"),
        "referral.reported": gettext_lazy("verslag gedaan van een verwijzing"),
        "referral.planned": gettext_lazy("afspraak gemaakt na een verwijzing"),
        "referral.called_off": gettext_lazy("afspraak na een verwijzing afgezegd"),
        "referral.not_shown": gettext_lazy("niemand op de afspraak na een verwijzing"),
        "referral.started": gettext_lazy("zorg na een verwijzing gestart"),
        "referral.continued": gettext_lazy("zorg na een verwijzing loopt door"),
        "referral.picked_up": gettext_lazy("verwijzing opgepakt"),
        "referral.assigned": gettext_lazy("verwijzing aan een collega gegeven of teruggelegd bij het team"),
        "referral.proposed": gettext_lazy("ander aanbod voorgesteld bij een verwijzing"),
        "referral.redirected": gettext_lazy("verwijzing naar ander aanbod gestuurd"),
        "referral.advised": gettext_lazy("advies gegeven op een verwijzing"),
        "referral.walked_in": gettext_lazy("inwoner kwam zelf, ingeschreven"),
        "referral.engaged": gettext_lazy("deel van een verwijzing uitbesteed"),
        "referral.passed_on": gettext_lazy("verwijzing overgedragen aan een ander"),
        "referral.turned": gettext_lazy("andere ontvanger gevraagd voor een verwijzing"),
        "referral.reminded": gettext_lazy("herinnerd aan een verwijzing"),
        "referral.overdue": gettext_lazy("team gewaarschuwd: verwijzing te laat"),
        "referral.stuck": gettext_lazy("coördinator gewaarschuwd: verwijzing loopt vast"),
        "referral.explorer_invited": gettext_lazy("verkenner gevraagd voor een verkennend gesprek"),
        "referral.explorer_joined": gettext_lazy("verkenner doet mee aan een verkennend gesprek"),
        "referral.explorer_declined": gettext_lazy("verkenner doet niet mee aan een verkennend gesprek"),
        "referral.explorer_released": gettext_lazy("uitnodiging van een verkenner ingetrokken"),
        "referral.talk_changed": gettext_lazy("verkenners verteld dat een verkennend gesprek veranderde"),
        "referral.settled": gettext_lazy("afwijzing van een verwijzing gezien"),
        "referral.completed": gettext_lazy("verwijzing afgerond"),
        "referral.cancelled": gettext_lazy("verwijzing ingetrokken"),
        "referral.said": gettext_lazy("bericht geschreven bij een verwijzing"),
        "referral.cannot": gettext_lazy("inwoner kan niet op de afspraak na een verwijzing"),
        "referral.told": gettext_lazy("inwoner op de hoogte gebracht van een verwijzing"),
        "referral.channel_chosen": gettext_lazy("gekozen hoe de inwoner bericht krijgt van een verwijzing"),
        "referral.consulted": gettext_lazy("verwijzing verder als consult"),
        "referral.enrolled": gettext_lazy("plek gevraagd op een bijeenkomst van een training"),
        "referral.placed": gettext_lazy("plek op een bijeenkomst van een training gekregen, gewijzigd of vervallen"),
        "session.planned": gettext_lazy("bijeenkomst van een training gepland"),
        "session.changed": gettext_lazy("bijeenkomst van een training gewijzigd"),
        "session.cancelled": gettext_lazy("bijeenkomst van een training afgezegd"),
        "referral.withdrawn": gettext_lazy("verwijzing ingetrokken door of namens de inwoner"),
        "referral.asked_person": gettext_lazy("inwoner gevraagd om antwoord op een eigen aanvraag"),
        "consultation.asked": gettext_lazy("gevraagd om mee te denken"),
        "consultation.picked_up": gettext_lazy("vraag opgepakt"),
        "consultation.answered": gettext_lazy("vraag beantwoord"),
        "consultation.concluded": gettext_lazy("overleg afgesloten"),
        "consultation.cancelled": gettext_lazy("vraag ingetrokken"),
        "chain.received": gettext_lazy("bericht iWmo of iJw aangenomen"),
        "chain.refused": gettext_lazy("bericht iWmo of iJw afgekeurd"),
        "chain.made": gettext_lazy("bericht iWmo of iJw gemaakt"),
        "chain.delivered": gettext_lazy("bericht iWmo of iJw afgeleverd"),
        "chain.approved": gettext_lazy("bericht iWmo of iJw door de ontvanger goedgekeurd"),
        "chain.declined": gettext_lazy("bericht iWmo of iJw door de ontvanger afgekeurd"),
        "chain.unanswered": gettext_lazy("retour op een bericht iWmo of iJw bleef uit"),
        "chain.handled": gettext_lazy("bericht iWmo of iJw verwerkt"),
        "chain.fetched": gettext_lazy("bestand van een bericht iWmo of iJw opgehaald"),
        "chain.connected": gettext_lazy("aangesloten op het knooppunt"),
        "chain.disconnected": gettext_lazy("afgesloten van het knooppunt"),
        "chain.stands_for": gettext_lazy("stappen uit berichten op de eigen naam gezet"),
        "chain.stands_down": gettext_lazy("stappen uit berichten niet meer op de eigen naam"),
        "journey.enrolled": gettext_lazy("aan een klantreis begonnen"),
        "journey.left": gettext_lazy("met een klantreis gestopt"),
        "journey.publish": gettext_lazy("klantreis in gebruik genomen"),
        "journey.end": gettext_lazy("klantreis beëindigd"),
    },
    gettext_lazy("Toestemming en toegang"): {
        "consent.chosen": gettext_lazy("keuze gemaakt"),
        "consent.withdrawn": gettext_lazy("keuze ingetrokken"),
        "consent.confirmed": gettext_lazy("keuze van een kind bevestigd"),
        "consent.notified": gettext_lazy("landelijke keuze gemeld"),
        "consent.expiring": gettext_lazy("keuze loopt af"),
        "mandate.given": gettext_lazy("machtiging gegeven"),
        "mandate.taken_up": gettext_lazy("machtiging in gebruik genomen"),
        "mandate.ended": gettext_lazy("machtiging beëindigd"),
        "mandate.expiring": gettext_lazy("machtiging loopt af"),
        "emergency.started": gettext_lazy("noodtoegang begonnen"),
        "emergency.ended": gettext_lazy("noodtoegang beëindigd"),
        "emergency.reviewed": gettext_lazy("noodtoegang beoordeeld"),
        "relation.stated": gettext_lazy("zorgrelatie verklaard"),
        "relation.confirmed": gettext_lazy("zorgrelatie bevestigd"),
        "relation.ended": gettext_lazy("zorgrelatie beëindigd"),
        "restriction.placed": gettext_lazy("gebruik van gegevens beperkt"),
        "restriction.lifted": gettext_lazy("beperking opgeheven"),
        "policy.stated": gettext_lazy("beleid van een deelnemer gewijzigd"),
        "need.stated": gettext_lazy("gegevens per rol gewijzigd"),
    },
    gettext_lazy("Verzoeken van de inwoner"): {
        "request.sent": gettext_lazy("verzoek ingediend"),
        "request.taken_up": gettext_lazy("verzoek in behandeling genomen"),
        "request.asked_back": gettext_lazy("vraag teruggesteld over een verzoek"),
        "request.answered": gettext_lazy("vraag over een verzoek beantwoord"),
        "request.extended": gettext_lazy("termijn van een verzoek verlengd"),
        "request.granted": gettext_lazy("verzoek toegekend"),
        "request.partly_granted": gettext_lazy("verzoek deels toegekend"),
        "request.refused": gettext_lazy("verzoek geweigerd"),
        "request.withdrawn": gettext_lazy("verzoek ingetrokken"),
        "request.opened": gettext_lazy("verzoek gelezen"),
        "request.carried_out": gettext_lazy("verzoek uitgevoerd"),
        "request.lifted": gettext_lazy("beperking opgeheven na een verzoek"),
        "deletion.done": gettext_lazy("gegevens verwijderd op verzoek"),
        "export.asked": gettext_lazy("kopie voor de inwoner gevraagd"),
        "export.ready": gettext_lazy("kopie voor de inwoner gemaakt"),
        "export.taken": gettext_lazy("kopie voor de inwoner opgehaald"),
        "citizen.told": gettext_lazy("inwoner op de hoogte gebracht"),
    },
    gettext_lazy("Toezicht"): {
        "log.searched": gettext_lazy("logboek doorzocht"),
        "log.opened": gettext_lazy("regel van het logboek geopend"),
        "log.patient_sought": gettext_lazy("nummer van een inwoner opgezocht"),
        "log.export_asked": gettext_lazy("bestand van het logboek gevraagd"),
        "log.export_made": gettext_lazy("bestand van het logboek gemaakt"),
        "log.export_fetched": gettext_lazy("bestand van het logboek opgehaald"),
        "log.dropped": gettext_lazy("maand van het logboek na de bewaartermijn verwijderd"),
        "hold.placed": gettext_lazy("bewaren opgelegd"),
        "hold.ended": gettext_lazy("bewaren beëindigd"),
        "signal.explained": gettext_lazy("signaal verklaard"),
        "signal.followed_up": gettext_lazy("signaal opgevolgd"),
        "retention.done": gettext_lazy("gegevens na de bewaartermijn verwijderd"),
        "retention.removed": gettext_lazy("gegevens van een inwoner na de bewaartermijn verwijderd"),
        "watch.placed": gettext_lazy("dossier in de gaten gehouden"),
        "watch.ended": gettext_lazy("dossier niet langer in de gaten gehouden"),
    },
    gettext_lazy("Deelnemers en aanbod"): {
        "organisation.test": gettext_lazy("deelnemer getoetst"),
        "organisation.admit": gettext_lazy("deelnemer toegelaten"),
        "organisation.suspend": gettext_lazy("deelnemer geschorst"),
        "organisation.end": gettext_lazy("deelname beëindigd"),
        "organisation.merged": gettext_lazy("deelnemer gefuseerd"),
        "participation.begin": gettext_lazy("aan een proces begonnen"),
        "participation.advance": gettext_lazy("naar de volgende fase van een proces"),
        "participation.step_back": gettext_lazy("een fase terug in een proces"),
        "source.connected": gettext_lazy("bron aangesloten"),
        "source.changed": gettext_lazy("koppeling met een bron gewijzigd"),
        "copying.stated": gettext_lazy("ingesteld wat teruggaat naar een systeem"),
        "source.tested": gettext_lazy("geprobeerd of een bron antwoordt"),
        "delivery.parked": gettext_lazy("bericht apart gezet: een dag lang niet aangenomen"),
        "delivery.retried": gettext_lazy("berichten opnieuw laten proberen"),
        "delivery.skipped": gettext_lazy("bericht overgeslagen dat een systeem niet aannam"),
        "destination.failing": gettext_lazy("systeem antwoordt al een uur niet"),
        "destination.answers": gettext_lazy("systeem antwoordt weer"),
        "partner.connected": gettext_lazy("eigen software van een deelnemer aangesloten"),
        "partner.disconnected": gettext_lazy("eigen software van een deelnemer afgesloten"),
        "partner.due": gettext_lazy("systeem van een deelnemer moet van een verwijzing horen"),
        "partner.unknown": gettext_lazy("systeem van een deelnemer verwees iemand die deze organisatie niet helpt"),
        "partner.told": gettext_lazy("systeem van een deelnemer is bij over een verwijzing"),
        "announcement.told": gettext_lazy("systeem van een deelnemer kondigde een verwijzing aan"),
        "announcement.accepted": gettext_lazy("aangekondigde verwijzing aangenomen"),
        "announcement.rejected": gettext_lazy("aangekondigde verwijzing afgewezen"),
        "announcement.withdrawn": gettext_lazy("aangekondigde verwijzing door de verwijzer ingetrokken"),
        "announcement.taken": gettext_lazy("aangekondigde verwijzing opgehaald bij de verwijzer"),
        "announcement.failed": gettext_lazy("aangekondigde verwijzing niet op te halen"),
        "link.due": gettext_lazy("link om te antwoorden klaargezet"),
        "link.mailed": gettext_lazy("link om te antwoorden gemaild"),
        "link.renewed": gettext_lazy("nieuwe link om te antwoorden gevraagd"),
        "link.ended": gettext_lazy("link om te antwoorden ingetrokken"),
        "link.fetched": gettext_lazy("brief opgehaald met een link en code"),
        "link.letter_due": gettext_lazy("brief voor beveiligde e-mail klaargezet"),
        "link.letter_mailed": gettext_lazy("brief met beveiligde e-mail verstuurd"),
        "link.letter_barred": gettext_lazy("brief niet met beveiligde e-mail verstuurd"),
        "secure_mailbox.stated": gettext_lazy("beveiligde mailbox van een deelnemer vastgelegd"),
        "secure_mailbox.ended": gettext_lazy("beveiligde mailbox van een deelnemer weggehaald"),
        "client.signed_in": gettext_lazy("systeem van een deelnemer aangemeld"),
        "client.refused": gettext_lazy("systeem van een deelnemer niet toegelaten"),
        "client.key_added": gettext_lazy("sleutel van een systeem toegevoegd"),
        "client.key_stopped": gettext_lazy("sleutel van een systeem gestopt"),
        "subscription.made": gettext_lazy("systeem geabonneerd op wijzigingen"),
        "subscription.stopped": gettext_lazy("abonnement van een systeem gestopt"),
        "subscription.due": gettext_lazy("systeem van een deelnemer gemeld dat er iets is gewijzigd"),
        "cover.stated": gettext_lazy("openingstijden of waarneming gewijzigd"),
        "service.stopped": gettext_lazy("aanbod gestopt voor nieuwe aanvragen"),
        "service.reopened": gettext_lazy("aanbod weer open"),
        "service.places_stated": gettext_lazy("aantal plaatsen opgegeven"),
        "service.edited": gettext_lazy("aanbod gewijzigd"),
        "service.reviewed": gettext_lazy("aanbod nagekeken"),
        "waiting_time.reported": gettext_lazy("wachttijd opgegeven"),
    },
    gettext_lazy("Inloggen en berichten"): {
        "session.started": gettext_lazy("ingelogd"),
        "session.ended": gettext_lazy("uitgelogd"),
        "session.refused": gettext_lazy("inloggen geweigerd"),
        "second_factor.added": gettext_lazy("tweede factor toegevoegd"),
        "membership.chosen": gettext_lazy("organisatie gekozen"),
        "notification.made": gettext_lazy("bericht klaargezet"),
        "digest.due": gettext_lazy("overzicht van berichten gemaakt"),
    },
}
"""What is done, by subject, in the words of the people who do it."""

_VERB = {verb: words for group in VERBS.values() for verb, words in group.items()}

PURPOSES: dict[str, object] = {
    "TREAT": gettext_lazy("behandeling"),
    "COC": gettext_lazy("afstemming van zorg"),
    "ETREAT": gettext_lazy("noodsituatie"),
    "PATRQT": gettext_lazy("inwoner zelf"),
    "HOPERAT": gettext_lazy("beheer en toezicht"),
}
"""Purposes of use (v3-ActReason), as they occur in the log."""

OUTCOMES: dict[str, object] = {
    "allowed": gettext_lazy("toegestaan"),
    "denied": gettext_lazy("geweigerd"),
    "done": gettext_lazy("gedaan"),
}

_REASONS: dict[str, object] = {
    "no_relation": gettext_lazy("geen zorgrelatie"),
    "purpose": gettext_lazy("doel past niet"),
    "role": gettext_lazy("niet nodig voor de rol"),
    "consent": gettext_lazy("geen toestemming"),
    "unknown": gettext_lazy("niet gevonden"),
    "identity_differs": gettext_lazy("gegevens kloppen niet bij het BSN"),
    "code_unknown": gettext_lazy("code onbekend"),
}

_BASES: dict[str, object] = {
    "self": gettext_lazy("eigen dossier"),
    "emergency": gettext_lazy("noodtoegang"),
    "care_relation:source_system": gettext_lazy("zorgrelatie uit het bronsysteem"),
    "care_relation:referral": gettext_lazy("geaccepteerde verwijzing"),
    "care_relation:consultation": gettext_lazy("gevraagd om mee te denken"),
    "care_relation:stated": gettext_lazy("zorgrelatie verklaard door de zorgverlener"),
    "care_relation:enrolment": gettext_lazy("deelname aan een klantreis"),
    "care_relation:merger": gettext_lazy("overgegaan bij een fusie"),
    "mandate:carer": gettext_lazy("machtiging van een naaste"),
    "mandate:parent": gettext_lazy("ouder of voogd"),
    "mandate:mentor": gettext_lazy("mentor"),
    "mandate:curator": gettext_lazy("curator"),
}

KINDS: dict[str, object] = {
    "professional": gettext_lazy("professional"),
    "citizen": gettext_lazy("inwoner"),
    "system": gettext_lazy("systeem"),
    "anonymous": gettext_lazy("bezoeker"),
}

FIELDS: dict[str, object] = {
    "user_id": gettext_lazy("professional"),
    "patient_id": gettext_lazy("inwoner"),
    "organisation_id": gettext_lazy("organisatie"),
    "since": gettext_lazy("vanaf"),
    "until": gettext_lazy("tot en met"),
    "purpose": gettext_lazy("doel van de inzage"),
    "emergency": gettext_lazy("alleen noodtoegang"),
    "outcome": gettext_lazy("uitkomst"),
    "verb": gettext_lazy("gebeurtenis"),
}
"""What a search of the log can be narrowed by."""


_ACTIONS: dict[str, object] = {
    "C": gettext_lazy("maken"),
    "R": gettext_lazy("lezen"),
    "U": gettext_lazy("wijzigen"),
    "D": gettext_lazy("verwijderen"),
    "E": gettext_lazy("uitvoeren"),
}


def action(code: str) -> str:
    """The kind of action (audit-event-action)."""
    return f"{_ACTIONS[code]} ({code})"


def verb(code: str) -> str:
    """What was done; a code without words stands for itself."""
    return str(_VERB.get(code, code))


def purpose(code: str) -> str:
    """For what purpose."""
    return str(PURPOSES.get(code, code)) or _("geen doel opgegeven")


def outcome(code: str) -> str:
    """How it ended."""
    return str(OUTCOMES.get(code, code))


def reason(code: str) -> str:
    """Why it was refused or came to nothing."""
    return str(_REASONS.get(code, code))


def basis(codes: str) -> str:
    """On what grounds, each in words."""
    return ", ".join(str(_BASES.get(code, code)) for code in codes.split(",") if code)


def failure(code: str) -> str:
    """Why a file of the log could not be made."""
    if code == "too_many":
        return _("Te veel regels voor één bestand. Kies een kortere periode.")
    if code == "membership":
        return _("U bent geen functionaris gegevensbescherming meer bij deze organisatie.")
    return _("Er ging iets mis. Vraag het bestand opnieuw.") if code else ""
