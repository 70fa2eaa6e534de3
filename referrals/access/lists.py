"""The work list of referrals: which stand on it, in what order, and how many.

What waits for the own organisation stands first: what is late on top, then by urgency, then the oldest request. What has
ended is not counted, however much there is of it: a page of it begins where the page before it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from events.models import WorkItem
from referrals.models import Referral
from referrals.moves import MOVES, OVER, RUNNING, Status, Urgency

Side = Literal["received", "sent"]
PAGE = 50
STATES = ("open", "ours", "late", "closed", "former")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FURTHEST = 2**55
"""No moment or number in the address of a page lies beyond this."""

_PARTS = ("service", "sending_organisation", "receiving_organisation", "receiver")
_SHOWN = [
    *(field.name for field in Referral._meta.concrete_fields),
    *("service__name", "service__process", "receiver__name"),
    *("sending_organisation__name", "receiving_organisation__name"),
]
_REFUSED = Q(status=Status.REJECTED, settled_at__isnull=True)
_OPEN: dict[Side, Q] = {"received": Q(status__in=RUNNING), "sent": Q(status__in=RUNNING) | _REFUSED}


def announced_to(organisation: int) -> int:
    """How many referrals other systems announced that the own organisation has still to decide on or to see come."""
    return WorkItem.objects.of_care(organisation).filter(kind="pull").count()


def _turn(party: str) -> list[Status]:
    return [status for status in RUNNING if any(move.target == status and move.turn == party for move in MOVES)]


_OURS: dict[Side, Q] = {"received": Q(status__in=_turn("receiver")), "sent": Q(status__in=_turn("sender")) | _REFUSED}


@dataclass(frozen=True)
class Sift:
    """What of the list is asked: one side, one state, and what narrows it further."""

    side: Side | Literal[""] = ""
    state: str = "open"
    soon: bool = False
    service: int | None = None
    text: str = ""
    hand: Literal["mine", "free"] | Literal[""] = ""

    @classmethod
    def asked(cls, said: Mapping[str, str]) -> Sift:
        """As an address asks it; what no list has is left out."""
        side, state, service = said.get("side", ""), said.get("state", ""), said.get("service", "")
        return cls(
            side="received" if side == "received" else "sent" if side == "sent" else "",
            state=state if state in STATES else "open",
            soon=said.get("urgency") == Urgency.SOON,
            service=int(service) if service.isascii() and service.isdecimal() and len(service) < 18 else None,
            text=said.get("q", "").replace("\0", "").strip()[:80],
            hand="mine" if said.get("hand") == "mine" else "free" if said.get("hand") == "free" else "",
        )

    @property
    def kept(self) -> dict[str, str]:
        """The same as an address has it, without what is usual."""
        said = {"side": self.side, "state": self.state if self.state != "open" else "", "q": self.text}
        said |= {
            "urgency": Urgency.SOON.value if self.soon else "",
            "service": str(self.service or ""),
            "hand": self.hand,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Hands:
    """Whose work is the actor's own now, and whose work is with somebody at all; by number of account."""

    mine: frozenset[int]
    present: frozenset[int]

    @property
    def own(self) -> Q:
        """What the actor has in hand, also for whom the actor stands in."""
        return Q(receiver_id__in=self.mine)

    @property
    def free(self) -> Q:
        """What nobody has in hand: not picked up, or by somebody who left or is away without a stand-in."""
        return Q(receiver_id=None) | ~Q(receiver_id__in=self.present)


@dataclass
class Counts:
    """How many have not ended: all of them, those that wait for the own organisation, and those whose moment has passed; of
    what came in also those that the reader has in hand and those that nobody has."""

    open: int = 0
    ours: int = 0
    late: int = 0
    mine: int = 0
    free: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.open + other.open,
            self.ours + other.ours,
            self.late + other.late,
            self.mine + other.mine,
            self.free + other.free,
        )


@dataclass
class Tally:
    """The counts of both sides; of what came in by service as well, with its name."""

    sent: Counts = field(default_factory=Counts)
    received: Counts = field(default_factory=Counts)
    services: dict[int, tuple[str, Counts]] = field(default_factory=dict)


def tally(organisation: int, now: datetime, hands: Hands) -> Tally:
    """Count what has not ended; two queries, which read nothing of what has."""
    found = Tally()
    held = {"mine": Count("id", filter=hands.own), "free": Count("id", filter=hands.free)}
    counted = {**_counted("received", now), **held}
    rows = _open(organisation, "received").values("service_id", "service__name").annotate(**counted)
    for row in rows.order_by("service__name", "service_id"):
        counts = Counts(row["open"], row["ours"], row["late"], row["mine"], row["free"])
        found.services[row["service_id"]] = (row["service__name"], counts)
        found.received += counts
    sent = _open(organisation, "sent").aggregate(**_counted("sent", now))
    found.sent = Counts(sent["open"], sent["ours"], sent["late"])
    return found


def _open(organisation: int, side: Side) -> QuerySet[Referral]:
    return _of(organisation, side).filter(_OPEN[side])


def _of(organisation: int, side: Side) -> QuerySet[Referral]:
    mine = Referral.objects.received_by if side == "received" else Referral.objects.sent_by
    return mine(organisation).order_by()


def _counted(side: Side, now: datetime) -> dict[str, Count]:
    return {
        "open": Count("id"),
        "ours": Count("id", filter=_OURS[side]),
        "late": Count("id", filter=Q(due__lt=now)),
    }


def listed(organisation: int, sift: Sift, now: datetime, hands: Hands | None = None) -> QuerySet[Referral]:
    """What the sift asks, in the order of the list; ``hands`` where it asks in whose hand something is."""
    side: Side = sift.side or "received"
    if sift.state == "closed":
        found = _of(organisation, side).filter(closed_at__isnull=False, status__in=OVER).order_by("-closed_at", "-id")
    else:
        found = _open(organisation, side).order_by(_rank(side, now), "-urgency", "sent_at", "id")
        if sift.state == "ours":
            found = found.filter(_OURS[side])
        if sift.state == "late":
            found = found.filter(due__lt=now)
    if sift.soon:
        found = found.filter(urgency=Urgency.SOON)
    if sift.service is not None:
        found = found.filter(service_id=sift.service)
    if hands and sift.hand and side == "received":
        found = found.filter(hands.own if sift.hand == "mine" else hands.free)
    if sift.text:
        found = found.filter(Q(service__name__icontains=sift.text) | Q(number=sift.text.upper()))
    return found


def _rank(side: Side, now: datetime) -> Case:
    """Late at us, waiting for us, late at the other, and what runs or waits for the other."""
    late = Q(due__lt=now)
    return Case(
        When(_OURS[side] & late, then=Value(0)),
        When(_OURS[side] & ~Q(status=Status.IN_PROGRESS), then=Value(1)),
        When(late, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )


def next_request(organisation: int, sift: Sift, now: datetime, hands: Hands) -> Referral | None:
    """What came in and waits for a first answer, the first of the list as the sift narrows it."""
    asked = replace(sift, side="received", state="open")
    return listed(organisation, asked, now, hands).filter(status=Status.REQUESTED).first()


@dataclass(frozen=True)
class Part:
    """A part of what has ended, and the address of where the next one begins."""

    referrals: list[Referral]
    following: str


def ended(organisation: int, sift: Sift, now: datetime, before: str) -> Part:
    """Fifty that have ended, the latest first, from where the page before stopped."""
    found = listed(organisation, replace(sift, state="closed"), now)
    if mark := _read(before):
        moment, number = mark
        found = found.filter(closed_at__lte=moment).exclude(closed_at=moment, id__gte=number)
    numbers = list(found.values_list("pk", flat=True)[: PAGE + 1])
    shown = with_names(numbers[:PAGE])
    last = shown[-1] if len(numbers) > PAGE and shown else None
    return Part(shown, _write(last.closed_at, last.pk) if last and last.closed_at else "")


def with_names(numbers: list[int]) -> list[Referral]:
    """These referrals in this order, with the service and both organisations."""
    held: dict[int, Referral] = Referral.objects.select_related(*_PARTS).only(*_SHOWN).in_bulk(numbers)
    return [held[number] for number in numbers if number in held]


def _write(moment: datetime, number: int) -> str:
    return f"{(moment - EPOCH) // timedelta(microseconds=1)}-{number}"


def _read(before: str) -> tuple[datetime, int] | None:
    moment, _dash, number = before.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) < 18 for part in (moment, number)):
        return None
    if int(moment) > FURTHEST:
        return None
    return EPOCH + timedelta(microseconds=int(moment)), int(number)
