"""Dutch words for the coded states of a fact, marked for translation; looked up by present, shown by templates."""

from __future__ import annotations


def _(message: str) -> str:
    """Marks a Dutch word for `makemessages`; Django's own gettext_noop asks for settings, which this package does without."""
    return message


# What a state means for the reader, apart from its word: used as data-status on the page.
ACTIVE, ENDED, PLANNED, HELD, NEGATED, ERROR, UNKNOWN = (
    "active",
    "ended",
    "planned",
    "held",
    "negated",
    "error",
    "unknown",
)
OVER = frozenset({ENDED, ERROR})
"""States of what counts no longer. What is denied still counts: it may contradict what another says."""
NOT_SO = OVER | {NEGATED}
"""States of what the person does not have now."""

AS_EXPECTED = frozenset(
    {"actief", "geweest", "gegeven", "uitgevoerd", "verstrekt", "afgerond", "definitief", "aanwezig"}
)
"""States that say no more than what one would think of such a fact anyway; any other stands out."""

STATES: dict[str, tuple[str, str]] = {
    "active": (_("actief"), ACTIVE),
    "recurrence": (_("teruggekeerd"), ACTIVE),
    "relapse": (_("teruggevallen"), ACTIVE),
    "in-progress": (_("bezig"), ACTIVE),
    "current": (_("actueel"), ACTIVE),
    "arrived": (_("aangekomen"), ACTIVE),
    "onleave": (_("met verlof"), ACTIVE),
    "triaged": (_("getrieerd"), ACTIVE),
    "inactive": (_("niet actief"), ENDED),
    "remission": (_("in remissie"), ENDED),
    "resolved": (_("voorbij"), ENDED),
    "completed": (_("afgerond"), ENDED),
    "finished": (_("afgerond"), ENDED),
    "fulfilled": (_("geweest"), ENDED),
    "stopped": (_("gestopt"), ENDED),
    "superseded": (_("vervangen"), ENDED),
    "revoked": (_("ingetrokken"), ENDED),
    "cancelled": (_("afgezegd"), ENDED),
    "noshow": (_("niet verschenen"), ENDED),
    "draft": (_("concept"), PLANNED),
    "proposed": (_("voorgesteld"), PLANNED),
    "planned": (_("gepland"), PLANNED),
    "intended": (_("voorgenomen"), PLANNED),
    "booked": (_("afgesproken"), PLANNED),
    "pending": (_("nog te bevestigen"), PLANNED),
    "requested": (_("aangevraagd"), PLANNED),
    "accepted": (_("aanvaard"), PLANNED),
    "preparation": (_("in voorbereiding"), PLANNED),
    "waitlist": (_("op de wachtlijst"), PLANNED),
    "on-hold": (_("onderbroken"), HELD),
    "suspended": (_("onderbroken"), HELD),
    "not-done": (_("niet uitgevoerd"), NEGATED),
    "not-taken": (_("niet gebruikt"), NEGATED),
    "declined": (_("geweigerd"), NEGATED),
    "rejected": (_("afgewezen"), NEGATED),
    "entered-in-error": (_("ten onrechte vastgelegd"), ERROR),
    "unknown": (_("status niet vermeld"), UNKNOWN),
    "registered": (_("geregistreerd"), ACTIVE),
    "preliminary": (_("voorlopig"), ACTIVE),
    "partial": (_("onvolledig"), ACTIVE),
    "final": (_("definitief"), ACTIVE),
    "amended": (_("gewijzigd"), ACTIVE),
    "corrected": (_("gecorrigeerd"), ACTIVE),
    "appended": (_("aangevuld"), ACTIVE),
}
STATES_OF_TYPE = {
    ("Immunization", "completed"): _("gegeven"),
    ("Immunization", "not-done"): _("niet gegeven"),
    ("Procedure", "completed"): _("uitgevoerd"),
    ("MedicationDispense", "completed"): _("verstrekt"),
    ("Encounter", "finished"): _("geweest"),
    ("Appointment", "arrived"): _("aanwezig"),
}
CERTAINTY = {
    "unconfirmed": _("niet bevestigd"),
    "provisional": _("voorlopige diagnose"),
    "differential": _("differentiaaldiagnose"),
    "confirmed": _("bevestigd"),
}
ACHIEVEMENTS = {
    "in-progress": _("onderweg"),
    "improving": _("gaat beter"),
    "worsening": _("gaat achteruit"),
    "no-change": _("geen verandering"),
    "achieved": _("bereikt"),
    "sustaining": _("bereikt en behouden"),
    "not-achieved": _("niet bereikt"),
    "no-progress": _("geen vooruitgang"),
    "not-attainable": _("niet haalbaar"),
}
EXCEPT = _("geen %(what)s")
INTERPRETATIONS = {
    "H": _("verhoogd"),
    "HH": _("kritiek verhoogd"),
    "HU": _("sterk verhoogd"),
    "L": _("verlaagd"),
    "LL": _("kritiek verlaagd"),
    "LU": _("sterk verlaagd"),
    "N": _("normaal"),
    "A": _("afwijkend"),
    "AA": _("kritiek afwijkend"),
    "POS": _("positief"),
    "NEG": _("negatief"),
    "R": _("resistent"),
    "S": _("gevoelig"),
    "30714006": _("resistent"),
    "131196009": _("gevoelig"),
    "11896004": _("intermediair"),
    "I": _("intermediair"),
    "281302008": _("verhoogd"),
    "281300000": _("verlaagd"),
}
CRITICAL = frozenset({"AA", "HH", "LL"})
CRITICALITY = {
    "low": _("laag risico"),
    "high": _("hoog risico"),
    "unable-to-assess": _("risico niet te bepalen"),
}
SEVERITY = {"mild": _("licht"), "moderate": _("matig"), "severe": _("ernstig")}
ENCOUNTER_CLASSES = {
    "AMB": _("polikliniek of spreekuur"),
    "IMP": _("opname"),
    "ACUTE": _("spoedopname"),
    "NONAC": _("opname"),
    "EMER": _("spoedeisende hulp"),
    "HH": _("huisbezoek"),
    "VR": _("contact op afstand"),
    "SS": _("dagopname"),
    "FLD": _("contact buiten de instelling"),
}
DIRECTIVE_ANSWERS = {"permit": _("wel uitvoeren"), "deny": _("niet uitvoeren")}
NO_ANSWER_GIVEN = _("antwoord niet vermeld")
PERMISSIONS = {"permit": _("toestemming gegeven"), "deny": _("toestemming geweigerd")}
ABSENT_REASONS = {
    "masked": _("door de bron afgeschermd"),
    "MSK": _("door de bron afgeschermd"),
    "unknown": _("onbekend"),
    "asked-unknown": _("gevraagd, niet bekend"),
    "asked-declined": _("gevraagd, niet beantwoord"),
    "not-asked": _("niet gevraagd"),
    "temp-unknown": _("nog niet bekend"),
    "not-applicable": _("niet van toepassing"),
    "not-performed": _("niet uitgevoerd"),
    "not-permitted": _("niet toegestaan"),
    "error": _("fout bij de meting"),
    "unsupported": _("niet beschikbaar in de bron"),
    "as-text": _("alleen in tekst"),
    "UNK": _("onbekend"),
    "ASKU": _("gevraagd, niet bekend"),
    "NASK": _("niet gevraagd"),
    "NAV": _("nog niet bekend"),
    "NI": _("geen informatie"),
    "NA": _("niet van toepassing"),
    "OTH": _("anders"),
}
KINDS = {
    "Patient": _("Persoon"),
    "Practitioner": _("Zorgverlener"),
    "PractitionerRole": _("Zorgverlener"),
    "Organization": _("Organisatie"),
    "Location": _("Locatie"),
    "RelatedPerson": _("Contactpersoon"),
    "Condition": _("Probleem"),
    "Observation": _("Meting of bevinding"),
    "AllergyIntolerance": _("Allergie of overgevoeligheid"),
    "MedicationRequest": _("Medicatieafspraak"),
    "MedicationDispense": _("Verstrekking of toedieningsafspraak"),
    "MedicationStatement": _("Medicatiegebruik"),
    "MedicationAdministration": _("Toediening"),
    "Medication": _("Geneesmiddel"),
    "Procedure": _("Verrichting"),
    "Encounter": _("Contact"),
    "EpisodeOfCare": _("Episode"),
    "Immunization": _("Vaccinatie"),
    "ImmunizationRecommendation": _("Geadviseerde vaccinatie"),
    "Flag": _("Waarschuwing"),
    "Consent": _("Wens of behandelgrens"),
    "Device": _("Hulpmiddel"),
    "DeviceUseStatement": _("Hulpmiddel"),
    "DeviceRequest": _("Aanvraag hulpmiddel"),
    "NutritionOrder": _("Voedingsadvies"),
    "Appointment": _("Afspraak"),
    "DocumentReference": _("Document"),
    "DiagnosticReport": _("Verslag van onderzoek"),
    "Specimen": _("Monster"),
    "Goal": _("Doel"),
    "CarePlan": _("Zorgplan"),
    "CareTeam": _("Zorgteam"),
    "ServiceRequest": _("Aanvraag"),
    "Coverage": _("Verzekering of betaler"),
    "Composition": _("Verslag"),
    "Media": _("Beeld"),
    "QuestionnaireResponse": _("Ingevulde vragenlijst"),
    "Communication": _("Bericht"),
    "Task": _("Taak"),
    "AuditEvent": _("Inzage"),
    "Provenance": _("Herkomst"),
    "OperationOutcome": _("Melding van de bron"),
    "FamilyMemberHistory": _("Ziekte in de familie"),
    "ImagingStudy": _("Beeldvormend onderzoek"),
    "ClinicalImpression": _("Beoordeling"),
    "RiskAssessment": _("Risico-inschatting"),
    "DetectedIssue": _("Signaal"),
    "AdverseEvent": _("Ongewenste gebeurtenis"),
    "VisionPrescription": _("Brilvoorschrift"),
    "BodyStructure": _("Plaats op het lichaam"),
    "List": _("Lijst"),
    "ReferralRequest": _("Aanvraag"),
    "ProcedureRequest": _("Aanvraag"),
}
UNKNOWN_CODE = _("onbekende code %(code)s (%(system)s)")
NO_NAME = _("%(kind)s zonder omschrijving")
MAY_CHANGE_MEANING = _("bevat een aanvulling die de betekenis kan veranderen")
MAY_CHANGE_MEANING_SO = _("bevat een aanvulling die de betekenis kan veranderen: %(what)s")
UNKNOWN_KIND = _("soort gegeven dat hier niet bekend is: kijk in de bron")
IN_FAMILY = _("Bij %(relative)s")
SOMEBODY_IN_FAMILY = _("familielid")
EYES = {"right": _("rechts"), "left": _("links")}
NOTHING_KNOWN = _("niets bekend volgens deze bron")
NOTHING_SAID = _("niet vermeld")
SECTION_EMPTY = _("niets vermeld")
IN_ERROR = _("ten onrechte vastgelegd volgens de bron")
REFUTED = _("weerlegd: is niet aan de orde")
NOT_DONE = _("niet uitgevoerd")
NOT_GIVEN = _("niet gegeven")
NOT_TAKEN = _("wordt niet gebruikt")
DO_NOT = _("juist niet doen")
NO_RESULT = _("geen uitslag: %(reason)s")
CRITICAL_VALUE = _("kritieke waarde")
STOPPED = _("stoppen: %(how)s")
OTHERWISE = _("anders of met een beperking: %(text)s")
WITH_LIMITS = _("alleen met beperkingen: %(text)s")
CYCLE = _("doseerschema dat zich herhaalt: %(period)s")
COPY = _("kopie uit een ander systeem")
