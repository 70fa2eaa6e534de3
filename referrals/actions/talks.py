"""Bringing explorers of several domains together for a talk: asked, with a yes of their own, and let go."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import ask as ask_work
from events.actions import done, record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from referrals.access import able_to, colleagues_for, domains_of, explorers_of, invitation_of, is_talk
from referrals.models import Exploring, Referral
from referrals.moves import HELPING, NOT_HELD, TALK_OUTCOMES, Outcome, Status
from referrals.moves.talks import COUNTED, FROM_DOMAINS, LEAST_DOMAINS, MOST_EXPLORERS, Explorer, ExplorerStatus
from square.models import HealthcareService
from trust.access import need_role
from trust.categories import Category

TALKS = {
    "invite": "referral.explorer_invited",
    "join": "referral.explorer_joined",
    "decline": "referral.explorer_declined",
    "release": "referral.explorer_released",
    "change": "referral.talk_changed",
}
"""The event of each thing that is done around a talk."""
OPEN = (ExplorerStatus.INVITED, ExplorerStatus.AGREED)


@transaction.atomic
def invite(*, referral: Referral, organisation: Organisation, domain: str, by: Actor) -> Exploring:
    """Ask a participant to explore for a domain; the own organisation takes part at once, with who asks.

    Only who took the request for a talk on. The asked organisation sees what a receiver sees before acceptance. Raises ``Refused``
    for who was asked already, for a participant of another domain, and beyond ``MOST_EXPLORERS``.
    """
    referral = _need_lead(referral, by)
    if domain not in Explorer.values or organisation.domain not in FROM_DOMAINS[domain]:
        raise Refused(_("%(name)s kan niet voor dit domein meedoen.") % {"name": organisation.name}, field="who")
    asked = [one for one in explorers_of(referral) if one.status in OPEN]
    if any(one.organisation_id == organisation.pk for one in asked):
        raise Refused(_("%(name)s is al gevraagd.") % {"name": organisation.name}, field="who")
    if len(asked) >= MOST_EXPLORERS:
        raise Refused(_("Er zijn al vijf organisaties gevraagd."), field="who")
    made = Exploring.objects.get(pk=_call("referrals_invite(%s, %s, %s)", [referral.pk, organisation.pk, domain]))
    if made.status == ExplorerStatus.INVITED:
        _ask(referral, made, gettext_noop("Verkenner gevraagd: %(service)s"), by)
    _tell(referral, TALKS["invite"], organisation.pk, by, domain=domain)
    return made


@transaction.atomic
def join(*, referral: Referral, user_id: int | None = None, by: Actor) -> Exploring:
    """Say yes for the own organisation, with who comes; name and letter open with it. Again with somebody else changes who comes.

    Raises ``Refused`` where the invitation is not open any more, and for who may not work with referrals there.
    """
    need_role(by, Category.REFERRAL)
    referral, user_id = _now(referral), user_id or by.user_id
    invited = _need_open("join", referral, by)
    if user_id != by.user_id and not any(one.user_id == user_id for one in colleagues_for(by)):
        raise Refused(_("Kies een collega die met verwijzingen werkt."), field="user")
    _answer(referral, True, user_id)
    done(subject=referral, kind="referral", organisation_id=invited.organisation_id, by=by)
    invited.refresh_from_db()
    _ask(referral, invited, gettext_noop("Verkennend gesprek: %(service)s"), by)
    _tell(referral, TALKS["join"], invited.organisation_id, by, user=user_id)
    return invited


@transaction.atomic
def decline(*, referral: Referral, by: Actor) -> None:
    """Say no for the own organisation, or take a yes back; what could be seen through it is closed the same moment."""
    need_role(by, Category.REFERRAL)
    referral = _now(referral)
    invited = _need_open("decline", referral, by)
    _answer(referral, False, None)
    done(subject=referral, kind="referral", organisation_id=invited.organisation_id, by=by)
    _tell(referral, TALKS["decline"], invited.organisation_id, by)


@transaction.atomic
def release(*, referral: Referral, exploring: Exploring, by: Actor) -> None:
    """Take an invitation back, or let somebody go who said yes; the access that rested on it ends the same moment."""
    referral = _need_lead(referral, by)
    if not _call("referrals_release(%s)", [exploring.pk]):
        raise Refused(_("Deze uitnodiging staat niet meer open."))
    if exploring.organisation_id != by.organisation_id:
        done(subject=referral, kind="referral", organisation_id=exploring.organisation_id, by=by)
    _tell(referral, TALKS["release"], exploring.organisation_id, by)


def lead_joins(referral: Referral, organisation: Organisation, by: Actor) -> None:
    """Who takes a request for a talk on explores for the own domain, unless another is found to do so; by a link nobody comes yet."""
    domain = next((one for one in COUNTED if organisation.domain in FROM_DOMAINS[one]), None)
    if by.kind == "professional" and by.user_id and is_talk(referral.service) and domain:
        _call("referrals_invite(%s, %s, %s)", [referral.pk, organisation.pk, domain])


def need_domains(referral: Referral) -> None:
    """A talk begins with explorers of ``LEAST_DOMAINS`` domains that said yes; ``Refused`` says who is missing."""
    if is_talk(referral.service) and len(domains_of(explorers_of(referral))) < LEAST_DOMAINS:
        raise Refused(
            _(
                "Een verkennend gesprek is er met verkenners van ten minste twee domeinen. Nodig er nog een uit, of wacht op antwoord."
            )
        )


def need_outcome(referral: Referral, outcome: str, plain: str) -> None:
    """A talk that was held leads to one of ``TALK_OUTCOMES``, told in plain words; any other referral to one of the others."""
    talk, led = is_talk(referral.service), outcome in TALK_OUTCOMES
    if talk and outcome not in {*TALK_OUTCOMES, *NOT_HELD}:
        raise Refused(_("Kies een uitkomst van een verkennend gesprek, of waarom het er niet was."), field="outcome")
    if led and not talk:
        raise Refused(_("Deze uitkomst hoort bij een verkennend gesprek."), field="outcome")
    if outcome == Outcome.DELIVERED and referral.service.process != HealthcareService.Process.ORDER:
        raise Refused(_("Deze uitkomst hoort bij een aanvraag."), field="outcome")
    if outcome == Outcome.TRAINED and referral.service.process != HealthcareService.Process.TRAINING:
        raise Refused(_("Deze uitkomst hoort bij een training."), field="outcome")
    if outcome == Outcome.CONSULTED:
        raise Refused(_("Kies hoe het is afgelopen."), field="outcome")
    if led and referral.status != Status.IN_PROGRESS:
        raise Refused(_("Geef eerst aan dat het gesprek er is geweest."), field="outcome")
    if led and not plain.strip():
        raise Refused(_("Schrijf in gewone woorden wat er uit het gesprek kwam; de inwoner leest dat."), field="plain")


def tell_explorers(referral: Referral, by: Actor) -> None:
    """Tell who explores along that something changed: the appointment, or that the talk is over."""
    if is_talk(referral.service) and any(one.status == ExplorerStatus.AGREED for one in explorers_of(referral)):
        _tell(referral, TALKS["change"], None, by)


def _now(referral: Referral) -> Referral:
    """The referral as it stands; who is asked may not lock it, so that the database judges once more."""
    found = Referral.objects.select_related("service").filter(pk=referral.pk).first()
    if found is None:
        raise PermissionDenied(_("Uw organisatie is niet gevraagd voor dit gesprek."))
    return found


def _need_lead(referral: Referral, by: Actor) -> Referral:
    """The referral, locked, for who leads its talk: two who ask at once ask one after the other."""
    need_role(by, Category.REFERRAL)
    Referral.objects.select_for_update().filter(pk=referral.pk).first()
    referral = _now(referral)
    if by.kind != "professional" or referral.receiving_organisation_id != by.organisation_id:
        raise PermissionDenied(_("Dit kan alleen de ontvanger van de verwijzing."))
    if not is_talk(referral.service) or referral.status not in HELPING:
        raise Refused(_("Verkenners vraagt u bij een verkennend gesprek dat u heeft aangenomen en dat nog loopt."))
    return referral


def _need_open(verb: str, referral: Referral, by: Actor) -> Exploring:
    invited = invitation_of(referral, by)
    if invited is None or not able_to(verb, invited, referral):
        raise Refused(_("Deze uitnodiging staat niet meer open."))
    return invited


def _answer(referral: Referral, agrees: bool, user_id: int | None) -> None:
    if not _call("referrals_explore(%s, %s, %s)", [referral.pk, agrees, user_id]):
        raise Refused(_("Deze uitnodiging staat niet meer open."))


def _ask(referral: Referral, exploring: Exploring, title: str, by: Actor) -> None:
    ask_work(
        "referral", subject=referral, organisation_id=exploring.organisation_id, patient_id=referral.patient_id,
        user_id=exploring.user_id, title=title % {"service": referral.service.name},
        sender=Organisation.objects.values_list("name", flat=True).get(pk=referral.receiving_organisation_id), due=referral.due, by=by,
    )  # fmt: skip


def _tell(referral: Referral, event: str, organisation_id: int | None, by: Actor, **data: Any) -> None:
    about = {"explorer": organisation_id} if organisation_id else {}
    record(event, subject=referral, patient_id=referral.patient_id, data={**about, **data}, by=by)


def _call(function: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}", values)
        return cursor.fetchone()[0]
