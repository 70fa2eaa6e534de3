"""Who hears of an event: the parties of a thread, who stands in for them, and those whose work it is."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q

from consultations.models import Consultation, Invitation
from dossier.access import at_work
from events.models import Event
from exchange.moves import NEWS
from people.models import Domain, Membership, Role, User
from referrals import access as referrals
from referrals.models import Exploring, Referral
from referrals.moves.talks import ExplorerStatus
from rights.access import desk_of
from rights.models import Request

MOST_TOLD, LATELY = 12, 50
"""How many of an organisation are told at most that something is late, and of how many referrals it is looked who does them."""
DESK_ROLES = (Role.COORDINATOR, Role.PRIVACY_OFFICER, Role.MANAGER)
"""Roles that do not work with patients, and so hear nothing of their threads."""


def _team(organisation_id: int) -> list[User]:
    at_work = Membership.objects.current().filter(organisation_id=organisation_id, user__is_active=True)
    return [m.user for m in at_work.exclude(role__in=DESK_ROLES).select_related("user").order_by("user_id")]


def _person(user_id: int | None, organisation_id: int, *, or_team: bool) -> list[User]:
    """The person when at work for the organisation, else the stand-in; else the team, so that news does not fall between two chairs."""
    if user_id is None:
        return _team(organisation_id) if or_team else []
    user = User.objects.filter(pk=at_work(organisation_id).holder(user_id)).first()
    return [user] if user else _team(organisation_id)


def _team_of(referral: Referral, organisation_id: int, user_id: int | None) -> list[User]:
    """Who hears that somebody's moment passed: who has it, and who lately sent or took up what is of that service; where nobody
    did, the team. At most ``MOST_TOLD``, so that no whole hospital is mailed; it stands on everybody's list besides."""
    of_sender = organisation_id == referral.sending_organisation_id
    field = "sender_id" if of_sender else "receiver_id"
    place = {"sending_organisation_id" if of_sender else "receiving_organisation_id": organisation_id}
    lately = Referral.objects.filter(service_id=referral.service_id, **place).exclude(**{field: None})
    known = [user_id, *lately.order_by("-sent_at").values_list(field, flat=True)[:LATELY]]
    team = {user.pk: user for user in _team(organisation_id)}
    standing_in = at_work(organisation_id)
    able = [team[number] for one in known if one and (number := standing_in.holder(one) or 0) in team]
    return list(dict.fromkeys(able or team.values()))[:MOST_TOLD]


def _hearers_of_referral(referral: Referral, hearer: str, event: Event) -> list[User]:
    if hearer == "coordinator":
        return _coordinators()
    if hearer in {"holder", "team"}:
        turn = referrals.turn_of(referral)
        if turn in {"nobody", "self"}:
            return []
        place = referral.sending_organisation_id if turn == "sender" else referral.receiving_organisation_id
        mine = referral.sender_id if turn == "sender" else referral.receiver_id
        if place and hearer == "team":
            return _team_of(referral, place, mine)
        return _person(mine, place, or_team=True) if place else []
    if hearer in {"readers", "parties"}:
        heard: list[User] = []
        reads = referral.taken_on
        if referral.sending_organisation_id and referral.sending_organisation_id != event.organisation_id:
            heard += _person(referral.sender_id, referral.sending_organisation_id, or_team=True)
        if referral.receiving_organisation_id != event.organisation_id and (reads or hearer == "parties"):
            heard += _person(referral.receiver_id, referral.receiving_organisation_id, or_team=reads)
        return heard
    if hearer == "sender":
        if referral.sending_organisation_id is None:
            return []
        return _person(referral.sender_id, referral.sending_organisation_id, or_team=True)
    return _person(referral.receiver_id, referral.receiving_organisation_id, or_team=hearer == "receiver")


def _explorers(referral: Referral, event: Event) -> list[User]:
    """Who is asked for a talk or comes to it: of one organisation that the event names, else of all that said yes until it ended."""
    found = Exploring.objects.filter(referral=referral)
    if named := event.data.get("explorer"):
        found = found.filter(organisation_id=named).order_by("-pk")[:1]
    else:
        found = found.filter(Q(status=ExplorerStatus.AGREED) | Q(user__isnull=False, ended_at__gte=event.at))
        found = found.exclude(organisation_id=referral.receiving_organisation_id)
    return [user for one in found for user in _person(one.user_id, one.organisation_id, or_team=True)]


def _hearers_of_consultation(consultation: Consultation, hearer: str) -> list[User]:
    if hearer == "asker":
        return _person(consultation.asker_id, consultation.asking_organisation_id, or_team=True)
    invitations = Invitation.objects.filter(consultation=consultation)
    return [user for i in invitations for user in _person(i.user_id, i.organisation_id, or_team=hearer == "asked")]


def _officers(organisation_id: int | None) -> list[User]:
    """The privacy officers of an organisation and of the region, who review what was done in an emergency."""
    at_work = Membership.objects.current().filter(role=Role.PRIVACY_OFFICER, user__is_active=True)
    over = at_work.filter(Q(organisation_id=organisation_id) | Q(organisation__domain=Domain.REGION))
    return [m.user for m in over.select_related("user").order_by("user_id")]


def _coordinators() -> list[User]:
    """The coordinators of the region, at work, who may see what is stuck."""
    at_work = Membership.objects.current().filter(
        role=Role.COORDINATOR, organisation__domain=Domain.REGION, user__is_active=True
    )
    found = at_work.select_related("user", "organisation").order_by("user_id")
    return [m.user for m in found if m.user.has_perm("people.see_dashboards", m.organisation)]


def _desk(request: Request) -> list[User]:
    """Who took a request in hand, when still at that work; else everybody who handles requests there, or for it."""
    by_number = {user.pk: user for user in desk_of(request.organisation_id)}
    mine = by_number.get(request.handler_id or 0)
    return [mine] if mine else list(by_number.values())


def _network(event: Event) -> list[User]:
    """The people who take part in the care of the person, or who wrote or proposed what the event is about; at work, and in reach."""
    with connection.cursor() as cursor:
        cursor.execute("select array(select * from dossier_network_hearers(%s, %s))", [event.id, event.at])
        numbers = cursor.fetchone()[0]
    return list(User.objects.filter(pk__in=numbers, is_active=True).order_by("pk"))


def hearers_of(event: Event) -> tuple[str, list[User]]:
    """The number of the thread an event is about, and everybody who hears of it, each once and never who did it.

    Asked by a worker; a thread that is no longer there has no hearers.
    """
    hearer = NEWS[event.verb].hearer
    if hearer == "officer":
        officers = {user.pk: user for user in _officers(event.organisation_id) if user.pk != event.user_id}
        return f"N-{event.subject_id}", list(officers.values())
    if hearer == "network":
        return f"M-{event.id}", _network(event)
    if hearer == "desk":
        request = Request.objects.filter(pk=event.subject_id).first()
        return (request.number, _desk(request)) if request else ("", [])
    thread: Referral | Consultation | None
    if event.subject_type == "referral":
        thread = Referral.objects.filter(pk=event.subject_id).first()
        # Who is told that something is late is not told of what was done since.
        stands = (
            thread is None or "due" not in event.data or (thread.due and thread.due.isoformat() == event.data["due"])
        )
        # Nor is somebody told of what was given to another since.
        stands = stands and (thread is None or "to" not in event.data or thread.receiver_id == event.data["to"])
        users = _hearers_of_referral(thread, hearer, event) if thread and stands else []
        if thread and hearer in {"explorer", "explorers"}:
            users = _explorers(thread, event)
    else:
        thread = Consultation.objects.filter(pk=event.subject_id).first()
        users = _hearers_of_consultation(thread, hearer) if thread else []
    by_number = {user.pk: user for user in users if user.pk != event.user_id}
    return (thread.number if thread else ""), list(by_number.values())
