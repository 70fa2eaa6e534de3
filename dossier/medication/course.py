"""How agreements of one kind follow each other within a treatment: what replaces, stops, suspends and resumes what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dossier.medication import periods
from dossier.medication.blocks import ENDED_STATUSES, HELD_STATUSES, Block
from dossier.medication.codes import Stop

FIRST = datetime(1, 1, 2, tzinfo=UTC)


@dataclass
class Leg:
    """The stretch of time in which one agreement holds, after all that came later has had its say.

    ``stop`` tells how it was ended, if it was; ``ended_by`` by which block; ``resumes`` when the source gave an end to a
    suspension. ``void`` is an agreement that was never in force. ``orphan`` is a stop of which the agreement is not known.
    """

    block: Block
    start: datetime | None
    end: datetime | None
    stop: Stop = Stop.NONE
    ended_by: Block | None = None
    resumes: datetime | None = None
    void: bool = False
    orphan: bool = False
    doubts: list[str] = field(default_factory=list)
    assumed_start: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        began = self.start is None or self.start <= now
        return not self.void and not self.doubts and began and (self.end is None or self.end > now)

    def comes(self, now: datetime) -> bool:
        """Whether it is still to begin."""
        later = self.start is not None and self.start > now
        return not self.void and not self.doubts and (later or (self.start is None and bool(self.block.condition)))


@dataclass
class Course:
    """The legs of all agreements of one kind, oldest first; ``set_aside`` were replaced or say the same as another."""

    legs: list[Leg] = field(default_factory=list)
    set_aside: list[Block] = field(default_factory=list)

    def now(self, now: datetime) -> list[Leg]:
        """What is in force, newest agreement first."""
        return [leg for leg in reversed(self.legs) if leg.holds(now) and not _conditional(leg)]

    def next(self, now: datetime) -> list[Leg]:
        """What is still to begin, first to come first."""
        coming = [leg for leg in self.legs if leg.comes(now)]
        return sorted(coming, key=lambda leg: leg.start or datetime.max.replace(tzinfo=UTC))

    def past(self, now: datetime) -> list[Leg]:
        """What has ended, last to end first."""
        ended = [leg for leg in self.legs if not leg.doubts and (leg.void or (leg.end is not None and leg.end <= now))]
        return sorted(ended, key=lambda leg: (not leg.void, leg.end or FIRST), reverse=True)

    @property
    def doubtful(self) -> list[Leg]:
        """What cannot be placed in time."""
        return [leg for leg in self.legs if leg.doubts]


def _conditional(leg: Leg) -> bool:
    return leg.start is None and bool(leg.block.condition)


def course_of(blocks: Sequence[Block]) -> Course:
    """The course of the agreements of one kind in one treatment.

    A later agreement replaces an earlier one from its own start: the one it refers to, or one for the same product. Another
    product without a reference runs beside it. A stop ends what it refers to, or all that was agreed before it (Nictiz, MP9 3.0
    workflow of agreements: a stop carries the period of what it stops, ended at the moment of stopping).
    """
    ordered = sorted(blocks, key=lambda block: (block.at or block.span.start or FIRST, block.registered, block.ref))
    course = Course()
    plain = _leading([block for block in ordered if not block.stop], course)
    stops = _leading([block for block in ordered if block.stop], course)
    course.legs = [_leg(block) for block in plain]
    _replace(course)
    products = {name for leg in course.legs for name in leg.block.names}
    for stop in stops:
        _end(stop, course, many=len({leg.block.product for leg in course.legs}) > 1, products=products)
    return course


def _leading(blocks: list[Block], course: Course) -> list[Block]:
    """Of blocks with the same number (a copy, a correction) the one registered last, copies after originals."""
    kept: list[Block] = []
    for block in blocks:
        same = next((one for one in kept if set(one.own) & set(block.own)), None)
        if same is None:
            kept.append(block)
            continue
        newer = block.copy <= same.copy and (block.at or FIRST) >= (same.at or FIRST)
        course.set_aside.append(same if newer else block)
        if newer:
            kept[kept.index(same)] = block
    return kept


def _leg(block: Block) -> Leg:
    span = block.span
    leg = Leg(block, span.start, span.end, doubts=list(block.doubts))
    if span.void:
        leg.doubts.append("ends_before_start")
    if leg.start is None and leg.end is None and not block.condition:
        leg.start, leg.assumed_start = block.at, True
        if leg.start is None:
            leg.doubts.append("no_period")
        elif block.status in ENDED_STATUSES | HELD_STATUSES:
            leg.doubts.append("no_period_ended")
    return leg


def _replace(course: Course) -> None:
    for later_place, later in enumerate(course.legs):
        for earlier in course.legs[:later_place]:
            explicit = bool(set(later.block.replaces) & set(earlier.block.own))
            if not explicit and not (later.block.names & earlier.block.names and _after(later.block, earlier.block)):
                continue
            if later.doubts or (later.start is None and later.block.condition):
                continue
            _cut(earlier, later.start, later.block)
    done = [leg for leg in course.legs if leg.void]
    course.set_aside += [leg.block for leg in done]
    course.legs = [leg for leg in course.legs if not leg.void]


def _after(later: Block, earlier: Block) -> bool:
    """Whether one was agreed after the other; two of the same moment run beside each other."""
    return (later.at or FIRST) > (earlier.at or FIRST)


def _cut(leg: Leg, at: datetime | None, by: Block) -> None:
    """End a leg where its successor begins; one that would end before it began never counted."""
    if at is None or (leg.start is not None and at <= leg.start):
        leg.void, leg.ended_by = True, by
    elif leg.end is None or leg.end > at:
        leg.end, leg.ended_by = at, by


def _end(stop: Block, course: Course, *, many: bool, products: set[str]) -> None:
    named = [leg for leg in course.legs if set(stop.replaces + stop.based_on) & set(leg.block.own)]
    targets = named or [
        leg
        for leg in course.legs
        if not leg.orphan
        and _known_to(stop, leg)
        and (not many or not stop.names & products or stop.names & leg.block.names)
    ]
    if stop.doubts and stop.stop == Stop.UNKNOWN:
        for leg in targets:
            leg.doubts.append("unknown_stop")
    if not targets:
        course.legs.append(_orphan(stop))
        return
    course.set_aside.append(stop)
    for leg in targets:
        _end_one(stop, leg)


def _known_to(stop: Block, leg: Leg) -> bool:
    """Whether a stop that names nothing is about this agreement: agreed before it, or together with it and already begun."""
    agreed, stopped = leg.block.at or FIRST, stop.at or FIRST
    moment = _moment(stop, leg)[0]
    begun = leg.start is None or moment is None or leg.start < moment
    return agreed < stopped or (agreed == stopped and begun)


def _end_one(stop: Block, leg: Leg) -> None:
    at, resumes = _moment(stop, leg)
    if at is None:
        leg.doubts.append("no_stop_moment")
        return
    if stop.stop == Stop.CANCELLED or (leg.start is not None and at <= leg.start):
        leg.void, leg.stop, leg.ended_by, leg.end = True, Stop.CANCELLED, stop, at
        return
    if leg.end is None or at <= leg.end or leg.ended_by is None:
        leg.end = at if leg.end is None else min(leg.end, at)
        leg.stop, leg.ended_by, leg.resumes = stop.stop, stop, resumes


def _moment(stop: Block, leg: Leg) -> tuple[datetime | None, datetime | None]:
    """When a stop takes effect, and when a suspension of older form ends.

    MP9 2.0 and 3.0: the stop repeats the start of what it stops, and its end is the moment. Older: its start is the moment,
    and the end of a suspension the day on which use is resumed.
    """
    span = stop.span
    if span.start is None:
        return (stop.at if span.end is None else span.end), None
    repeats = leg.start is None or abs(span.start - leg.start) < timedelta(days=1)
    if span.end is not None and (repeats or span.void):
        return span.end, None
    return span.start, span.end if stop.stop == Stop.SUSPENDED else None


def _orphan(stop: Block) -> Leg:
    """A stop of which the agreement itself is not known: it held until the stop."""
    span = stop.span
    leg = Leg(
        stop, span.start, span.end if span.end is not None else span.start, orphan=True, stop=stop.stop, ended_by=stop
    )
    if leg.end is None:
        leg.end = stop.at
    leg.doubts = list(stop.doubts)
    leg.void = stop.stop == Stop.CANCELLED or (span.void and span.end is not None)
    if leg.end is None and not leg.void:
        leg.doubts.append("no_stop_moment")
    if span.end is None and span.start is not None:
        leg.start = None
    return leg


def ended_on(leg: Leg) -> str:
    """The last day on which it held, as people read it."""
    return periods.last_day(leg.end)
