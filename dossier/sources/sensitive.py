"""Which coded problems, specialties, questionnaires and legal measures belong to mental health or to the social domain."""

from __future__ import annotations

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
NO_MENTAL_HEALTH_STATUS = frozenset({"OTS", "PIJ", "TBS"})
"""Of the zib JuridischeStatusCodelijst the measures of youth law and criminal law; all others are about compulsory mental health care."""
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
MENTAL_QUESTIONNAIRES = (
    "phq",
    "gad-7",
    "gad7",
    "hads",
    "ybocs",
    "bdi-ii",
    "oq-45",
    "oq45",
    "honos",
    "epds",
    "audit-c",
    "dast",
)
MENTAL_SPECIALTIES = frozenset({"394587001", "394913002", "0329", "G5"})
