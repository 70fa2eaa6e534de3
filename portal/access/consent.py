"""The citizen's choices: what is in force, what waits, and what they come down to for each reader, by the rule itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models.functions import Now

from people.models import ROLES_OF
from portal import words
from portal.access.parties import EVERYBODY, Party, holder_of, kinds_of_party, readers_of
from trust.access import Opening
from trust.categories import Category, from_mask
from trust.models import CareRelation, Consent, Mandate, RoleNeed


@dataclass(frozen=True)
class Sight:
    """What a reader may see by the choices of the citizen: of the shared record, and of the systems of others."""

    shared: frozenset[Category]
    elsewhere: frozenset[Category]

    def of(self, group: words.Group, needed: frozenset[Category]) -> str:
        """The answer for one group, as far as a reader needs it at all."""
        wanted = group.categories & needed
        if not wanted:
            return "never"
        if wanted <= self.elsewhere:
            return "yes"
        if wanted <= self.shared:
            return "joint"
        return "part" if wanted & (self.shared | self.elsewhere) else "no"


@dataclass(frozen=True)
class Answer:
    """What the choices come down to for one group of data.

    ``yes``; ``joint``: entries of the shared record, but not what others keep in their own systems; ``part``; ``no``; or
    ``never``, because nobody who reads there needs it. ``choice`` is the one that decides, if one was made.
    """

    group: words.Group
    state: str
    choice: Consent | None


@dataclass(frozen=True)
class Reader:
    """Everybody, a kind of reader, or one about whom a choice of its own was made, with the answer per group."""

    party: Party
    helps_now: bool
    answers: list[Answer]

    @property
    def may_see(self) -> list[str]:
        """What this reader may see, in words."""
        return [answer.group.words for answer in self.answers if answer.state in {"yes", "joint", "part"}]


@dataclass(frozen=True)
class Told:
    """One choice beside the ordinary ones, in a sentence; ``beaten`` tells that another choice goes before it."""

    choice: Consent
    sentence: str
    beaten: bool


@dataclass(frozen=True)
class Everyday:
    """The everyday answer for one group of data, over all kinds of readers together.

    ``state`` is that of every kind that needs it, or ``mixed``: then ``may`` names the kinds that may see it. ``choice`` is
    the one about everybody, if it was made.
    """

    group: words.Group
    state: str
    may: list[str]
    choice: Consent | None


@dataclass
class Choices:
    """Everything the consent page shows."""

    everyday: list[Everyday]
    helping: list[Reader]
    others: list[Reader]
    exceptions: list[Told] = field(default_factory=list)
    waiting: list[Told] = field(default_factory=list)
    national: list[Told] = field(default_factory=list)
    refused_all: Consent | None = None


Asked = tuple[Party, Party]
"""A holder and a reader about whom is asked what the choices come down to."""


def current(opening: Opening) -> list[Consent]:
    """The choices in force now and those that wait for a guardian, newest first; ``carer`` names who chose for the person."""
    choices = list(
        Consent.objects.current()
        .filter(patient=opening.patient)
        .select_related("set_by", "set_at", "confirmed_by", "reader_organisation", "reader_user", "holder_organisation")
        .order_by("-period", "-pk")
    )
    acting = Mandate.objects.filter(
        patient=opening.patient, holder__in={choice.set_by_id for choice in choices} - {None}
    )
    names = dict(acting.order_by("period").values_list("holder_id", "name"))
    for choice in choices:
        choice.carer = names.get(choice.set_by_id or 0, "")  # type: ignore[attr-defined]
    return choices


def get_choice(opening: Opening, pk: int) -> Consent | None:
    """One of the choices in force or waiting; nothing when it is over or somebody else's."""
    return next((choice for choice in current(opening) if choice.pk == pk), None)


def count_waiting(opening: Opening) -> int:
    """How many permissions wait for the confirmation of a guardian."""
    return Consent.objects.current().filter(patient=opening.patient, awaits=True).count()


def choices_for(opening: Opening) -> Choices:
    """All choices, and for every kind of reader what the database decides by them; helpers of now first."""
    choices = current(opening)
    counting = [choice for choice in choices if not choice.awaits]
    readers = [EVERYBODY, *kinds_of_party()]
    apart = [choice for choice in counting if is_exception(choice) and choice.origin != Consent.Origin.NATIONAL]
    asked: list[Asked] = [(EVERYBODY, party) for party in readers]
    asked += [(holder_of(choice), reader) for choice, reader in zip(apart, readers_of(apart), strict=True)]
    sights = sights_for(opening, asked)
    needs = _needs()
    relations = CareRelation.objects.filter(patient=opening.patient, period__contains=Now())
    helping = set(relations.values_list("organisation__domain", flat=True))
    shown = [
        _reader(party, sight, needs, counting, party.domain in helping)
        for party, sight in zip(readers, sights[: len(readers)], strict=True)
    ]
    everybody, *kinds = shown
    return Choices(
        everyday=_everyday(everybody, kinds),
        helping=[reader for reader in kinds if reader.helps_now],
        others=[reader for reader in kinds if not reader.helps_now],
        exceptions=[
            Told(choice, words.choice(choice), _is_beaten(choice, sight))
            for choice, sight in zip(apart, sights[len(readers) :], strict=True)
        ],
        waiting=[Told(choice, words.choice(choice), False) for choice in choices if choice.awaits],
        national=[
            Told(choice, words.choice(choice), False) for choice in counting if choice.origin == Consent.Origin.NATIONAL
        ],
        refused_all=next((choice for choice in counting if _refuses_all(choice)), None),
    )


def _everyday(everybody: Reader, kinds: Sequence[Reader]) -> list[Everyday]:
    found = []
    for place, answer in enumerate(everybody.answers):
        answers = [(reader, reader.answers[place].state) for reader in kinds]
        states = {state for _, state in answers} - {"never"}
        may = [str(reader.party.title) for reader, state in answers if state in {"yes", "joint", "part"}]
        state = next(iter(states)) if len(states) == 1 else "joint" if states == {"yes", "joint"} else "mixed"
        found.append(Everyday(answer.group, state, may, answer.choice))
    return found


def reader_for(opening: Opening, party: Party) -> Reader:
    """What the choices come down to for one reader, with the holder left open."""
    [sight] = sights_for(opening, [(EVERYBODY, party)])
    counting = [choice for choice in current(opening) if not choice.awaits]
    return _reader(party, sight, _needs(), counting, False)


def is_exception(choice: Consent) -> bool:
    """Whether a choice goes beyond who helps by kind: about one holder, one reader, or for a while."""
    return bool(
        choice.holder_domain
        or choice.holder_organisation_id
        or choice.reader_organisation_id
        or choice.reader_user_id
        or choice.period.upper
    )


def _refuses_all(choice: Consent) -> bool:
    return not choice.permit and words.is_ordinary(choice) and words.is_everything(from_mask(choice.categories))


def _reader(
    party: Party, sight: Sight, needs: dict[str, frozenset[Category]], choices: Sequence[Consent], helps: bool
) -> Reader:
    roles = ROLES_OF.get(party.domain, ()) if party.domain else needs.keys()
    needed = frozenset[Category]().union(*(needs.get(role, frozenset()) for role in roles))
    answers = [Answer(group, sight.of(group, needed), _deciding(choices, group, party)) for group in words.groups()]
    return Reader(party, helps, answers)


def _deciding(choices: Sequence[Consent], group: words.Group, party: Party) -> Consent | None:
    """The choice that decides for this group, whoever holds the data: the most specific about this reader."""
    fitting = [
        (rank, choice)
        for choice in choices
        if from_mask(choice.categories) & group.categories
        and not choice.holder_domain
        and choice.holder_organisation_id is None
        and (rank := party.rank(choice)) is not None
    ]
    return max(fitting, key=lambda pair: (pair[0], not pair[1].permit), default=(0, None))[1]


def _is_beaten(choice: Consent, sight: Sight) -> bool:
    """Whether something else that was chosen keeps this choice from having its effect."""
    about = from_mask(choice.categories)
    return not about <= sight.elsewhere if choice.permit else bool(about & (sight.elsewhere | sight.shared))


def _needs() -> dict[str, frozenset[Category]]:
    return {
        need.role: from_mask(need.categories)
        for need in RoleNeed.objects.filter(period__contains=Now()).exclude(role="citizen")
    }


def sights_for(opening: Opening, asked: Iterable[Asked]) -> list[Sight]:
    """What each reader may see of what each holder keeps, by the one rule in the database: grants follow from the same."""
    pairs = list(asked)
    with connection.cursor() as cursor:
        cursor.execute(
            "select shared, facts from trust_outcomes(%s, %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])",
            [
                opening.patient.pk,
                [holder.domain or None for holder, _ in pairs],
                [holder.organisation_id for holder, _ in pairs],
                [reader.domain or None for _, reader in pairs],
                [reader.organisation_id for _, reader in pairs],
                [reader.user_id for _, reader in pairs],
            ],
        )
        return [Sight(from_mask(shared), from_mask(elsewhere)) for shared, elsewhere in cursor.fetchall()]
