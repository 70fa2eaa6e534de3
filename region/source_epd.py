"""The record of a hospital (FHIR STU3, BgZ 2017): admissions, operations, prescriptions, laboratory, appointments."""

from __future__ import annotations

from typing import Any

from region import source_letters, source_story
from region.source_build import ATC, SNOMED, Builder, concept, extension, moment
from region.source_profile import Problem

LAB = [
    {"coding": [{"system": SNOMED, "code": "275711006", "display": "Serumtest"}]},
    {
        "coding": [
            {"system": "http://hl7.org/fhir/observation-category", "code": "laboratory"},
            {"system": SNOMED, "code": "49581000146104"},
        ]
    },
]
OPERATIONS = {
    "L90": ("implantatie van totale knieprothese", "609588000", "Knieprothese"),
    "L89": ("implantatie van totale heupprothese", "52734007", "Heupprothese"),
    "K78": ("elektrische cardioversie", "180325003", ""),
}
CLINICS = {
    "K": ("Cardiologie", "cardioloog"),
    "T": ("Interne geneeskunde", "internist"),
    "R": ("Longgeneeskunde", "longarts"),
    "L": ("Orthopedie", "orthopeed"),
    "U": ("Nefrologie", "nefroloog"),
    "P": ("Geriatrie", "klinisch geriater"),
}


def hospital(b: Builder) -> None:
    dice = b.profile.dice("hospital")
    known = [
        (problem, since)
        for problem, since in b.profile.problems
        if problem.icpc[0] in CLINICS and problem.icpc not in ("P76", "P74") and dice.random() < 0.6
    ]
    for problem, since in known:
        day = min(max(since, b.ago(2500)), b.ago(30))
        b.add(
            "Condition",
            f"diagnosis-{problem.icpc.lower().replace('.', '-')}",
            clinicalStatus="active",
            verificationStatus="confirmed",
            category=[concept(SNOMED, "282291009", "Diagnose")],
            code=concept(SNOMED, problem.snomed, problem.name),
            onsetPeriod={"start": day.isoformat()},
            assertedDate=day.isoformat(),
        )
        if b.profile.bsn != source_story.ANNA:
            _prescriptions(b, problem)
        _operation(b, problem.icpc)
        _appointment(b, problem.icpc[0])
    if b.profile.bsn == source_story.ANNA:
        source_story.hospital(b)
    _allergies(b)
    if known:
        b.laboratory(LAB, 75, 4, shift=8)
        b.blood_pressure("http://hl7.org/fhir/observation-category", 3, 160)
    if b.profile.frailty > 0.5 and dice.random() < 0.7:
        _admission(b)
    if dice.random() < 0.04:
        flag = b.add(
            "Flag",
            "mrsa",
            status="active",
            code=concept(SNOMED, "432415000", "Drager MRSA"),
            period={"start": b.ago(700).isoformat()},
        )
        flag["category"] = concept("http://loinc.org", "75323-6", "Aandoening")


def _prescriptions(b: Builder, problem: Problem) -> None:
    """The hospital's own prescriptions. Now and then the dose differs from what the general practice has: that is what
    the medication overview has to bring to light."""
    dice = b.profile.dice("prescriptions")
    for medicine in problem.medicines:
        key = medicine.atc.lower()
        often = medicine.per_day * 2 if dice.random() < 0.25 and medicine.per_day < 3 else medicine.per_day
        product = b.add("Medication", f"product-{key}", "", code=concept(ATC, medicine.atc, medicine.name))
        dosage: dict[str, Any] = {
            "timing": {"repeat": {"frequency": often, "period": 1, "periodUnit": "d"}},
            "route": {"text": medicine.route},
            "doseQuantity": {"value": 1, "unit": medicine.unit},
        }
        if medicine.as_needed:
            dosage["asNeededBoolean"] = True
        else:
            dosage["text"] = f"{often} maal per dag 1 {medicine.unit}"
        start = b.ago(dice.randint(15, 500))
        b.add(
            "MedicationRequest",
            f"prescription-{key}",
            status="active",
            intent="order",
            category=concept(SNOMED, "16076005", "Prescription"),
            extension=[extension("zib-Medication-PeriodOfUse", valuePeriod={"start": start.isoformat()})],
            medicationReference={"reference": f"Medication/{product['id']}", "display": medicine.name},
            authoredOn=moment(start),
            requester={"agent": b.who("specialist")},
            dosageInstruction=[dosage],
        )


def _operation(b: Builder, icpc: str) -> None:
    if icpc not in OPERATIONS or b.profile.dice(f"operation:{icpc}").random() < 0.4:
        return
    name, code, device = OPERATIONS[icpc]
    dice = b.profile.dice(f"operation:{icpc}:when")
    day = b.ago(dice.randint(200, 3000))
    side = dice.choice((("7771000", "Links"), ("24028007", "Rechts")))
    site = {
        "extension": [extension("BodySite-Qualifier", valueCodeableConcept=concept(SNOMED, *side))],
        "text": {"Knieprothese": "Knie", "Heupprothese": "Heup"}.get(device, "Hart"),
    }
    b.add(
        "Procedure",
        f"operation-{icpc.lower()}",
        status="completed",
        category=concept(SNOMED, "387713003", "Chirurgische verrichting"),
        code=concept(SNOMED, code, name),
        performedPeriod={"start": day.isoformat(), "end": day.isoformat()},
        performer=[{"actor": b.who("surgeon")}],
        bodySite=[site] if device else None,
    )
    if device:
        thing = b.add(
            "Device",
            f"device-{icpc.lower()}",
            "patient",
            status="active",
            type=concept("", "", device),
            lotNumber=str(dice.randint(10000, 99999)),
        )
        thing["udi"] = {"name": device, "entryType": "unknown"}
        b.add(
            "DeviceUseStatement",
            f"use-{icpc.lower()}",
            status="active",
            whenUsed={"start": day.isoformat()},
            device={"reference": f"Device/{thing['id']}", "display": device},
            bodySite=site,
        )


def _appointment(b: Builder, letter: str) -> None:
    clinic, doctor = CLINICS[letter]
    dice = b.profile.dice(f"appointment:{letter}")
    if dice.random() < 0.5:
        return
    day = b.ago(-dice.randint(4, 120))
    people = [
        {"actor": b.me, "status": "accepted"},
        {
            "actor": {"reference": f"Practitioner/{doctor}", "display": f"{b.who(letter)['display']}, {doctor}"},
            "status": "accepted",
        },
    ]
    b.add(
        "Appointment",
        f"clinic-{letter.lower()}",
        "",
        status="booked",
        serviceType=[{"text": f"Polikliniek {clinic}"}],
        reason=[{"text": "Controle"}],
        start=moment(day, 13, 30),
        end=moment(day, 13, 45),
        participant=people,
    )
    past = b.ago(dice.randint(40, 400))
    source_letters.of_the_hospital(b, clinic, letter.lower(), past)


def _allergies(b: Builder) -> None:
    for index, (name, code, category, reaction, risk) in enumerate(b.profile.allergies):
        if category != "medication":
            continue
        b.add(
            "AllergyIntolerance",
            f"allergy-{index}",
            "patient",
            clinicalStatus="active",
            verificationStatus="unconfirmed",
            category=[category],
            criticality=risk,
            code=concept(SNOMED, code, name),
            assertedDate=b.ago(1200).isoformat(),
            reaction=[{"manifestation": [{"text": reaction}]}],
        )


def _admission(b: Builder) -> None:
    dice = b.profile.dice("admission")
    day = b.ago(dice.randint(12, 500))
    nights = dice.randint(2, 9)
    end = b.ago((b.profile.today - day).days - nights)
    reason, clinic = dice.choice(
        (
            ("Longontsteking", "Longgeneeskunde"),
            ("Val thuis, gebroken heup", "Traumachirurgie"),
            ("Vocht achter de longen", "Cardiologie"),
            ("Verwardheid (delier)", "Geriatrie"),
        )
    )
    stay = b.add(
        "Encounter",
        "admission",
        status="finished",
        type=[{"text": clinic}],
        reason=[{"text": reason}],
        period={"start": moment(day, 15), "end": moment(end, 11)},
        participant=[{"individual": {"reference": "Practitioner/ward", **b.who("ward")}}],
    )
    stay["class"] = {"system": "http://hl7.org/fhir/v3/ActCode", "code": "IMP", "display": "inpatient"}
    stay["hospitalization"] = {"dischargeDisposition": concept(SNOMED, "264362003", "Thuis")}
    consent = b.add(
        "Consent",
        "directive",
        "patient",
        status="active",
        period={"start": moment(day, 16)},
        policyRule="http://wetten.overheid.nl/",
    )
    consent["category"] = [concept(SNOMED, "11291000146105", "Behandelaanwijzing")]
    answer, text = dice.choice((("JA", "Ja"), ("NEE", "Nee"), ("JA_MAAR", "Ja, maar met beperkingen")))
    consent["extension"] = [
        extension("zib-TreatmentDirective-Treatment", valueCodeableConcept=concept(SNOMED, "89666000", "Reanimeren"))
    ]
    consent["modifierExtension"] = [
        extension(
            "zib-TreatmentDirective-TreatmentPermitted",
            valueCodeableConcept=concept("urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4", answer, text),
        )
    ]
    if answer == "JA_MAAR":
        consent["except"] = [
            {
                "type": "deny",
                "extension": [
                    extension(
                        "zib-TreatmentDirective-Restrictions",
                        valueString="Alleen in het ziekenhuis en bij goede kans op herstel",
                    )
                ],
            }
        ]
