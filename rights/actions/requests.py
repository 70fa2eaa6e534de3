"""Everything that moves a request: send, take up, ask back, answer, extend, decide, withdraw."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import ask as ask_work
from events.actions import done, next_number, record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation, Patient, User
from rights.access.people import signed_by
from rights.access.requests import Subject, has_running, may_grant, open_request, party_of
from rights.actions.effects import Decision, carry_out
from rights.clock import months_after
from rights.models import Message, Request
from rights.moves import EXTENSION_MONTHS, MOVES, TERM_MONTHS, Kind, Move, RejectionReason, Verb
from rights.retention import removable, was_minor
from trust.categories import Category, from_mask, named, to_mask

ABOUT_CATEGORIES = frozenset({Kind.OBJECTION, Kind.RESTRICTION, Kind.DELETION, Kind.INSIGHT})
"""The kinds of request that are about kinds of data, as against one line or one thing."""


@transaction.atomic
def send(
    *,
    patient: Patient,
    organisation: Organisation,
    kind: str,
    text: str,
    by: Actor,
    categories: Iterable[int] = (),
    subject: Subject | None = None,
    proposed: str = "",
    about_day: date | None = None,
    about_user: User | None = None,
    token: uuid.UUID | None = None,
) -> Request:
    """Send a request about the own data to one organisation, signed with name and day of birth (AVG art. 12-21).

    It must be decided within a month, a deletion within three (Wgbo art. 7:455 lid 2 BW). A correction is about one
    ``subject`` of the record, whose words go along; the other kinds but a question are about ``categories``. The same
    ``token`` twice gives the request that was sent already. Raises ``Refused`` when the same was asked and still waits, or when
    it does not say what it is about.
    """
    if by.kind != "citizen" or by.user_id is None:
        raise PermissionDenied(_("Een verzoek over eigen gegevens doet de inwoner zelf."))
    if token is not None and (former := Request.objects.filter(token=token, asker_id=by.user_id).first()):
        return former
    wanted = _about(kind, categories, subject, organisation)
    reference = subject.reference if subject else ""
    days = [about_day] if about_day else []
    if has_running(patient, organisation=organisation, kind=kind, reference=reference, days=days):
        raise Refused(_("U heeft dit al gevraagd. Het verzoek loopt nog; u vindt het bij Mijn verzoeken."))
    now = timezone.now()
    try:
        with transaction.atomic():
            made = Request.objects.create(
                number=next_number("R", "rights_number"), token=token or uuid.uuid4(), patient=patient,
                organisation=organisation, asker_id=by.user_id,
                name=_name(patient), birth_date=patient.birth_date, kind=kind, categories=to_mask(wanted), reference=reference,
                about_day=about_day, about_user=about_user, source_digest=subject.digest if subject else "", sent_at=now,
                due=months_after(now, TERM_MONTHS[kind]),
            )  # fmt: skip
    except IntegrityError:
        raise Refused(_("Dit formulier is al verstuurd. Kijk bij Mijn verzoeken.")) from None
    open_request(by, made.pk)
    _say(made, Verb.SEND, text, by, quoted=subject.words if subject else "", proposed=proposed)
    record("request.sent", subject=made, patient_id=patient.pk, data=_data(made), by=by)
    _ask(made, gettext_noop("Verzoek van een inwoner: %(name)s"), by)
    return made


def _about(
    kind: str, categories: Iterable[int], subject: Subject | None, organisation: Organisation
) -> frozenset[Category]:
    """The categories that a request is about; ``Refused`` where it does not say enough."""
    if kind == Kind.CORRECTION:
        if subject is None:
            raise Refused(_("Kies bij Mijn gegevens wat er niet klopt."), field="reference")
        if subject.organisation != organisation:
            raise Refused(_("Vraag dit aan wie het heeft opgeschreven."), field="organisation")
        return frozenset({subject.category})
    if kind not in ABOUT_CATEGORIES:
        return frozenset()
    wanted = frozenset(Category(number) for number in categories)
    if not wanted:
        raise Refused(_("Kies minstens één soort gegevens."), field="categories")
    return wanted


@transaction.atomic
def take_up(*, request: Request, by: Actor) -> Request:
    """Take a request in hand; the person sees who does."""
    locked, move = _judge(request, Verb.TAKE_UP, by)
    locked.taken_up_at, locked.handler_id = timezone.now(), by.user_id
    _moved(locked, move, by, "taken_up_at", "handler")
    _ask(locked, gettext_noop("Verzoek beslissen: %(name)s"), by)
    return locked


@transaction.atomic
def ask_back(*, request: Request, text: str, by: Actor) -> Request:
    """Ask the person something, such as to show who they are (AVG art. 12(6)); the term goes on."""
    locked, move = _judge(request, Verb.ASK_BACK, by)
    _said(text)
    _say(locked, Verb.ASK_BACK, text, by)
    _moved(locked, move, by)
    done(subject=locked, by=by)
    return locked


@transaction.atomic
def answer(*, request: Request, text: str, by: Actor) -> Request:
    """Answer what the organisation asked."""
    locked, move = _judge(request, Verb.ANSWER, by)
    _said(text)
    _say(locked, Verb.ANSWER, text, by)
    _moved(locked, move, by)
    _ask(locked, gettext_noop("Verzoek, vraag beantwoord: %(name)s"), by)
    return locked


@transaction.atomic
def extend(*, request: Request, text: str, by: Actor) -> Request:
    """Take two months more, once, within the first term and with the reason (AVG art. 12(3))."""
    locked, move = _judge(request, Verb.EXTEND, by)
    _said(text)
    now = timezone.now()
    if locked.extended_at is not None:
        raise Refused(_("De termijn is al een keer verlengd. Vaker kan niet."))
    if locked.due < now:
        raise Refused(_("De termijn is voorbij. Verlengen kan alleen daarvoor."))
    locked.due, locked.extended_at = months_after(locked.due, EXTENSION_MONTHS), now
    _say(locked, Verb.EXTEND, text, by)
    _moved(locked, move, by, "due", "extended_at")
    _ask(locked, gettext_noop("Verzoek beslissen: %(name)s"), by)
    return locked


@transaction.atomic
def withdraw(*, request: Request, by: Actor, text: str = "") -> Request:
    """Withdraw the own request; nothing is done with it any more."""
    locked, move = _judge(request, Verb.WITHDRAW, by)
    _say(locked, Verb.WITHDRAW, text, by)
    _closed(locked, move, by)
    return locked


@transaction.atomic
def decide(*, request: Request, verb: str, text: str, by: Actor, decision: Decision | None = None) -> Request:
    """Decide: grant, grant partly, or refuse with a coded reason; what was granted is carried out in the same transaction.

    A refusal says where to complain (AVG art. 12(4)). What the law keeps is never granted: a deletion of which a part must
    stay is granted partly. Raises ``Refused`` where the decision does not fit the request, or while a hold is in force.
    """
    decision = decision or Decision()
    locked, move = _judge(request, Verb(verb), by)
    _said(text)
    if move.verb != Verb.REFUSE and not may_grant(locked, by):
        raise Refused(_("Toekennen kan alleen de organisatie zelf. U kunt wel iets vragen, verlengen of weigeren."))
    if move.verb in {Verb.REFUSE, Verb.GRANT_PARTLY}:
        if decision.reason not in RejectionReason.values:
            raise Refused(_("Kies de reden waarom het niet, of niet helemaal, kan."), field="reason")
        locked.reason = decision.reason
    granted = _granted(locked, move, decision)
    locked.handler_id = by.user_id
    _say(locked, move.verb, text, by, proposed=decision.corrected)
    _closed(locked, move, by, "reason", "handler")
    if move.verb != Verb.REFUSE:
        carry_out(request=locked, categories=granted, decision=decision, by=by)
    return locked


def _granted(request: Request, move: Move, decision: Decision) -> frozenset[Category]:
    """The categories for which the request is granted; never more than was asked, never what the law keeps."""
    asked = from_mask(request.categories)
    if request.kind not in ABOUT_CATEGORIES or move.verb == Verb.REFUSE:
        return asked
    granted = asked if move.verb == Verb.GRANT else asked & decision.categories
    if move.verb == Verb.GRANT_PARTLY and not granted:
        raise Refused(_("Kies voor welke soorten gegevens u het verzoek toekent."), field="categories")
    if move.verb == Verb.GRANT_PARTLY and granted == asked:
        raise Refused(_("U kent alles toe. Kies “toekennen”, of minder soorten gegevens."), field="categories")
    if request.kind == Kind.DELETION:
        minor = was_minor(request.birth_date, timezone.localdate())
        free, kept = removable(granted, request.organisation.domain, minor=minor)
        if kept:
            names = named(Category[name] for name in kept)
            raise Refused(
                _("Dit moet bewaard blijven: %(names)s. Ken het verzoek deels toe.") % {"names": names},
                field="categories",
            )
        return free
    return granted


def _judge(request: Request, verb: Verb, by: Actor) -> tuple[Request, Move]:
    locked = Request.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=request.pk)
    moves = [move for move in MOVES if move.verb == verb]
    if moves[0].by != party_of(locked, by):
        raise PermissionDenied(
            _("Dit kan alleen wie het verzoek deed.")
            if moves[0].by == "person"
            else _("Dit kan alleen wie bij de organisatie verzoeken behandelt.")
        )
    for move in moves:
        if locked.status in move.sources:
            return locked, move
    raise Refused(
        _("Dit kan nu niet: het verzoek is %(status)s. Ververs de pagina om te zien wat er is gebeurd.")
        % {"status": locked.get_status_display()}
    )


def _said(text: str) -> None:
    if not text.strip():
        raise Refused(_("Schrijf erbij waarom, in gewone taal."), field="text")


def _say(request: Request, verb: Verb, text: str, by: Actor, *, quoted: str = "", proposed: str = "") -> None:
    """Keep what was said; who answers for an organisation signs with the own name, who asks with the name of the request."""
    author = User.objects.get(pk=by.user_id)
    signed = signed_by(request, by) if by.kind == "citizen" else str(author)
    Message.objects.create(
        request=request, patient_id=request.patient_id, organisation_id=request.organisation_id, verb=verb, author=author,
        by_person=by.kind == "citizen", author_name=signed[:200],
        text=text.strip(), quoted=quoted, proposed=proposed.strip(),
    )  # fmt: skip


EVENTS = {
    Verb.TAKE_UP: "request.taken_up",
    Verb.ASK_BACK: "request.asked_back",
    Verb.ANSWER: "request.answered",
    Verb.EXTEND: "request.extended",
    Verb.GRANT: "request.granted",
    Verb.GRANT_PARTLY: "request.partly_granted",
    Verb.REFUSE: "request.refused",
    Verb.WITHDRAW: "request.withdrawn",
}
"""The event of each step; sending records ``request.sent``."""


def _moved(request: Request, move: Move, by: Actor, *fields: str) -> None:
    request.status = move.target
    request.save(update_fields=["status", *fields])
    record(EVENTS[move.verb], subject=request, patient_id=request.patient_id, data=_data(request), by=by)


def _closed(request: Request, move: Move, by: Actor, *fields: str) -> None:
    request.closed_at = timezone.now()
    _moved(request, move, by, "closed_at", *fields)
    done(subject=request, by=by)


def _data(request: Request) -> dict[str, object]:
    return {"kind": str(request.kind), "status": str(request.status), "organisation": request.organisation_id}


def _ask(request: Request, title: str, by: Actor) -> None:
    kind = str(Kind(request.kind).label)
    ask_work(
        "request", subject=request, organisation_id=request.organisation_id, patient_id=request.patient_id, due=request.due,
        user_id=request.handler_id, title=title % {"name": kind}, by=by,
    )  # fmt: skip


def _name(patient: Patient) -> str:
    return f"{patient.first_names or patient.initials} {patient.surname}".strip()[:200]
