"""The record of a general practice (FHIR R4, nl-core 2020): problems, medication agreements, measurements, contacts."""

from __future__ import annotations

from region import source_story
from region.source_build import ATC, ICPC, NICTIZ, SNOMED, Builder, concept, extension, moment, quantity
from region.source_profile import ALLERGIES

TERMS = "http://terminology.hl7.org/CodeSystem/"
VITAL = TERMS + "observation-category"


def general_practice(b: Builder) -> None:
    _problems(b)
    _medication(b)
    _allergies(b)
    b.laboratory(
        [
            {"coding": [{"system": VITAL, "code": "laboratory"}]},
            {"coding": [{"system": SNOMED, "code": "275711006", "display": "Serumtest"}]},
        ],
        150,
        7,
    )
    if b.profile.age >= 35:
        b.blood_pressure(VITAL, 6, 140, performer=[b.who("gp")])
        b.weight(VITAL, 4, 200)
    _contacts(b)
    _vaccinations(b)
    _wishes(b)
    _near(b)


def _near(b: Builder) -> None:
    """A contact person as the practice has it, with coded role and relation (nl-core-ContactPerson)."""
    dice = b.profile.dice("contact")
    if b.profile.age < 60 or dice.random() < 0.35:
        return
    code, relation, names = dice.choice(
        (
            ("SONC", "Son", ("Henk", "Youssef", "Dirk")),
            ("DAUC", "Daughter", ("Wilma", "Fatma", "Ingrid")),
            ("SIS", "Sister", ("Corrie", "Tineke", "Sjaan")),
            ("NEPHEW", "Nephew", ("Bas", "Rik", "Murat")),
        )
    )
    name = f"{dice.choice(names)} {dice.choice(('van Dijk', 'Mulder', 'de Graaf', 'Yilmaz', 'Smit', 'Hoekstra'))}"
    b.add(
        "RelatedPerson",
        "near",
        "patient",
        meta={"profile": [NICTIZ + "nl-core-ContactPerson"]},
        active=True,
        name=[{"use": "official", "text": name}],
        relationship=[
            {
                "coding": [
                    {"system": "urn:oid:2.16.840.1.113883.2.4.3.11.22.472", "code": "23", "display": "Contactpersoon"}
                ]
            },
            {"coding": [{"system": TERMS + "v3-RoleCode", "code": code, "display": relation}]},
        ],
        telecom=[{"system": "phone", "value": f"06-{dice.randint(20000000, 79999999)}"}],
    )


def _problems(b: Builder) -> None:
    for problem, since in b.profile.problems:
        code = concept(ICPC, problem.icpc, problem.name, (SNOMED, problem.snomed, problem.name))
        condition = b.add(
            "Condition", f"problem-{problem.icpc.lower().replace('.', '-')}", **_state("active"), code=code
        )
        condition |= {
            "category": [concept(SNOMED, "282291009", "Diagnose")],
            "onsetDateTime": since.isoformat()[: 4 if b.profile.today.year - since.year > 8 else 7],
            "recordedDate": since.isoformat(),
            "asserter": b.who("gp"),
        }
        b.add(
            "EpisodeOfCare",
            f"episode-{problem.icpc.lower().replace('.', '-')}",
            "patient",
            status="active",
            period={"start": since.isoformat()},
        )
        b.made[-1] |= {
            "extension": [extension("ext-EpisodeOfCare.EpisodeOfCareName", valueString=problem.name)],
            "diagnosis": [{"condition": {"reference": f"Condition/{condition['id']}", "display": problem.name}}],
        }
    for name, icpc in b.profile.social:
        b.add(
            "Condition",
            f"social-{icpc.lower()}",
            **_state("active"),
            code=concept(ICPC, icpc, name),
            recordedDate=b.ago(400).isoformat(),
        )
    dice = b.profile.dice("passing")
    if dice.random() < 0.5:
        name, icpc, snomed = dice.choice(
            (
                ("Urineweginfectie", "U71", "68566005"),
                ("Acute bronchitis", "R78", "10509002"),
                ("Lage rugpijn", "L03", "279039007"),
            )
        )
        day = b.ago(dice.randint(60, 900))
        code = concept(ICPC, icpc, name, (SNOMED, snomed, name))
        b.add(
            "Condition",
            "passing",
            **_state("resolved"),
            code=code,
            onsetDateTime=day.isoformat(),
            abatementDateTime=b.ago((b.profile.today - day).days - 21).isoformat(),
        )


def _state(clinical: str) -> dict[str, object]:
    return {
        "clinicalStatus": {"coding": [{"system": TERMS + "condition-clinical", "code": clinical}]},
        "verificationStatus": {
            "coding": [
                {"system": TERMS + "condition-ver-status", "code": "confirmed"},
                {"system": SNOMED, "code": "410605003"},
            ]
        },
    }


def _medication(b: Builder) -> None:
    if b.profile.bsn == source_story.ANNA:
        source_story.practice(b)
        return
    for problem, since in b.profile.problems:
        for index, medicine in enumerate(problem.medicines):
            key = f"{medicine.atc.lower()}"
            product = b.add("Medication", f"product-{key}", "", code=concept(ATC, medicine.atc, medicine.name))
            start = max(since, b.ago(365 * 6 - index * 200))
            line = b.add(
                "MedicationRequest", f"agreement-{key}", status="active", intent="order", authoredOn=moment(start)
            )
            line |= {
                "extension": [
                    extension(
                        "ext-RenderedDosageInstruction",
                        valueString=f"Vanaf {start.day}-{start.month}-{start.year}, {medicine.dosage}",
                    ),
                    extension("ext-TimeInterval.Period", valuePeriod={"start": moment(start, 0)}),
                    extension(
                        "ext-PharmaceuticalTreatment.Identifier",
                        valueIdentifier={
                            "system": "urn:oid:2.16.840.1.113883.2.4.3.11.999.77.1.1",
                            "value": f"MBH-{b.patient_id[-12:]}-{key}",
                        },
                    ),
                ],
                "category": [concept(SNOMED, "33633005", "Medicatieafspraak")],
                "medicationReference": {"reference": f"Medication/{product['id']}", "display": medicine.name},
                "requester": b.who("gp"),
                "reasonCode": [concept(SNOMED, problem.snomed, problem.name)],
                "dosageInstruction": [_dosage(medicine.per_day, medicine.unit, medicine.route, medicine.as_needed)],
            }
    dice = b.profile.dice("stopped")
    if b.profile.age > 50 and dice.random() < 0.4:
        day = b.ago(dice.randint(20, 300))
        stop = concept("urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.2.1", "2", "Definitief")
        line = b.add("MedicationRequest", "agreement-stopped", status="stopped", intent="order", authoredOn=moment(day))
        line |= {
            "modifierExtension": [extension("ext-StopType", valueCodeableConcept=stop)],
            "category": [concept(SNOMED, "33633005", "Medicatieafspraak")],
            "medicationCodeableConcept": concept(ATC, "N05CD07", "TEMAZEPAM CAPSULE 10MG"),
            "extension": [
                extension(
                    "ext-RenderedDosageInstruction",
                    valueString="zo nodig 1 maal per dag 1 capsule voor de nacht, oraal",
                ),
                extension(
                    "ext-TimeInterval.Period", valuePeriod={"start": moment(b.ago(900), 0), "end": moment(day, 0)}
                ),
            ],
            "requester": b.who("gp"),
        }


def _dosage(per_day: int, unit: str, route: str, as_needed: bool) -> dict[str, object]:
    return {
        "asNeededBoolean": as_needed,
        "timing": {"repeat": {"frequency": per_day, "period": 1, "periodUnit": "d"}},
        "route": {"text": route},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": unit}}],
    }


def _allergies(b: Builder) -> None:
    for index, (name, code, category, reaction, risk) in enumerate(b.profile.allergies):
        b.add(
            "AllergyIntolerance",
            f"allergy-{ALLERGIES.index((name, code, category, reaction, risk))}",
            "patient",
            clinicalStatus={"coding": [{"system": TERMS + "allergyintolerance-clinical", "code": "active"}]},
            verificationStatus={"coding": [{"system": TERMS + "allergyintolerance-verification", "code": "confirmed"}]},
            category=[category],
            criticality=risk,
            code=concept(SNOMED, code, name),
            recordedDate=b.ago(1500 + index * 700).isoformat(),
            reaction=[{"manifestation": [{"text": reaction}]}],
        )


def _contacts(b: Builder) -> None:
    dice = b.profile.dice("contacts")
    for index in range(2 + int(b.profile.frailty * 6)):
        kind, name = dice.choice(
            (
                ("AMB", "Consult praktijk"),
                ("AMB", "Controle chronische zorg"),
                ("HH", "Visite"),
                ("VR", "Telefonisch consult"),
            )
        )
        if kind == "HH" and b.profile.frailty < 0.4:
            kind, name = "AMB", "Consult praktijk"
        day = b.ago(dice.randint(5, 700))
        b.add(
            "Encounter",
            f"contact-{index}",
            status="finished",
            class_={"system": TERMS + "v3-ActCode", "code": kind},
            type=[{"text": name}],
            period={"start": moment(day, 11), "end": moment(day, 11, 10)},
            participant=[{"individual": {"reference": "Practitioner/gp", **b.who("gp")}}],
        )
    if b.profile.problems and dice.random() < 0.5:
        day = b.ago(-dice.randint(3, 60))
        b.add(
            "Appointment",
            "next",
            "",
            status="booked",
            description="Controle bij de praktijkondersteuner",
            start=moment(day, 9, 20),
            end=moment(day, 9, 40),
            participant=[{"actor": b.me, "status": "accepted"}],
        )


def _vaccinations(b: Builder) -> None:
    if b.profile.age < 60:
        return
    year = b.profile.today.year
    for offset in range(3):
        day = f"{year - 1 - offset}-10-{12 + offset}"
        b.add(
            "Immunization",
            f"flu-{year - 1 - offset}",
            "patient",
            status="completed",
            vaccineCode=concept(ATC, "J07BB02", "Griepvaccin"),
            occurrenceDateTime=day,
            doseQuantity=quantity(0.5, "ml", "mL"),
        )


def _wishes(b: Builder) -> None:
    dice = b.profile.dice("wishes")
    if b.profile.frailty < 0.45 or dice.random() < 0.25:
        return
    answers = (
        ("89666000", "Reanimeren", 0.35),
        ("305351004", "Opname op de intensive care", 0.5),
        ("32485007", "Opname in het ziekenhuis", 0.8),
    )
    day = b.ago(dice.randint(30, 900)).isoformat()
    for code, name, chance in answers:
        kind = "permit" if dice.random() < chance else "deny"
        consent = b.add(
            "Consent",
            f"directive-{code}",
            "patient",
            status="active",
            dateTime=day,
            policy=[{"uri": "https://wetten.overheid.nl/"}],
        )
        consent |= {
            "scope": {"coding": [{"system": TERMS + "consentscope", "code": "treatment"}]},
            "category": [concept(SNOMED, "129125009", "Behandelgrens")],
            "provision": {"type": kind, "code": [concept(SNOMED, code, name)]},
        }
        if code == "32485007" and dice.random() < 0.4:
            del consent["provision"]["type"]
            consent["modifierExtension"] = [
                {
                    "url": NICTIZ + "ext-TreatmentDirective2.SpecificationOther",
                    "valueString": "Alleen na overleg met de dochter, en niet bij overlijdensverwachting binnen dagen",
                }
            ]
