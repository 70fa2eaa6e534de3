"""The academy of the made-up region: trainings for patients and carers, their meetings, and who has a place or waits for one."""

# ruff: noqa: E501  texts as people read them, one service in a few lines

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from random import Random
from typing import NamedTuple

from django.utils import timezone

from events.clock import working_day_from
from referrals.moves import SENSITIVITY, Outcome, Status, Verb
from referrals.moves.training import SEATS, Comes, Place, Placing
from region.generate.asking import Asking, write
from region.generate.world import UTC, Citizen, Member, Service, World
from trust.categories import Category


class Training(NamedTuple):
    """A training: where, what it is called and does, in which words people look for it, how long it takes and for how many."""

    place: str
    kind: str
    name: str
    summary: str
    needs: str
    minutes: int
    places: int


ACADEMY = (
    Training("Wijkzorg Gooi", "training_stockings", "Steunkousen aan- en uittrekken", "U leert het zelf doen, met of zonder hulpmiddel. Uw mantelzorger mag mee.", "steunkousen kousen aantrekken benen vocht mantelzorg training cursus leren", 90, 6),
    Training("Ziekenhuis De Heide", "training_injecting", "Zelf injecteren", "U leert onderhuids prikken: insuline of bloedverdunner, veilig en zonder haast.", "injecteren prikken insuline fragmin spuit naald training leren", 60, 4),
    Training("Ziekenhuis De Heide", "training_catheter", "Omgaan met een katheter", "U leert een katheter verzorgen, een zak wisselen en wat u doet als het niet loopt.", "katheter blaas zak verzorgen plassen training leren", 60, 4),
    Training("Wijkzorg Gooi", "training_eyedrops", "Oogdruppels druppelen", "U leert zelf druppelen, ook met een druppelbril.", "oogdruppels ogen staar druppelen druppelbril training leren", 45, 8),
    Training("Wijkzorg Gooi", "training_ehealth", "Digitale zorg: inloggen, beeldbellen en meten", "Stap voor stap oefenen op uw eigen telefoon of tablet.", "digitaal computer telefoon tablet inloggen digid beeldbellen portaal oefenen", 120, 10),
)  # fmt: skip
AHEAD = (6, 13, 27, 48)
PAST = (-9, -30)
MOST = 66
"""Citizens who ask for a place, of the first that are made."""


def services(world: World) -> dict[str, Service]:
    """The trainings; anybody may come by oneself or be referred."""
    made = {}
    for training in ACADEMY:
        place, number = world.place(training.place), world.load.number("square_healthcareservice")
        world.load.put(  # the columns in the order of :mod:`region.generate.offer`
            "square_healthcareservice", id=number, organisation_id=place.id, name=training.name, kind=training.kind, domain=place.domain,
            law="zvw", summary=training.summary, for_whom="Patiënten en mantelzorgers.", needs=training.needs, codes=[],
            criteria=[], minimum_age=16, maximum_age=None, languages=["nl"], cost="gratis", on_location=True,
            at_home=False, online=training.kind == "training_ehealth", municipalities=[], postcode=f"{place.area.digits}AA",
            place=place.area.place, latitude=place.area.latitude, longitude=place.area.longitude, phone=f"035-{5550000 + place.id:07d}",
            next_step="Kies een dag die u uitkomt en meld u aan.", takes_referrals=True, self_referral=True,
            open_for_new=True, stopped_until=None, stop_reason="", places=None, norm_days=None,
            process="training", questionnaire="", active=True, reviewed_on=world.today - timedelta(days=12),
            reviewed_by_id=place.members[0].user,
        )  # fmt: skip
        made[training.kind] = Service(
            number, training.name, training.kind, place, 2, 2, (), 30, 16, 120, [],
            int(SENSITIVITY.get(place.domain, Category.REFERRAL)),
        )  # fmt: skip
    return made


class Meeting:
    """One meeting on its way into its table."""

    def __init__(self, world: World, training: Training, service: Service, days: int, chance: Random) -> None:
        day = working_day_from(timezone.localtime(world.now).date() + timedelta(days=days))
        self.starts = timezone.make_aware(datetime.combine(day, time(chance.choice([10, 14, 19])))).astimezone(UTC)
        self.training, self.service = training, service
        self.number = world.load.number("square_session")
        self.teacher: Member = chance.choice(service.place.members)
        self.ends = self.starts + timedelta(minutes=training.minutes)
        self.taken = self.waiting = 0
        self.where = f"Leslokaal, Dorpsstraat {service.place.id % 90 + 1}, {service.place.area.place}"

    def seat(self, who: str) -> str:
        """Take a place, or a turn for one."""
        if not self.waiting and self.taken + SEATS[Comes(who)] <= self.training.places:
            self.taken += SEATS[Comes(who)]
            return str(Place.PLACED)
        self.waiting += 1
        return str(Place.WAITING)


def trainings(world: World, who_can: list[Citizen], offered: dict[str, Service]) -> None:
    """The meetings of the last month and the weeks to come, and who asked for a place."""
    chance = Random(world.seed + 131)
    meetings = [
        Meeting(world, training, offered[training.kind], days, chance)
        for training in ACADEMY
        for days in (*PAST, *AHEAD)
    ]
    number = 0
    for who in who_can[1 :: max(1, len(who_can) // MOST)]:
        able = [
            member
            for place in who.circle
            for member in world.by_number[place].members
            if member.role in {"gp", "practice_nurse", "district_nurse"} and world.by_number[place].admitted
        ]
        if who.deceased or (world.today - who.born).days < 40 * 365 or not able:
            continue
        # The first meetings to come are asked for most, so that one of them is full.
        meeting = meetings[2] if number < 9 else chance.choice(meetings)
        number += 1
        sender = chance.choice(able)
        if sender.place.id != meeting.service.place.id:
            _ask(world, meeting, who, sender, chance)
    for meeting in meetings:
        _put(world, meeting)


def _ask(world: World, meeting: Meeting, who: Citizen, sender: Member, chance: Random) -> None:
    earliest = min(meeting.starts, world.now) - timedelta(days=chance.uniform(3, 12))
    a = Asking(who, meeting.service, sender, meeting.teacher, earliest)
    a.letter = f"Plek op de training “{meeting.training.name}”."
    a.step(Verb.SEND, Status.REQUESTED, sender, a.sent)
    comes = chance.choices([str(one) for one in Comes], [0.6, 0.15, 0.25])[0]
    placed = meeting.seat(comes)
    past = meeting.starts < world.now
    a.due = world.working_days_after(a.sent, 5)
    if placed == Place.WAITING:
        a.due = max(a.due, meeting.starts)
    elif past or chance.random() < 0.7:
        a.accepted = a.picked = min(a.sent + timedelta(hours=chance.uniform(2, 40)), world.now)
        a.step(Verb.ACCEPT, Status.ACCEPTED, a.receiver, a.accepted)
        a.due = world.working_days_after(meeting.ends, 1)
    if past and a.accepted:
        a.closed, a.due = min(meeting.ends + timedelta(hours=1), world.now), None
        a.outcome = str(chance.choices([Outcome.TRAINED, Outcome.NOT_COME, Outcome.STOPPED], [0.8, 0.12, 0.08])[0])
        a.step(Verb.COMPLETE, Status.COMPLETED, a.receiver, a.closed)
    number = write(world, a)
    world.load.put(
        "referrals_seat", id=world.load.number("referrals_seat"), referral_id=number, patient_id=who.id, session_id=meeting.number,
        who=comes, seats=SEATS[Comes(comes)], status=placed, at=a.sent, told_at=a.sent, ended_at=None,
    )  # fmt: skip
    world.load.put(
        "referrals_step", id=world.load.number("referrals_step"), referral_id=number, patient_id=who.id, verb=Verb.ENROL,
        status=Status.REQUESTED, party="citizen" if a.own else "organisation", organisation_id=None if a.own else sender.place.id,
        user_id=None if a.own else sender.user, note="", at=a.sent + timedelta(seconds=1), round=1,
        code=str(Placing.PLACED if placed == Place.PLACED else Placing.WAITING),
    )  # fmt: skip
    if a.accepted:
        world.load.put(
            "referrals_appointment", id=world.load.number("referrals_appointment"), referral_id=number, patient_id=who.id,
            organisation_id=meeting.service.place.id, starts=meeting.starts, ends=meeting.ends, way="AMB", place=meeting.where, note="",
            status="fulfilled" if past else "booked", uid=uuid.UUID(int=chance.getrandbits(128), version=4), sequence=0,
            made_by_id=meeting.teacher.user, changed_at=a.accepted,
        )  # fmt: skip


def _put(world: World, meeting: Meeting) -> None:
    world.load.put(
        "square_session", id=meeting.number, service_id=meeting.service.id, starts=meeting.starts, ends=meeting.ends, online=False,
        place=meeting.where, teacher=f"{meeting.teacher.name}, {meeting.service.place.name}", note="", places=meeting.training.places,
        enrol_until=meeting.starts - timedelta(hours=20), taken=meeting.taken, waiting=meeting.waiting, cancelled_at=None,
        made_by_id=meeting.teacher.user, changed_at=meeting.starts - timedelta(days=60),
    )  # fmt: skip
