"""Takes a message: whose it is, whether it was here before, whether it is right, what it does, and the answer with its return code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import ask, done, record
from events.actor import Actor
from exchange.chain.access import before, connected, hold_pair, party, patient_of, sides
from exchange.chain.across import across
from exchange.chain.codes import ANSWERED_BY
from exchange.chain.effects import About, apply, undo
from exchange.chain.following import follow, settle
from exchange.chain.judge import Fault, several, within
from exchange.chain.models import Assignment, ChainMessage
from exchange.chain.read import Read, read
from exchange.chain.retour import codes_in, retour
from exchange.chain.sealing import Closed, digest_of, person_of, seal, unseal
from people.models import Organisation
from referrals.models import Referral

KEPT_DAYS = 14
"""Days that a file is kept that was refused, or that waits for a person or for who must fetch it."""


@dataclass(frozen=True)
class Taken:
    """What became of a message: its line, the file of the answer (nothing for a return message), and whether it was here before."""

    message: ChainMessage
    answer: bytes | None
    again: bool = False


@transaction.atomic
def receive(*, body: bytes, brought_by: int | None, by: Actor, person: Actor | None = None) -> Taken:
    """Take a message that an organisation brought, or the hub when it is nobody's.

    ``by`` is the machinery; ``person`` who brought it, in whose name steps are taken. Raises
    :class:`~exchange.chain.read.Unreadable` for what is no message by the schema (level 1: no return message), and
    ``PermissionDenied`` when its sender is not who brings it or not connected, or its receiver takes no part.
    """
    message = read(body)
    answering = message.kind in ANSWERED_BY.values()
    codes_of = (message.receiver, message.sender) if answering else (message.sender, message.receiver)
    sender, receiver = (party(code) for code in codes_of)
    if sender is None or (sender.pk != brought_by if brought_by else not connected(sender.pk)):
        raise PermissionDenied(_("De afzender van dit bericht is niet de organisatie die het aanlevert."))
    if receiver is None:
        raise PermissionDenied(_("De ontvanger van dit bericht neemt geen deel aan dit netwerk."))
    hold_pair(*sides(sender, receiver))
    if answering:
        return _take_retour(message, body, sender, receiver, by, person)
    digest = digest_of(body)
    same = ChainMessage.objects.filter(
        direction=ChainMessage.Direction.IN, sender=sender, law=message.spec.law, kind=message.kind,
        identification=message.identification,
    )  # fmt: skip
    former = same.filter(digest=digest).first()
    if former is not None:
        return Taken(former, _answer_again(message, former, by), again=True)
    return _take(message, body, digest, sender, receiver, by, person, used=same.exists())


def _take(
    message: Read,
    body: bytes,
    digest: str,
    sender: Organisation,
    receiver: Organisation,
    by: Actor,
    person: Actor | None,
    *,
    used: bool,
) -> Taken:
    faults = within(message)
    about = about_of(message, sender, receiver)
    if not faults:
        known = before(
            message.kind, message.spec.law, about.municipality, about.provider, about.person, numbers_in(message)
        )
        faults = across(message, replace(known, identification_used=used), timezone.localdate())
    row = ChainMessage.objects.create(
        direction=ChainMessage.Direction.IN, law=message.spec.law, kind=message.kind, sender=sender, receiver=receiver,
        identification=message.identification, dated=message.dated, digest=digest, person=about.person,
        status=ChainMessage.Status.REFUSED if faults else ChainMessage.Status.WAITING,
        faults=_told(faults, message), patient_id=about.patient_id, referral=about.referral,
    )  # fmt: skip
    record("chain.refused" if faults else "chain.received", subject=row, patient_id=row.patient_id, by=by)
    answer = _answer(message, row, faults, by)
    if faults:
        keep(row, body)
        _ask(row, sender.pk, gettext_noop("Bericht afgekeurd"), by)
        return Taken(row, answer)
    rows = apply(message, about)
    take_up(row, rows, message, by)
    if message.kind == "315" or (message.kind == "301" and (row.patient_id is None or "Relaties" in message.content)):
        keep(row, body)  # a person answers it, registers whom it is about, or looks at the contact persons
    follow(row, by=by, person=person)
    return Taken(row, answer)


def take_up(row: ChainMessage, rows: list[Assignment], message: Read, by: Actor) -> None:
    """Point the message at the referral it came to be about, close what it answers, and ask whom it is for."""
    referral = next((one.referral_id for one in rows if one.referral_id), None)
    if referral and not row.referral_id:
        row.referral_id = referral
        row.patient_id = row.patient_id or Referral.objects.values_list("patient_id", flat=True).get(pk=referral)
        row.save(update_fields=["referral", "patient"])
    if message.kind in {"301", "319"}:
        for former in ChainMessage.objects.filter(
            kind="315", law=row.law, sender=row.receiver, receiver=row.sender, person__in={one.person for one in rows}
        ):
            if message.kind == "301" or rows[0].status == Assignment.Status.REFUSED:
                done(subject=former, by=by)
                settle(former, by=by)
    if message.kind == "305":
        for former in ChainMessage.objects.filter(
            kind="301", law=row.law, sender=row.receiver, receiver=row.sender, person=row.person
        ):
            done(subject=former, kind="chain", by=by)
    titles = {
        "315": gettext_noop("Verzoek om toewijzing"),
        "301": gettext_noop("Toewijzing ontvangen"),
        "319": gettext_noop("Antwoord op verzoek om toewijzing"),
    }
    if row.direction == ChainMessage.Direction.IN and message.kind in titles:
        _ask(row, row.receiver_id, titles[message.kind], by)


def about_of(message: Read, sender: Organisation, receiver: Organisation) -> About:
    """Between whom a message goes, and about whom, as far as the network may know; an answer names only what it answers."""
    municipality, provider = sides(sender, receiver)
    bsn = message.content.get("Bsn", "")
    person, patient = (person_of(bsn), patient_of(bsn, sender, receiver)) if bsn else ("", None)
    referral = _referral(message, municipality, provider, patient)
    if not bsn:
        asked = Assignment.objects.filter(
            law=message.spec.law, organisation=municipality, provider=provider,
            reference=message.content.get("ReferentieAanbieder", ""),
        ).first()  # fmt: skip
        if asked is not None:
            person, patient, referral = asked.person, asked.patient_id, asked.referral
    return About(municipality, provider, patient, person, referral)


def _referral(
    message: Read, municipality: Organisation, provider: Organisation, patient: int | None
) -> Referral | None:
    """The referral that the provider's reference names, when it is about this person and between these two.

    A provider that was asked and did not say yes learns nothing by naming a person: whom that request is about is not for it yet.
    """
    groups = {
        "315": ("AangevraagdeProducten", "AangevraagdProduct"),
        "301": ("ToegewezenProducten", "ToegewezenProduct"),
    }
    if patient is None or message.kind not in groups:
        return None
    named = {
        one.get("ReferentieAanbieder", "").partition("/")[0]
        for _path, one in several(message.content, *groups[message.kind])
    }
    pair = [municipality.pk, provider.pk]
    found = Referral.objects.filter(
        number__in=named, patient_id=patient, sending_organisation_id__in=pair, receiving_organisation_id__in=pair
    ).first()
    if message.kind == "315" and found and found.receiving_organisation_id == provider.pk and not found.taken_on:
        return None
    return found


def numbers_in(message: Read) -> set[int]:
    """Every number of an assignment in a message."""
    groups = (
        ("ToegewezenProducten", "ToegewezenProduct"),
        ("StartProducten", "StartProduct"),
        ("StopProducten", "StopProduct"),
    )
    found = [one for name, part in groups for _path, one in several(message.content, name, part)]
    return {int(one["ToewijzingNummer"]) for one in found if "ToewijzingNummer" in one}


def _told(faults: Iterable[Fault], message: Read) -> list[dict[str, str | int]]:
    return [
        {"rule": one.rule, "path": one.path, "code": one.code, "line": message.lines.get(one.path, 0)} for one in faults
    ]


def keep(row: ChainMessage, body: bytes) -> None:
    """Keep the file sealed, for who still needs it."""
    row.key_id, row.sealed = seal(body, row.digest)
    row.kept_until = timezone.now() + timedelta(days=KEPT_DAYS)
    row.save(update_fields=["key_id", "sealed", "kept_until"])


def lane_of(row: ChainMessage) -> str:
    """Messages between the same two go out in the order in which they were made."""
    return f"chain:{row.sender_id}:{row.receiver_id}"


def body_of(row: ChainMessage) -> bytes | None:
    """The file as it was kept; nothing once it is gone or does not open."""
    if row.sealed is None:
        return None
    try:
        return unseal(row.key_id, row.sealed, row.digest)
    except Closed:
        return None


def next_identification() -> str:
    """A number for a message of the network, used once: at most twelve signs."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('exchange_chain_number')")
        return f"N{cursor.fetchone()[0]:011d}"


def _answer(message: Read, row: ChainMessage, faults: list[Fault], by: Actor) -> bytes:
    number, today = next_identification(), timezone.localdate()
    answer = retour(message, faults, identification=number, dated=today)
    made = ChainMessage.objects.create(
        direction=ChainMessage.Direction.OUT, law=row.law, kind=ANSWERED_BY[row.kind], sender=row.receiver,
        receiver=row.sender, identification=number, dated=today, digest=digest_of(answer), answers=row,
        status=ChainMessage.Status.HANDLED, patient_id=row.patient_id, person=row.person, referral=row.referral,
    )  # fmt: skip
    keep(made, answer)
    record("chain.made", subject=made, patient_id=made.patient_id, lane=lane_of(made), by=by)
    return answer


def _answer_again(message: Read, former: ChainMessage, by: Actor) -> bytes:
    """The same answer as before, made anew from what was found then; it goes out once more, for the first may be lost."""
    made = ChainMessage.objects.get(answers=former, direction=ChainMessage.Direction.OUT)
    faults = [Fault(one["rule"], one["path"], one["code"]) for one in former.faults]
    answer = retour(message, faults, identification=made.identification, dated=made.dated)
    keep(made, answer)
    record("chain.made", subject=made, patient_id=made.patient_id, lane=lane_of(made), by=by)
    return answer


def _take_retour(
    message: Read, body: bytes, sender: Organisation, receiver: Organisation, by: Actor, person: Actor | None
) -> Taken:
    """Close the message that a return message answers; telling twice changes nothing."""
    asked = next(kind for kind, answer in ANSWERED_BY.items() if answer == message.kind)
    row = ChainMessage.objects.filter(
        direction=ChainMessage.Direction.OUT, sender=receiver, receiver=sender, law=message.spec.law, kind=asked,
        identification=message.identification,
    ).first()  # fmt: skip
    if row is None:
        raise PermissionDenied(_("Bij dit retourbericht hoort geen bericht dat hier is verstuurd."))
    _made, fresh = ChainMessage.objects.get_or_create(
        sender=sender, law=row.law, kind=message.kind, identification=message.header["IdentificatieRetour"], digest=digest_of(body),
        defaults={
            "direction": ChainMessage.Direction.IN, "receiver": receiver, "dated": message.header["DagtekeningRetour"],
            "status": ChainMessage.Status.HANDLED, "answers": row, "patient_id": row.patient_id, "person": row.person,
            "referral_id": row.referral_id,
        },
    )  # fmt: skip
    if not fresh or row.status != ChainMessage.Status.SENT:
        return Taken(row, None, again=True)
    found = codes_in(message)
    row.due, row.delivered_at = None, row.delivered_at or timezone.now()
    row.status = ChainMessage.Status.DECLINED if found else ChainMessage.Status.APPROVED
    row.faults = [{"rule": "", "path": "", "code": code, "line": 0} for code in found]
    row.save(update_fields=["due", "delivered_at", "status", "faults"])
    record("chain.declined" if found else "chain.approved", subject=row, patient_id=row.patient_id, by=by)
    if found:
        kept = body_of(row)
        if kept is not None:
            sent = read(kept)
            undo(sent, about_of(sent, row.sender, row.receiver))
        _ask(row, row.sender_id, gettext_noop("Bericht afgekeurd door de ontvanger"), by)
    else:
        done(subject=row, kind="chain", by=by)
        follow(row, by=by, person=person)
    return Taken(row, None)


def _ask(row: ChainMessage, organisation_id: int, title: str, by: Actor) -> None:
    other = row.sender if organisation_id == row.receiver_id else row.receiver
    ask(
        "chain", subject=row, organisation_id=organisation_id, patient_id=row.patient_id, title=title, sender=str(other), by=by
    )  # fmt: skip
