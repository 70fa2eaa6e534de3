"""One referral of the made-up region on its way, and how it stands in the tables: thread, letter, rounds, relation, work."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from referrals.moves import ONGOING_DAYS, Outcome, Status, Verb
from referrals.terms import level_of
from region.generate.appointments import meet
from region.generate.chain import assign
from region.generate.citizens import relate
from region.generate.journeys import enrol
from region.generate.letters import advice, afterwards, letter, supplement
from region.generate.own import answered, is_own, talk
from region.generate.talks import explore
from region.generate.telling import on_paper, still_to_tell
from region.generate.world import Citizen, Member, Service, World

LETTERS_KEPT_DAYS = 200
"""How far back the letters of the history go; older ones are counted only."""
NOTES = {
    "no_capacity": "Wij hebben de komende drie maanden geen plek.",
    "not_eligible": "Valt buiten onze voorwaarden.",
    "cannot_deliver": "Deze vraag past beter bij een andere aanbieder.",
    "not_reachable": "Driemaal gebeld en een brief gestuurd.",
    "otherwise": "In overleg ingetrokken.",
}
ASKED = (
    "Is dit al met de inwoner besproken?",
    "Welke medicijnen worden nu gebruikt?",
    "Is er een recent verslag?",
    "Is er al andere hulp in huis?",
)


@dataclass(slots=True)
class Asking:
    """One referral on its way: who asks whom for which citizen, and when which step was taken.

    ``system`` is the organisation whose steps its own software takes.
    """

    who: Citizen
    service: Service
    sender: Member
    receiver: Member
    sent: datetime
    urgency: str = "routine"
    letter: str = ""
    wish: str = ""
    status: str = Status.REQUESTED
    accepted: datetime | None = None
    started: datetime | None = None
    closed: datetime | None = None
    settled: datetime | None = None
    planned: datetime | None = None
    due: datetime | None = None
    rejection: str = ""
    outcome: str = ""
    asked: datetime | None = None
    picked: datetime | None = None
    rounds: list[tuple[Service, str, datetime, datetime]] = field(default_factory=list)
    then: list[Service] = field(default_factory=list)
    entered_by: Member | None = None
    letter_due: datetime | None = None
    notice: str = ""
    responsible: str = ""
    based_on: int | None = None
    origin: str = "sent"
    advice: tuple[str, str] | None = None
    own: bool = False
    system: int | None = None
    channel: str = "portal"
    to_tell: list[tuple[str, Member, datetime]] = field(default_factory=list)
    steps: list[tuple[str, str, Member, str, datetime]] = field(default_factory=list)

    def step(self, verb: str, status: str, by: Member, at: datetime, note: str = "") -> None:
        """Take a step."""
        self.status = status
        self.steps.append((verb, status, by, note, at))

    def turn(self, service: Service, receiver: Member, at: datetime) -> None:
        """Another receiver is asked from this moment on, because the one before said no."""
        self.rounds.append((self.service, self.rejection, self.asked or self.sent, at))
        self.service, self.receiver, self.asked = service, receiver, at
        self.status, self.rejection = Status.REQUESTED, ""


def write(world: World, a: Asking) -> int:
    """Put one referral into its tables, with the relation that acceptance brought and the work that waits."""
    load, who = world.load, a.who
    number = load.number("referrals_referral")
    afterwards(world, a, number)
    if is_own(a, number):
        a.own, a.origin = True, "self"
    on_paper(world, a)
    age = (a.sent.date() - who.born).days // 365
    load.put(
        "referrals_referral",
        id=number,
        number=f"V-{a.sent:%y}-{number:06d}",
        patient_id=who.id,
        service_id=a.service.id,
        origin=a.origin,
        sending_organisation_id=a.sender.place.id if a.origin in {"sent", "system"} else None,
        receiving_organisation_id=a.service.place.id,
        sender_id=a.sender.user if a.origin == "sent" else None,
        entered_by_id=a.receiver.user if a.origin == "walk_in" else a.entered_by.user if a.entered_by else None,
        receiver_id=_user_of(a, a.receiver) if a.accepted or a.picked else None,
        picked_up_at=a.picked,
        asked_at=a.asked,
        round=len(a.rounds) + 1,
        left_out=0,
        ask_reason=_asked(a.steps[-1][3]) if a.status == Status.ASKED_BACK else "",
        status=a.status,
        urgency=a.urgency,
        sensitivity=a.service.sensitivity,
        age=age,
        gender=who.gender,
        municipality=who.area.municipality,
        responsible=a.responsible,
        notice=a.notice,
        rejection_reason=a.rejection,
        outcome=a.outcome,
        sent_at=a.sent,
        accepted_at=a.accepted,
        started_at=a.started,
        closed_at=a.closed,
        settled_at=a.settled,
        due=a.due,
        letter_due=a.letter_due,
        channel=a.channel,
        based_on_id=a.based_on,
        level=int(level_of(a.due, a.urgency, world.now)) if a.due else 0,
    )
    added = added_advice = None
    for verb, status, by, note, at in a.steps:
        step = load.number("referrals_step")
        added = step if verb == Verb.SUPPLEMENT else added
        added_advice = step if verb == Verb.ADVISE else added_advice
        load.put(
            "referrals_step",
            id=step,
            referral_id=number,
            patient_id=who.id,
            verb=verb,
            status=status,
            party="citizen" if a.own and by is a.sender else "system" if by.place.id == a.system else "organisation",
            organisation_id=None if a.own and by is a.sender else by.place.id,
            user_id=None if a.own and by is a.sender else _user_of(a, by),
            note="" if verb == Verb.TELL else "Ja, dat klopt." if a.own and verb == Verb.ANSWER else note,
            at=at,
            round=1 + sum(ended < at for _service, _reason, _asked_at, ended in a.rounds),
            code="walk_in"
            if a.origin == "walk_in" and verb == Verb.SEND
            else _asked(note)
            if verb == Verb.ASK
            else _why(note)
            if verb == Verb.REJECT
            else note
            if verb == Verb.TELL
            else "",
        )
    talk(world, a, number)
    _rounds(world, a, number)
    if (world.now - a.sent).days < LETTERS_KEPT_DAYS or a.status in (
        Status.REQUESTED,
        Status.ASKED_BACK,
        Status.ACCEPTED,
    ):
        letter(world, a, number)
        answered(world, a, number)
        if added:
            supplement(world, a, number, added)
    if a.advice and added_advice:
        advice(world, a, number, added_advice)
    if a.planned:
        meet(world, a, number)
    explore(world, a, number)
    assign(world, a, number, f"V-{a.sent:%y}-{number:06d}")
    _relation(world, a, number)
    enrol(world, a, number)
    _work(world, a, number)
    still_to_tell(world, a, number)
    world.log.referral(number, a)
    return number


def _user_of(a: Asking, by: Member) -> int | None:
    """The account of a person; a system acts in nobody's name."""
    return None if by.place.id == a.system else by.user


def _asked(note: str) -> str:
    return "question" if note == ASKED[0] else "incomplete"


def _why(note: str) -> str:
    return next((reason for reason, words in NOTES.items() if words == note), "otherwise")


def _rounds(world: World, a: Asking, number: int) -> None:
    """Who was asked before, who is asked now and who is asked next; nothing where there is one receiver."""
    if not a.rounds and not a.then:
        return
    rows = [(service, "rejected", reason, asked, ended) for service, reason, asked, ended in a.rounds]
    rows.append((a.service, "current", "", a.asked or a.sent, None))  # type: ignore[arg-type]
    rows += [(service, "waiting", "", None, None) for service in a.then]
    for position, (service, status, reason, asked, ended) in enumerate(rows, start=1):
        world.load.put(
            "referrals_round",
            id=world.load.number("referrals_round"),
            referral_id=number,
            patient_id=a.who.id,
            number=f"V-{a.sent:%y}-{number:06d}",
            position=position,
            service_id=service.id,
            organisation_id=service.place.id,
            status=status,
            reason=reason,
            asked_at=asked,
            accepted_at=None,
            started_at=None,
            ended_at=ended,
        )


def _relation(world: World, a: Asking, number: int) -> None:
    """The receiver cares for the citizen from accepting until the end; who stays in care, for a year after that."""
    if a.accepted is None:
        return
    ended = a.closed.date() if a.closed else None
    reference = f"referral:{number}"
    relate(world, a.who, a.service.place.id, a.accepted.date(), source="referral", reference=reference, ended=ended)
    if a.outcome == Outcome.ONGOING and ended:
        after = ended + timedelta(days=ONGOING_DAYS)
        relate(
            world,
            a.who,
            a.service.place.id,
            ended + timedelta(days=1),
            source="referral",
            reference=reference,
            ended=after,
        )
        if after > world.today:
            a.who.circle.setdefault(a.service.place.id, ended)


def _work(world: World, a: Asking, number: int) -> None:
    name = a.service.name
    if a.letter_due:
        title, place = f"Brief nasturen: {name}", a.sender.place.id
        work_item(
            world, "letter", "referral", number, a.who.id, place, a.sender.user, title, a.service.place.name, a.sent, a.letter_due
        )  # fmt: skip
    if a.own and a.status in {Status.ASKED_BACK, Status.REJECTED}:
        return  # it waits for the person, who has no list
    sender_name = "de inwoner zelf" if a.own else a.sender.place.name
    waits = {
        Status.REQUESTED: (
            a.service.place.id,
            a.receiver.user if a.picked else None,
            f"Zelf aangemeld: {name}" if a.own else f"Verwijzing: {name}",
            sender_name,
        ),
        Status.ASKED_BACK: (a.sender.place.id, a.sender.user, f"Vraag over verwijzing: {name}", a.service.place.name),
        Status.ACCEPTED: (a.service.place.id, a.receiver.user, f"Eerste contact: {name}", sender_name),
        Status.IN_PROGRESS: (a.service.place.id, a.receiver.user, f"Loopt, af te ronden: {name}", sender_name),
        Status.REJECTED: (a.sender.place.id, a.sender.user, f"Afgewezen, zoek verder: {name}", a.service.place.name),
    }.get(Status(a.status))
    if waits and a.due:
        place, user, title, sender = waits
        user = None if place == a.system else user
        work_item(world, "referral", "referral", number, a.who.id, place, user, title, sender, a.steps[-1][4], a.due)


def work_item(
    world: World,
    kind: str,
    subject: str,
    number: int,
    patient: int,
    place: int,
    user: int | None,
    title: str,
    sender: str,
    begun: datetime,
    due: datetime | None,
) -> None:
    """Something that waits for an organisation, or for one person in it."""
    world.load.put(
        "events_workitem",
        id=uuid.UUID(int=world.chance.getrandbits(128), version=4),
        kind=kind,
        subject_type=subject,
        subject_id=number,
        patient_id=patient,
        organisation_id=place,
        user_id=user,
        title=title[:160],
        sender=sender,
        since=begun,
        due=due,
        done_at=None,
    )
