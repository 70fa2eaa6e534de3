"""Everything that changes what goes back to the own system: put ready, bring, try again, copied by hand, and what a system takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from dossier.actions.connection import config_of
from dossier.models import Copy, CopyKind, Entry, Source, SourceCopying
from dossier.moves import MOVES, CopyStatus, CopyVerb
from dossier.sources.outgoing import Ability, Former, Parcel
from dossier.sources.results import UserContext
from dossier.sources.secret_files import SecretMissing
from dossier.sources.send import Fate, Sent, send
from events.actions import GIVE_UP_AFTER, Later, done, record
from events.actions import ask as ask_work
from events.actor import Actor
from events.errors import Refused
from people.models import Role, User
from trust.access import has_permission
from trust.categories import Category
from trust.national.codes import OTHER_ROLE, ROLE_CODE

WORK = "copy"
"""The kind of the work item that stands on a team's list while something has to be copied by hand; one for each system."""
GIVE_UP = GIVE_UP_AFTER - timedelta(minutes=1)
"""Just before a delivery would be parked, a copy is handed to a person, who sees it on the list."""
ABILITIES_KEPT = timedelta(hours=24)
WORDS_KEPT = timedelta(days=7)
"""How long the words of what was ticked off stay, so that it can be undone; the database drops them after it."""
AT_ONCE = 5
"""How many older copies for the same person and system one delivery brings before its own."""


@transaction.atomic
def copy_entry(*, entry: Entry, by: Actor) -> None:
    """Put an entry ready for the own system of its writer's organisation; a newer version takes the place of the older."""
    copy_back(
        patient_id=entry.patient_id,
        organisations=[entry.organisation_id],
        kind=entry.kind,
        category=Category(entry.category),
        reference=f"entry:{entry.pk}",
        title=_title(entry),
        text=entry.text,
        on_date=entry.on_date,
        by=by,
    )


def _title(entry: Entry) -> str:
    """What an entry is called in a system that knows its words alone; in Dutch, whatever the writer reads."""
    with override(settings.LANGUAGE_CODE):
        words = str(Entry.Kind(entry.kind).label)
        words = words[:1].upper() + words[1:]
        return _("%(kind)s (gedaan)") % {"kind": words} if entry.done else words


@transaction.atomic
def copy_back(
    *,
    patient_id: int,
    organisations: Iterable[int],
    kind: str,
    category: Category,
    reference: str,
    title: str,
    text: str,
    by: Actor,
    on_date: date | None = None,
) -> None:
    """Put a text ready for the own system of each of these organisations, as far as their systems are set to take this kind.

    It goes to a system of an organisation that may hold it alone: the writer's own, or the other party of the process that
    ``reference`` names (``consultation:3:answer:8``); the database judges that, and what it refuses is left out by the
    caller. The same reference twice puts nothing ready anew. What a system does not take by itself stands on the list of
    what a person copies, with one work item for each system.
    """
    if by.user_id is None or by.works_for is None:
        return
    wanted = list(dict.fromkeys(organisations))
    fitting = SourceCopying.objects.filter(source__organisation_id__in=wanted, source__active=True)
    ways: dict[int, tuple[SourceCopying, CopyStatus]] = {}
    for copying in fitting.select_related("source").order_by("source_id"):
        holder = copying.source.organisation_id
        if kind in copying.written and (holder not in ways or ways[holder][1] == CopyStatus.LISTED):
            ways[holder] = copying, CopyStatus.WAITING
        elif kind in copying.by_hand:
            ways.setdefault(holder, (copying, CopyStatus.LISTED))
    if not ways:
        return
    name, role = _signature(by)
    day = on_date or timezone.localdate()
    for holder, (copying, status) in ways.items():
        with connection.cursor() as cursor:
            cursor.execute(
                "select dossier_copy_ask(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    patient_id,
                    holder,
                    copying.source_id,
                    int(category),
                    kind,
                    reference,
                    title,
                    text,
                    day,
                    name,
                    role,
                    str(status),
                ],
            )
            number: int | None = cursor.fetchone()[0]
        if number is None:
            continue
        if status == CopyStatus.WAITING:
            record(
                "copy.asked", subject=Copy(pk=number), patient_id=patient_id, data={"source": copying.source_id}, by=by
            )
        else:
            _ask_team(copying.source, by)


def _signature(by: Actor) -> tuple[str, str]:
    with override(settings.LANGUAGE_CODE):  # kept in Dutch, whatever the writer reads
        role = str(Role(by.role).label) if by.role in Role.values else by.role
    return str(User.objects.get(pk=by.user_id))[:160], role[:60]


def _ask_team(source: Source, by: Actor) -> None:
    title = gettext_noop("Over te nemen in het eigen systeem: %(name)s") % {"name": source.name}
    ask_work(WORK, subject=source, organisation_id=source.organisation_id, title=title, by=by)


def _settle_work(source: Source, by: Actor) -> None:
    """Take the line off the team's list once nothing is left to copy by hand for this system."""
    with connection.cursor() as cursor:
        cursor.execute("select dossier_copies_left(%s)", [source.pk])
        left: bool = cursor.fetchone()[0]
    if not left:
        done(subject=source, kind=WORK, organisation_id=source.organisation_id, by=by)


@transaction.atomic
def send_copy(*, pk: int, by: Actor) -> Later | None:
    """Bring one copy to its system, after those that were put ready before it for the same person and system.

    Gives back :class:`Later` where the system does not answer now; after 24 hours the copy is handed to a person. What a
    system refuses is handed over at once. Hearing of it twice, or again after an answer that was lost, writes nothing twice.
    """
    asked = Copy.objects.waiting().filter(pk=pk).first()
    if asked is None:
        return None
    with connection.cursor() as cursor:
        lane = f"{asked.patient_id}:{asked.source_id}"
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 744))", [lane])
        if not cursor.fetchone()[0]:
            return Later("busy")
    before = Copy.objects.waiting().filter(patient_id=asked.patient_id, source_id=asked.source_id, pk__lte=asked.pk)
    queue = before.select_for_update(of=("self",)).select_related("source__organisation", "author_organisation")
    for brought, copy in enumerate(queue.order_by("pk")):
        if brought > AT_ONCE:
            return Later("in-order")
        if (reason := _bring(copy, by)) and copy.status == CopyStatus.WAITING:
            return Later(reason)
    return None


def _bring(copy: Copy, by: Actor) -> str:
    """One try; keeps how it went, and gives the reason when it has to be tried again."""
    now = timezone.now()
    sent = _try(copy, by)
    copy.tried_at, copy.attempts, copy.uncertain = now, copy.attempts + 1, sent.uncertain
    copy.reason = sent.reason[:60]
    fate = sent.fate
    if fate is Fate.LATER and now - copy.asked_at >= GIVE_UP:
        fate = Fate.REFUSED
    if fate is Fate.ARRIVED:
        copy.source_type, copy.source_key, copy.source_version = sent.type[:40], sent.key[:120], sent.version[:80]
        copy.reason = ""
        _move(copy, CopyVerb.ARRIVE)
        record("copy.arrived", subject=copy, patient_id=copy.patient_id, data={"source": copy.source_id}, by=by)
    elif fate is Fate.REFUSED:
        _move(copy, CopyVerb.FAIL)
        data = {"source": copy.source_id, "reason": copy.reason}
        record("copy.failed", subject=copy, patient_id=copy.patient_id, data=data, by=by)
        _ask_team(copy.source, by)
    copy.save(
        update_fields=[
            "status", "reason", "tried_at", "attempts", "uncertain", "source_type", "source_key", "source_version",
            "settled_at",
        ]
    )  # fmt: skip
    return "" if fate is not Fate.LATER else sent.reason


def _move(copy: Copy, verb: CopyVerb) -> None:
    move = next(move for move in MOVES if move.verb == verb)
    if copy.status not in move.sources:
        raise Refused(_("Dit is intussen al anders afgehandeld. Vernieuw de pagina."))
    copy.status, copy.settled_at = move.target, timezone.now()


def _try(copy: Copy, by: Actor) -> Sent:
    source = copy.source
    with connection.cursor() as cursor:
        cursor.execute("select * from dossier_copy_content(%s)", [copy.pk])
        names = [column.name for column in cursor.description]
        row = cursor.fetchone()
    if row is None:
        return Sent(Fate.REFUSED, "not-own", uncertain=copy.uncertain)
    content: dict[str, Any] = dict(zip(names, row, strict=True))
    if content["restricted"]:
        return Sent(Fate.REFUSED, "restricted", uncertain=copy.uncertain)
    copying = SourceCopying.objects.filter(source=source).first()
    if not source.active or copying is None or copy.kind not in copying.written:
        return Sent(Fate.REFUSED, "switched-off", uncertain=copy.uncertain)
    try:
        config = config_of(source)
    except SecretMissing:
        return Sent(Fate.LATER, "secret-missing", uncertain=copy.uncertain)
    sent = send(
        config,
        _parcel(copy, content),
        content["bsn"] or "",
        content["birth_date"],
        _abilities(copying),
        settings.COPY_DEADLINE,
        f"copy-{copy.key}",
        _context(copy, content),
    )
    if sent.abilities is not None:
        told = {name: asdict(ability) for name, ability in sent.abilities.items()}
        SourceCopying.objects.filter(pk=copying.pk).update(abilities=told, abilities_at=timezone.now())
    return sent


def _abilities(copying: SourceCopying) -> Mapping[str, Ability] | None:
    """What the system said of itself, as long as that was not long ago."""
    if copying.abilities_at is None or timezone.now() - copying.abilities_at > ABILITIES_KEPT:
        return None
    return {name: Ability(**told) for name, told in copying.abilities.items()}


def _parcel(copy: Copy, content: Mapping[str, Any]) -> Parcel:
    former, lost = copy.replaces, ""
    while former is not None and (former.status != CopyStatus.ARRIVED or former.source_id != copy.source_id):
        lost = lost or (former.key.urn if former.uncertain and former.source_id == copy.source_id else "")
        former = former.replaces
    return Parcel(
        identifier=copy.key.urn,
        kind=copy.kind,
        title=content["title"],
        text=content["text"],
        on_date=content["on_date"],
        at=copy.made_at,
        author_name=copy.author_name,
        author_role=copy.author_role,
        author_uzi=content["uzi"],
        organisation=copy.author_organisation.name,
        ura=content["ura"],
        former=Former(former.source_type, former.source_key, former.source_version) if former else None,
        lost=lost,
        uncertain=copy.uncertain,
    )


def _context(copy: Copy, content: Mapping[str, Any]) -> UserContext:
    """In whose name it is written: who signed, in that role, for that organisation; to treat."""
    return UserContext(
        subject_id=content["uzi"],
        subject_role=copy.author_role_code,
        subject_organization=copy.author_organisation.name,
        subject_organization_id=content["ura"],
        subject_role_code=ROLE_CODE.get(copy.author_role_code, OTHER_ROLE),
        purpose_of_use="TREAT",
    )


@transaction.atomic
def retry_copy(*, copy: Copy, by: Actor) -> Copy:
    """Try once more to bring to the system what did not get there.

    Raises ``Refused`` when somebody was first, or when the system is not set to take this kind by itself.
    """
    locked = _locked(copy)
    copying = SourceCopying.objects.filter(source=locked.source).first()
    if not locked.source.active or copying is None or locked.kind not in copying.written:
        raise Refused(_("Dit systeem neemt dit niet zelf aan. Neem de tekst over en vink hem daarna af."))
    _move(locked, CopyVerb.RETRY)
    locked.asked_at, locked.settled_at, locked.reason = timezone.now(), None, ""
    locked.save(update_fields=["status", "settled_at", "asked_at", "reason"])
    _settle_work(locked.source, by)
    record(
        "copy.asked",
        subject=locked,
        patient_id=locked.patient_id,
        data={"source": locked.source_id, "again": True},
        by=by,
    )
    return locked


@transaction.atomic
def mark_copied(*, copy: Copy, by: Actor) -> Copy:
    """State that somebody copied it by hand: who, and when. Raises ``Refused`` when it was settled otherwise meanwhile."""
    locked = _locked(copy)
    _move(locked, CopyVerb.COPY)
    locked.handled_by_id, locked.handled_name = by.user_id, str(User.objects.get(pk=by.user_id))[:160]
    locked.save(update_fields=["status", "settled_at", "handled_by", "handled_name"])
    _settle_work(locked.source, by)
    record("copy.by_hand", subject=locked, patient_id=locked.patient_id, data={"source": locked.source_id}, by=by)
    return locked


@transaction.atomic
def unmark_copied(*, copy: Copy, by: Actor) -> Copy:
    """Put something that was ticked off by mistake back on the list, as long as its words stand."""
    locked = _locked(copy)
    if locked.settled_at is not None and timezone.now() - locked.settled_at > WORDS_KEPT:
        raise Refused(_("Dit is te lang geleden: de tekst staat hier niet meer. U vindt hem in het netwerkdossier."))
    _move(locked, CopyVerb.UNDO)
    locked.handled_by, locked.handled_name, locked.settled_at = None, "", None
    locked.save(update_fields=["status", "settled_at", "handled_by", "handled_name"])
    _ask_team(locked.source, by)
    record("copy.undone", subject=locked, patient_id=locked.patient_id, data={"source": locked.source_id}, by=by)
    return locked


def _locked(copy: Copy) -> Copy:
    return Copy.objects.select_for_update(of=("self",)).select_related("source__organisation").get(pk=copy.pk)


@transaction.atomic
def state_copying(*, source: Source, written: Iterable[str], by_hand: Iterable[str], by: Actor) -> SourceCopying:
    """State of which kinds a system takes what is written in the network, and which a person copies; counts from now.

    Raises ``PermissionDenied`` for who does not manage the sources of its organisation.
    """
    if source.organisation_id != by.works_for or not has_permission(by, source.organisation, "manage_sources"):
        raise PermissionDenied(_("Dit stelt in wie de bronnen van uw organisatie beheert."))
    kinds = [kind for kind in CopyKind.values if kind in set(written)]
    listed = [kind for kind in CopyKind.values if kind in set(by_hand) - set(kinds)]
    made, _new = SourceCopying.objects.update_or_create(
        source=source, defaults={"written": kinds, "by_hand": listed, "abilities": {}, "abilities_at": None}
    )
    record("copying.stated", subject=source, data={"written": kinds, "by_hand": listed}, by=by)
    return made


def drop_copied_texts(*, by: Actor) -> int:
    """Drop the words of what was copied by hand a week ago; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select dossier_drop_copied_texts()")
        dropped: int = cursor.fetchone()[0]
    return dropped
