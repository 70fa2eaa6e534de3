"""Laboratory values that a pharmacist needs beside the medicines, with their course."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dossier.medication import periods
from dossier.medication.codes import ATC
from dossier.medication.lines import Line, Section


class Trend(StrEnum):
    """Where a value goes, against the one before it."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    ALONE = "alone"


@dataclass(frozen=True)
class Test:
    """A laboratory test of the list: its LOINC codes and the ground of its place on it."""

    key: str
    codes: tuple[str, ...]
    law: bool = True


TESTS = (
    Test("egfr", ("62238-1", "98979-8", "33914-3", "69405-9", "50044-7", "48642-3", "48643-1")),
    Test("creatinine", ("14682-9", "2160-0", "38483-4")),
    Test("potassium", ("2823-3", "6298-4")),
    Test("sodium", ("2951-2", "2947-0")),
    Test("inr", ("6301-6", "34714-6")),
    Test("lithium", ("14334-7", "3719-2")),
    Test("digoxin", ("14698-5", "10535-3")),
    Test("weight", ("29463-7",), law=False),
    Test("height", ("8302-2",), law=False),
)
"""What a pharmacist may ask for and a prescriber's laboratory must give: creatinine, sodium, potassium, PT-INR, pharmacogenetic
parameters and levels of medicines with a narrow therapeutic range (Regeling Geneesmiddelenwet art. 6.10; Stcrt. 2011, 22913;
Geneesmiddelenwet art. 66a). Weight and height go along with a prescription (MP9, sending a medication prescription)."""
NEEDED = ("egfr", "creatinine", "potassium", "sodium")
"""Those whose absence is said, because nearly every medicine asks for one of them."""
WATCHED = {
    "inr": ("B01AA", ("acenocoumarol", "fenprocoumon")),
    "lithium": ("N05AN", ("lithium",)),
    "digoxin": ("C01AA", ("digoxine",)),
}
"""Those whose absence is said while a medicine runs that is dosed by it: its ATC group, and how it is called without a code."""
BY_CODE = {code: test for test in TESTS for code in test.codes}
FLAT = 0.05
"""A change of less than a twentieth of the value is no change worth a word."""
EGFR_ABNORMAL = 50
"""Below this, in ml/min/1,73 m², a prescriber must tell the pharmacist without being asked (Regeling Geneesmiddelenwet)."""


@dataclass(frozen=True)
class Result:
    """One measured value: ``on`` a FHIR date, ``code`` as ``system|code`` or bare."""

    code: str
    on: str
    value: float | None
    unit: str
    text: str
    interpretation: str = ""
    reference: str = ""
    source: str = ""


@dataclass(frozen=True)
class Lab:
    """A test with its newest value, and its course in the same unit, oldest first."""

    test: Test
    newest: Result
    course: tuple[Result, ...]
    trend: Trend
    abnormal: bool
    old: bool

    @property
    def points(self) -> list[tuple[str, float]]:
        """The course as days and numbers, to draw."""
        return [(one.on, one.value) for one in self.course if one.value is not None]


def labs_of(results: Iterable[Result], today: str, *, months: int = 12) -> list[Lab]:
    """Per test of the list the newest value and its course, of all sources together; older than a year is marked as old.

    Values in another unit stay out of the course; they are not recalculated. The same value of the same moment from two
    sources counts once.
    """
    found: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        test = BY_CODE.get(one.code.rsplit("|", 1)[-1])
        if test is not None:
            found[test.key].append(one)
    return [_lab(test, found[test.key], today, months) for test in TESTS if found[test.key]]


def missing_of(labs: Sequence[Lab], lines: Iterable[Line] = ()) -> list[Test]:
    """The tests of which no value is known while it is needed: those of nearly every medicine, and those by which one of
    these ``lines`` that has not ended is dosed."""
    known = {lab.test.key for lab in labs}
    # Kidney function is known by either of its two tests.
    either = {"egfr", "creatinine"} if known & {"egfr", "creatinine"} else set()
    running = [line for line in lines if line.section not in (Section.STOPPED, Section.EARLIER)]
    needed = {*NEEDED, *(key for key, medicine in WATCHED.items() if any(_is(line, *medicine) for line in running))}
    return [test for test in TESTS if test.key in needed - known - either]


def _is(line: Line, group: str, names: tuple[str, ...]) -> bool:
    codes = {code for block in line.blocks for code in block.codes}
    return any(code.startswith(f"{ATC}|{group}") for code in codes) or line.product.lower().startswith(names)


def _lab(test: Test, found: list[Result], today: str, months: int) -> Lab:
    ordered = sorted(found, key=lambda one: (one.on, one.source))
    newest = ordered[-1]
    course: dict[tuple[str, float | None], Result] = {}
    for one in ordered:
        if (
            one.value is not None
            and one.unit == newest.unit
            and one.code.rsplit("|", 1)[-1] == newest.code.rsplit("|", 1)[-1]
        ):
            course.setdefault((one.on[:16], one.value), one)
    values = [one.value for one in course.values() if one.value is not None]
    limit, measured = periods.moment(today), periods.moment(newest.on)
    old = bool(limit and measured and measured < periods.add_months(limit, -months))
    return Lab(test, newest, tuple(course.values()), _trend(values), _abnormal(test, newest), old)


def _trend(values: Sequence[float]) -> Trend:
    if len(values) < 2:
        return Trend.ALONE
    before, now = values[-2], values[-1]
    if abs(now - before) <= FLAT * max(abs(before), abs(now)):
        return Trend.SAME
    return Trend.UP if now > before else Trend.DOWN


def _abnormal(test: Test, newest: Result) -> bool:
    if test.key == "egfr" and newest.value is not None:
        return newest.value < EGFR_ABNORMAL
    return bool(newest.interpretation) and newest.interpretation.lower() not in ("normaal", "negatief")
