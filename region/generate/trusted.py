"""Who sees what in the made-up region beyond the ordinary: policies, exceptions, mandates, emergencies, relations to confirm."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from people.models import CARE_ROLES, Organisation
from region.generate.citizens import GENERAL, MENTAL, SOCIAL, consent, relate
from region.generate.load import LOG, since
from region.generate.log import ALL, COLUMNS
from region.generate.organisations import citizen_account
from region.generate.world import HOME, OUT_OF_HOURS, UTC, Citizen, Member, Place, World
from trust.categories import Category, to_mask
from trust.models import Policy, PolicyLine

NIGHT = "Benauwd in de nacht en niet goed aanspreekbaar; medicatie en allergieën nodig voor de behandeling."
FALLS = (
    ("unconscious", "Gevonden na een val, niet aanspreekbaar. Medicatie en allergieën opgezocht."),
    ("life_threatening", "Verdenking hartinfarct; voorgeschiedenis en bloedverdunners nodig."),
    ("acute", "Dienst op zondag: verergerde klachten, eigen praktijk gesloten."),
    ("acute", NIGHT),
    ("crisis", "Acute verwardheid thuis; behandelgrenzen en contactpersonen opgezocht."),
    ("otherwise", "Verhuisd en nog niet ingeschreven; insuline was op."),
)
REVIEWS = (
    ("justified", "Past bij de dienst en de melding.", 0.75),
    ("avoidable", "De inwoner was aanspreekbaar; toestemming vragen had gekund. Besproken in het team.", 0.2),
    ("unjustified", "Geen zorgvraag gevonden op dit moment. De inwoner is gebeld; gemeld aan de directie.", 0.05),
)
STATED = (
    "Waarneming tijdens vakantie",
    "Aangemeld aan de balie, nog niet ingeschreven",
    "Telefonisch gevraagd om zorg over te nemen",
    "Overgenomen van een collega-praktijk",
)
ORDINARY = ["TREAT", "COC", "ETREAT"]


def terms(world: World) -> None:
    """Let the standard policy of each participant begin at its admission, and some state a later version of their own."""
    for organisation in Organisation.objects.exclude(admitted_at=None):
        if admitted := organisation.admitted_at:
            Policy.objects.filter(organisation=organisation, version=1).update(
                period=since(admitted), stated_at=admitted
            )
    caring = to_mask({Category.MEDICATION, Category.ALLERGIES, Category.RESULTS, Category.IDENTITY})
    _version(
        world, "GGZ Centrum Gooi", "Behandelinformatie alleen naar huisarts en GGZ", -120,
        _line(ALL & ~MENTAL), _line(MENTAL, domain="gp"), _line(MENTAL, domain="mental_health"),
    )  # fmt: skip
    _version(
        world, "Wijkteam Huizen", "Sociale gegevens blijven in het sociaal domein en bij de huisarts", -60,
        _line(ALL & ~SOCIAL), *[_line(SOCIAL, domain=kind) for kind in ("social", "municipality", "welfare", "gp")],
    )  # fmt: skip
    _version(
        world, "Apotheek De Brink", "Medicatie voor wie voorschrijft of toedient", -200,
        *[_line(caring, domain=kind) for kind in ("gp", "hospital", "home_care", "pharmacy")],
    )  # fmt: skip
    _version(
        world, "Polikliniek Vechtstreek", "Brieven en afspraken naar wie verwees of al behandelt", 30,
        _line(ALL & ~to_mask({Category.DOCUMENTS, Category.APPOINTMENTS})),
        _line(
            to_mask({Category.DOCUMENTS, Category.APPOINTMENTS}), relations=["source_system", "referral", "enrolment"]
        ),
    )  # fmt: skip


def _line(categories: int, *, domain: str = "", relations: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "categories": categories,
        "purposes": ORDINARY,
        "reader_domain": domain,
        "relations": list(relations),
        "roles": [],
    }


def _version(world: World, name: str, note: str, days: int, *lines: dict[str, Any]) -> None:
    """The second version of a participant's policy, in force since, or from, so many days from today."""
    begins = datetime.combine(world.today + timedelta(days=days), time(), HOME)
    place = world.place(name).id
    first = Policy.objects.get(organisation_id=place, version=1)
    Policy.objects.filter(pk=first.pk).update(period=since(first.period.lower, begins))
    made = Policy.objects.create(
        organisation_id=place, version=2, note=note, stated_at=min(begins, world.now), period=since(begins)
    )
    PolicyLine.objects.bulk_create([PolicyLine(policy=made, **line) for line in lines])


def mandate(
    world: World,
    who: Citizen,
    *,
    holder: int | None,
    name: str,
    kind: str,
    categories: int,
    given_by: int,
    acts: bool = False,
    document: str = "",
    given_at: int | None = None,
    ago: int = 100,
    lasts: int | None = None,
    until: int | None = None,
) -> None:
    """Somebody acts for a citizen since ``ago`` days, until ``lasts`` days from now or ``until`` days ago.

    ``holder`` and ``given_by`` are accounts, ``given_at`` the organisation where it was written down.
    """
    ends = None
    if lasts is not None:
        ends = datetime.combine(world.today + timedelta(days=lasts), time(), HOME)
    elif until is not None:
        ends = world.on(world.today - timedelta(days=until))
    world.load.put(
        "trust_mandate",
        id=world.load.number("trust_mandate"),
        patient_id=who.id,
        holder_id=holder,
        name=name,
        kind=kind,
        categories=categories,
        acts=acts,
        document=document,
        code_digest="",
        code_until=None,
        given_by_id=given_by,
        given_at_id=given_at,
        ended_by_id=given_by if until is not None else None,
        period=since(world.on(world.today - timedelta(days=ago), 9, 17), ends),
    )


def emergency(
    world: World,
    who: Citizen,
    by: Member,
    at: datetime,
    why: tuple[str, str],
    *,
    review: tuple[str, str] | None = None,
    reviewer: Member | None = None,
) -> None:
    """One hour of access in an emergency, what was looked at, and the outcome of the review when there was one."""
    number, ends = world.load.number("trust_emergency"), at + timedelta(hours=1)
    reviewed = min(at + timedelta(days=3, hours=5), world.now) if review else None
    world.load.put(
        "trust_emergency",
        id=number,
        patient_id=who.id,
        organisation_id=by.place.id,
        user_id=by.user,
        role=by.role,
        reason=why[0],
        explanation=why[1],
        period=since(at, ends),
        review=review[0] if review else "",
        review_note=review[1] if review else "",
        reviewed_by_id=reviewer.user if reviewer and review else None,
        reviewed_at=reviewed,
    )
    need = world.log.needs.get(by.role, 0)
    _told(world, who, by, at, "emergency.started", ("emergency", number))
    opened = f"{need}\t{need}\t{need}\t{ALL & ~need}"
    _told(world, who, by, at + timedelta(minutes=1), "record.opened", ("patient", who.id), masks=opened)
    if review and reviewer and reviewed:
        _told(world, who, reviewer, reviewed, "emergency.reviewed", ("emergency", number), purpose="HOPERAT")


def _told(
    world: World,
    who: Citizen,
    by: Member,
    at: datetime,
    verb: str,
    subject: tuple[str, int],
    *,
    purpose: str = "ETREAT",
    masks: str = "0\t0\t0\t0",
) -> None:
    """One line of the log about an emergency."""
    moment = at.astimezone(UTC)
    basis, outcome = ("emergency", "allowed") if verb == "record.opened" else ("", "done")
    values = (
        world.load.number(LOG), moment.isoformat(), verb, *subject, who.id, "professional", "", by.user, by.place.id, by.role,
        purpose, masks, basis, outcome, "", f"{world.apart.getrandbits(128):032x}", f"10.{by.place.id % 250}.0.9", "{}",
    )  # fmt: skip
    world.load.put_line(LOG, COLUMNS, "\t".join(map(str, values)), f"{moment:%Y-%m}")


def caring(place: Place) -> list[Member]:
    """Who meets patients at an organisation; the others manage or guard, and have no emergencies."""
    return [member for member in place.members if member.role in CARE_ROLES]


def story(world: World, named: list[Citizen]) -> None:
    """What happened to the citizens of the story: a night in which the record was opened, and choices that go further."""
    by_name = {who.featured: who for who in named}
    anna, johan, johanna = (by_name[sub] for sub in ("digid.devries", "digid.helleman", "digid.putten"))
    hannie = next(who for who in named if who.call_name == "Bannie")
    ruben = world.featured["ruben.smits"]
    karim = world.featured["karim.haddou"]
    night = next(member for member in world.place(OUT_OF_HOURS).members if member.user != karim.user)
    evening = datetime.combine(world.today - timedelta(days=3), time(22, 40), HOME)
    emergency(world, anna, night, evening, ("unconscious", NIGHT))
    nurses = caring(world.place("Wijkzorg Gooi"))
    nurse = next((member for member in nurses if member is not world.featured["fatima.bakker"]), nurses[0])
    early = datetime.combine(world.today - timedelta(days=9), time(6, 55), HOME)
    emergency(world, johan, nurse, early, FALLS[0], review=REVIEWS[0][:2], reviewer=ruben)
    sunday = datetime.combine(world.today - timedelta(days=33), time(14, 12), HOME)
    emergency(world, hannie, world.featured["pieter.vandam"], sunday, FALLS[2], review=REVIEWS[1][:2], reviewer=ruben)
    # A neighbour works at the practice: for her alone the record stays closed, the rest of the practice sees it.
    neighbour = world.featured["mirjam.smit"]
    consent(world, hannie, False, ALL, 90, person=neighbour.user, established="")
    # What the hospital holds about the mind stays with the hospital and the own practice.
    consent(world, johan, False, GENERAL, 150, domain="home_care", holder=world.place("Ziekenhuis De Heide").id)
    mandate(
        world, johanna, holder=citizen_account(world, "digid.mentor"), name="Joke Terpstra", kind="mentor", categories=GENERAL,
        acts=True, document="beschikking rechtbank, kopie in het dossier van de praktijk", given_by=karim.user,
        given_at=world.place("Huisartspraktijk De Linde").id, ago=420,
    )  # fmt: skip


def inputs(world: World, who: Citizen) -> None:
    """What some of the citizens chose and met beyond the ordinary; few, so that each is an exception."""
    chance, places = world.apart, world.by_number
    carers = [number for number in who.circle if places[number].members]
    age = (world.today - who.born).days // 365
    if carers and chance.random() < 0.02:
        member = chance.choice(places[chance.choice(carers)].members)
        consent(world, who, False, ALL, chance.randint(5, 500), person=member.user, established="")
    if chance.random() < 0.02:
        consent(world, who, False, ALL, chance.randint(5, 700), holder_domain="mental_health", established="")
    hospital = next((number for number in who.circle if places[number].domain == "hospital"), None)
    if hospital and chance.random() < 0.03:
        mask = to_mask({Category.RESULTS, Category.DOCUMENTS})
        consent(
            world, who, False, mask, chance.randint(5, 400), holder=hospital, domain=chance.choice(("", "pharmacy"))
        )
    if chance.random() < 0.015:
        consent(world, who, True, GENERAL, 300, domain="welfare", lasts=chance.randint(3, 200), established="")
    if who.deceased is None and age >= 78 and chance.random() < 0.06:
        _for_an_old_one(world, chance, who)
    if chance.random() < 0.006:
        _alarm(world, chance, who)
    if chance.random() < 0.03:
        _stated(world, chance, who)
    if carers and chance.random() < 0.001:
        world.load.put(
            "trust_restriction",
            id=world.load.number("trust_restriction"),
            patient_id=who.id,
            organisation_id=chance.choice(carers),
            categories=to_mask({Category.PROBLEMS, Category.DOCUMENTS}),
            reference="",
            period=since(world.on(world.today - timedelta(days=chance.randint(3, 80))), None),
        )


def _for_an_old_one(world: World, chance: random.Random, who: Citizen) -> None:
    names = [chance.choice(("Marijke", "Peter", "Anja", "Hans", "Ineke", "Rob")), who.surname or "Mulder"]
    practice = next((world.by_number[n] for n in who.circle if world.by_number[n].domain == "gp"), None)
    by_law = practice is not None and bool(practice.members) and chance.random() < 0.3
    giver = practice.members[0].user if practice and practice.members else citizen_account(world, f"none.{who.id:06d}")
    seen = GENERAL if by_law else GENERAL & ~to_mask({Category.RESULTS})
    mandate(
        world, who, holder=citizen_account(world, f"carer.{who.id:06d}"), name=" ".join(names),
        kind=chance.choice(("mentor", "curator")) if by_law else "carer", categories=seen,
        acts=by_law or chance.random() < 0.4, document="beschikking rechtbank" if by_law else "",
        given_by=giver, given_at=practice.id if practice else None, ago=chance.randint(20, 900),
        lasts=chance.choice((None, 20, 300)),
    )  # fmt: skip


def _alarm(world: World, chance: random.Random, who: Citizen) -> None:
    ago = int(chance.random() ** 2 * 900) + 1
    if who.deceased and who.deceased < world.today - timedelta(days=ago):
        return
    out = world.place(OUT_OF_HOURS)
    kinds = ("hospital", "home_care", "gp")
    place = out if chance.random() < 0.6 else chance.choice(world.of_domain[chance.choice(kinds)])
    if not caring(place):
        return
    at = datetime.combine(world.today - timedelta(days=ago), time(chance.randint(0, 23), chance.randint(0, 59)), HOME)
    luck, review = chance.random(), None
    for outcome, note, share in REVIEWS:
        luck -= share
        if luck <= 0:
            review = (outcome, note)
            break
    by = chance.choice(caring(place))
    emergency(
        world, who, by, at, chance.choice(FALLS), review=review if ago > 12 else None, reviewer=world.featured["ruben.smits"]
    )  # fmt: skip


def _stated(world: World, chance: random.Random, who: Citizen) -> None:
    """A professional once stated a relation; half of these was confirmed by the practice since."""
    place = world.nearby(chance.choice(("gp", "gp", "home_care", "hospital")), who.area.municipality)
    if place.id in who.circle or not place.members:
        return
    begun = world.today - timedelta(days=chance.randint(120, 900))
    by = chance.choice(place.members)
    confirmed = (world.on(begun + timedelta(days=100)), by.user) if chance.random() < 0.5 else None
    relate(
        world, who, place.id, max(begun, who.born), source="stated", reason=chance.choice(STATED), stated_by=by.user,
        confirmed=confirmed,
    )  # fmt: skip
