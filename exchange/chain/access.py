"""Who may see which messages and assignments, which codes belong to whom, and what was exchanged before."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from events.actor import Actor
from exchange.chain import codes
from exchange.chain.across import ASSIGNED, Asked, Before, Known, Period
from exchange.chain.codes import Law
from exchange.chain.judge import day
from exchange.chain.models import Assignment, ChainConnection, ChainMessage
from people.models import Domain, Membership, Organisation, Patient
from referrals.access import log_denied, name_known, patients_of
from referrals.models import Referral
from trust.access import Opening, need_role, open_record
from trust.categories import Category

OPENED = (Category.IDENTITY, Category.NETWORK, Category.REFERRAL, Category.SOCIAL)
"""What is opened of a record to make or handle a message about the person."""


def need_desk(actor: Actor) -> Organisation:
    """The organisation whose messages somebody may see and bring: one with a municipality or AGB code, in a role that refers."""
    if actor.works_for is None:
        raise Http404
    need_role(actor, Category.REFERRAL)
    place = Organisation.objects.get(pk=actor.works_for)
    if not place.agb and not place.municipality_code:
        raise PermissionDenied(
            _("Uw organisatie heeft geen AGB-code of gemeentecode, en wisselt dus geen berichten uit.")
        )
    return place


def messages_for(actor: Actor) -> QuerySet[ChainMessage]:
    """Every message of the own organisation, newest first; a return message shows at what it answers."""
    place = need_desk(actor)
    mine = ChainMessage.objects.filter(Q(sender=place) | Q(receiver=place)).filter(answers=None)
    return mine.select_related("sender", "receiver", "referral").prefetch_related("returns")


def get_message(actor: Actor, pk: int) -> ChainMessage:
    """One of those, or the return message of one; of others it does not exist."""
    here = actor.works_for or 0
    mine = ChainMessage.objects.filter(Q(sender_id=here) | Q(receiver_id=here), pk=pk)
    found = mine.select_related("sender", "receiver", "referral").first()
    if found is None:
        raise Http404
    need_desk(actor)
    return found


def assignments_of(actor: Actor, opening: Opening) -> list[Assignment]:
    """What was asked and assigned for the person of an opened record, as far as the own organisation takes part in it."""
    mine = Q(organisation_id=actor.organisation_id) | Q(provider_id=actor.organisation_id)
    return list(Assignment.objects.filter(mine, patient=opening.patient).select_related("organisation", "provider"))


def open_for_message(actor: Actor, referral: Referral) -> Opening:
    """Open the record of a referral to make a message about it; the receiver can from acceptance on."""
    if not name_known(referral, actor):
        raise PermissionDenied(_("Accepteer de verwijzing eerst: daarna kunt u hierover een bericht maken."))
    patient = patients_of([referral], actor).get(referral.patient_id)
    if patient is None:
        raise PermissionDenied(_("Uw organisatie heeft geen relatie meer met deze inwoner."))
    return open_record(actor, patient.key, OPENED)


def open_message(actor: Actor, message: ChainMessage) -> Opening | None:
    """Open the record of whom a message is about, before its file, which names the person, goes out.

    What the own organisation wrote it keeps, and a message about somebody whom the network does not know opens nothing: then
    there is nothing to open. Raises ``PermissionDenied`` for a receiver that does not help the person (yet).
    """
    if message.patient_id is None or message.sender_id == actor.organisation_id:
        return None
    patient = Patient.objects.filter(pk=message.patient_id).first()
    if patient is None:
        if message.referral_id:
            log_denied(message.referral_id)
        raise PermissionDenied(_("Accepteer de verwijzing eerst: het bestand noemt naam en BSN."))
    return open_record(actor, patient.key, OPENED)


def sides(one: Organisation, other: Organisation) -> tuple[Organisation, Organisation]:
    """Municipality and provider of the two."""
    return (one, other) if one.domain == Domain.MUNICIPALITY else (other, one)


def party(code: str) -> Organisation | None:
    """The admitted participant with a municipality code or an AGB code; nothing where none has it, or more than one."""
    name = "municipality_code" if len(code) == 4 else "agb"
    found = list(Organisation.objects.admitted().filter(**{name: code})[:2])
    return found[0] if len(found) == 1 else None


def code_of(organisation: Organisation) -> str:
    """The code by which messages know a participant."""
    return organisation.municipality_code or organisation.agb


def connected(organisation_id: int) -> bool:
    """Whether a participant exchanges messages through the hub."""
    return ChainConnection.objects.filter(organisation_id=organisation_id, active=True).exists()


def connection_of(actor: Actor) -> ChainConnection | None:
    """How the own organisation is connected."""
    return ChainConnection.objects.filter(organisation_id=actor.organisation_id).select_related("acting__user").first()


def acting_for(organisation_id: int) -> Actor | None:
    """In whose name messages of this participant take steps: somebody who took that on and still works there."""
    held = ChainConnection.objects.filter(organisation_id=organisation_id, active=True).values("acting_id")
    found = (
        Membership.objects.current().filter(pk__in=held, organisation_id=organisation_id, user__is_active=True).first()
    )
    if found is None:
        return None
    return Actor("professional", found.user_id, organisation_id, found.role, "TREAT", place="chain")


def patient_of(bsn: str, knower: Organisation, other: Organisation) -> int | None:
    """The number of whom a message is about, when ``knower`` helps that person or one of the two referred it to the other.

    Who brings a message is the knower first: so that nobody learns by it whom the other party helps.
    """
    with connection.cursor() as cursor:
        cursor.execute("select exchange_chain_patient(%s, %s, %s)", [bsn, knower.pk, other.pk])
        found: int | None = cursor.fetchone()[0]
    return found


def hold_pair(municipality: Organisation, provider: Organisation) -> None:
    """Have messages between these two wait for each other until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [748, (municipality.pk * 65_537 + provider.pk) % 2**31])


def before(
    kind: str, law: Law, municipality: Organisation, provider: Organisation, person: str, numbers: Iterable[int]
) -> Before:
    """What was exchanged before, as far as a message of this kind is judged by it."""
    rows = Assignment.objects.filter(law=law, organisation=municipality, number__in=set(numbers))
    asked = Assignment.objects.filter(law=law, provider=provider).exclude(reference="")
    if kind != "315":
        asked = asked.filter(organisation=municipality)
    states = {
        Assignment.Status.ASKED: "",
        Assignment.Status.STUDIED: codes.IN_STUDY,
        Assignment.Status.REFUSED: codes.REFUSED,
    }
    return Before(
        {
            one.number or 0: Known(
                one.number or 0, one.provider_id == provider.pk and person in {"", one.person}, tuple(periods_of(one))
            )
            for one in rows
        },
        {
            one.reference: Asked(
                one.reference, states.get(Assignment.Status(one.status), ASSIGNED), person in {"", one.person}
            )
            for one in asked
        },
    )


def periods_of(one: Assignment) -> list[Period]:
    """The stretches of help under an assignment."""
    return [Period(day(each["begun"]) or one.begins, day(each["ended"]), each["reason"]) for each in one.periods]
