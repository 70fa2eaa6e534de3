"""Consultations of the made-up region: a question of one organisation to others, answers, a conclusion, and what waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from consultations.moves import ANSWER_DAYS, InvitationStatus, Status
from events.clock import working_day_from
from region.generate.asking import work_item
from region.generate.citizens import relate
from region.generate.record import entry
from region.generate.world import Citizen, Member, World
from trust.categories import Category

PER_CITIZEN = 0.16
TALKS = (
    (
        "Valt de laatste weken vaker, vooral ’s ochtends. Kan dit van de medicijnen komen?",
        (
            "Bij ons tweemaal gemeten: 105/60 staand. Wij oefenen rustig opstaan.",
            "De bloeddrukverlagers samen verklaren lage bloeddruk bij het opstaan. Stel voor één ervan ’s avonds te geven.",
        ),
        "Eén bloeddrukverlager naar de avond, over twee weken bloeddruk meten door de wijkverpleging.",
    ),
    (
        "Mantelzorger dreigt uit te vallen. Wat kan er deze maand nog geregeld worden?",
        ("Een dagdeel dagbesteding kan over een week starten.", "Vrijwilliger voor de dinsdagmiddag is beschikbaar."),
        "Dagbesteding op donderdag, vrijwilliger op dinsdag; evaluatie over zes weken.",
    ),
    (
        "Somber sinds enkele maanden, wil geen ggz. Welke stap past?",
        ("Een verkennend gesprek is laagdrempelig en kan aan huis.",),
        "Verkennend gesprek aangeboden, stemt daarmee in.",
    ),
    (
        "Wond aan het onderbeen geneest niet. Graag meedenken.",
        ("Denk aan arterieel vaatlijden: enkel-armindex laten meten.", "Zwachtelen gestopt tot de meting bekend is."),
        "Enkel-armindex aangevraagd; verband zonder druk.",
    ),
    (
        "Raakt het overzicht over de medicijnen kwijt. Is een medicijnrol iets?",
        ("Ja, kan vanaf maandag. Wij bellen zelf met mevrouw.",),
        "Medicijnrol gestart.",
    ),
    (
        "Schulden en slecht slapen; afspraken worden gemist. Kan het wijkteam aansluiten?",
        ("Wij gaan mee op huisbezoek, donderdag.",),
        "Gezamenlijk huisbezoek gedaan, budgetcoach gestart.",
    ),
)
"""Question, answers, and conclusion."""


def consultations(world: World, who: Citizen) -> None:
    """The consultations about one citizen over three years."""
    chance = world.chance
    age = (world.today - who.born).days / 365
    if len(who.circle) < 2 or chance.random() > PER_CITIZEN * (0.3 + age / 45):
        return
    ago = min(int(chance.expovariate(1 / 300)), 1090)
    if who.deceased:
        ago += (world.today - who.deceased).days + 10
    circle = [world.by_number[number] for number in who.circle]
    asker = chance.choice(circle).somebody(chance)
    others = [place for place in circle if place is not asker.place]
    if not others:
        return
    asked = [place.somebody(chance) for place in chance.sample(others, min(len(others), chance.choice((1, 1, 2))))]
    consult(
        world,
        who,
        asker,
        asked,
        world.on(working_day_from(world.today - timedelta(days=ago + 1))),
        chance.choice(TALKS),
    )


def consult(
    world: World,
    who: Citizen,
    asker: Member,
    asked: list[Member],
    at: datetime,
    talk: tuple[str, tuple[str, ...], str],
    *,
    answers: int | None = None,
) -> int:
    """One consultation; ``answers`` says how many of the asked have answered, else time decides."""
    load, chance, now = world.load, world.chance, world.now
    number = load.number("consultations_consultation")
    due = world.working_days_after(at, ANSWER_DAYS)
    question, words, conclusion = talk
    replies = [at + timedelta(days=chance.lognormvariate(0.3, 0.7)) for _ in asked]
    if answers is not None:
        replies = [
            min(reply, now - timedelta(minutes=90)) if i < answers else now + timedelta(days=1)
            for i, reply in enumerate(replies)
        ]
    done = [reply <= now for reply in replies]
    closed = max(replies) + timedelta(days=chance.lognormvariate(0.6, 0.6))
    concluded = all(done) and closed <= now and answers is None
    status = Status.CONCLUDED if concluded else Status.ANSWERED if all(done) else Status.OPEN
    load.put(
        "consultations_consultation",
        id=number,
        number=f"C-{at:%y}-{number:06d}",
        patient_id=who.id,
        asking_organisation_id=asker.place.id,
        asker_id=asker.user,
        status=status,
        asked_at=at,
        due=due,
        closed_at=closed if concluded else None,
    )
    _say(world, who, number, "question", question, asker, at)
    for i, (member, reply) in enumerate(zip(asked, replies, strict=True)):
        load.put(
            "consultations_invitation",
            id=load.number("consultations_invitation"),
            consultation_id=number,
            patient_id=who.id,
            asking_organisation_id=asker.place.id,
            organisation_id=member.place.id,
            user_id=member.user if done[i] else None,
            status=InvitationStatus.ANSWERED if done[i] else InvitationStatus.ASKED,
            answered_at=reply if done[i] else None,
        )
        relate(
            world,
            who,
            member.place.id,
            at.date(),
            source="consultation",
            reference=f"consultation:{number}",
            ended=closed.date() if concluded else None,
        )
        if done[i]:
            _say(world, who, number, "answer", words[i % len(words)], member, reply)
        else:
            work_item(
                world,
                "consultation",
                "consultation",
                number,
                who.id,
                member.place.id,
                None,
                "Consult: vraag om mee te denken",
                asker.place.name,
                at,
                due,
            )
    if any(done) and not concluded:
        last = max((reply, member.place.name) for member, reply in zip(asked, replies, strict=True) if reply <= now)
        work_item(
            world,
            "consultation",
            "consultation",
            number,
            who.id,
            asker.place.id,
            asker.user,
            f"Consult beantwoord: {last[1]}",
            last[1],
            last[0],
            None,
        )
    if chance.random() < 0.6:
        load.put(
            "consultations_attachment",
            id=load.number("consultations_attachment"),
            consultation_id=number,
            patient_id=who.id,
            organisation_id=asker.place.id,
            category=int(Category.CONSULTATION),
            kind=int(Category.MEDICATION),
            title="Metoprolol 50 mg",
            detail="1 maal per dag 1 tablet",
            on_date="",
            origin=f"{asker.name}, {asker.place.name}",
        )
    if concluded:
        _say(world, who, number, "conclusion", conclusion, asker, closed)
        entry(
            world,
            who,
            "conclusion",
            conclusion,
            (world.today - closed.date()).days,
            asker,
            reference=f"consultation:{number}",
        )
    return number


def _say(world: World, who: Citizen, consultation: int, kind: str, text: str, by: Member, at: datetime) -> None:
    world.load.put(
        "consultations_contribution",
        id=world.load.number("consultations_contribution"),
        consultation_id=consultation,
        patient_id=who.id,
        organisation_id=by.place.id,
        category=int(Category.CONSULTATION),
        kind=kind,
        text=text,
        author_id=by.user,
        author_name=by.name,
        author_role=by.label,
        at=at,
    )
