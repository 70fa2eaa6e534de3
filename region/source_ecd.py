"""The record of home care (FHIR STU3): care plan, functioning, falls, weight, alerts, the medication list in use."""

from __future__ import annotations

from region import source_story
from region.source_build import ATC, SNOMED, Builder, concept, moment

WALKING = (
    ("Loopt zelfstandig", 0.3),
    ("Loopt met rollator", 0.6),
    ("Heeft hulp nodig bij het lopen", 0.85),
    ("Zit in een rolstoel", 2.0),
)
ACTIONS = (
    ("Hulp bij wassen en aankleden", "elke ochtend", 0.45),
    ("Steunkousen aantrekken en uittrekken", "elke ochtend en avond", 0.4),
    ("Medicijnen aanreiken volgens de toedienlijst", "2 keer per dag", 0.5),
    ("Wondzorg onderbeen", "3 keer per week", 0.75),
    ("Begeleiding bij dagstructuur", "2 keer per week", 0.7),
)
GOALS = (
    "Zelf naar de markt blijven lopen",
    "Thuis blijven wonen met hulp",
    "Geen nieuwe val dit jaar",
    "Weer zelf kunnen douchen",
)


def home_care(b: Builder) -> None:
    _functioning(b)
    b.weight("http://hl7.org/fhir/observation-category", 6, 30)
    _falls(b)
    _plan(b)
    _alerts(b)
    _medication_use(b)
    dice = b.profile.dice("nutrition")
    if b.profile.frailty > 0.55 and dice.random() < 0.4:
        b.add(
            "NutritionOrder",
            "diet",
            "patient",
            dateTime=moment(b.ago(45)),
            status="active",
            oralDiet={"type": [{"text": "Energieverrijkt"}]},
        )


def _functioning(b: Builder) -> None:
    dice = b.profile.dice("functioning")
    walking = next(text for text, limit in WALKING if b.profile.frailty < limit)
    stairs = "Kan traplopen" if b.profile.frailty < 0.5 else "Kan niet traplopen"
    transfer = "Verplaatst zich zelfstandig" if b.profile.frailty < 0.7 else "Hulp nodig bij verplaatsen"
    parts = (
        ("282097004", "Lopen", walking),
        ("301587001", "Traplopen", stairs),
        ("364666007", "Verplaatsen", transfer),
    )
    b.add(
        "Observation",
        "mobility",
        status="final",
        code=concept(SNOMED, "301438001", "Mobiliteit"),
        effectiveDateTime=moment(b.ago(dice.randint(10, 120))),
        component=[
            {"code": concept(SNOMED, code, name), "valueCodeableConcept": {"text": value}}
            for code, name, value in parts
        ],
        comment="Rollator is eigen bezit." if "rollator" in walking else None,
    )
    house, text = dice.choice(
        (("EENGEZW", "Eengezinswoning"), ("BOVENW", "Bovenwoning"), ("APPW", "Appartement"), ("SENW", "Seniorenwoning"))
    )
    b.add(
        "Observation",
        "house",
        status="final",
        code=concept(SNOMED, "365508006", "Woonsituatie"),
        valueCodeableConcept=concept("urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.13.1", house, text),
        comment=dice.choice((None, "Drempels in huis, smalle badkamer.", "Sleutelkastje naast de deur.")),
    )


def _falls(b: Builder) -> None:
    dice = b.profile.dice("falls")
    for index in range(int(dice.random() * 4 * b.profile.frailty)):
        b.add(
            "Observation",
            f"fall-{index}",
            status="final",
            code=concept(SNOMED, "129839007", "Valrisico"),
            effectiveDateTime=moment(b.ago(dice.randint(3, 400)), dice.randint(0, 23)),
            valueString=dice.choice(
                (
                    "Gevallen in de badkamer, geen letsel",
                    "Gevallen over de drempel, blauwe plek op de heup",
                    "'s Nachts gevallen op weg naar het toilet",
                )
            ),
            performer=[b.who("nurse")],
        )


def _plan(b: Builder) -> None:
    dice = b.profile.dice("plan")
    actions = [
        (name, when) for name, when, limit in ACTIONS if b.profile.frailty > limit - 0.25 and dice.random() < 0.8
    ] or [("Wekelijks belmoment", "1 keer per week")]
    activity = [
        {"detail": {"status": "in-progress", "description": name, "scheduledString": when}} for name, when in actions
    ]
    start = b.ago(dice.randint(40, 500))
    b.add(
        "CarePlan",
        "plan",
        status="active",
        intent="plan",
        title="Zorgplan wijkverpleging",
        period={"start": start.isoformat()},
        activity=activity,
        author=[b.who("nurse")],
    )
    goal = b.add(
        "Goal",
        "goal",
        status=dice.choice(("in-progress", "on-target", "behind-target")),
        description={"text": dice.choice(GOALS)},
        startDate=start.isoformat(),
    )
    goal["target"] = {"dueDate": b.ago(-dice.randint(30, 200)).isoformat()}
    team = [
        {"member": {"display": f"{b.who(role)['display']}, {role}"}}
        for role in ("wijkverpleegkundige", "verzorgende ig", "huisarts")
    ]
    b.add(
        "CareTeam",
        "team",
        status="active",
        name="Team wijkverpleging",
        participant=team,
        period={"start": start.isoformat()},
    )


def _alerts(b: Builder) -> None:
    dice = b.profile.dice("alerts")
    choices = (
        ("Sleutel in kluisje", 0.15),
        ("Hond in huis", 0.1),
        ("Slechthorend: hard aanbellen", 0.15),
        ("Verhoogd valrisico", 0.3 * b.profile.frailty),
    )
    for index, (text, chance) in enumerate(choices):
        if dice.random() < chance:
            flag = b.add(
                "Flag",
                f"alert-{index}",
                status="active",
                code={
                    "coding": [{"system": "urn:oid:2.16.840.1.113883.5.1008", "code": "OTH", "display": text}],
                    "text": text,
                },
                period={"start": b.ago(200 + index).isoformat()},
                author=b.who("nurse"),
            )
            flag["category"] = {
                "coding": [{"system": "urn:oid:2.16.840.1.113883.6.1", "code": "74018-3", "display": "Waarschuwing"}]
            }


def _medication_use(b: Builder) -> None:
    if b.profile.bsn == source_story.ANNA:
        source_story.home_care(b)
        return
    dice = b.profile.dice("use")
    for problem, _ in b.profile.problems:
        for medicine in problem.medicines:
            if dice.random() < 0.5:
                continue
            statement = b.add(
                "MedicationStatement",
                f"use-{medicine.atc.lower()}",
                status="active",
                effectivePeriod={"start": b.ago(dice.randint(30, 600)).isoformat()},
            )
            statement["medicationCodeableConcept"] = concept(ATC, medicine.atc, medicine.name)
            statement["category"] = concept("urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3", "6", "MedicationUse")
            statement["taken"] = "n" if dice.random() < 0.08 else "y"
            statement["dosage"] = [{"text": medicine.dosage}]
            if statement["taken"] == "n":
                statement["reasonNotTaken"] = [{"text": "Wil het middel niet meer nemen"}]
