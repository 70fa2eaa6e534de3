"""A believable person out of a BSN: the same problems, medicines and limitations in every source that knows them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True)
class Medicine:
    """A medicine as prescribed: G-Standaard style name, ATC code, dose times and amount, what it is for."""

    name: str
    atc: str
    per_day: int
    unit: str = "tablet"
    route: str = "oraal"
    as_needed: bool = False

    @property
    def dosage(self) -> str:
        often = f"{self.per_day} maal per dag 1 {self.unit}, {self.route}"
        return f"zo nodig {often}" if self.as_needed else often


@dataclass(frozen=True)
class Problem:
    """A problem with its codes, from which age it occurs and how often (share of those of 80 years)."""

    name: str
    icpc: str
    snomed: str
    age: int
    share: float
    medicines: tuple[Medicine, ...] = ()
    labs: tuple[str, ...] = ()


M = Medicine
PROBLEMS = (
    Problem(
        "Essentiële hypertensie",
        "K86",
        "38341003",
        40,
        0.55,
        (M("LISINOPRIL TABLET 10MG", "C09AA03", 1), M("AMLODIPINE TABLET 5MG", "C08CA01", 1)),
        ("potassium", "kidney"),
    ),
    Problem(
        "Diabetes mellitus type 2",
        "T90.02",
        "44054006",
        45,
        0.22,
        (M("METFORMINE TABLET 500MG", "A10BA02", 2), M("GLICLAZIDE TABLET MGA 30MG", "A10BB09", 1)),
        ("hba1c", "kidney"),
    ),
    Problem("Hypercholesterolemie", "T93", "13644009", 40, 0.30, (M("SIMVASTATINE TABLET FO 40MG", "C10AA01", 1),)),
    Problem(
        "Hartfalen",
        "K77",
        "84114007",
        65,
        0.18,
        (M("FUROSEMIDE TABLET 40MG", "C03CA01", 1), M("METOPROLOL TABLET MGA 50MG", "C07AB02", 1)),
        ("potassium", "kidney"),
    ),
    Problem(
        "Atriumfibrilleren", "K78", "49436004", 60, 0.17, (M("APIXABAN TABLET FO 5MG", "B01AF02", 2),), ("kidney",)
    ),
    Problem(
        "Beroerte in de voorgeschiedenis",
        "K90",
        "230690007",
        60,
        0.12,
        (M("CLOPIDOGREL TABLET FO 75MG", "B01AC04", 1),),
    ),
    Problem(
        "COPD",
        "R95",
        "13645005",
        50,
        0.14,
        (M("TIOTROPIUM INHALATIEPOEDER 18MCG", "R03BB04", 1, "inhalatie", "inhalatie"),),
    ),
    Problem(
        "Astma",
        "R96",
        "195967001",
        8,
        0.08,
        (M("SALBUTAMOL AEROSOL 100MCG/DO", "R03AC02", 4, "inhalatie", "inhalatie", True),),
    ),
    Problem(
        "Artrose van de knie",
        "L90",
        "239873007",
        50,
        0.32,
        (M("PARACETAMOL TABLET 500MG", "N02BE01", 4, as_needed=True),),
    ),
    Problem("Artrose van de heup", "L89", "239872002", 55, 0.20),
    Problem("Osteoporose", "L95", "64859006", 60, 0.18, (M("COLECALCIFEROL TABLET 800IE", "A11CC05", 1),)),
    Problem("Jicht", "T92", "90560007", 45, 0.08, (M("ALLOPURINOL TABLET 100MG", "M04AA01", 1),), ("kidney",)),
    Problem("Chronische nierschade", "U99.01", "709044004", 60, 0.16, (), ("kidney", "potassium")),
    Problem("Dementie", "P70", "52448006", 70, 0.14),
    Problem("Depressieve stoornis", "P76", "35489007", 18, 0.10, (M("SERTRALINE TABLET FO 50MG", "N06AB06", 1),)),
    Problem("Angststoornis", "P74", "197480006", 18, 0.08),
    Problem("Urine-incontinentie", "U04", "165232002", 55, 0.22),
    Problem("Constitutioneel eczeem", "S87", "24079001", 0, 0.07),
    Problem("Migraine", "N89", "37796009", 15, 0.08, (M("SUMATRIPTAN TABLET 50MG", "N02CC01", 1, as_needed=True),)),
)
SOCIAL_PROBLEMS = (("Geldzorgen", "Z01"), ("Verlies van partner", "Z15"), ("Problemen met huisvesting", "Z03"))
ALLERGIES = (
    ("Penicilline", "373270004", "medication", "Huiduitslag", "high"),
    ("NSAID", "372665008", "medication", "Benauwdheid", "high"),
    ("Pinda", "762952008", "food", "Zwelling van de lippen", "high"),
    ("Huisstofmijt", "", "environment", "Niezen en jeukende ogen", "low"),
    ("Pleisters", "", "environment", "Rode huid", "low"),
)


STORIES = {"999996782": ("K86", "K77", "K78", "L90", "U99.01")}
"""The problems of the citizen of the story, by ICPC code: the same whatever the luck of her number."""


@dataclass
class Profile:
    """One person. `problems` come with the year they began; `frailty` runs from 0 (fit) to 1 (needs much help)."""

    bsn: str
    born: date
    today: date
    gender: str
    problems: list[tuple[Problem, date]] = field(default_factory=list)
    social: list[tuple[str, str]] = field(default_factory=list)
    allergies: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    frailty: float = 0.0

    @property
    def age(self) -> int:
        return (
            self.today.year - self.born.year - ((self.today.month, self.today.day) < (self.born.month, self.born.day))
        )

    @property
    def labs(self) -> list[str]:
        return sorted({lab for problem, _ in self.problems for lab in problem.labs})

    def dice(self, purpose: str) -> random.Random:
        """The same luck for the same person and purpose."""
        return random.Random(f"{self.bsn}:{purpose}")


def profile_of(person: dict[str, Any], today: date | None = None) -> Profile:
    """The profile of a citizen of the region."""
    profile = Profile(
        str(person["bsn"]),
        date.fromisoformat(str(person["birth_date"])),
        today or datetime.now(AMSTERDAM).date(),
        str(person.get("gender") or "unknown"),
    )
    dice = profile.dice("profile")
    age = profile.age
    for problem in PROBLEMS:
        chance = (
            problem.share
            if problem.age < 20
            else problem.share * min(1.0, max(0.0, (age - problem.age + 10) / (90 - problem.age)))
        )
        if age >= problem.age and dice.random() < chance:
            years = dice.uniform(0.3, min(25, max(1, age - problem.age)) + 0.4)
            profile.problems.append((problem, profile.today - timedelta(days=int(years * 365))))
    if profile.bsn in STORIES:
        found = [problem for problem in PROBLEMS if problem.icpc in STORIES[profile.bsn]]
        profile.problems = [(problem, profile.today - timedelta(days=900 + 410 * n)) for n, problem in enumerate(found)]
    profile.social = [item for item in SOCIAL_PROBLEMS if age >= 18 and dice.random() < 0.05]
    profile.allergies = [item for item in ALLERGIES if dice.random() < 0.06]
    profile.frailty = min(1.0, max(0.0, (age - 68) / 30 + 0.06 * len(profile.problems) + dice.uniform(-0.25, 0.2)))
    return profile
