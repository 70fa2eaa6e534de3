"""What the frame around every page needs to know: who is signed in, where they can go, how it should look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from guardian.core import ObjectPermissionChecker

from events.actor import ANONYMOUS, Actor, act, current
from events.models import WorkItem
from oversight.access.emergency import emergencies_to_review
from people.models import CARE_ROLES, Domain, Membership, Role, User
from portal import access
from rights.access import inbox_for, may_answer
from trust.categories import Category
from workplace.access import banner_of

MANY = 99
"""What waits is counted so far; beyond it the number says nothing and counting takes time."""
Entry = tuple[str, str, str, int | str | None]
"""The name of a page, what the rail calls it, its icon, and how much waits there."""


@dataclass(frozen=True)
class Place:
    """One entry of the rail."""

    url: str
    label: str
    icon: str
    count: int | str | None = None
    current: bool = False


EXCHANGING = frozenset({Domain.HOME_CARE, Domain.SOCIAL, Domain.MENTAL_HEALTH, Domain.WELFARE})
"""Domains whose providers exchange messages with municipalities."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of the page: the rail, the organisation and role acted in, emergency access, the chosen appearance.

    Worked out where a template asks for it: a piece of a page has no frame. The refusal of a view that runs in transactions of
    its own is rendered outside them, and so opens one more.
    """
    actor = getattr(request, "actor", ANONYMOUS)

    def asked() -> dict[str, Any]:
        if actor.kind != "anonymous" and current() != actor:
            with act(actor):
                return _frame(request)
        return _frame(request)

    return {"frame": SimpleLazyObject(asked)}


def _frame(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", ANONYMOUS)
    membership = getattr(request, "membership", None)
    user = getattr(request, "user", None)
    rail: list[Place] = []
    standing = None
    if actor.kind == "citizen":
        standing = access.standing(actor, getattr(request, "acted_for", ""))
        rail = _portal(request, standing)
    elif membership is not None:
        rail = _workplace(request, actor, membership, user)
    meets_patients = membership is not None and membership.role in CARE_ROLES
    own = standing.patient.name if standing and standing.own else ""
    return {
        "rail": rail,
        "organisation": membership.organisation if membership else None,
        "role": membership.get_role_display() if membership else "",
        "user_name": own or getattr(user, "name", ""),
        "theme": getattr(user, "theme", ""),
        "density": getattr(user, "density", "roomy"),
        "kind": actor.kind,
        "acting": standing if standing and not standing.own else None,
        "meets_patients": meets_patients,
        "emergencies": banner_of(actor) if meets_patients else [],
        "base": {"professional": "base.html", "citizen": "base_citizen.html"}.get(actor.kind, "base_public.html"),
    }


def _workplace(request: HttpRequest, actor: Actor, membership: Membership, user: User | None) -> list[Place]:
    """The entries of a professional's pages: those of the role, of what waits, and of the permissions at this organisation."""
    entries: list[Entry] = []
    if membership.role in CARE_ROLES:
        waiting = WorkItem.objects.of_care(membership.organisation_id)[: MANY + 1].count()
        entries += [
            ("workplace:today", _("Vandaag"), "today", f"{MANY}+" if waiting > MANY else waiting),
            ("workplace:patients", _("Patiënten"), "patients", None),
            ("referrals:list", _("Verwijzingen"), "referral", None),
            ("consultations:list", _("Overleg"), "consultation", None),
        ]
        place = membership.organisation
        if place.municipality_code or (place.agb and place.domain in EXCHANGING):
            entries.append(("exchange:chain", _("Berichten"), "messages", None))
    if membership.role == Role.PRIVACY_OFFICER:
        to_review = emergencies_to_review(actor).count()
        entries.append(("oversight:home", _("Toezicht"), "audit", to_review or None))
    if may_answer(actor):
        entries.append(("rights:inbox", _("Verzoeken"), "list", inbox_for(actor).running().count() or None))
    # A refusal of the open interface may be rendered where nobody is signed in any more.
    rights = ObjectPermissionChecker(user).get_user_perms(membership.organisation) if user is not None else []
    if "see_dashboards" in rights:
        entries.append(("dashboards:waiting_times", _("Dashboards"), "dashboard", None))
        entries.append(("programme:overview", _("Programma"), "programme", None))
    if "manage_policy" in rights or "manage_rules" in rights:
        entries.append(("oversight:policies", _("Beleid"), "consent", None))
    if "manage_sources" in rights:
        stuck = WorkItem.objects.open().filter(organisation_id=membership.organisation_id, kind="delivery").count()
        entries.append(("exchange:sources", _("Bronnen"), "monitoring", stuck or None))
    entries.append(("square:search", _("Gezondheidsplein"), "square", None))
    entries.append(("journeys:list", _("Klantreizen"), "journey", None))
    return _places(request, entries)


def _portal(request: HttpRequest, standing: access.Standing | None) -> list[Place]:
    """The entries of the citizen's pages: those that the mandate covers, while acting for another."""
    if standing is None:
        return _places(request, [("portal:acting", _("Voor wie ik handel"), "network", None)])
    entries: list[Entry] = [("portal:home", _("Mijn overzicht") if standing.own else _("Overzicht"), "home", None)]
    if standing.covers(Category.REFERRAL, Category.CONSULTATION):
        label = _("Mijn verwijzingen") if standing.own else _("Verwijzingen")
        entries.append(("portal:referrals", label, "referral", None))
    if standing.covers(Category.NETWORK):
        entries.append(("portal:network", _("Wie helpt mij") if standing.own else _("Wie helpt"), "network", None))
    if standing.acts:
        entries.append(("portal:consent", _("Wie mag wat zien"), "consent", None))
        entries.append(("portal:log", _("Wie keek mee"), "watched", None))
    else:
        entries.append(("portal:record", _("Gegevens"), "facts", None))
    return _places(request, entries, alone=reverse("portal:home"))


def _places(request: HttpRequest, entries: list[Entry], *, alone: str = "") -> list[Place]:
    """The entries with the nearest to this page marked; the page ``alone`` is near to nothing but itself."""
    urls = [reverse(entry[0]) for entry in entries]
    near = [url for url in urls if request.path == url or (url != alone and request.path.startswith(url))]
    here = max(near, key=len, default="")
    return [
        Place(url, label, icon, count, url == here)
        for url, (_name, label, icon, count) in zip(urls, entries, strict=True)
    ]
