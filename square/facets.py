"""The sifts of the offer: which values a service has for each, and how many services each value would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import Domain
from square.access import YEARS, AgeGroup, Language, Way
from square.models import HealthcareService


class Room(models.TextChoices):
    """Whether there is room for somebody new."""

    OPEN = "yes", _("open voor nieuwe aanvragen")


CHOICES: dict[str, type[models.TextChoices]] = {
    "domain": Domain, "law": HealthcareService.Law, "age": AgeGroup, "way": Way, "room": Room, "language": Language,
}  # fmt: skip
LABELS = {
    "domain": _("Soort hulp"), "law": _("Wet of geldstroom"), "age": _("Voor wie"), "way": _("Hoe"), "room": _("Plek"),
    "language": _("Taal"),
}  # fmt: skip
COLUMNS = (
    "domain", "law", "minimum_age", "maximum_age", "online", "at_home", "on_location", "open_for_new", "languages",
)  # fmt: skip
"""What of a service must be read to sift it."""


def values_of(row: Mapping[str, Any], name: str) -> list[str]:
    """The values that a service has for a sift."""
    if name == "age":
        lowest, highest = row["minimum_age"] or 0, 130 if row["maximum_age"] is None else row["maximum_age"]
        return [group for group, (first, last) in YEARS.items() if lowest <= last and highest >= first]
    if name == "way":
        return [way for way in Way.values if row[way]]
    if name == "room":
        return [Room.OPEN.value] if row["open_for_new"] else []
    if name == "language":
        return list(row["languages"])
    return [row[name]]


def passes(row: Mapping[str, Any], said: Mapping[str, Any], without: str = "", names: Iterable[str] = CHOICES) -> bool:
    """Whether a service passes all sifts that were chosen, but for one."""
    return all(name == without or not said.get(name) or said[name] in values_of(row, name) for name in names)


def counted(rows: Iterable[Mapping[str, Any]], said: Mapping[str, Any], name: str) -> list[tuple[str, Any, int]]:
    """The values of one sift with label and count, given the other sifts; those that leave nothing only when chosen."""
    counts = Counter(value for row in rows if passes(row, said, name) for value in values_of(row, name))
    return [
        (value, label, counts[value])
        for value, label in CHOICES[name].choices
        if counts[value] or said.get(name) == value
    ]
