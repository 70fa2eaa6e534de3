"""The stage of the tests of rights: a person, a practice that holds a record, and who handles requests there."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model

from dossier.models import Fact
from events.actor import act
from people.models import Membership, Patient, User
from rights import actions
from rights.access import open_request, subject_of
from rights.models import Request
from tests import factories
from trust.access import open_record
from trust.categories import EVERYTHING, Category


@dataclass
class Stage:
    """Who plays."""

    gp: Membership
    officer: Membership
    other: Membership
    patient: Patient
    user: User


def stage(domain: str = "gp", role: str = "gp") -> Stage:
    """A practice with a record of a citizen who signs in, its privacy officer, and the officer of another practice."""
    place = factories.organisation(domain)
    gp = factories.member(role, at=place)
    patient = factories.patient(related_to=[place])
    return Stage(
        gp,
        factories.member("privacy_officer", at=place, name="Fatma Aydin"),
        factories.member("privacy_officer", at=factories.organisation("gp"), name="Een Ander"),
        patient,
        factories.citizen(patient),
    )


def sent(
    s: Stage,
    kind: str = "deletion",
    categories: frozenset[Category] = EVERYTHING,
    about: Model | None = None,
    **values: object,
) -> Request:
    """A request that the citizen sent to the practice."""
    with act(factories.citizen_actor(s.user)) as actor:
        opening = open_record(actor, s.patient.key, EVERYTHING)
        name = about.reference if isinstance(about, Fact) else about.pk if about else ""
        subject = subject_of(opening, f"{about._meta.model_name}:{name}") if about else None
        return actions.send(
            patient=opening.patient, organisation=s.gp.organisation, kind=kind, text="Ik wil dit graag.", categories=categories,
            subject=subject, by=actor, **values,  # type: ignore[arg-type]
        )  # fmt: skip


def taken_up(s: Stage, *args: object, **values: object) -> Request:
    """The same, in the hands of the practice's officer."""
    request = sent(s, *args, **values)  # type: ignore[arg-type]
    with act(factories.actor(s.officer)) as actor:
        return actions.take_up(request=open_request(actor, request.pk), by=actor)


def decided(s: Stage, request: Request, verb: str = "grant", **decision: object) -> Request:
    """The request as the officer decided it."""
    with act(factories.actor(s.officer)) as actor:
        return actions.decide(
            request=open_request(actor, request.pk), verb=verb, text="Zo besloten.", by=actor,
            decision=actions.Decision(**decision),  # type: ignore[arg-type]
        )  # fmt: skip


def now_of(request: Request) -> Request:
    """The request as the database has it."""
    with factories.as_owner():
        return Request.objects.get(pk=request.pk)
