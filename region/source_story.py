"""The medicines of Anna de Vries, the citizen of the story, an allergy of which two systems say the opposite, and a letter of
each: what each knows, with everything an overview must bear."""

from __future__ import annotations

from region import source_letters
from region.source_build import SNOMED, Builder, concept, extension, moment
from region.source_medicines import Amount, agreement, supply, use

TERMS = "http://terminology.hl7.org/CodeSystem/"
ANNA = "999996782"
ACENOCOUMAROL = ("ACENOCOUMAROL TABLET 1MG", "B01AA07")
METOPROLOL = ("METOPROLOL TABLET MGA 50MG", "C07AB02")
LISINOPRIL = ("LISINOPRIL TABLET 10MG", "C09AA03")
FUROSEMIDE = ("FUROSEMIDE TABLET 40MG", "C03CA01")
PREDNISOLON = ("PREDNISOLON TABLET 5MG", "H02AB06")
TEMAZEPAM = ("TEMAZEPAM CAPSULE 10MG", "N05CD07")
AMOXICILLINE = ("AMOXICILLINE CAPSULE 500MG", "J01CA04")
VITAMIN_D = ("COLECALCIFEROL TABLET 800IE", "A11CC05")
NITROFURANTOINE = ("NITROFURANTOINE CAPSULE MGA 100MG", "J01XE01")
PARACETAMOL = ("PARACETAMOL TABLET 500MG", "N02BE01")
IBUPROFEN = ("IBUPROFEN TABLET 200MG", "M01AE01")
PENICILLIN = concept(SNOMED, "373270004", "Penicilline")
BY_SCHEDULE = Amount(text="volgens schema trombosedienst")
ONCE, TWICE = Amount(1), Amount(2)
NIGHT = Amount(1, 1, "capsule", as_needed=True, text="1 maal per dag 1 capsule voor de nacht, oraal")


def practice(b: Builder) -> None:
    """What her general practice agreed; an old allergy was never taken off its list."""
    b.add(
        "AllergyIntolerance",
        "allergy-penicillin",
        "patient",
        clinicalStatus={"coding": [{"system": TERMS + "allergyintolerance-clinical", "code": "active"}]},
        verificationStatus={"coding": [{"system": TERMS + "allergyintolerance-verification", "code": "confirmed"}]},
        category=["medication"],
        criticality="high",
        code=PENICILLIN,
        recordedDate=b.ago(6200).isoformat(),
        reaction=[{"manifestation": [{"text": "Huiduitslag"}]}],
    )
    agreement(
        b,
        "acenocoumarol",
        ACENOCOUMAROL,
        BY_SCHEDULE,
        b.ago(880),
        reason="Atriumfibrilleren",
        note="INR-streefgebied 2,0 tot 3,0",
    )
    agreement(b, "metoprolol", METOPROLOL, ONCE, b.ago(700), reason="Hartfalen")
    agreement(b, "lisinopril", LISINOPRIL, ONCE, b.ago(1400), reason="Essentiële hypertensie")
    agreement(
        b,
        "lisinopril",
        LISINOPRIL,
        ONCE,
        b.ago(1400),
        mark="-stop",
        end=b.ago(9),
        agreed=b.ago(9),
        stop="onderbroken",
        replaces="",
        changed="Uitdroging door buikgriep; na controle van de nierfunctie hervatten",
    )
    agreement(b, "furosemide", FUROSEMIDE, ONCE, b.ago(400), end=b.ago(-5), agreed=b.ago(400), reason="Hartfalen")
    agreement(
        b,
        "furosemide",
        FUROSEMIDE,
        TWICE,
        b.ago(-6),
        mark="-2",
        agreed=b.ago(1),
        replaces="",
        changed="Meer vocht in de benen",
    )
    agreement(b, "prednisolon", PREDNISOLON, Amount(1, 6), b.ago(33), agreed=b.ago(33), reason="Acute jicht")
    agreement(
        b,
        "prednisolon",
        PREDNISOLON,
        Amount(1, 6),
        b.ago(33),
        mark="-stop",
        end=b.ago(26),
        agreed=b.ago(27),
        stop="stopgezet",
        replaces="",
        changed="Klachten over",
    )
    agreement(b, "temazepam", TEMAZEPAM, NIGHT, b.ago(140), reason="Slapeloosheid na opname")
    use(
        b,
        "temazepam",
        TEMAZEPAM,
        Amount(1, 2, "capsule", text="elke avond 2 capsules"),
        b.ago(60),
        as_agreed=False,
        said=b.ago(11),
        why="Slaapt anders niet door",
    )
    agreement(
        b, "amoxicilline", AMOXICILLINE, Amount(3, 1, "capsule"), b.ago(40), end=b.ago(34), reason="Luchtweginfectie"
    )
    agreement(b, "vitamine-d", VITAMIN_D, ONCE, b.ago(-9), agreed=b.ago(2), reason="Valrisico")
    agreement(
        b, "nitrofurantoine", NITROFURANTOINE, Amount(2, 1, "capsule"), b.ago(18), end=b.ago(13), agreed=b.ago(18)
    )
    agreement(
        b,
        "nitrofurantoine",
        NITROFURANTOINE,
        Amount(2, 1, "capsule"),
        b.ago(18),
        mark="-stop",
        end=b.ago(19),
        agreed=b.ago(18),
        stop="geannuleerd",
        replaces="",
        changed="Nierfunctie te laag",
    )
    source_letters.of_the_practice(b, b.ago(58))


def pharmacy(b: Builder) -> None:
    """What her pharmacy agreed about giving it, and handed over."""
    agreement(b, "acenocoumarol", ACENOCOUMAROL, BY_SCHEDULE, b.ago(880), "TA")
    for mark, first, last, words, inr in (
        ("-1", 17, 4, "om 18 uur: ma en do 3 tabletten, andere dagen 2 tabletten", "2,3"),
        ("-2", 3, -10, "om 18 uur: ma, wo en vr 3 tabletten, andere dagen 2 tabletten", "1,8"),
    ):
        agreement(
            b,
            "acenocoumarol",
            ACENOCOUMAROL,
            Amount(text=words),
            b.ago(first),
            "WDS",
            mark=mark,
            end=b.ago(last),
            agreed=b.ago(first),
            who="Trombosedienst Gooi",
            note=f"Gemeten INR: {inr}",
            copy=True,
        )
    agreement(b, "metoprolol", METOPROLOL, ONCE, b.ago(699), "TA")
    agreement(b, "lisinopril", LISINOPRIL, ONCE, b.ago(1399), "TA")
    agreement(b, "furosemide", FUROSEMIDE, ONCE, b.ago(399), "TA")
    agreement(b, "temazepam", TEMAZEPAM, NIGHT, b.ago(139), "TA")
    supply(b, "metoprolol", METOPROLOL, b.ago(33), 90, 90)
    supply(b, "furosemide", FUROSEMIDE, b.ago(33), 90, 90)
    supply(b, "temazepam", TEMAZEPAM, b.ago(12), 30, 30)
    supply(b, "ibuprofen", IBUPROFEN, b.ago(20), 24, 8, treated=False)
    use(
        b,
        "paracetamol",
        PARACETAMOL,
        Amount(3, 2, as_needed=True),
        b.ago(200),
        said=b.ago(33),
        treated=False,
    )


def hospital(b: Builder) -> None:
    """What the hospital prescribed: the cardiologist halved a dose without the practice knowing (STU3, BgZ 2017). It also tested
    the allergy and refuted it."""
    b.add(
        "AllergyIntolerance",
        "allergy-penicillin",
        "patient",
        verificationStatus="refuted",
        category=["medication"],
        code=PENICILLIN,
        assertedDate=b.ago(210).isoformat(),
        note=[{"text": "Provocatietest negatief, penicilline mag"}],
    )
    start = b.ago(19)
    source_letters.of_the_hospital(b, "Cardiologie", "visit", start)
    medicine = b.add(
        "Medication", "product-c07ab02", "", code=concept("http://www.whocc.no/atc", METOPROLOL[1], METOPROLOL[0])
    )
    b.add(
        "MedicationRequest",
        "prescription-c07ab02",
        status="unknown",
        intent="order",
        category=concept("http://snomed.info/sct", "16076005", "Prescription"),
        extension=[extension("zib-Medication-PeriodOfUse", valuePeriod={"start": start.isoformat()})],
        medicationReference={"reference": f"Medication/{medicine['id']}", "display": METOPROLOL[0]},
        authoredOn=moment(start),
        requester={"agent": b.who("specialist")},
        reasonCode=[{"text": "Trage hartslag"}],
        dosageInstruction=[
            {
                "text": "1 maal per dag 0,5 tablet (25 mg)",
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "route": {"text": "oraal"},
                "doseQuantity": {"value": 0.5, "unit": "tablet"},
            }
        ],
    )


def home_care(b: Builder) -> None:
    """What the home carers see her take (STU3)."""
    for key, medicine, words, taken in (
        ("metoprolol", METOPROLOL, "1 maal per dag 1 tablet, oraal", "y"),
        ("lisinopril", LISINOPRIL, "1 maal per dag 1 tablet, oraal", "n"),
        ("paracetamol", PARACETAMOL, "zo nodig 3 maal per dag 2 tablet, oraal", "y"),
    ):
        line = b.add(
            "MedicationStatement", f"use-{key}", status="active", effectivePeriod={"start": b.ago(30).isoformat()}
        )
        line |= {
            "medicationCodeableConcept": concept("http://www.whocc.no/atc", medicine[1], medicine[0]),
            "category": concept("urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3", "6", "MedicationUse"),
            "taken": taken,
            "dateAsserted": moment(b.ago(6)),
            "dosage": [{"text": words}],
        }
        if taken == "n":
            line["reasonNotTaken"] = [{"text": "Onderbroken door de huisarts"}]
    source_letters.of_home_care(b, b.ago(12))
