"""What a person does with a message on the page: see it, let what follows be done, fetch the file, connect, take steps on."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.access.health import need_manager
from events.actions import done, record
from events.actor import Actor, act
from events.errors import Refused
from exchange.chain.access import OPENED, need_desk, patient_of, sides
from exchange.chain.following import follow, settle
from exchange.chain.making import MACHINERY
from exchange.chain.models import Assignment, ChainConnection, ChainMessage
from exchange.chain.read import read
from exchange.chain.receiving import Taken, body_of, receive
from exchange.chain.relations import Compared, compare
from exchange.chain.sending import delivered
from people.models import Membership, Patient
from trust.access import open_record


@dataclass(frozen=True)
class Handled:
    """A message after somebody handled it, with what was found of its contact persons."""

    message: ChainMessage
    compared: Compared | None = None


def bring(*, body: bytes, by: Actor) -> Taken:
    """Take a file that somebody of the sending organisation brings on the page; steps that follow are taken in that person's name."""
    place = need_desk(by)
    with act(MACHINERY) as machinery:
        return receive(body=body, brought_by=place.pk, by=machinery, person=by)


def bring_from_hub(*, body: bytes, by: Actor) -> Taken:
    """Take a file that the hub brings in the name of a connected participant."""
    return receive(body=body, brought_by=None, by=by)


def handle(*, message: ChainMessage, by: Actor) -> Handled:
    """Look once more whom a message is about, hold its contact persons against the register, and let what follows be done.

    Raises ``Refused`` when the person is still not known to the own organisation: a message opens no record, somebody
    registers the person first.
    """
    body = body_of(message)
    with act(MACHINERY) as machinery:
        if message.patient_id is None and body is not None:
            _find(message, body, by.organisation_id)
    if message.patient_id is None and message.kind == "301":
        raise Refused(
            _("Deze inwoner is hier nog niet bekend. Registreer de inwoner, en verwerk het bericht dan opnieuw.")
        )
    compared = None
    if body is not None and message.kind == "301" and by.organisation_id == message.receiver_id:
        told = read(body)
        if "Relaties" in told.content:
            patient = Patient.objects.filter(pk=message.patient_id).first()
            if patient is None:
                raise PermissionDenied(_("Uw organisatie helpt deze inwoner nog niet. Registreer de inwoner eerst."))
            opening = open_record(by, patient.key, OPENED)
            municipality, _provider = sides(message.sender, message.receiver)
            compared = compare(message=told, opening=opening, municipality=municipality, by=by)
    with act(MACHINERY) as machinery:
        follow(message, by=machinery, person=by)
        mine = by.organisation_id == message.receiver_id and message.direction == ChainMessage.Direction.IN
        if mine and message.kind != "315" and message.sealed is not None:
            settle(message, by=machinery, user_id=by.user_id)
    see(message=message, by=by)
    return Handled(message, compared)


def see(*, message: ChainMessage, by: Actor) -> None:
    """Take news of a message off the list of the own organisation; a request stays until it is answered."""
    if message.kind != "315" or message.receiver_id != by.organisation_id:
        done(subject=message, kind="chain", organisation_id=by.organisation_id, by=by)


def _find(message: ChainMessage, body: bytes, organisation_id: int | None) -> None:
    """Whom the organisation that handles the message knows by this number."""
    mine = message.receiver if organisation_id == message.receiver_id else message.sender
    other = message.sender if mine == message.receiver else message.receiver
    found = patient_of(read(body).content.get("Bsn", ""), mine, other)
    if found is None:
        return
    message.patient_id = found
    message.save(update_fields=["patient"])
    municipality, provider = sides(message.sender, message.receiver)
    Assignment.objects.filter(organisation=municipality, provider=provider, person=message.person, patient=None).update(
        patient_id=found
    )


def fetch(*, message: ChainMessage, by: Actor) -> bytes | None:
    """The file of a message, for the back office of who made it or whom it is for; nothing once it is gone.

    For whom it is for, the answer is awaited from now on. That it was fetched stands in the log.
    """
    body = body_of(message)
    if body is None:
        return None
    record("chain.fetched", subject=message, patient_id=message.patient_id, by=by)
    if by.organisation_id == message.receiver_id and message.delivered_at is None:
        with act(MACHINERY) as machinery:
            delivered(message, by=machinery)
    return body


@transaction.atomic
def connect(*, active: bool, by: Actor) -> ChainConnection:
    """Say whether the own organisation exchanges messages through the hub; only who manages its connections."""
    organisation = need_manager(by)
    made, _new = ChainConnection.objects.get_or_create(organisation=organisation)
    made.active, made.changed_at = active, timezone.now()
    made.save(update_fields=["active", "changed_at"])
    record("chain.connected" if active else "chain.disconnected", subject=made, by=by)
    return made


@transaction.atomic
def stand_for(*, takes: bool, by: Actor) -> ChainConnection:
    """Have steps that follow from messages of the own organisation taken in the own name, or no longer.

    Everybody takes this on for self alone, and only with a role that refers: the log and the thread name this person.
    """
    place = need_desk(by)
    found = ChainConnection.objects.filter(organisation=place, active=True).first()
    if found is None:
        raise Refused(_("Uw organisatie wisselt geen berichten uit via het knooppunt."))
    mine = Membership.objects.current().filter(user_id=by.user_id, organisation=place, role=by.role).first()
    if takes:
        found.acting = mine
    elif found.acting is not None and found.acting.user_id == by.user_id:
        found.acting = None
    found.changed_at = timezone.now()
    found.save(update_fields=["acting", "changed_at"])
    record("chain.stands_for" if takes else "chain.stands_down", subject=found, by=by)
    return found
