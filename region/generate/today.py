"""What lies open on the desks of the featured personas today: the work of a real Monday, a part of it late."""

from __future__ import annotations

from datetime import timedelta

from events.clock import working_day_from
from referrals.moves import ANSWER_DAYS, RESPONSE_DAYS, Status, Urgency, Verb
from region.generate.asking import Asking, write
from region.generate.consultations import TALKS, consult
from region.generate.referrals import run
from region.generate.world import Citizen, Member, Service, World

WAITING = (
    ("sanne.willems", "exploratory_talk", (9, 8, 6, 4, 3, 2, 1)),
    ("sanne.willems", "broad_support", (10, 5, 2, 1)),
    ("fatima.bakker", "district_nursing", (9, 3, 2, 1)),
    ("eva.degroot", "basic_mental_elderly", (8, 5, 2)),
    ("eva.degroot", "basic_mental", (9, 4)),
    ("marieke.vos", "geriatrics", (6, 2)),
    ("tom.visser", "medication_review", (4, 1)),
    ("lotte.dejong", "grief_group", (5, 1)),
)
"""To whom, for which service, and how many days ago each was sent; five working days is the rule."""

LOOKS = {
    "karim.haddou": (timedelta(hours=26), timedelta(days=6, hours=3)),
    "fatima.bakker": (timedelta(hours=21), timedelta(days=4)),
    "tom.visser": (timedelta(days=11),),
    "marieke.vos": (timedelta(days=19),),
}
"""Who looked into the records of the story lately, and how long ago."""
AT_NIGHT = "mirjam.smit"
"""Who opened them all in the middle of a night three days ago: a pattern for the privacy officer to look at."""


def desks(world: World, people: list[Citizen]) -> None:
    """Send what waits for the featured personas, about citizens near them."""
    pool = [who for who in people if who.deceased is None and who.area.municipality in {"Huizen", "Blaricum", "Laren"}]
    pool = [who for who in pool if who.born.year < 1975] or people
    gps = [world.featured["karim.haddou"], world.featured["fatima.bakker"], world.featured["mirjam.smit"]]
    for sub, kind, days in WAITING:
        receiver = world.featured[sub]
        service = next(service for service in receiver.place.services if service.kind == kind)
        for ago in days:
            fitting = [who for who in pool if service.fits(who, (world.today - who.born).days // 365)] or pool
            _send(world, world.chance.choice(fitting), service, gps, receiver, ago)
    karim = world.featured["karim.haddou"]
    cared = [who for who in pool if karim.place.id in who.circle] or pool
    _asked_back(world, cared, karim)
    for talk, asker, asked, ago, answers in (
        (0, "fatima.bakker", ("karim.haddou", "tom.visser"), 1, 1),
        (3, "fatima.bakker", ("karim.haddou",), 4, 0),
        (4, "karim.haddou", ("tom.visser",), 2, 1),
        (1, "karim.haddou", ("sanne.willems", "fatima.bakker"), 1, 0),
        (5, "mirjam.smit", ("sanne.willems",), 5, 0),
        (2, "karim.haddou", ("sanne.willems",), 3, 1),
    ):
        members = [world.featured[sub] for sub in asked]
        # Answers come in the order of the asked: with one answer the last of two still waits.
        at = world.on(working_day_from(world.today - timedelta(days=ago + 2)), 8, 12)
        consult(
            world, world.chance.choice(cared), world.featured[asker], members[::-1], at, TALKS[talk], answers=answers
        )


def _send(world: World, who: Citizen, service: Service, senders: list[Member], receiver: Member, ago: int) -> None:
    fitting = [member for member in senders if member.place is not service.place]
    sent = world.on(working_day_from(world.today - timedelta(days=ago + 1)))
    asking = Asking(
        who, service, world.chance.choice(fitting), receiver, sent, letter=world.chance.choice(service.letters)
    )
    asking.step(Verb.SEND, Status.REQUESTED, asking.sender, sent)
    asking.due = world.working_days_after(sent, RESPONSE_DAYS[Urgency.ROUTINE])
    write(world, asking)


def _asked_back(world: World, people: list[Citizen], karim: Member) -> None:
    for name, kind, text, ago in (
        ("Ziekenhuis De Heide", "cardiology", "Is er een recent ECG? Graag meesturen.", 2),
        ("GGZ Centrum Gooi", "basic_mental", "Is de inwoner akkoord met een groepsbehandeling?", 5),
    ):
        service = next((s for s in world.place(name).services if s.kind == kind), world.place(name).services[0])
        receiver = service.place.members[0]
        sent = world.on(working_day_from(world.today - timedelta(days=ago + 4)))
        asking = Asking(world.chance.choice(people), service, karim, receiver, sent, letter=service.letters[0])
        asking.step(Verb.SEND, Status.REQUESTED, karim, sent)
        asking.step(
            Verb.ASK, Status.ASKED_BACK, receiver, max(sent + timedelta(days=1), world.now - timedelta(days=ago)), text
        )
        asking.due = world.working_days_after(asking.steps[-1][4], ANSWER_DAYS)
        write(world, asking)


def story_referrals(world: World, people: list[Citizen]) -> None:
    """Give the citizens of the story something that runs and something that is over, none of it at the wijkteam."""
    by_sub = {who.featured: who for who in people}
    karim, nurse = world.featured["karim.haddou"], world.featured["fatima.bakker"]
    for sub, name, kind, ago, receiver in (
        ("digid.devries", "Wijkzorg Gooi", "district_nursing", 210, nurse),
        ("digid.devries", "Ziekenhuis De Heide", "geriatrics", 24, world.featured["marieke.vos"]),
        ("digid.putten", "Wijkzorg Gooi", "district_nursing", 160, nurse),
        ("digid.putten", "Welzijn in de Buurt", "buddy", 40, world.featured["lotte.dejong"]),
        ("digid.helleman", "Ziekenhuis De Heide", "cardiology", 300, world.featured["marieke.vos"]),
    ):
        service = next((s for s in world.place(name).services if s.kind == kind), None)
        if service is None:
            continue
        sent = world.on(working_day_from(world.today - timedelta(days=ago)))
        while True:
            asking = Asking(
                by_sub[sub],
                service,
                karim,
                receiver,
                sent,
                letter=service.letters[0],
                wish="Zo lang mogelijk thuis blijven.",
            )
            run(world, asking)
            if asking.status in {Status.ACCEPTED, Status.IN_PROGRESS, Status.COMPLETED}:
                break
        write(world, asking)
    anna = by_sub["digid.devries"]
    at = world.on(working_day_from(world.today - timedelta(days=4)), 9, 11)
    consult(world, anna, karim, [nurse, world.featured["tom.visser"]], at, TALKS[0], answers=1)
