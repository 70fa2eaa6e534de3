"""How much a day: a dosage as a number that can be compared between sources, and dosage texts without their dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dossier.sources.reading import Json, as_number, dicts, first, unit_text

_PIECES = frozenset({"", "1", "stuk", "stuks", "tablet", "tabletten", "capsule", "capsules", "tabl", "caps"})
_DAYS = {"h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}
_DATES = re.compile(
    r"(vanaf|tot en met|t/m|tot|op)\s+(<[^>]*>|\d{1,2}([- ]\w+[- ]\d{4}))(,? om \d{1,2}:\d{2})?,?\s*"
    r"|gedurende \d+ \w+,?\s*|eenmalig gebruik\s*",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"(?<![\d,.])(\d+)\s*(?:x|maal|keer|dd)\s*(?:per dag|daags|p\.?d\.?)?\s*(\d+(?:[.,]\d+)?)\s*(?:x\s*)?([a-zµ]+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Daily:
    """An amount a day, from ``low`` to ``high``; pieces of whatever form have one unit. As needed it is the most a day."""

    low: float
    high: float
    unit: str
    as_needed: bool = False

    def same(self, other: Daily) -> bool:
        """Whether both say the same, apart from rounding."""
        near = abs(self.low - other.low) < 1e-6 and abs(self.high - other.high) < 1e-6
        return near and self.as_needed == other.as_needed


def daily_of(dosages: list[Json], text: str = "") -> Daily | None:
    """The amount a day of structured dosages; of a text only when nothing is structured. None when it cannot be told for
    certain: partly as needed, in steps, in cycles, or without an amount."""
    if any(_uncertain(dosage) for dosage in dosages):
        return None
    if len({_as_needed(dosage) for dosage in dosages}) > 1:
        return None
    as_needed = bool(dosages) and _as_needed(dosages[0])
    totals = [_one(dosage) for dosage in dosages]
    if totals and all(total is not None for total in totals):
        found = [total for total in totals if total is not None]
        if len({total.unit for total in found}) == 1:
            low, high = sum(total.low for total in found), sum(total.high for total in found)
            return Daily(low, high, found[0].unit, as_needed)
    if any(dicts(dosage.get("doseAndRate")) for dosage in dosages):
        return None
    return _read(text)


def _uncertain(dosage: Json) -> bool:
    repeat = first(first(dosage.get("timing")).get("repeat"))
    stepped = isinstance(dosage.get("sequence"), int) and dosage["sequence"] > 1
    bounded = any(name in repeat for name in ("boundsDuration", "boundsPeriod", "boundsRange", "dayOfWeek", "count"))
    return stepped or bounded or "modifierExtension" in dosage


def _as_needed(dosage: Json) -> bool:
    return dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage


def _one(dosage: Json) -> Daily | None:
    timing = first(first(dosage.get("timing")).get("repeat"))
    times = _times(timing)
    doses = dicts(dosage.get("doseAndRate"))
    if times is None or len(doses) != 1:
        return None
    exact = first(doses[0].get("doseQuantity"))
    span = first(doses[0].get("doseRange"))
    low = as_number(exact.get("value")) if exact else as_number(first(span.get("low")).get("value"))
    high = as_number(exact.get("value")) if exact else as_number(first(span.get("high")).get("value"))
    if low is None or high is None:
        return None
    return Daily(low * times[0], high * times[1], unit_of(unit_text(exact or first(span.get("high")))))


def _times(repeat: Json) -> tuple[float, float] | None:
    if isinstance(repeat.get("timeOfDay"), list):
        return (float(len(repeat["timeOfDay"])),) * 2
    often = as_number(repeat.get("frequency"))
    if often is None and isinstance(repeat.get("when"), list):
        often = float(len(repeat["when"]))
    days = _DAYS.get(str(repeat.get("periodUnit")))
    length = as_number(repeat.get("period"))
    if often is None or days is None or not length or "periodMax" in repeat:
        return None
    return often / (length * days), (as_number(repeat.get("frequencyMax")) or often) / (length * days)


def _read(text: str) -> Daily | None:
    found = _TEXT.findall(text)
    if len(found) != 1 or not re.search(r"dag|daags|dd", text, re.IGNORECASE):
        return None
    often, amount, unit = found[0]
    total = float(often) * float(amount.replace(",", "."))
    return Daily(total, total, unit_of(unit), "zo nodig" in text.lower())


def unit_of(unit: str) -> str:
    """One word for a unit, so that a tablet and a piece count as the same."""
    unit = unit.strip().lower()
    return "stuk" if unit in _PIECES else unit


def bare(text: str) -> str:
    """A dosage text without its dates and spelling, to see whether two sources wrote the same."""
    return re.sub(r"[\s,.]+", " ", _DATES.sub("", text)).strip().lower()
