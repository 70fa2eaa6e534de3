"""Codes of the Dutch record that have a meaning here: which category of data they belong to and their Dutch name."""

from __future__ import annotations

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
BSN = "http://fhir.nl/fhir/NamingSystem/bsn"
BSN_SYSTEMS = frozenset({BSN, "urn:oid:2.16.840.1.113883.2.4.6.3"})
ICPC = "http://hl7.org/fhir/sid/icpc-1-nl"
NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
DIRECTIVES = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.14.1"

SYSTEM_NAMES = {
    SNOMED: "SNOMED CT",
    LOINC: "LOINC",
    ICPC: "ICPC-1",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://hl7.org/fhir/sid/icd-10-nl": "ICD-10",
    "http://www.whocc.no/atc": "ATC",
    "urn:oid:2.16.840.1.113883.2.4.4.1": "G-Standaard GPK",
    "urn:oid:2.16.840.1.113883.2.4.4.10": "G-Standaard PRK",
    "urn:oid:2.16.840.1.113883.2.4.4.7": "G-Standaard HPK",
    "urn:oid:2.16.840.1.113883.2.4.4.8": "G-Standaard artikel",
    "urn:oid:2.16.840.1.113883.2.4.4.1.902.40": "G-Standaard contra-indicatie",
    "urn:oid:2.16.840.1.113883.2.4.4.1.902.122": "G-Standaard SSK/SNK",
    "urn:oid:2.16.840.1.113883.2.4.3.120.5.3": "DHD Verrichtingen",
    "http://hl7.org/fhir/sid/cvx": "CVX",
}

# Observations by code: the zib they come from, in Dutch.
FUNCTIONING = {
    "165235000": "Zich kleden",
    "288852001": "Drinken",
    "288883002": "Eten",
    "288843005": "Beperking bij eten",
    "704434006": "Uiterlijke verzorging",
    "288470005": "Mondverzorging",
    "284785009": "Zich wassen",
    "273302005": "Barthel-index",
    "301438001": "Mobiliteit",
    "282097004": "Lopen",
    "364666007": "Verplaatsen (transfer)",
    "282869009": "Van houding veranderen",
    "249868004": "Houding handhaven",
    "301587001": "Traplopen",
    "365508006": "Woonsituatie",
    "272497004": "Woningtype",
    "118871000146108": "Woningaanpassing",
    "224249004": "Woonomstandigheid",
    "228273003": "Alcoholgebruik",
    "365980008": "Tabakgebruik",
    "111989001": "Darmfunctie",
    "9397-1": "Kleur van de ontlasting",
    "443172007": "Consistentie van de ontlasting",
    "162098000": "Frequentie van de ontlasting",
    "363910003": "Ziektebeleving",
    "405199009": "Omgaan met de ziekte door naasten",
    "364667003": "Omgaan met de ziekte",
    "27026000": "Inzicht in de ziekte",
    "260246004": "Visus",
    "251718005": "Refractie",
    "129839007": "Valrisico",
    "365512000": "Woonsituatie",
    "365178001": "Zelfzorg",
    "364832000": "Mobiliteit",
    "300893006": "Voeding",
    "311465003": "Cognitieve ontwikkeling",
    "61909002": "Taalontwikkeling",
    "282716004": "Motorische ontwikkeling",
    "225597007": "Sociale ontwikkeling",
    "275818006": "Zindelijkheid (ontlasting)",
    "275819003": "Zindelijkheid (urine)",
}
SOCIAL = {
    "105421008": "Opleiding",
    "405081003": "Hobby",
    "365469004": "Sociaal netwerk",
    "365474007": "Gezinssituatie",
    "365867006": "Juridische status",
    "365448001": "Hulp en deelname",
}
RESULTS = {
    "85354-9": "Bloeddruk",
    "55284-4": "Bloeddruk",
    "35094-2": "Bloeddruk",
    "8480-6": "Bovendruk",
    "8462-4": "Onderdruk",
    "8478-0": "Gemiddelde bloeddruk",
    "29463-7": "Lichaamsgewicht",
    "8302-2": "Lichaamslengte",
    "8306-3": "Lichaamslengte (liggend)",
    "8308-9": "Lichaamslengte (staand)",
    "39156-5": "BMI",
    "8310-5": "Lichaamstemperatuur",
    "8867-4": "Hartfrequentie",
    "8893-0": "Polsfrequentie",
    "44969-4": "Regelmaat van de pols",
    "366199006": "Polsfrequentie",
    "301112006": "Regelmaat van de hartslag",
    "9279-1": "Ademfrequentie",
    "422834003": "Ademhaling",
    "2708-6": "Zuurstofsaturatie",
    "59408-5": "Zuurstofsaturatie",
    "9843-4": "Schedelomtrek",
    "225908003": "Pijnscore",
    "72514-3": "Pijnscore",
    "710853006": "Vochtbalans",
    "251852001": "Vocht in (totaal)",
    "414648004": "MUST-score",
    "108321000146101": "SNAQ65+-score",
    "108311000146106": "SNAQrc-score",
    "108341000146107": "StrongKids-score",
    "108301000146109": "Comfort-score",
    "108291000146105": "FLACC-pijnscore",
    "55681000146102": "DOS-score (delier)",
    "118185001": "Zwangerschap",
    "21840007": "Laatste menstruatie",
    "364325004": "Pariteit",
    "57036006": "Zwangerschapsduur",
    "42798-9": "Leeftijd eerste menstruatie",
    "225552003": "Wondkenmerken",
    "39126-8": "Wondlengte",
    "39125-0": "Wondbreedte",
    "39127-6": "Wonddiepte",
    "449747006": "Wondrand",
    "405009004": "Wondinfectie",
    "298007001": "Wondvocht",
    "148641000146109": "Wondweefsel",
    "360541000146109": "Laatste verbandwissel",
    "360531000146101": "Omvang van de brandwond",
}
LABORATORY = {
    "2160-0": "Kreatinine",
    "14682-9": "Kreatinine",
    "62238-1": "eGFR (CKD-EPI)",
    "69405-9": "eGFR",
    "4548-4": "HbA1c",
    "59261-8": "HbA1c",
    "2823-3": "Kalium",
    "6298-4": "Kalium",
    "2951-2": "Natrium",
    "2947-0": "Natrium",
    "2069-3": "Chloride",
    "718-7": "Hemoglobine",
    "24360-0": "Hemoglobine en hematocriet",
    "22748-8": "LDL-cholesterol",
    "2093-3": "Cholesterol",
}
WISHES = {
    "153851000146100": "Wensen en behoeften",
    "395091006": "Gewenste plaats van overlijden",
    "340171000146104": "Standpunt over euthanasie",
    "570801000146104": "Keuze over orgaandonatie",
    "247751003": "Wat verder van belang is",
}
MENTAL_OBSERVATIONS = {
    "228366006": "Drugsgebruik",
    "284465006": "Psychosociaal functioneren",
    "36456004": "Psychische toestand",
    "11343-1": "Drugsgebruik",
}
REPORT_LINES = {
    "255362007": "Subjectief",
    "260224007": "Objectief",
    "129265001": "Evaluatie",
    "129271007": "Plan",
}
TREATMENTS = {
    "89666000": "Reanimeren",
    "40617009": "Kunstmatige beademing",
    "305351004": "Opname op de intensive care",
    "32485007": "Opname in het ziekenhuis",
    "281789004": "Antibiotica",
    "116762002": "Bloedproducten",
    "400231000146108": "ICD uitzetten",
}
WILLS = {
    "NR": "Niet-reanimerenverklaring",
    "VOL": "Volmacht",
    "VERB": "Behandelverbod",
    "VERBVL": "Behandelverbod met aanvulling voltooid leven",
    "MON": "Mondelinge afspraak",
    "EU": "Euthanasieverzoek",
    "EUD": "Euthanasieverzoek met aanvulling dementie",
    "LW": "Levenswensverklaring",
    "DO": "Verklaring donorschap",
    "ZB": "Zelfbindingsverklaring",
}
DOCUMENT_TYPES = {"51852-2": "Brief", "77599-9": "Document", "11488-4": "Consultverslag"}
ALERT_TYPES = {"75323-6": "Aandoening", "74018-3": "Waarschuwing", "140401000146105": "Contra-indicatie voor medicatie"}
DUTCH = FUNCTIONING | SOCIAL | RESULTS | LABORATORY | WISHES | MENTAL_OBSERVATIONS | REPORT_LINES | TREATMENTS

# Problems that belong to mental health care. Dementia and delirium (ICPC P70 and P71, ICD-10 F00 to F05) are left out
# on purpose: they are treated and must be known outside mental health care, by home care first.
SOMATIC_EXCEPTIONS = ("P70", "P71", "F00", "F01", "F02", "F03", "F04", "F05")
# fmt: off
MENTAL_PROBLEMS = frozenset(
    {
        "35489007", "370143000", "13746004", "58214004", "197480006", "47505003",
        "231504006", "406506008", "7200002", "191816009", "66214007", "26665006",
        "20010003", "35919005", "408856003", "72366004", "191736004", "74732009",
        "69322001", "371631005", "82313006", "6471006", "21897009", "310495003",
        "310496002", "310497006", "66344007", "361055000",
    }
)
# fmt: on
SOCIAL_PROBLEMS = frozenset({"151701000146105", "105529008"})
MENTAL_SYSTEMS = frozenset(
    {
        "urn:oid:2.16.840.1.113883.6.126",
        "urn:oid:2.16.840.1.113883.3.3210.14.2.2.35",
        "urn:oid:2.16.840.1.113883.6.344",
        "http://hl7.org/fhir/sid/dsm5",
    }
)
MENTAL_SPECIALTIES = frozenset({"394587001", "394913002", "0329", "G5"})
