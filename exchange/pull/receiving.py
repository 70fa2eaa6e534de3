"""Referrals that other systems announce: kept without anybody's name, shown to the desk, and fetched once somebody takes them on."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossier.sources.mishap import Mishap
from events.actions import Errand, Later, ask, done, record
from events.actor import Actor, act
from events.errors import Refused
from events.models import Event
from exchange import fhir
from exchange.chain.sealing import digest_of, seal, unseal
from exchange.partners.door import MACHINERY
from exchange.partners.identity import Machine, stands
from exchange.partners.models import FhirConnection, PartnerTask
from exchange.partners.wires import later, wire_to
from exchange.pull import fetching, spec
from exchange.pull.models import Announcement
from exchange.pull.reading import Told, Waits, read_workflow
from referrals import actions as referrals
from referrals.access import CONTENT, naming_fault, open_for_referral, working_with_referrals
from referrals.models import Referral
from referrals.moves import RejectionReason
from referrals.terms import answer_by
from square.models import HealthcareService
from trust.access import need_role
from trust.actions import register_patient
from trust.categories import Category

WAITING = (Announcement.Status.ANNOUNCED, Announcement.Status.ACCEPTED, Announcement.Status.FAILED)

FETCHED_WITHIN = timedelta(days=1)
"""When who took a referral on is to look whether it came: as long as a delivery is tried."""


def base_of(announcement: Announcement) -> str:
    """What to show for it at the other side."""
    return unseal(
        announcement.key_id, announcement.sealed, _bound(announcement.connection_id, announcement.name)
    ).decode()


def _bound(connection_id: int, name: str) -> str:
    return digest_of(f"announcement {connection_id} {name}".encode())


@transaction.atomic
def announce(*, told: Told, connection: FhirConnection, by: Actor) -> Announcement:
    """Keep that a referral waits at another system, or that it does no more; what it is, is fetched from there by a worker.

    The same once more is harmless, also long after: how it stands is asked, and not believed. Under one name it stays for
    the same organisation.
    """
    with act(MACHINERY) as worker:
        key_id, sealed = seal(told.base.encode(), _bound(connection.pk, told.name))
        announcement, new = Announcement.objects.get_or_create(
            connection=connection, name=told.name,
            defaults={
                "sender": connection.organisation, "organisation": told.organisation, "remote": told.remote,
                "key_id": key_id, "sealed": sealed, "until": told.until,
                "service": _service(told.service, told.organisation.pk),
            },
        )  # fmt: skip
        if not new:
            announcement = _locked(announcement.pk)
        if announcement.organisation_id != told.organisation.pk or announcement.remote != told.remote:
            raise Refused(_("Onder deze groupIdentifier kondigde uw systeem al een andere verwijzing aan."))
        if told.withdrawn:
            _withdraw(announcement, worker)
            return announcement
        if not new and announcement.status in WAITING:
            announcement.key_id, announcement.sealed, announcement.until = key_id, sealed, told.until
            announcement.save(update_fields=["key_id", "sealed", "until"])
        if announcement.status in {*WAITING, Announcement.Status.TAKEN}:
            record("announcement.told", subject=announcement, data={"connection": connection.pk}, by=worker)
    return announcement


def _service(number: int, organisation_id: int) -> HealthcareService | None:
    """The service it is routed to, else the only one that there is."""
    own = services_of(organisation_id)
    named = [one for one in own if one.pk == number]
    return named[0] if named else own[0] if len(own) == 1 else None


def services_of(organisation_id: int) -> list[HealthcareService]:
    """What an organisation can be asked for."""
    found = HealthcareService.objects.filter(organisation_id=organisation_id, active=True, takes_referrals=True)
    return list(found.order_by("name", "pk"))


def _locked(pk: int) -> Announcement:
    rows = Announcement.objects.select_for_update(of=("self",))
    return rows.select_related("connection__organisation", "organisation", "service", "sender").get(pk=pk)


def _withdraw(announcement: Announcement, worker: Actor) -> None:
    """It is withdrawn over there; what was fetched is closed here by the withdrawal of the referral.

    Raises ``Refused`` where the help has begun.
    """
    if announcement.status in WAITING:
        _end(announcement, Announcement.Status.WITHDRAWN, worker)
        record("announcement.withdrawn", subject=announcement, by=worker)
    elif announcement.referral is not None:
        with act(Machine(announcement.connection, frozenset()).actor()) as machine:
            taken = Referral.objects.filter(pk=announcement.referral_id).first()
            if taken is not None and taken.closed_at is None:
                referrals.cancel(referral=taken, by=machine)


def _end(
    announcement: Announcement, status: str, worker: Actor, *, fault: str = "", referral: Referral | None = None
) -> None:
    announcement.status, announcement.fault, announcement.changed_at = (
        Announcement.Status(status),
        fault,
        timezone.now(),
    )
    announcement.referral = referral or announcement.referral
    if status == Announcement.Status.WITHDRAWN:
        announcement.sealed = b""
    if status in {Announcement.Status.TAKEN, Announcement.Status.WITHDRAWN}:
        announcement.notice = ""
    announcement.save(update_fields=["status", "fault", "changed_at", "referral", "sealed", "notice"])
    done(subject=announcement, by=worker)


def _held(event: Event) -> Announcement | None:
    """The announcement of an event."""
    rows = Announcement.objects.select_related("connection__organisation", "organisation", "service", "sender")
    return rows.filter(pk=event.subject_id).first()


def look(*, event: Event, by: Actor) -> Errand | None:
    """Ask the other system how the request stands, before anybody accepted: the need in a few words, and nobody's name."""
    announcement = _held(event)
    runs = {*WAITING, Announcement.Status.TAKEN}
    if announcement is None or announcement.status not in runs or not stands(announcement.connection):
        return None
    here, base, remote = announcement.connection, base_of(announcement), announcement.remote

    def go() -> Waits | Later:
        try:
            wire = wire_to(here, scope=spec.PULL_SCOPE, base=base)
            try:
                return read_workflow(wire.get(remote, []))
            finally:
                wire.close()
        except Mishap as mishap:
            return later(mishap)

    def back(found: Waits, worker: Actor) -> None:
        now = _locked(announcement.pk)
        if found.status in spec.OVER:
            with suppress(Refused), transaction.atomic():
                _withdraw(now, worker)
            return
        if now.status != Announcement.Status.ANNOUNCED:
            return
        now.notice, now.urgency = found.notice, found.urgency
        now.service = now.service or _service(found.service, now.organisation_id)
        now.save(update_fields=["notice", "urgency", "service"])
        days = now.service.answer_days if now.service else None
        ask(
            "pull", subject=now, organisation_id=now.organisation_id, title=gettext_noop("Aangekondigde verwijzing"),
            sender=here.organisation.name, due=answer_by(days, now.urgency, now.made_at), by=worker,
        )  # fmt: skip

    return Errand(go, back)


def _judged(announcement: Announcement, by: Actor) -> Announcement:
    """The announcement, held, for who works with referrals where it is for and while it can be decided."""
    need_role(by, Category.REFERRAL)
    own = Announcement.objects.filter(pk=announcement.pk, organisation_id=by.works_for)
    undecided = own.filter(status__in=[Announcement.Status.ANNOUNCED, Announcement.Status.FAILED])
    if locked := undecided.select_for_update().first():
        return locked
    now = own.first()
    if now is None:
        raise PermissionDenied(_("Dit kan alleen de ontvanger van de verwijzing."))
    raise Refused(_("Over deze verwijzing is al besloten: %(status)s.") % {"status": now.get_status_display()})


def _decide(announcement: Announcement, status: str, by: Actor) -> None:
    announcement.status, announcement.changed_at, announcement.decided_by_id, announcement.fault = (
        Announcement.Status(status),
        timezone.now(),
        by.user_id,
        "",
    )
    announcement.save(update_fields=["status", "changed_at", "decided_by", "fault", "service", "reason", "note"])
    done(subject=announcement, by=by)
    record(f"announcement.{status}", subject=announcement, data={"connection": announcement.connection_id}, by=by)


@transaction.atomic
def accept(*, announcement: Announcement, service: HealthcareService, by: Actor) -> Announcement:
    """Take it on: whom it is about and what comes along is fetched by a worker, and becomes a referral that was accepted.

    Until it is there, it stands on the list of who took it on: a fetch that never comes through is seen.
    """
    locked = _judged(announcement, by)
    if service not in services_of(locked.organisation_id):
        raise Refused(_("Kies aanbod van uw eigen organisatie."), field="service")
    locked.service = service
    _decide(locked, Announcement.Status.ACCEPTED, by)
    ask(
        "pull", subject=locked, organisation_id=locked.organisation_id, title=gettext_noop("Verwijzing wordt opgehaald"),
        user_id=by.user_id, sender=locked.sender.name, due=timezone.now() + FETCHED_WITHIN, by=by,
    )  # fmt: skip
    return locked


@transaction.atomic
def reject(*, announcement: Announcement, reason: str, note: str = "", by: Actor) -> Announcement:
    """Say no, with a reason that the other system is told; nothing was fetched, and once it is told no words stay here."""
    locked = _judged(announcement, by)
    if fault := naming_fault(note, None):
        raise Refused(fault, field="note")
    locked.reason, locked.note = RejectionReason(reason), note
    _decide(locked, Announcement.Status.REJECTED, by)
    return locked


def refuse(*, event: Event, by: Actor) -> Errand | None:
    """Tell the other system of the no."""
    announcement = _held(event)
    if (
        announcement is None
        or announcement.status != Announcement.Status.REJECTED
        or not stands(announcement.connection)
    ):
        return None
    here, base, remote = announcement.connection, base_of(announcement), announcement.remote
    coding = {
        "system": fhir.OWN_REJECTION,
        "code": announcement.reason,
        "display": str(announcement.get_reason_display()),
    }
    said = {"coding": [coding], "text": announcement.note or str(announcement.get_reason_display())}

    def go() -> bool | Later:
        try:
            return fetching.bring(here, base, remote, {"status": "rejected", "statusReason": said})
        except Mishap as mishap:
            return later(mishap)

    def back(_taken: bool, _worker: Actor) -> None:
        Announcement.objects.filter(pk=announcement.pk).update(sealed=b"", notice="", note="")

    return Errand(go, back)


def fetch(*, event: Event, by: Actor) -> Errand | None:
    """Say yes to the other system and fetch whom it is about and what it holds ready; only what is about that person is taken."""
    announcement = _held(event)
    if announcement is None or announcement.status != Announcement.Status.ACCEPTED:
        return None
    if not stands(announcement.connection):
        _fail(_locked(announcement.pk), "not-connected", by)
        return None
    here, base, remote = announcement.connection, base_of(announcement), announcement.remote

    def go() -> fetching.Pulled | fetching.Unfit | Later:
        try:
            return fetching.pull(here, base, remote)
        except fetching.Unfit as unfit:
            return unfit
        except Mishap as mishap:
            return later(mishap)

    def back(found: fetching.Pulled | fetching.Unfit, worker: Actor) -> None:
        now = _locked(announcement.pk)
        if now.status != Announcement.Status.ACCEPTED:
            return
        if isinstance(found, fetching.Unfit):
            _fail(now, found.reason, worker)
            return
        try:
            with transaction.atomic():
                taken = _take(now, found)
        except (Refused, PermissionDenied, Http404) as refused:
            _fail(now, "identity-differs" if getattr(refused, "field", "") == "bsn" else "not-admitted", worker)
            return
        _end(now, Announcement.Status.TAKEN, worker, fault="set-aside" if found.set_aside else "", referral=taken)
        record(
            "announcement.taken",
            subject=now,
            patient_id=taken.patient_id,
            data={"set_aside": found.set_aside},
            by=worker,
        )

    return Errand(go, back)


def _fail(announcement: Announcement, reason: str, worker: Actor) -> None:
    """It cannot be fetched, however often it is tried: the desk looks, and asks the other side."""
    _end(announcement, Announcement.Status.FAILED, worker, fault=reason)
    record("announcement.failed", subject=announcement, data={"reason": reason}, by=worker)
    ask(
        "pull", subject=announcement, organisation_id=announcement.organisation_id, title=gettext_noop("Verwijzing niet op te halen"),
        user_id=announcement.decided_by_id, sender=announcement.sender.name, by=worker,
    )  # fmt: skip


def _take(announcement: Announcement, found: fetching.Pulled) -> Referral:
    """The referral: brought by the system of who refers, about somebody whom that one helps, and accepted by who took it on."""
    here, service = announcement.connection, announcement.service
    if service is None:
        raise Refused(_("Kies aanbod van uw eigen organisatie."), field="service")
    with act(Machine(here, frozenset()).actor()) as machine:
        key = register_patient(registration=found.person, by=machine)
        opening = open_for_referral(machine, uuid.UUID(key), CONTENT)
        # Whom it is about was not known when these words came: the name that stands in them is not repeated.
        notice = "" if naming_fault(announcement.notice, opening.patient) else announcement.notice
        made = referrals.send(
            opening=opening, service=service, question=found.question or _QUESTION, notice=notice, agreed=True,
            urgency=announcement.urgency, brought=found.items,
            token=uuid.uuid5(uuid.NAMESPACE_URL, f"{spec.BASE} {here.pk} {announcement.name}"),
            by=machine,
        )  # fmt: skip
        PartnerTask.objects.create(
            connection=here, referral=made, system=spec.BASE, value=announcement.name, remote=announcement.remote
        )
    with act(_who(announcement)) as desk:
        referrals.accept(referral=made, by=desk)
    return made


_QUESTION = "Zie wat er meekwam uit het systeem van de verwijzer."


def _who(announcement: Announcement) -> Actor:
    """Who took it on, in the role in which that person works with referrals there now."""
    at_work = working_with_referrals(announcement.organisation_id)
    member = at_work.filter(user_id=announcement.decided_by_id).order_by("pk").first()
    if member is None:
        raise PermissionDenied(_("Wie deze verwijzing aannam, werkt hier niet meer."))
    return Actor("professional", member.user_id, member.organisation_id, member.role, "TREAT")
