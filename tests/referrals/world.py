"""A referral between two organisations, as most tests need it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from events.actor import Actor, act
from people.models import Membership, Patient, User
from referrals import access, actions
from referrals.models import Referral
from square.models import HealthcareService, Session
from tests import factories
from trust.access import open_record
from trust.categories import EVERYTHING, Category


@dataclass
class World:
    """A practice that refers a patient to a social team."""

    sender: Membership = field(default_factory=lambda: factories.member("gp", name="Karim Haddou"))
    receiver: Membership = field(default_factory=lambda: factories.member("social_worker", name="Sanne Bakker"))
    patient: Patient = field(init=False)
    service: HealthcareService = field(init=False)

    def __post_init__(self) -> None:
        self.patient = factories.patient(related_to=[self.sender.organisation], own_name="Vries", own_prefix="de")
        self.service = factories.service(self.receiver.organisation)

    def send(self, **values: Any) -> Referral:
        """Send a referral as the practice."""
        return send(self.sender, self.patient, values.pop("service", self.service), **values)

    def referral_in(self, status: str) -> Referral:
        """A referral brought to a state by the steps that lead there."""
        referral = self.send()
        path = {
            "requested": [], "asked_back": ["ask"], "accepted": ["accept"], "in_progress": ["accept", "start"],
            "completed": ["accept", "start", "complete"], "rejected": ["reject"], "cancelled": ["cancel"],
        }[status]  # fmt: skip
        for verb in path:
            take(verb, referral, self.sender if verb == "cancel" else self.receiver)
        return referral


def supplement(*, referral: Referral, by: Actor, **values: Any) -> Referral:
    """Add something, with the record opened by who may."""
    opening: Any = None
    if by.organisation_id == referral.sending_organisation_id:
        opening = access.open_for_referral(by, Patient.objects.get(pk=referral.patient_id).key)
    return actions.supplement(opening=opening, referral=referral, by=by, **values)


def engage(*, referral: Referral, by: Actor, **values: Any) -> Referral:
    """Give a part to another, with the record opened by who may; returns the whole as it stands."""
    now = access.referrals_for(by).filter(pk=referral.pk).first() or referral
    patient = access.patients_of([now], by).get(now.patient_id)
    opening: Any = access.open_for_referral(by, patient.key) if patient else None
    values.setdefault("question", "Doe de oefeningen thuis.")
    actions.engage(opening=opening, referral=referral, by=by, agreed=values.pop("agreed", True), **values)
    return Referral.objects.get(pk=referral.pk)


def enrol(*, referral: Referral, by: Actor, **values: Any) -> Referral:
    """Take a place on a meeting of the service that is asked; another one each time."""
    if "session" not in values:
        values["session"] = meeting(referral.service)
    return actions.enrol(referral=referral, by=by, **values)


def meeting(service: HealthcareService, *, days: int = 14, **values: Any) -> Session:
    """A meeting of a training some days from now, at two in the afternoon, with room for ten."""
    with factories.as_owner():
        starts = timezone.localtime().replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=days)
        HealthcareService.objects.filter(pk=service.pk).update(process="training", self_referral=True)
        service.process, service.self_referral = "training", True
        usual: dict[str, Any] = {
            "starts": starts, "ends": starts + timedelta(hours=2), "enrol_until": starts - timedelta(days=1), "places": 10,
            "place": "Wijkcentrum De Bun, Huizen", "teacher": "Tom Visser, wijkverpleegkundige",
        }  # fmt: skip
        maker = factories.member("social_worker", at=service.organisation).user
        return Session.objects.create(service=service, made_by=maker, **{**usual, **values})


LATER = timezone.now() + timedelta(days=20)


def report(*, referral: Referral, by: Actor, **values: Any) -> Referral:
    """Report, with the record opened by who may."""
    now = access.referrals_for(by).filter(pk=referral.pk).first() or referral
    opening = access.open_referral(by, now)
    return actions.report(opening=opening, referral=referral, by=by, **values)


def say(*, referral: Referral, by: Actor, **values: Any) -> Referral:
    """Say something, with the record opened by who may."""
    now = access.referrals_for(by).filter(pk=referral.pk).first() or referral
    return actions.say(opening=access.open_referral(by, now), referral=referral, by=by, **values)


PERSON: dict[str, Any] = {
    "say": (actions.say, {"text": "Mijn dochter wil graag mee."}),
    "cannot": (actions.cannot, {"text": "Liever een middag."}),
    "cancel": (actions.withdraw, {"reason": "not_needed", "text": "Het gaat weer."}),
    "answer": (actions.reply, {"note": "Ja, met een stok."}),
    "settle": (actions.let_go, {}),
    "redirect": (actions.look_further, {}),
    "enrol": (enrol, {}),
}
"""What the person does, or who acts for the person."""


def person_takes(verb: str, referral: Referral, user: User, **values: Any) -> Referral:
    """Take a step as the person, or for the person; any other verb is tried with what an organisation does."""
    action, usual = PERSON.get(verb) or STEPS[verb]
    if verb == "redirect":
        usual = {"service": staffed(another())}
    with act(factories.citizen_actor(user)) as actor:
        return action(referral=referral, by=actor, **{**(usual if verb in PERSON else values_of(verb)), **values})


def ask_for_help(user: User, patient: Patient, service: HealthcareService, **values: Any) -> Referral:
    """Ask for help as the person, or for the person."""
    with act(factories.citizen_actor(user)) as actor:
        opening = open_record(actor, patient.key, EVERYTHING)
        values = {"question": "Ik kom de trap niet meer op.", **values}
        return actions.ask_for_help(opening=opening, service=service, by=actor, **values)


STEPS: dict[str, Any] = {
    "accept": (actions.accept, {}),
    "reject": (actions.reject, {"reason": "no_capacity", "note": "Tot februari vol."}),
    "ask": (actions.ask_back, {"note": "Is er een tolk nodig?"}),
    "answer": (actions.answer, {"note": "Nee."}),
    "supplement": (supplement, {"text": "De huid is nu rood."}),
    "no_letter": (actions.no_letter, {"note": "Onze zorg is geëindigd."}),
    "start": (actions.start, {}),
    "continue": (actions.let_run, {}),
    "complete": (actions.complete, {"outcome": "helped"}),
    "report": (report, {"text": "Drie gesprekken gehad."}),
    "plan": (actions.plan, {"starts": LATER, "minutes": 45}),
    "call_off": (actions.call_off, {}),
    "no_show": (actions.not_shown, {}),
    "settle": (actions.settle, {}),
    "cancel": (actions.cancel, {"note": "Niet meer nodig."}),
    "pick_up": (actions.pick_up, {}),
    "assign": (actions.assign, {"to": None}),
    "propose": (actions.propose, {"note": "Daar is een groep die past."}),
    "redirect": (actions.redirect, {"agreed": True}),
    "engage": (engage, {}),
    "advise": (actions.advise, {"text": "Begin met wandelen.", "plain": "Ga elke dag een stukje lopen."}),
    "pass_on": (actions.pass_on, {"agreed": True, "note": "In overleg."}),
    "say": (say, {"text": "Belt u gerust."}),
    "cannot": (actions.cannot, {}),
    "consult": (actions.become_consultation, {}),
    "tell": (actions.tell_person, {"how": "said"}),
    "enrol": (enrol, {}),
}


def values_of(verb: str) -> dict[str, Any]:
    """What a step is taken with; another service for those that name one."""
    turning = verb in {"propose", "redirect", "pass_on", "engage"}
    return {**STEPS[verb][1], **({"service": another()} if turning else {})}


def staffed(service: HealthcareService) -> HealthcareService:
    """The same service, with somebody at work who can answer in the network."""
    if not Membership.objects.filter(organisation=service.organisation).exists():
        factories.member("social_worker", at=service.organisation)
    return service


def another(name: str = "Wijkteam Noord") -> HealthcareService:
    """A service of another organisation, to which a referral may go."""
    found = HealthcareService.objects.filter(name=name).first()
    return found or factories.service(factories.organisation("social"), name, self_referral=True)


def take(verb: str, referral: Referral, member: Membership, **values: Any) -> Referral:
    """Take one step as a member, in a transaction of its own."""
    action, values = STEPS[verb][0], {**values_of(verb), **values}
    with act(factories.actor(member)) as actor:
        return action(referral=referral, by=actor, **values)


def send(member: Membership, patient: Patient, service: HealthcareService, **values: Any) -> Referral:
    """Send a referral as a member."""
    with act(factories.actor(member)) as actor:
        opening = access.open_for_referral(actor, patient.key)
        return actions.send(
            opening=opening,
            service=service,
            by=actor,
            **{"question": "Wat kan helpen?", "agreed": True, "channel": "none", **values},
        )


def read(member: Membership, referral: Referral) -> tuple[bool, int, int]:
    """Whether a member can open the content, and how many letters and items they then see by asking for all there are."""
    from referrals.models import Letter, LetterItem

    with act(factories.actor(member)) as actor:
        opening = access.open_referral(actor, access.get_referral(actor, referral.pk))
        return opening is not None, Letter.objects.count(), LetterItem.objects.count()


def acting(member: Membership) -> Actor:
    """The actor of a member."""
    return factories.actor(member)


ALL = frozenset(Category)
