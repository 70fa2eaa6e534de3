"""Orders in the made-up region: who does laboratory work, delivers aids, nurses at home and treats at home, and what was asked of them."""

# ruff: noqa: E501  texts as people read them, one service in a few lines

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

import orjson

from dossier.access.questionnaires import newest
from dossier.questionnaires.answers import kept_of
from referrals.moves import SENSITIVITY, Outcome, Status
from region.generate.asking import Asking, write
from region.generate.referrals import run
from region.generate.world import Citizen, Service, World
from trust.categories import Category


class Order(NamedTuple):
    """A service that takes orders: where, what it is called and does, its form, who orders there, and answers as people gave them."""

    place: str
    kind: str
    name: str
    summary: str
    needs: str
    form: str
    roles: tuple[str, ...]
    answers: dict[str, list[str]]
    days: int
    duration: int


ORDERS = (
    Order("Ziekenhuis De Heide", "lab_order", "Laboratorium: bloed en urine", "Afname op een prikpost of thuis, met de uitslag binnen een werkdag.", "lab laboratorium bloed prikken urine uitslag hba1c", "lab-order", ("gp", "practice_nurse", "district_nurse"),
          {"wanted": ["hba1c", "renal", "albumin"], "fasting": ["false"], "reason": ["Diabetes type 2, kwartaalcontrole."], "anticoagulant": ["false"], "where": ["home"], "why-home": ["immobile"], "phone": ["035-5550199"], "when": ["week"], "repeat": ["quarterly"], "call": ["false"]}, 2, 3),
    Order("Apotheek De Brink", "aids_order", "Hulpmiddelen thuis", "Bedden, tilhulpmiddelen, verband- en incontinentiemateriaal: geleverd, ingesteld en uitgelegd.", "hulpmiddel bed tillift rollator incontinentie verband steunkousen", "aids-order", ("district_nurse", "gp"),
          {"category": ["bed"], "which": ["Hoog-laagbed met papegaai"], "why": ["Komt niet meer zelf uit bed; zorg twee keer per dag op bed."], "number": ["1"], "height": ["168"], "weight": ["74"], "term": ["short"], "how": ["delivered"], "address": ["Kerkstraat 12, Huizen"], "phone": ["035-5550142"], "adjust": ["true"], "trains": ["supplier"], "who": ["de inwoner en de dochter"]}, 3, 20),
    Order("Wijkzorg Gooi", "home_care_order", "Wijkverpleging: zorg aanvragen", "Verpleging en verzorging thuis, ook na een ziekenhuisopname. Antwoord dezelfde werkdag.", "thuiszorg wijkverpleging wassen aankleden medicijnen na ziekenhuis", "home-care-order", ("gp", "specialist"),
          {"daily": ["wash", "dress", "stockings"], "nursing": ["medication"], "situation": ["Na heupoperatie; loopt met rollator, kan zich niet bukken."], "goal": ["Weer zelf kunnen wassen."], "frequency": ["daily"], "start": [""], "discharge": ["true"], "ward": ["Ziekenhuis De Heide, orthopedie"], "entry": ["safe"], "phone": ["035-5550107"], "carer": ["nearby"], "risks": ["fall"]}, 1, 45),
    Order("Wijkzorg Gooi", "displaced_care_order", "Technisch team: ziekenhuiszorg thuis", "Infusen, injecties, sondevoeding en wondtherapie thuis, dag en nacht bereikbaar.", "infuus antibiotica thuis injectie sonde vacuumtherapie ziekenhuisverplaatst", "displaced-care-order", ("specialist",),
          {"kind": ["iv"], "what": ["Flucloxacilline 12 g per 24 uur, continu infuus"], "diagnosis": ["Endocarditis, stabiel na twee weken."], "protocol": ["OPAT 2024, versie 3"], "first-dose": ["true"], "access": ["picc"], "allergies": ["Geen bekend"], "start": [""], "stop-when": ["Koorts boven 38,5 of huiduitslag: stop en bel de arts."], "times": ["Elke 24 uur wisselen, rond 10 uur"], "executor": ["specialist-team"], "physician": ["Internist-infectioloog, Ziekenhuis De Heide"], "physician-phone": ["035-5550300"], "night-phone": ["035-5550301"], "taken-over": ["nobody"], "pharmacy": ["hospital"], "emergency-set": ["true"]}, 1, 28),
)  # fmt: skip
MOST = 60
"""Citizens of whom something was ordered, of the first that are made."""


def services(world: World) -> dict[str, Service]:
    """The services that take orders; nobody else is referred there."""
    made = {}
    for order in ORDERS:
        place, number = world.place(order.place), world.load.number("square_healthcareservice")
        world.load.put(  # the columns in the order of :mod:`region.generate.offer`
            "square_healthcareservice", id=number, organisation_id=place.id, name=order.name, kind=order.kind, domain=place.domain,
            law="zvw", summary=order.summary, for_whom="Op aanvraag van een arts of verpleegkundige.", needs=order.needs, codes=[],
            criteria=[], minimum_age=None, maximum_age=None, languages=["nl", "en"], cost="", on_location=order.kind == "lab_order",
            at_home=True, online=False, municipalities=[], postcode=f"{place.area.digits}AA", place=place.area.place,
            latitude=place.area.latitude, longitude=place.area.longitude, phone=f"035-{5550000 + place.id:07d}",
            next_step="Uw zorgverlener vraagt het aan; u wordt gebeld voor een afspraak.", takes_referrals=True, self_referral=False,
            open_for_new=True, stopped_until=None, stop_reason="", places=None, norm_days=14 if order.kind == "aids_order" else None,
            process="order", questionnaire=order.form, active=True, reviewed_on=world.today - timedelta(days=20),
            reviewed_by_id=place.members[0].user,
        )  # fmt: skip
        made[order.kind] = Service(
            number, order.name, order.kind, place, order.days, order.days, (), order.duration, 0, 120, [],
            int(SENSITIVITY.get(place.domain, Category.REFERRAL)),
        )  # fmt: skip
    return made


def orders(world: World, who_can: list[Citizen], offered: dict[str, Service]) -> None:
    """What was ordered in the last weeks; who orders already cares for the citizen."""
    chance = Random(world.seed + 97)
    for who in who_can[:: max(1, len(who_can) // MOST)]:
        order = chance.choice(ORDERS)
        service = offered[order.kind]
        able = [
            member
            for place in who.circle
            for member in world.by_number[place].members
            if member.role in order.roles and place != service.place.id and world.by_number[place].admitted
        ]
        if who.deceased or (world.today - who.born).days < 45 * 365 or not able:
            continue
        sent = world.now - timedelta(days=chance.uniform(0.5, 30))
        urgency = "soon" if order.kind == "displaced_care_order" else "routine"
        a = Asking(who, service, chance.choice(able), service.place.somebody(chance), sent, urgency)
        run(world, a)
        if a.outcome and a.outcome != Outcome.STOPPED:
            a.outcome = str(Outcome.DELIVERED)
        _answered(world, a, order, write(world, a))


def _answered(world: World, a: Asking, order: Order, number: int) -> None:
    form = newest(order.form)
    if form is None or a.status == Status.CANCELLED:
        return
    begins = (a.sent + timedelta(days=2)).date().isoformat()
    given: dict[str, Any] = {name: [one or begins for one in said] for name, said in order.answers.items()}
    world.load.put(
        "referrals_questionnaireresponse", id=world.load.number("referrals_questionnaireresponse"), referral_id=number,
        patient_id=a.who.id, organisation_id=a.sender.place.id, category=a.service.sensitivity, questionnaire=form.key,
        answers=orjson.dumps(kept_of(form, given)).decode(), kinds=0, step_id=None, author_id=a.sender.user, at=a.sent,
    )  # fmt: skip
