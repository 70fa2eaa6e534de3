"""The parts of the overview in the order in which care thinks, and which come first for whom."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dossier.models import Entry, Fact
from people.models import Role
from trust.categories import Category
from workplace.models import OUT_OF_HOURS

Kind = Entry.Kind


@dataclass(frozen=True)
class Part:
    """One part of the overview: which categories of facts and which kinds of own entries stand in it.

    With ``types`` it takes only facts of those FHIR resources, with ``but`` all others. ``page`` names the address of a page of
    its own, where another than the plain list fits.
    """

    key: str
    title: str | Promise
    categories: frozenset[Category] = frozenset()
    kinds: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    page: str = ""

    def __str__(self) -> str:
        title = str(self.title)
        return title[:1].lower() + title[1:]

    def takes(self, fact: Fact) -> bool:
        """Whether this fact stands here."""
        return (
            fact.category in self.categories
            and (not self.types or fact.resource_type in self.types)
            and fact.resource_type not in self.but
        )


def _part(key: str, title: str | Promise, *categories: Category, kinds: tuple[str, ...] = (), **more: object) -> Part:
    return Part(key, title, frozenset(categories), frozenset(kinds), **more)  # type: ignore[arg-type]


PARTS: tuple[Part, ...] = (
    _part(
        "matters",
        _("Wat telt en doelen"),
        Category.PLAN,
        kinds=(Kind.MATTERS, Kind.GOAL, Kind.ACTION),
        types=frozenset({"Goal"}),
    ),
    _part("network", _("Zorgnetwerk"), Category.NETWORK, page="dossier:contacts"),
    _part("problems", _("Problemen en diagnoses"), Category.PROBLEMS),
    _part("medication", _("Medicatie"), Category.MEDICATION, page="workplace:medication"),
    _part("allergies", _("Allergieën en waarschuwingen"), Category.ALLERGIES, Category.ALERTS),
    _part("results", _("Uitslagen en metingen"), Category.RESULTS, kinds=(Kind.MEASUREMENT,)),
    _part("running", _("Nu bezig"), Category.APPOINTMENTS, Category.REFERRAL, Category.CONSULTATION),
    _part("wishes", _("Wensen en behandelgrenzen"), Category.WISHES, kinds=(Kind.WISH,)),
    _part("social", _("Sociale situatie en ondersteuning"), Category.SOCIAL, kinds=(Kind.SOCIAL,)),
    _part("documents", _("Documenten"), Category.DOCUMENTS, page="dossier:documents"),
    _part(
        "plan",
        _("Plan, afspraken en notities"),
        Category.PLAN,
        kinds=(Kind.AGREEMENT, Kind.NOTE, Kind.CONCLUSION),
        but=frozenset({"Goal"}),
    ),
    _part("functioning", _("Functioneren en leefsituatie"), Category.FUNCTIONING),
    _part("procedures", _("Verrichtingen en contacten"), Category.PROCEDURES),
    _part("vaccinations", _("Vaccinaties"), Category.VACCINATIONS),
    _part("devices", _("Hulpmiddelen"), Category.DEVICES),
    _part("mental_health", _("Geestelijke gezondheid"), Category.MENTAL_HEALTH),
    _part("financial", _("Geldzaken"), Category.FINANCIAL),
    _part("timeline", _("Tijdlijn")),
)
"""Every part once; each category and each kind of entry stands in one of them."""

BY_KEY = {part.key: part for part in PARTS}

FIRST: dict[str, tuple[str, ...]] = {
    Role.GP: (
        "matters", "running", "network", "problems", "medication", "allergies", "results", "wishes", "social", "plan",
    ),
    Role.PRACTICE_NURSE: (
        "matters", "running", "network", "problems", "medication", "allergies", "results", "wishes", "plan", "functioning", "social",
    ),
    Role.DISTRICT_NURSE: (
        "matters", "running", "network", "medication", "allergies", "functioning", "wishes", "problems", "plan", "results", "devices",
    ),
    Role.SOCIAL_WORKER: ("matters", "running", "network", "social", "plan", "functioning", "financial", "wishes"),
    Role.WELFARE_WORKER: ("matters", "running", "network", "social", "plan", "functioning"),
    Role.PSYCHOLOGIST: (
        "matters", "running", "network", "mental_health", "medication", "allergies", "wishes", "problems", "social", "plan",
    ),
    Role.PHARMACIST: ("medication", "allergies", "results", "problems", "running", "network", "wishes"),
    Role.SPECIALIST: (
        "problems", "medication", "allergies", "results", "wishes", "running", "matters", "network", "procedures", "documents",
    ),
    OUT_OF_HOURS: (
        "allergies", "wishes", "problems", "medication", "network", "results", "running", "procedures", "matters",
    ),
}  # fmt: skip
"""What each role reads first, and who must act now out of hours; these parts always have their place,
also when there is nothing in them. The rest follows."""

FOLDED: dict[str, frozenset[str]] = {
    Role.PHARMACIST: frozenset({"functioning", "procedures", "plan", "timeline"}),
    Role.SPECIALIST: frozenset({"functioning", "social", "plan"}),
}
"""What stands closed at first, for it is seldom what the role came for."""
