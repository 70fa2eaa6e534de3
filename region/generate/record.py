"""The network's own record of a citizen: what counts, plan, wishes, notes, contact persons and the formal network."""

from __future__ import annotations

from datetime import timedelta

from dossier.models import ContactRole, Relationship
from region.generate import network
from region.generate.copies import copied
from region.generate.network import RELATIONSHIPS, participant, related
from region.generate.words import FIRST_NAMES, SURNAMES
from region.generate.world import Citizen, Member, World
from trust.categories import Category

MATTERS = (
    "Zelf boodschappen blijven doen.",
    "Thuis blijven wonen zolang het kan.",
    "Elke week naar de kaartclub.",
    "Bij de kleinkinderen op bezoek kunnen.",
    "Weer aan het werk, al is het een paar uur.",
    "In de tuin bezig zijn.",
    "Niet afhankelijk zijn van anderen.",
    "Rust in huis voor de kinderen.",
)
GOALS = (
    "Elke dag een half uur wandelen",
    "Niet meer vallen",
    "Zelf de medicijnen regelen",
    "Weer iemand om mee te eten",
    "Post en rekeningen op orde",
    "Beter slapen",
    "Een dagdeel per week hulp voor de mantelzorger",
    "Vijf kilo lichter voor de zomer",
)
ACTIONS = (
    "Wijkverpleging oefent traplopen, twee keer per week",
    "Huisarts loopt de medicijnen na",
    "Dochter vraagt een rollator aan",
    "Afspraak met het wijkteam over dagbesteding",
    "Mantelzorger belt het steunpunt",
    "Beweegprogramma via de fysiotherapeut",
)
AGREEMENTS = (
    "Bij verslechtering eerst de wijkverpleging bellen.",
    "Elke drie maanden samen om de tafel.",
    "Dochter beheert de agenda.",
    "Sleutel ligt in de kluis naast de deur.",
)
WISHES = (
    "Niet reanimeren.",
    "Geen opname op de intensive care.",
    "Wel naar het ziekenhuis bij een botbreuk.",
    "Wil thuis sterven.",
    "Niet beademen; wel antibiotica.",
)
NOTES = (
    "Huisbezoek: stemming beter, eet weer regelmatig.",
    "Partner is moe en slaapt slecht; gesproken over respijtzorg.",
    "Telefonisch contact, maakt het goed.",
    "Wond rustig, verband twee keer per week.",
    "Afspraak niet nagekomen, opnieuw gebeld.",
    "Looptraining gaat vooruit.",
)
SOCIAL = (
    "Woont alleen sinds het overlijden van de partner.",
    "Gezin met twee kinderen, krap behuisd.",
    "Betalingsregeling loopt, bewindvoering overwogen.",
    "Weinig contact met de buren; kerkgang wekelijks.",
)
FUNCTIONS = {
    "gp": "huisarts",
    "home_care": "wijkverpleegkundige",
    "pharmacy": "apotheker",
    "hospital": "medisch specialist",
    "mental_health": "psycholoog",
    "social": "maatschappelijk werker",
    "welfare": "welzijnswerker",
}
KEPT_UNDER = {"wish": Category.WISHES, "social": Category.SOCIAL, "measurement": Category.RESULTS}


def entry(
    world: World,
    who: Citizen,
    kind: str,
    text: str,
    ago: int,
    by: Member,
    *,
    done: bool = False,
    reference: str = "",
    replaces: int | None = None,
) -> int:
    """One signed entry of so many days ago."""
    number = world.load.number("dossier_entry")
    moment = world.on(world.today - timedelta(days=ago))
    world.load.put(
        "dossier_entry",
        id=number,
        patient_id=who.id,
        organisation_id=by.place.id,
        category=int(KEPT_UNDER.get(kind, Category.PLAN)),
        kind=kind,
        text=text,
        on_date=moment.date(),
        done=done,
        author_id=by.user,
        author_name=by.name,
        author_role=by.label,
        at=moment,
        reference=reference,
        replaces_id=replaces,
    )
    copied(world, who, number, kind, KEPT_UNDER.get(kind, Category.PLAN), text, moment, ago, by)
    return number


def record(world: World, who: Citizen) -> None:
    """What the network wrote about one citizen: little about most, more with the years and with more carers."""
    chance = world.chance
    age = (world.today - who.born).days / 365.25
    carers = [
        (world.by_number[number].somebody(chance), (world.today - begun).days) for number, begun in who.circle.items()
    ]
    coordinator = next(
        (i for i, (member, _) in enumerate(carers) if member.place.domain == ("home_care" if age > 74 else "social")),
        None,
    )
    for index, (member, ago) in enumerate(carers):
        if chance.random() < 0.8:
            participant(
                world,
                who,
                member,
                FUNCTIONS.get(member.place.domain, member.label),
                ago,
                coordinates=index == coordinator,
            )
    if chance.random() < (0.25 if age < 60 else 0.75):
        relationship, gender = chance.choice(RELATIONSHIPS)
        prefix, surname = chance.choice(SURNAMES)
        name = " ".join(part for part in (chance.choice(FIRST_NAMES[gender][1]), prefix, surname) if part)
        role = ContactRole.CARER if age > 70 and chance.random() < 0.6 else ContactRole.FIRST
        roles = [ContactRole.NEIGHBOUR, role] if relationship == Relationship.OTH else [role]
        related(world, who, carers[0][0], name, relationship, roles, chance.randint(30, 2000))
    busy = 0.08 + (0.5 if coordinator is not None else 0) + (0.2 if age > 70 else 0)
    if chance.random() < busy:
        _plan(world, who, carers, age)
    if age > 70 and chance.random() < 0.35:
        for text in chance.sample(WISHES, chance.choice((1, 1, 2))):
            entry(world, who, "wish", text, chance.randint(10, 900), carers[0][0])


def _plan(world: World, who: Citizen, carers: list[tuple[Member, int]], age: float) -> None:
    chance = world.chance

    def somebody() -> Member:
        return chance.choice(carers)[0]

    entry(world, who, "matters", chance.choice(MATTERS), chance.randint(20, 500), somebody())
    for text in chance.sample(GOALS, chance.randint(1, 3)):
        entry(world, who, "goal", text, chance.randint(10, 400), somebody(), done=chance.random() < 0.3)
    for text in chance.sample(ACTIONS, chance.randint(0, 2)):
        entry(world, who, "action", text, chance.randint(2, 200), somebody(), done=chance.random() < 0.4)
    if chance.random() < 0.4:
        entry(world, who, "agreement", chance.choice(AGREEMENTS), chance.randint(10, 300), somebody())
    for _ in range(chance.randint(0, 3)):
        entry(world, who, "note", chance.choice(NOTES), chance.randint(0, 360), somebody())
    if age > 50 and chance.random() < 0.5:
        high, weight = chance.randint(118, 168), chance.uniform(52, 104)
        text = chance.choice(
            (f"Bloeddruk {high}/{high // 2 + chance.randint(4, 14)} mmHg", f"Gewicht {weight:.1f} kg".replace(".", ","))
        )
        entry(world, who, "measurement", text, chance.randint(0, 120), somebody())
    if chance.random() < 0.3:
        entry(world, who, "social", chance.choice(SOCIAL), chance.randint(10, 600), somebody())


def story(world: World, who: Citizen) -> None:
    """What the network wrote about a citizen of the story."""
    people = world.featured
    gp, nurse, practice_nurse = people["karim.haddou"], people["fatima.bakker"], people["mirjam.smit"]
    pharmacist, specialist = people["tom.visser"], people["marieke.vos"]
    participant(world, who, gp, "huisarts", 2200, capacity="RESP")
    if nurse.place.id in who.circle:
        participant(world, who, nurse, "wijkverpleegkundige", 200)
    if pharmacist.place.id in who.circle:
        participant(world, who, pharmacist, "apotheker", 1900)
    if specialist.place.id in who.circle:
        participant(world, who, specialist, "medisch specialist", 500)
    {"digid.devries": _anna, "digid.putten": _johanna}.get(who.featured, _other)(world, who, gp, nurse, practice_nurse)


def _anna(world: World, who: Citizen, gp: Member, nurse: Member, practice_nurse: Member) -> None:
    network.anna(world, who, gp, nurse, practice_nurse)
    entry(world, who, "matters", "Zelf naar de markt blijven lopen, en thuis blijven wonen.", 51, practice_nurse)
    entry(world, who, "goal", "Elke dag een half uur lopen", 51, nurse)
    entry(world, who, "goal", "Niet meer vallen", 40, nurse)
    entry(world, who, "goal", "Weer iemand om mee te eten", 3, practice_nurse)
    entry(world, who, "action", "Wijkverpleging oefent opstaan en lopen, elke ochtend", 38, nurse)
    entry(world, who, "action", "Els vraagt een alarmknop aan", 30, practice_nurse, done=True)
    entry(world, who, "wish", "Niet reanimeren.", 51, gp)
    entry(world, who, "wish", "Wel naar het ziekenhuis, ook voor een operatie.", 51, gp)
    entry(world, who, "agreement", "Bij duizeligheid eerst Wijkzorg Gooi bellen.", 12, nurse)
    entry(world, who, "note", "Gevallen in de keuken, geen letsel. Was duizelig bij het opstaan.", 4, nurse)
    entry(world, who, "note", "Slaapt slecht sinds het overlijden van haar man in mei. Komt weinig buiten.", 6, gp)
    entry(world, who, "social", "Woont sinds mei alleen. Dochter Els komt twee keer per week.", 60, practice_nurse)
    entry(world, who, "measurement", "Bloeddruk 132/78 mmHg", 1, nurse)
    entry(world, who, "measurement", "Gewicht 78,6 kg", 2, nurse)


def _johanna(world: World, who: Citizen, gp: Member, nurse: Member, practice_nurse: Member) -> None:
    network.johanna(world, who, gp, practice_nurse)
    entry(world, who, "matters", "Mijn eigen huis en mijn eigen ritme houden.", 80, practice_nurse)
    entry(world, who, "goal", "Zelf in en uit bed komen", 70, nurse)
    entry(world, who, "goal", "De wond aan het been dicht voor Kerstmis", 35, nurse)
    entry(world, who, "action", "Wond verzorgen, drie keer per week", 35, nurse)
    entry(world, who, "wish", "Niet reanimeren.", 200, gp)
    entry(world, who, "wish", "Geen opname op de intensive care.", 200, gp)
    entry(world, who, "agreement", "Zoon Joost wordt gebeld bij verandering.", 70, nurse)
    entry(world, who, "note", "Wond kleiner, geen pijn bij het wisselen van het verband.", 2, nurse)
    entry(world, who, "measurement", "Gewicht 58,2 kg", 9, nurse)


def _other(world: World, who: Citizen, gp: Member, nurse: Member, practice_nurse: Member) -> None:
    entry(world, who, "matters", "Meedoen zoals ieder ander.", 90, practice_nurse)
    entry(world, who, "goal", "Elke dag een half uur bewegen", 90, practice_nurse)
    entry(world, who, "note", "Controle bij de praktijkondersteuner, gaat goed.", 20, practice_nurse)
    related(world, who, gp, "Ria Bartels", Relationship.SIS, [ContactRole.FIRST], 700)
