"""What the made-up region holds while it is made: its size, its chance, its organisations, people and services."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from events.clock import due_after
from region.generate.load import Loader
from region.generate.words import MUNICIPALITIES, Area, areas

if TYPE_CHECKING:
    from region.generate.log import Log

YEARS = 3
OUT_OF_HOURS = "Huisartsenpost Gooi"
"""The one general practice where nobody is enrolled."""
HOME = ZoneInfo("Europe/Amsterdam")


@dataclass(slots=True)
class Place:
    """An organisation, with what the other tables need to know of it."""

    id: int
    name: str
    domain: str
    area: Area
    admitted: bool
    members: list[Member] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)

    def somebody(self, chance: random.Random, *roles: str) -> Member:
        """One of its people, in one of these roles when it has them."""
        fitting = [member for member in self.members if member.role in roles] if roles else self.members
        return chance.choice(fitting or self.members)


@dataclass(slots=True)
class Member:
    """A person at work for one organisation in one role."""

    id: int
    user: int
    name: str
    role: str
    label: str
    place: Place


@dataclass(slots=True)
class Service:
    """A service with how long people wait for it: in days now and three years ago."""

    id: int
    name: str
    kind: str
    place: Place
    days_now: float
    days_then: float
    letters: tuple[str, ...]
    duration: int
    minimum_age: int
    maximum_age: int
    municipalities: list[str]
    sensitivity: int

    def wait(self, on: date, today: date) -> float:
        """How many days somebody waited who asked on this day: a line over the years with a hump after each summer."""
        past = min(1.0, max(0.0, (today - on).days / (365 * YEARS)))
        season = 1 + 0.12 * math.cos((on.timetuple().tm_yday - 270) / 365 * 2 * math.pi)
        return (self.days_now + (self.days_then - self.days_now) * past) * season

    def fits(self, citizen: Citizen, age: int) -> bool:
        """Whether a citizen meets what is asked of age and municipality."""
        here = not self.municipalities or citizen.area.municipality in self.municipalities
        return here and self.minimum_age <= age <= self.maximum_age


@dataclass(slots=True)
class Citizen:
    """A citizen, with what the other tables need to know; ``circle`` holds who gives care, each with the first day."""

    id: int
    key: UUID
    bsn: str
    born: date
    gender: str
    area: Area
    surname: str
    call_name: str
    circle: dict[int, date] = field(default_factory=dict)
    deceased: date | None = None
    journeys: set[int] = field(default_factory=set)
    featured: str = ""
    account: int | None = None
    mailed: bool = True


class World:
    """Everything that is made hangs on this: the size, one chance for all, the moment, and what was made so far."""

    def __init__(
        self, loader: Loader, *, factor: float, seed: int, facts: bool, sources: str, secure: str = ""
    ) -> None:
        self.load = loader
        self.factor = factor
        self.facts = facts
        self.sources = sources
        self.secure = secure
        self.seed = seed
        self.connected: list[tuple[int, str]] = []
        self.copying: dict[int, tuple[int, str]] = {}
        self.copying_asked: set[int] = set()
        self.chance = random.Random(seed)
        self.apart = random.Random(seed + 1)
        """A chance of its own for exceptions, so that more of them leave the rest of the region as it was."""
        self.now = timezone.now().replace(second=0, microsecond=0)
        self.today = timezone.localdate(self.now)
        self.areas = areas()
        self.weights = self._weights()
        self.places: list[Place] = []
        self.by_number: dict[int, Place] = {}
        self.near: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
        self.of_domain: defaultdict[str, list[Place]] = defaultdict(list)
        self.services: defaultdict[str, list[Service]] = defaultdict(list)
        self.personas: list[dict[str, Any]] = []
        self.featured: dict[str, Member] = {}
        self.citizen_rows: list[str] = []
        self.log: Log
        self.journeys: dict[str, list[int]] = {}

    @property
    def citizens(self) -> int:
        """How many citizens: 2,000 in the demonstration, 400,000 at factor 200 (North and Mid Limburg East)."""
        return max(40, round(2000 * self.factor))

    @property
    def professionals(self) -> int:
        """How many professionals: 250 in the demonstration, 15,000 at factor 200."""
        return max(160, round(250 * self.factor ** (math.log(60) / math.log(200))))

    def copies(self, base: int, *, per_citizens: int = 0) -> int:
        """How many organisations of a kind: ``base`` in the demonstration, more in a larger region."""
        if per_citizens:
            return max(base, self.citizens // per_citizens)
        return max(base, round(base * max(1.0, self.factor) ** 0.35))

    def _weights(self) -> list[float]:
        count: defaultdict[str, int] = defaultdict(int)
        for area in self.areas:
            count[area.municipality] += 1
        return [MUNICIPALITIES[area.municipality] / count[area.municipality] for area in self.areas]

    def area_in(self, municipality: str) -> Area:
        """A postcode in this municipality."""
        return self.chance.choice([area for area in self.areas if area.municipality == municipality])

    def area_at(self, digits: str) -> Area:
        """The area of a four-digit postcode of the region."""
        return next(area for area in self.areas if area.digits == digits)

    def place(self, name: str) -> Place:
        """The organisation of this name."""
        return next(place for place in self.places if place.name == name)

    def add(self, place: Place) -> None:
        """Keep an organisation where the other tables look for it."""
        self.places.append(place)
        self.by_number[place.id] = place
        if place.admitted and place.name != OUT_OF_HOURS:
            self.of_domain[place.domain].append(place)
            self.near[place.domain, place.area.municipality].append(place)

    def nearby(self, domain: str, municipality: str) -> Place:
        """An organisation of this domain: in the municipality when there is one there, else anywhere in the region."""
        return self.chance.choice(self.near.get((domain, municipality)) or self.of_domain[domain])

    def on(self, day: date, begin: float = 8.0, end: float = 17.5) -> datetime:
        """A moment on this day between two hours of the clock, never in the future."""
        hours = begin + self.chance.random() * (end - begin)
        moment = datetime.combine(day, time(int(hours), int(hours % 1 * 60)), HOME)
        return min(moment, self.now - timedelta(minutes=1)).astimezone(UTC)

    def working_days_after(self, moment: datetime, days: int) -> datetime:
        """The end of the day so many working days later, as the product counts them."""
        return due_after(moment, days).astimezone(UTC)


UTC = ZoneInfo("UTC")
