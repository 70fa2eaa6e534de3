"""One line of the medication overview: where a treatment stands now, how it is dosed, and what must stand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dossier.medication import periods
from dossier.medication.blocks import ENDED_STATUSES, HELD_STATUSES, Block
from dossier.medication.codes import AGREEMENTS, Kind, Stop, Use
from dossier.medication.course import FIRST, Course, Leg, course_of, ended_on
from dossier.medication.doses import bare
from dossier.medication.treatments import Treatment

RECENT_MONTHS = 2
"""How long a medicine that ended still counts as recently stopped (convention of the national exchange point)."""


class Section(StrEnum):
    """Where a treatment stands, in the order in which it is shown."""

    CURRENT = "current"
    FUTURE = "future"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    UNCLEAR = "unclear"
    EARLIER = "earlier"


@dataclass(frozen=True)
class Note:
    """Something that must stand beside a line: a word of :data:`dossier.medication.words.NOTES` with its values.

    ``loud`` is what the reader may not miss.
    """

    word: str
    about: tuple[tuple[str, str], ...] = ()
    loud: bool = False


@dataclass(frozen=True)
class Dose:
    """A dosage as the source rendered it, with the block that says so; ``leads`` is the one to go by."""

    block: Block
    leads: bool

    @property
    def text(self) -> str:
        return self.block.dosage


@dataclass
class Line:
    """One treatment on the overview; all its blocks stand in ``blocks``, those that no longer count in ``superseded``.

    ``since`` and ``until`` are FHIR dates. ``uses`` tells what is said about the use, newest first; ``deviates`` which of
    them differ from what was agreed.
    """

    treatment: Treatment
    section: Section
    product: str
    lead: Block
    doses: list[Dose] = field(default_factory=list)
    since: str = ""
    until: str = ""
    upcoming: list[tuple[str, Block]] = field(default_factory=list)
    resumes: str = ""
    stop: Stop = Stop.NONE
    stopped_by: Block | None = None
    reason: str = ""
    prescriber: str = ""
    supplier: str = ""
    uses: list[Block] = field(default_factory=list)
    deviates: list[Block] = field(default_factory=list)
    supply: Block | None = None
    notes: list[Note] = field(default_factory=list)
    superseded: list[Block] = field(default_factory=list)
    as_needed: bool = False

    @property
    def key(self) -> str:
        return self.treatment.key

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.treatment.blocks

    @property
    def origins(self) -> list[tuple[str, str]]:
        """From whom this is and of when: the sources of what counts now, each with its newest date."""
        speaking = [self.lead, *(dose.block for dose in self.doses), *self.uses, *(b for _on, b in self.upcoming)]
        speaking += [self.stopped_by] if self.stopped_by else []
        found: dict[str, str] = {}
        for block in sorted(speaking, key=lambda block: block.at or FIRST):
            found[block.source] = block.on or found.get(block.source, "")
        return sorted(found.items())

    @property
    def sources(self) -> list[str]:
        """The sources that know of it, in order of name."""
        return sorted({block.source for block in self.blocks})

    @property
    def loud(self) -> bool:
        """Whether something stands beside it that may not be missed."""
        return bool(self.deviates) or any(note.loud for note in self.notes)

    @property
    def leading(self) -> Block:
        """The block whose dosage is to be gone by; the treatment's own when no dosage is known."""
        return next((dose.block for dose in self.doses if dose.leads), self.lead)


@dataclass
class _Case:
    treatment: Treatment
    now: datetime
    courses: dict[Kind, Course]
    uses: list[Block]
    rest: list[Block]
    errors: list[Block]


def line_of(treatment: Treatment, now: datetime) -> Line:
    """Where a treatment stands at a moment, by period and stop type, never by status."""
    valid = [block for block in treatment.blocks if not block.in_error]
    case = _Case(
        treatment,
        now,
        {kind: course_of([block for block in valid if block.kind == kind]) for kind in AGREEMENTS},
        sorted((b for b in valid if b.kind == Kind.MGB), key=lambda block: block.at or FIRST, reverse=True),
        [block for block in valid if block.kind not in (*AGREEMENTS, Kind.MGB)],
        [block for block in treatment.blocks if block.in_error],
    )
    line = _agreed(case) or _used(case) or _supplied(case)
    _complete(line, case)
    return line


def _agreed(case: _Case) -> Line | None:
    """The line of a treatment with agreements: the medication agreement decides, else the administration agreement."""
    for kind in (Kind.MA, Kind.TA, Kind.WDS):
        course = case.courses[kind]
        if not course.legs:
            continue
        line = _placed(case, course)
        beside = {Kind.MA: (Kind.WDS, Kind.TA), Kind.TA: (Kind.WDS,)}.get(kind, ())
        if beside:
            _beside(line, case, beside)
        return line
    return None


def _placed(case: _Case, course: Course) -> Line:
    now, coming, past = course.now(case.now), course.next(case.now), course.past(case.now)
    if now:
        line = _start(case, Section.CURRENT, now)
        line.upcoming = [(leg.block.start, leg.block) for leg in coming]
        if now[0].end is not None and not coming:
            line.until = now[0].block.end if now[0].ended_by is None and now[0].block.end else ended_on(now[0])
            line.stop, line.stopped_by = now[0].stop, now[0].ended_by
        if len({leg.block.product for leg in now}) > 1:
            line.notes.append(Note("side_by_side", (("n", str(len(now))),), loud=True))
    elif past and past[0].stop == Stop.SUSPENDED and not past[0].void:
        line = _start(case, Section.SUSPENDED, past[:1])
        line.until = ended_on(past[0])
        line.stop, line.stopped_by = Stop.SUSPENDED, past[0].ended_by
        again = periods.first_day(past[0].resumes)
        line.resumes = again or (coming[0].block.start if coming else "")
        line.upcoming = [(leg.block.start, leg.block) for leg in coming]
        if past[0].resumes is not None and past[0].resumes <= case.now:
            line.notes.append(Note("resume_passed", (("day", again),), loud=True))
    elif coming:
        line = _start(case, Section.FUTURE, coming[:1])
        line.upcoming = [(leg.block.start, leg.block) for leg in coming[1:]]
        if coming[0].block.condition:
            line.notes.append(Note("condition", (("text", coming[0].block.condition),), loud=True))
    elif past and not course.doubtful:
        line = _start(case, _ended(past[0].end or past[0].block.at, case.now), past[:1])
        line.until = "" if past[0].void else ended_on(past[0])
        line.stop, line.stopped_by = past[0].stop, past[0].ended_by
    else:
        line = _start(case, Section.UNCLEAR, course.doubtful or course.legs)
        line.notes += [Note(word, loud=True) for leg in course.doubtful for word in leg.doubts]
    if line.section != Section.UNCLEAR:
        line.notes += [Note(f"also_{word}", loud=True) for leg in course.doubtful for word in leg.doubts]
    line.superseded = [*course.set_aside, *(leg.block for leg in past if leg.block is not line.lead)]
    return line


def _ended(at: datetime | None, now: datetime) -> Section:
    return Section.EARLIER if at is not None and at < periods.add_months(now, -RECENT_MONTHS) else Section.STOPPED


def _start(case: _Case, section: Section, legs: Sequence[Leg]) -> Line:
    """A line for the newest of these legs, dosed by what holds beside it: a schedule before the pharmacy before the prescriber."""
    lead = legs[0].block
    line = Line(case.treatment, section, lead.product, lead)
    line.since = lead.start or (lead.on if legs[0].assumed_start else "")
    if legs[0].assumed_start:
        line.notes.append(Note("assumed_start"))
    line.doses = [Dose(leg.block, leads=True) for leg in legs if leg.block.dosage]
    return line


def _beside(line: Line, case: _Case, kinds: tuple[Kind, ...]) -> None:
    """What thrombosis service and pharmacy say beside the agreement that decides: whose dosage leads, and where they differ."""
    if line.section == Section.CURRENT:
        _lead_by(line, [leg for kind in kinds for leg in case.courses[kind].now(case.now)])
        _scheduled(line, case)
    if Kind.TA in kinds:
        _dispensed(line, case)
    for course in (case.courses[kind] for kind in kinds):
        line.upcoming += [(leg.block.start, leg.block) for leg in course.next(case.now)]
        line.superseded += [*course.set_aside, *(leg.block for leg in course.past(case.now))]
        line.notes += [Note(f"also_{word}", loud=True) for leg in course.doubtful for word in leg.doubts]


def _scheduled(line: Line, case: _Case) -> None:
    schedule = case.courses[Kind.WDS]
    if schedule.legs and not schedule.now(case.now):
        last = schedule.past(case.now)
        line.notes.append(Note("schedule_over", (("day", ended_on(last[0]) if last else ""),), loud=True))


def _dispensed(line: Line, case: _Case) -> None:
    given = case.courses[Kind.TA]
    administered = given.now(case.now)
    if line.section == Section.CURRENT and administered:
        line.product = administered[0].block.product or line.product
        _differs(line, administered[0].block)
    elif line.section == Section.CURRENT:
        stopped = [leg for leg in given.past(case.now) if leg.stop and not leg.void]
        if stopped and not given.next(case.now):
            line.notes.append(Note("pharmacy_stopped", (("day", ended_on(stopped[0])),), loud=True))
    elif administered and line.section in (Section.SUSPENDED, Section.STOPPED, Section.EARLIER):
        by = administered[0].block
        line.notes.append(Note("pharmacy_goes_on", (("source", by.source), ("text", by.dosage)), loud=True))
        line.doses.append(Dose(by, leads=False))
        # Stopped long ago and still given: nobody can say from here whether it is used.
        line.section = Section.UNCLEAR if line.section == Section.EARLIER else line.section


def _lead_by(line: Line, legs: Sequence[Leg]) -> None:
    """The first that speaks for each product leads; what it leads over stays readable beside it."""
    shown: list[Dose] = []
    led: set[str] = set()
    agreed = [dose.block for dose in line.doses]
    for block in [*(leg.block for leg in legs), *agreed]:
        if not block.dosage:
            continue
        names = set(block.names) | {name for one in agreed if set(block.based_on) & set(one.own) for name in one.names}
        one_product = len({one.product for one in agreed}) < 2
        leads = not led if one_product else not (names & led)
        shown.append(Dose(block, leads))
        led |= names or {block.ref}
    line.doses = shown


def _differs(line: Line, by: Block) -> None:
    if line.lead.daily and by.daily and by.daily.unit == line.lead.daily.unit and not by.daily.same(line.lead.daily):
        line.notes.append(Note("pharmacy_differs", (("text", line.lead.dosage),), loud=True))
    if by.product and line.lead.product and not by.names & line.lead.names:
        line.notes.append(Note("delivered_as", (("product", line.lead.product),)))


def _used(case: _Case) -> Line | None:
    """The line of a treatment of which only the use is known: self-care, or what a home carer wrote down."""
    if not case.uses:
        return None
    last = case.uses[0]
    leg = Leg(last, last.span.start, last.span.end, doubts=list(last.doubts))
    if leg.start is None and leg.end is None:
        leg.start, leg.assumed_start = last.at, True
        leg.doubts += [] if leg.start else ["no_period"]
    section = Section.UNCLEAR
    if not leg.doubts and last.use == Use.ON_HOLD:
        section = Section.SUSPENDED
    elif not leg.doubts and last.use == Use.NO:
        section = _ended(leg.end or last.at or leg.start, case.now)
    elif not leg.doubts and leg.end is not None and leg.end <= case.now:
        section = _ended(leg.end, case.now)
    elif not leg.doubts:
        section = Section.FUTURE if leg.comes(case.now) else Section.CURRENT
    line = _start(case, section, [leg])
    line.until = last.end or ended_on(leg)
    line.notes += [Note(word, loud=True) for word in leg.doubts]
    line.notes.append(Note("only_use"))
    if last.use == Use.UNSAID and section == Section.CURRENT:
        line.notes.append(Note("use_unsaid"))
    return line


def _supplied(case: _Case) -> Line:
    """The line of what has no agreement and no use: a supply, a request for one, an administration, or an error."""
    known = sorted(case.rest or case.errors, key=lambda block: block.at or FIRST, reverse=True)
    last = known[0]
    until = last.at
    if last.at is not None and last.lasts_days is not None:
        until = periods.after(last.at, last.lasts_days, "d")
    gone = until is None or until < periods.add_months(case.now, -RECENT_MONTHS)
    section = Section.EARLIER if gone and until is not None and last.kind != Kind.OTHER else Section.UNCLEAR
    line = Line(case.treatment, section, last.product, last)
    line.doses = [Dose(last, leads=True)] if last.dosage else []
    word = {Kind.MVE: "only_supply", Kind.VV: "only_request", Kind.MTD: "only_administration"}.get(
        last.kind, "no_block"
    )
    line.notes.append(Note("in_error" if not case.rest else word, loud=True))
    line.notes += [Note(doubt, loud=True) for doubt in last.doubts if doubt != word]
    return line


def _complete(line: Line, case: _Case) -> None:
    """Who, why, the use, the last supply, and what the source says against it."""
    lead = line.lead
    agreed = sorted((b for b in line.blocks if b.kind == Kind.MA), key=lambda b: b.at or FIRST, reverse=True)
    line.prescriber = lead.prescriber or next(
        (b.prescriber for b in (*agreed, *case.uses, *case.rest) if b.prescriber), ""
    )
    line.supplier = next((dose.block.supplier for dose in line.doses if dose.block.kind == Kind.TA), "")
    line.reason = (
        lead.reason
        or next((b.reason for b in agreed if b.reason), "")
        or next((b.reason for b in case.uses if b.reason), "")
    )
    line.product = line.product or next((b.product for b in line.blocks if b.product), "")
    supplies = [b for b in case.rest if b.kind == Kind.MVE]
    line.supply = max(supplies, key=lambda block: block.at or FIRST, default=None)
    line.as_needed = "zo nodig" in line.leading.dosage.lower()
    line.uses = _newest_per_source(case.uses)
    line.deviates = [use for use in line.uses if _deviates(use, line, case.now)]
    if line.deviates and line.section == Section.EARLIER:
        line.section = Section.UNCLEAR
    if case.errors and case.rest + case.uses + agreed:
        line.notes.append(Note("some_in_error", (("n", str(len(case.errors))),)))
    if line.section == Section.CURRENT and lead.kind != Kind.MGB and lead.status in ENDED_STATUSES | HELD_STATUSES:
        line.notes.append(Note("status_denies", (("status", lead.status),), loud=True))
    for block in dict.fromkeys([lead, *(dose.block for dose in line.doses)]):
        line.notes += [Note("source_says", (("text", text),), loud=True) for text in block.warnings]
    line.notes = list(dict.fromkeys(line.notes))
    line.superseded = list(dict.fromkeys(line.superseded))


def _newest_per_source(uses: Sequence[Block]) -> list[Block]:
    found: dict[tuple[str, bool], Block] = {}
    for use in uses:
        found.setdefault((use.source, use.by_patient), use)
    return list(found.values())


def _deviates(use: Block, line: Line, now: datetime) -> bool:
    """Whether the person uses it otherwise than agreed: said so, not used while agreed, or another amount a day."""
    if use is line.lead or line.lead.kind == Kind.MGB:
        return False
    if use.as_agreed is not None:
        return not use.as_agreed
    if use.use in (Use.NO, Use.ON_HOLD):
        return line.section == Section.CURRENT
    over = use.span.end is not None and use.span.end <= now
    if over or use.use != Use.YES:
        return False
    if line.section in (Section.STOPPED, Section.EARLIER, Section.SUSPENDED):
        stopped = periods.moment(line.until, last=True)
        return use.at is not None and stopped is not None and use.at > stopped
    agreed = line.leading.daily
    if use.daily and agreed and use.daily.unit == agreed.unit:
        return not use.daily.same(agreed)
    return False


def same_text(one: Block, other: Block) -> bool:
    """Whether two sources wrote the same dosage, dates apart."""
    return bare(one.dosage) == bare(other.dosage)
