"""Where the found services lie: points for a drawing without tiles, of which the list beside it is the text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Avg, Count

from square.access import Place
from square.models import HealthcareService, Postcode

SIDE = 400
MARGIN = 28
MOST_NAMES = 9
LEAST_DEGREES = 0.08
"""The smallest stretch that is drawn, about nine kilometres, so that one point does not fill the map."""


@dataclass(frozen=True)
class Point:
    """A place in the drawing, in its own units, with what it stands for."""

    x: int
    y: int
    label: str
    numbers: str = ""
    service: int | None = None


@dataclass(frozen=True)
class Map:
    """The drawing: services, names of places for orientation, and where the searcher is."""

    points: list[Point]
    names: list[Point]
    here: Point | None


def draw(services: Sequence[HealthcareService], near: Place | None) -> Map | None:
    """Lay the services out on a square of 400 by 400, north up; services on one spot share a point. ``None`` for no points.

    Degrees of longitude are narrowed by the cosine of the latitude, which within a region is true enough to the ground.
    """
    placed = [(number, s) for number, s in enumerate(services, 1) if s.latitude is not None and s.longitude is not None]
    if not placed:
        return None
    spots = [(s.latitude or 0.0, s.longitude or 0.0) for _number, s in placed] + (
        [(near.latitude, near.longitude)] if near else []
    )
    south, north = min(lat for lat, _lon in spots), max(lat for lat, _lon in spots)
    west, east = min(lon for _lat, lon in spots), max(lon for _lat, lon in spots)
    middle_lat, middle_lon = (south + north) / 2, (west + east) / 2
    narrow = math.cos(math.radians(middle_lat))
    stretch = max(north - south, (east - west) * narrow, LEAST_DEGREES)
    scale = (SIDE - 2 * MARGIN) / stretch

    def at(latitude: float, longitude: float) -> tuple[int, int]:
        return round(SIDE / 2 + (longitude - middle_lon) * narrow * scale), round(
            SIDE / 2 - (latitude - middle_lat) * scale
        )

    shared: dict[tuple[int, int], list[tuple[int, HealthcareService]]] = {}
    for number, service in placed:
        x, y = at(service.latitude or 0.0, service.longitude or 0.0)
        spot = next((known for known in shared if abs(known[0] - x) < 16 and abs(known[1] - y) < 16), (x, y))
        shared.setdefault(spot, []).append((number, service))
    points = [
        Point(
            x,
            y,
            ", ".join(f"{number} {service.name}" for number, service in here),
            _numbers([n for n, _s in here]),
            here[0][1].pk,
        )
        for (x, y), here in shared.items()
    ]
    reach = stretch / 2 + MARGIN / scale
    around = (
        Postcode.objects.order_by()
        .filter(
            latitude__range=(middle_lat - reach, middle_lat + reach),
            longitude__range=(middle_lon - reach / narrow, middle_lon + reach / narrow),
        )
        .values("place")
        .annotate(lat=Avg("latitude"), lon=Avg("longitude"), size=Count("digits"))
        .order_by("-size")
    )
    here = Point(*at(near.latitude, near.longitude), near.name) if near else None
    taken = [(here.x, here.y)] if here else []
    names: list[Point] = []
    for row in around[: 4 * MOST_NAMES]:
        x, y = at(row["lat"], row["lon"])
        inside = 44 < x < SIDE - 44 and 20 < y < SIDE - 10
        if inside and all(abs(other_x - x) > 70 or abs(other_y - y) > 26 for other_x, other_y in taken):
            names.append(Point(x, y, row["place"]))
            taken.append((x, y))
    return Map(points, names[:MOST_NAMES], here)


def _numbers(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}+"
