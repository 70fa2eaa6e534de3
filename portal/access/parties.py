"""About whom a choice can be: everybody, a kind of participant, one participant, or one person; as reader or as holder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from dossier.access import participants_for
from events.models import Event
from people.models import Membership, Organisation, OrganisationQuerySet, User
from portal import words
from trust.access import Opening
from trust.models import CareRelation, Consent

FOUND_AT_MOST = 20


@dataclass(frozen=True)
class Party:
    """Who a choice is about on one side; ``key`` names it in an address.

    Of a person the organisation comes along, because choices about that organisation count for its people too.
    """

    key: str
    title: str
    domain: str = ""
    organisation_id: int | None = None
    user_id: int | None = None
    more: str = ""

    def rank(self, choice: Consent) -> int | None:
        """How precisely a choice is about this reader; nothing when it is not.

        0 everybody, 1 the kind, 2 the organisation, 3 the person.
        """
        if choice.reader_user_id:
            return 3 if choice.reader_user_id == self.user_id else None
        if choice.reader_organisation_id:
            return 2 if choice.reader_organisation_id == self.organisation_id else None
        if choice.reader_domain:
            return 1 if choice.reader_domain == self.domain else None
        return 0


EVERYBODY = Party("all", _("Iedereen die u helpt"))  # type: ignore[arg-type]


def kinds_of_party() -> list[Party]:
    """Every kind of organisation that reads or holds, as a party."""
    return [Party(str(domain), str(title), str(domain)) for domain, title in words.READERS.items()]


def _of_organisation(place: Organisation) -> Party:
    kind = str(place.get_domain_display())
    return Party(f"organisation-{place.pk}", place.name, place.domain, place.pk, more=kind[:1].upper() + kind[1:])


def _of_person(user: User, place: Organisation | None) -> Party:
    return Party(
        f"person-{user.pk}",
        user.name,
        place.domain if place else "",
        place.pk if place else None,
        user.pk,
        place.name if place else "",
    )


def readers_of(choices: Iterable[Consent]) -> list[Party]:
    """The reader of each choice as a party."""
    listed = list(choices)
    at = _places_of({choice.reader_user_id for choice in listed if choice.reader_user_id})
    return [_reader_of(choice, at) for choice in listed]


def _reader_of(choice: Consent, at: dict[int, Organisation]) -> Party:
    if choice.reader_user:
        return _of_person(choice.reader_user, at.get(choice.reader_user.pk))
    if choice.reader_organisation:
        return _of_organisation(choice.reader_organisation)
    return next((party for party in kinds_of_party() if party.domain == choice.reader_domain), EVERYBODY)


def holder_of(choice: Consent) -> Party:
    """The holder of a choice as a party."""
    if choice.holder_organisation:
        return _of_organisation(choice.holder_organisation)
    return next((party for party in kinds_of_party() if party.domain == choice.holder_domain), EVERYBODY)


def _places_of(users: set[int]) -> dict[int, Organisation]:
    memberships = Membership.objects.current().filter(user__in=users).select_related("organisation").order_by("pk")
    return {one.user_id: one.organisation for one in memberships}


@dataclass(frozen=True)
class Known:
    """Whom the citizen can pick for an exception: who helps, and who looked."""

    organisations: list[Party]
    people: list[Party]


def known_for(opening: Opening) -> Known:
    """The organisations that help or looked, and the people who take part or looked; each once, by name."""
    relations = CareRelation.objects.filter(patient=opening.patient, period__contains=Now())
    helping = set(relations.values_list("organisation_id", flat=True))
    looked = set(
        Event.objects.filter(patient_id=opening.patient.pk, verb="record.opened", actor_kind="professional")
        .order_by()
        .values_list("user_id", "organisation_id")
        .distinct()
    )
    chosen = set(
        Consent.objects.filter(patient=opening.patient)
        .order_by()
        .values_list("reader_user_id", "reader_organisation_id")
    )
    taking_part = [person.membership for person in participants_for(opening) if person.membership]
    users = {user for user, _place in looked | chosen if user} | {one.user_id for one in taking_part}
    places = helping | {place for _user, place in looked | chosen if place}
    at = _places_of(users)
    people = [_of_person(user, at.get(user.pk)) for user in User.objects.filter(pk__in=users) if user.name]
    organisations = [_of_organisation(place) for place in _choosable().filter(pk__in=places)]
    return Known(sorted(organisations, key=_by_name), sorted(people, key=_by_name))


def _by_name(party: Party) -> str:
    return party.title.casefold()


def _choosable() -> OrganisationQuerySet:
    return Organisation.objects.admitted().caring()


def found_by(typed: str) -> list[Party]:
    """Participants of the network whose name or place holds what was typed."""
    found = _choosable()
    for word in typed.replace("\0", "").split()[:5]:
        found = found.filter(Q(name__icontains=word) | Q(place__icontains=word))
    return [_of_organisation(place) for place in found.order_by("name")[:FOUND_AT_MOST]] if typed.strip() else []


def get_party(opening: Opening, key: str, *, people: bool = True) -> Party:
    """The party with this key; raises ``Http404`` for what does not exist, and for people who never came near this record."""
    kind, _dash, number = key.partition("-")
    if key == EVERYBODY.key:
        return EVERYBODY
    if key in words.READERS:
        return next(party for party in kinds_of_party() if party.key == key)
    if kind == "organisation" and number.isdecimal():
        place = _choosable().filter(pk=int(number[:18])).first()
        if place:
            return _of_organisation(place)
    if kind == "person" and people:
        person = next((party for party in known_for(opening).people if party.key == key), None)
        if person:
            return person
    raise Http404
