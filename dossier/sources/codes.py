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
    "https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen": "NHG 45",
    "https://referentiemodel.nhg.org/tabellen/nhg-tabel-49-ingrepen-en-behandelingen": "NHG 49",
    "urn:oid:2.16.840.1.113883.6.98": "Omaha System",
    "http://www.nanda.org/": "NANDA",
    "http://hl7.org/fhir/sid/icf-nl": "ICF",
    "urn:oid:2.16.840.1.113883.3.3210.14.2.2.35": "GGZ-diagnoselijst",
    "urn:oid:2.16.840.1.113883.6.126": "DSM-IV",
    "http://hl7.org/fhir/sid/dsm5": "DSM-5",
    "urn:oid:2.16.840.1.113883.2.4.3.27.15.5": "NZa-verrichting",
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
    "74013-4": "Alcoholgebruik (glazen per dag)",
    "11331-6": "Alcoholgebruik",
    "72166-2": "Tabakgebruik",
    "72106-8": "MMSE (geheugentest)",
    "72172-0": "MoCA (geheugentest)",
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
    "224362002": "Werksituatie",
    "76690-7": "Seksuele gerichtheid",
    "63512-8": "Gezinssituatie",
    "67875-5": "Werksituatie",
    "71802-3": "Woonsituatie (dakloosheid)",
    "93025-5": "Sociale risico's (PRAPARE)",
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
    "9269-2": "Glasgow-comaschaal",
    "9272-6": "Apgarscore (1 minuut)",
    "9274-2": "Apgarscore (5 minuten)",
    "9271-8": "Apgarscore (10 minuten)",
    "118185001": "Zwangerschap",
    "82810-3": "Zwangerschap",
    "11640-0": "Aantal geboorten",
    "11778-8": "Uitgerekende datum",
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
    "14647-2": "Cholesterol",
    "13457-7": "LDL-cholesterol",
    "18262-6": "LDL-cholesterol",
    "2085-9": "HDL-cholesterol",
    "14646-4": "HDL-cholesterol",
    "2571-8": "Triglyceriden",
    "14927-8": "Triglyceriden",
    "17856-6": "HbA1c",
    "2345-7": "Glucose",
    "14749-6": "Glucose",
    "15074-8": "Glucose",
    "59826-8": "Kreatinine",
    "33914-3": "eGFR",
    "98979-8": "eGFR (CKD-EPI)",
    "59260-0": "Hemoglobine",
    "6301-6": "INR",
    "34714-6": "INR",
    "1988-5": "CRP",
    "30341-2": "Bezinking",
    "2157-6": "Creatinekinase",
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
    "44261-6": "PHQ-9 (depressie)",
    "44249-1": "PHQ-9 (depressie)",
    "70274-6": "GAD-7 (angst)",
    "69737-5": "GAD-7 (angst)",
    "75624-7": "AUDIT (alcohol)",
    "75626-2": "AUDIT-C (alcohol)",
    "82666-9": "DAST-10 (drugs)",
    "93373-9": "Risico op zelfdoding (C-SSRS)",
    "225337009": "Risico op zelfdoding",
    "71354-5": "EPDS (depressie na bevalling)",
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
    "439569004": "Reanimeren",
}
RESUSCITATION = "89666000"
DECIDED = {"304253006": "deny", "304252001": "permit", "dnr": "deny"}
"""What is decided about resuscitation in one code: SNOMED CT "not for resuscitation" and "for resuscitation", and the HL7
category of a do-not-resuscitate order."""
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
COVERAGES = {"pay": "betaalt zelf", "EHCPOL": "zorgverzekering", "PUBLICPOL": "wettelijke regeling"}
DOCUMENT_TYPES = {
    "60591-5": "Samenvatting van het dossier",
    "51852-2": "Brief",
    "77599-9": "Document",
    "11488-4": "Consultverslag",
}
ALERT_TYPES = {"75323-6": "Aandoening", "74018-3": "Waarschuwing", "140401000146105": "Contra-indicatie voor medicatie"}
RELATIONS = {
    "HUSB": "echtgenoot",
    "WIFE": "echtgenote",
    "SPS": "echtgenoot of echtgenote",
    "DOMPART": "partner",
    "SIGOTHR": "partner",
    "DAUC": "dochter",
    "DAU": "dochter",
    "SONC": "zoon",
    "SON": "zoon",
    "CHILD": "kind",
    "MTH": "moeder",
    "FTH": "vader",
    "PRN": "ouder",
    "SIS": "zus",
    "BRO": "broer",
    "SIB": "broer of zus",
    "GRNDDAU": "kleindochter",
    "GRNDSON": "kleinzoon",
    "GRMTH": "oma",
    "GRFTH": "opa",
    "FAMMEMB": "familielid",
    "FRND": "vriend of vriendin",
    "NBOR": "buur",
    "ROOM": "huisgenoot",
    "GUARD": "voogd",
    "POWATT": "gevolmachtigde",
    "ECON": "te bellen in nood",
    "NOK": "naaste",
}
"""Relations by v3-RoleCode and v3-RoleClass, where a source gives no Dutch name (zib RelatieCodelijst)."""
NOTHING_KNOWN = {
    "716186003": "Geen allergie bekend",
    "409137002": "Geen geneesmiddelallergie bekend",
    "428607008": "Geen omgevingsallergie bekend",
    "429625007": "Geen voedselallergie bekend",
    "428197003": "Geen insectenallergie bekend",
    "160244002": "Geen allergie bekend",
    "no-known-allergies": "Geen allergie bekend",
    "no-known-medication-allergies": "Geen geneesmiddelallergie bekend",
    "no-known-environmental-allergies": "Geen omgevingsallergie bekend",
    "no-known-food-allergies": "Geen voedselallergie bekend",
    "no-known-problems": "Geen problemen bekend",
    "160245001": "Geen problemen bekend",
    "no-known-medications": "Geen medicatie bekend",
    "787481004": "Geen medicatie bekend",
    "no-known-procedures": "Geen verrichtingen bekend",
    "no-known-immunizations": "Geen vaccinaties bekend",
    "no-known-devices": "Geen hulpmiddelen bekend",
}
"""That nothing is known, said as a fact (SNOMED CT situations; IPS CodeSystem absent-unknown)."""
NOTHING_SAID = {
    "no-allergy-info": "Geen gegevens over allergieën",
    "1631000175102": "Niet nagevraagd",
    "no-problem-info": "Geen gegevens over problemen",
    "no-medication-info": "Geen gegevens over medicatie",
    "no-procedure-info": "Geen gegevens over verrichtingen",
    "no-immunization-info": "Geen gegevens over vaccinaties",
    "no-device-info": "Geen gegevens over hulpmiddelen",
}
"""That nothing is said, which is no absence."""
ABSENCES = NOTHING_KNOWN | NOTHING_SAID
DUTCH = FUNCTIONING | SOCIAL | RESULTS | LABORATORY | WISHES | MENTAL_OBSERVATIONS | REPORT_LINES | TREATMENTS

# Problems that belong to mental health care. Dementia and delirium (ICPC P70 and P71, ICD-10 F00 to F05) are left out
# on purpose: they are treated and must be known outside mental health care, by home care first. So is tobacco (P17, F17), which the
# zib TobaccoUse gives to everybody too.
SOMATIC_EXCEPTIONS = ("P17", "P70", "P71", "F00", "F01", "F02", "F03", "F04", "F05", "F17")
# fmt: off
MENTAL_PROBLEMS = frozenset(
    {
        "35489007", "370143000", "13746004", "58214004", "197480006", "47505003",
        "231504006", "406506008", "7200002", "191816009", "66214007", "26665006",
        "20010003", "35919005", "408856003", "72366004", "191736004", "74732009",
        "69322001", "371631005", "82313006", "6471006", "21897009", "310495003",
        "310496002", "310497006", "66344007", "361055000",
        "48694002", "231494001", "78667006", "70691001", "25501002", "386810004",
        "17226007", "33449004", "56882008", "78004001", "66590003", "15167005",
        "75544000", "85005007", "31956009", "18085000", "248062006", "58703003",
        "31297008", "44376007", "5158005", "18941000", "93461009", "68890003",
        "48500005", "23560001",
    }
)
# fmt: on
SOCIAL_PROBLEMS = frozenset(
    {
        "151701000146105",
        "303186005",
        "105529008",
        "32911000",
        "422650009",
        "267076002",
        "73438004",
        "397940009",
        "706893006",
    }
)  # fmt: skip
"""Representation and legal status (zib LegalSituation), living alone, without a home, isolated, lonely, without work, maltreated."""
LEGAL_STATUS_SYSTEM = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.23.2"
LEGAL_STATUS = {
    "CM": "Crisismaatregel",
    "IBS": "Inbewaringstelling",
    "NOOD": "Tijdelijke verplichte zorg in een noodsituatie",
    "OPM": "Besluit tot opname en verblijf",
    "OTS": "Ondertoezichtstelling",
    "PIJ": "Plaatsing in een inrichting voor jeugdigen",
    "RM": "Rechterlijke machtiging",
    "TBS": "Terbeschikkingstelling (tbs)",
    "TEMP": "Tijdelijke verplichte zorg voorafgaand aan een crisismaatregel",
    "VCM": "Machtiging tot voortzetting van de crisismaatregel",
    "VM": "Voortgezette machtiging",
    "VMM": "Voorwaardelijke machtiging voor jongvolwassenen met een verstandelijke beperking",
    "ZM": "Zorgmachtiging",
}
"""zib JuridischeStatusCodelijst. All but the measures of youth law and criminal law are about compulsory mental health care."""
NO_MENTAL_HEALTH_STATUS = frozenset({"OTS", "PIJ", "TBS"})
SOCIAL_ICD = tuple(f"Z{number}" for number in range(55, 66))
MENTAL_ICD = ("F", *(f"X{number}" for number in range(60, 85)))
MENTAL_SYSTEMS = frozenset(
    {
        "urn:oid:2.16.840.1.113883.6.126",
        "urn:oid:2.16.840.1.113883.3.3210.14.2.2.35",
        "urn:oid:2.16.840.1.113883.6.344",
        "http://hl7.org/fhir/sid/dsm5",
    }
)
MENTAL_SPECIALTIES = frozenset({"394587001", "394913002", "0329", "G5"})
