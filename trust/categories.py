"""The categories of data that consent, role and policy speak of; a mask holds one bit for each."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.IntegerChoices):
    """Kinds of information in a record, after the data categories of the national generic functions (GF Adressering 0.10)."""

    IDENTITY = 0, _("personalia en contact")
    NETWORK = 1, _("zorgnetwerk en contactpersonen")
    PROBLEMS = 2, _("problemen en diagnoses")
    MEDICATION = 3, _("medicatie")
    ALLERGIES = 4, _("allergieën en overgevoeligheden")
    RESULTS = 5, _("uitslagen en metingen")
    PROCEDURES = 6, _("verrichtingen en contacten")
    FUNCTIONING = 7, _("functioneren en leefsituatie")
    WISHES = 8, _("wensen en behandelgrenzen")
    ALERTS = 9, _("waarschuwingen")
    DOCUMENTS = 10, _("documenten")
    PLAN = 11, _("plan, doelen en afspraken")
    REFERRAL = 12, _("verwijzingen")
    CONSULTATION = 13, _("consulten")
    MENTAL_HEALTH = 14, _("geestelijke gezondheid")
    SOCIAL = 15, _("sociale situatie en ondersteuning")
    FINANCIAL = 16, _("geldzaken")
    VACCINATIONS = 17, _("vaccinaties")
    APPOINTMENTS = 18, _("afspraken")
    DEVICES = 19, _("hulpmiddelen")


EVERYTHING = frozenset(Category)

YOURS = {
    Category.IDENTITY: _("uw naam en adres"),
    Category.NETWORK: _("wie u helpt"),
    Category.PROBLEMS: _("uw ziektes en klachten"),
    Category.MEDICATION: _("uw medicijnen"),
    Category.ALLERGIES: _("uw allergieën"),
    Category.RESULTS: _("uw uitslagen en metingen"),
    Category.PROCEDURES: _("uw behandelingen en bezoeken"),
    Category.FUNCTIONING: _("hoe het thuis met u gaat"),
    Category.WISHES: _("uw wensen"),
    Category.ALERTS: _("waarschuwingen"),
    Category.DOCUMENTS: _("uw brieven en documenten"),
    Category.PLAN: _("uw plan en afspraken"),
    Category.REFERRAL: _("uw verwijzingen"),
    Category.CONSULTATION: _("overleg over u"),
    Category.MENTAL_HEALTH: _("uw geestelijke gezondheid"),
    Category.SOCIAL: _("uw sociale situatie"),
    Category.FINANCIAL: _("uw geldzaken"),
    Category.VACCINATIONS: _("uw vaccinaties"),
    Category.APPOINTMENTS: _("uw afspraken"),
    Category.DEVICES: _("uw hulpmiddelen"),
}
"""The same in plain words (B1), as the person whose data they are reads them."""

CHOSEN_TOGETHER: dict[str, frozenset[Category]] = {
    "shared": frozenset({Category.NETWORK, Category.PLAN, Category.WISHES, Category.ALERTS}),
    "medication": frozenset({Category.MEDICATION, Category.ALLERGIES}),
    "medical": frozenset(
        {Category.PROBLEMS, Category.RESULTS, Category.PROCEDURES, Category.DOCUMENTS, Category.VACCINATIONS}
    ),
    "daily": frozenset({Category.FUNCTIONING, Category.APPOINTMENTS, Category.DEVICES}),
    "mental": frozenset({Category.MENTAL_HEALTH}),
    "social": frozenset({Category.SOCIAL}),
    "money": frozenset({Category.FINANCIAL}),
}
"""The groups of categories about which a patient chooses; identity, referrals and consultations follow the help itself."""


def named(categories: Iterable[int]) -> str:
    """Categories in the words of who works with them, in their fixed order; the portal has the person's own."""
    return ", ".join(str(Category(category).label) for category in sorted(categories))


def to_mask(categories: Iterable[int]) -> int:
    """The categories as one number, a bit for each."""
    mask = 0
    for category in categories:
        mask |= 1 << int(category)
    return mask


def from_mask(mask: int) -> frozenset[Category]:
    """The categories whose bits are set in ``mask``."""
    return frozenset(category for category in Category if mask >> category & 1)
