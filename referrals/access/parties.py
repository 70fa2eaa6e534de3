"""Who may see a referral and its content, and who may take which step."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.actor import Actor
from people.access import need_professional
from people.models import Membership, Patient
from referrals.models import Exploring, Letter, LetterItem, Referral, Step
from referrals.moves import MOVES, NOT_TAKEN_ON, READABLE, TURNS, Move, Party, Status, Verb
from referrals.moves.talks import ExplorerStatus
from square.models import HealthcareService
from trust.access import Opening, decide, open_record
from trust.categories import EVERYTHING, Category

BIGGEST = 2**63
"""No number of a row is larger; what is typed in an address may be."""

_PARTS = ("service", "sending_organisation", "receiving_organisation", "sender", "entered_by", "receiver")
CONTENT = frozenset({Category.REFERRAL, Category.IDENTITY, Category.NETWORK, Category.WISHES, Category.ALERTS})
"""What a party opens to read a referral."""


def need_organisation(actor: Actor) -> int:
    """The organisation for which the actor works; ``PermissionDenied`` for who works for none."""
    if actor.works_for is None:
        raise PermissionDenied(_("Verwijzingen zijn er voor professionals. Kies eerst voor welke organisatie u werkt."))
    return actor.works_for


def referrals_for(actor: Actor) -> QuerySet[Referral]:
    """The referrals that the actor's organisation sent or received; index only."""
    organisation = need_organisation(actor)
    return Referral.objects.filter(Q(sending_organisation_id=organisation) | Q(receiving_organisation_id=organisation))


def find_referral(actor: Actor, pk: int) -> Referral | None:
    """One referral that the actor's organisation sent or received; ``None`` for anybody else, also for who was asked before."""
    need_professional(actor)
    return referrals_for(actor).select_related(*_PARTS).filter(pk=pk).first()


def get_referral(actor: Actor, pk: int) -> Referral:
    """One referral in which the actor's organisation is a party; for anybody else it does not exist, and the try is logged."""
    referral = find_referral(actor, pk)
    referral = referral or _explored_by(actor).select_related(*_PARTS).filter(pk=pk).first()
    if referral is None:
        log_denied(pk)
        raise Http404
    return referral


def _explored_by(actor: Actor) -> QuerySet[Referral]:
    """The referrals for which the actor's organisation is asked to explore, or does."""
    asked = Exploring.objects.filter(
        organisation_id=actor.organisation_id, status__in=[ExplorerStatus.INVITED, ExplorerStatus.AGREED]
    )
    return Referral.objects.filter(pk__in=asked.values("referral_id"))


def log_denied(pk: int) -> None:
    """Write that somebody tried to open a referral that is not theirs (NEN 7513:2018, 7.2.5)."""
    if 0 < pk < BIGGEST:
        with connection.cursor() as cursor:
            cursor.execute("select referrals_log_denied(%s)", [pk])


def parties_of(referral: Referral, actor: Actor) -> frozenset[Party]:
    """The sides on which the actor stands; both when an organisation refers within its own walls."""
    if actor.kind == "citizen":
        return frozenset({"person"} if referral.sending_organisation_id else {"person", "self"})
    sides: dict[Party, int | None] = {
        "sender": referral.sending_organisation_id,
        "receiver": referral.receiving_organisation_id,
    }
    mine = actor.organisation_id
    found = frozenset(side for side, organisation in sides.items() if mine is not None and organisation == mine)
    if not found and mine is not None and _explores(referral, mine):
        return frozenset({"explorer"})
    return found


def _explores(referral: Referral, organisation_id: int) -> bool:
    agreed = Exploring.objects.filter(referral=referral, organisation_id=organisation_id, status=ExplorerStatus.AGREED)
    return referral.service.process == HealthcareService.Process.TALK and agreed.exists()


def turn_of(referral: Referral) -> Party:
    """Whose turn it is now; a refusal is the sender's until it was seen. Where nobody referred, what waits for a sender waits for
    the person."""
    if referral.status == Status.REJECTED and referral.settled_at:
        return "nobody"
    turn = TURNS[Status(referral.status)]
    return "self" if turn == "sender" and referral.sending_organisation_id is None else turn


def moves_for(referral: Referral, actor: Actor) -> list[Move]:
    """The steps that the actor may take now; nobody has to see a refusal twice."""
    parties = parties_of(referral, actor)
    if turn_of(referral) == "nobody":
        return []
    return [move for move in MOVES if referral.status in move.sources and move.by in parties]


def name_known(referral: Referral, actor: Actor) -> bool:
    """Whether this side may know who it is about: the sender and the person do, the receiver from acceptance on, who explores with
    the receiver from the own yes on."""
    parties = parties_of(referral, actor)
    return bool({"sender", "person"} & parties) or (bool(parties) and referral.taken_on)


def kept_back(organisation: int | None, at: str = "") -> Q:
    """Requests to an organisation that did not take them on (:func:`name_known`), for lists that are about one person; ``at`` leads
    to the referral. Somebody whom it helps already is not named in them either."""
    untaken = ~Q(**{f"{at}status__in": READABLE}) | Q(**{f"{at}outcome__in": NOT_TAKEN_ON, f"{at}accepted_at": None})
    here, sent = (
        Q(**{f"{at}receiving_organisation_id": organisation}),
        Q(**{f"{at}sending_organisation_id": organisation}),
    )
    return here & ~sent & untaken


def patients_of(referrals: Sequence[Referral], actor: Actor) -> dict[int, Patient]:
    """The patients whose name this side may know and still reaches, by number; one query."""
    return Patient.objects.in_bulk({referral.patient_id for referral in referrals if name_known(referral, actor)})


def open_referral(actor: Actor, referral: Referral) -> Opening | None:
    """Open name and letter; ``None`` before acceptance, after a refusal, once the access has ended, or without the right role."""
    patient = patients_of([referral], actor).get(referral.patient_id)
    if patient is None or Category.REFERRAL not in decide(actor, patient, CONTENT).allowed:
        return None
    return open_record(actor, patient.key, CONTENT, patient)


def letter_of(opening: Opening, referral: Referral) -> Letter | None:
    """The question and the wish, as far as the opened record shows them."""
    return Letter.objects.filter(referral=referral, patient=opening.patient).first()


def items_of(opening: Opening, referral: Referral) -> list[LetterItem]:
    """What went along, in the order of categories."""
    return list(
        LetterItem.objects.filter(referral=referral, patient=opening.patient)
        .select_related("step")
        .order_by("kind", "title", "id")
    )


def steps_of(referral: Referral) -> list[Step]:
    """The steps so far, oldest first, as far as the actor may know of them; of one object they are read once."""
    prefetch_related_objects(
        [referral], Prefetch("steps", Step.objects.select_related("organisation", "user", "service"))
    )
    return list(referral.steps.all())


def was(referral: Referral, verbs: Collection[Verb]) -> bool:
    """Whether one of these steps was taken, as far as the actor may know: what no step brought need not be looked for."""
    return any(step.verb in verbs for step in steps_of(referral))


def open_for_referral(actor: Actor, key: object, categories: Iterable[Category] = EVERYTHING) -> Opening:
    """Open a record to refer from it, as far as the actor may see it.

    Who was only asked to think along, or may not see referrals, cannot send one: the access is not for that.
    """
    need_organisation(actor)
    opening = open_record(actor, str(key), {*categories, Category.REFERRAL})
    if Category.REFERRAL not in opening.allowed or opening.lent:
        raise PermissionDenied(_("Verwijzen kan alleen wie deze inwoner zelf zorg of ondersteuning geeft."))
    return opening


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def naming_fault(text: str, patient: Patient | None) -> str:
    """What is wrong with a text that is read before the name may be known: it holds a surname of the patient or a BSN.

    Nine digits count as a BSN, with or without spaces, dots or dashes. Empty when nothing is wrong.
    """
    if re.search(r"(?<!\d)\d(?:[ .-]?\d){8}(?!\d)", text):
        return _(
            "Hier staat een nummer van negen cijfers. Laat het BSN weg; de ontvanger krijgt het pas na acceptatie."
        )
    words = _plain(text)
    names = [_plain(name) for name in (patient.own_name, patient.partner_name) if name] if patient else []
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) for name in names):
        return _("Hier staat de achternaam van de inwoner. Laat de naam weg; de ontvanger ziet die pas na acceptatie.")
    return ""


def about(referral: Referral) -> str:
    """Who it is about as long as the name is not known: vrouw · 78 jaar · Huizen."""
    years = ngettext("%(n)s jaar", "%(n)s jaar", referral.age) % {"n": referral.age}
    return " · ".join(filter(None, [referral.get_gender_display(), years, referral.municipality]))


def answers_by_link(organisation_id: int) -> bool:
    """Whether nobody of an organisation works in the network: it answers by a link that is mailed to it."""
    return not Membership.objects.current().filter(organisation_id=organisation_id).exists()


def running_of(patient_id: int, organisation_id: int) -> int:
    """How many of an organisation's referrals about a patient have not ended, for who decides on a request to that organisation."""
    with connection.cursor() as cursor:
        cursor.execute("select referrals_running(%s, %s)", [patient_id, organisation_id])
        count: int = cursor.fetchone()[0]
    return count
