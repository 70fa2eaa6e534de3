"""What the frame around every page needs to know: who is signed in, where they can go, how it should look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from guardian.core import ObjectPermissionChecker

from events.actor import act, current
from events.models import WorkItem
from oversight.access.emergency import emergencies_to_review
from people.models import CARE_ROLES, Role
from portal import access
from rights.access import inbox_for, may_answer
from trust.categories import Category
from workplace.access import banner_of


@dataclass(frozen=True)
class Place:
    """One entry of the rail."""

    url: str
    label: str
    icon: str
    count: int | None = None
    current: bool = False


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of the page: the rail, the organisation and role acted in, emergency access, the chosen appearance.

    The refusal of a view that runs in transactions of its own is rendered outside them, and so opens one more.
    """
    actor = getattr(request, "actor", None)
    if actor is not None and actor.kind != "anonymous" and current() != actor:
        with act(actor):
            return _frame(request)
    return _frame(request)


def _frame(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    membership = getattr(request, "membership", None)
    user = getattr(request, "user", None)
    kind = actor.kind if actor else "anonymous"
    rail: list[Place] = []
    citizen = ""
    standing = None
    if actor is not None and kind == "citizen":
        standing = access.standing(actor, getattr(request, "acted_for", ""))
        citizen = standing.patient.name if standing and standing.own else ""
        rail = _portal(request, standing)
    meets_patients = membership is not None and membership.role in CARE_ROLES
    if membership is not None:
        entries: list[tuple[str, str, str, int | None]] = []
        if meets_patients:
            waiting = WorkItem.objects.of_team(membership.organisation_id).count()
            entries = [
                ("workplace:today", _("Vandaag"), "today", waiting),
                ("workplace:patients", _("Patiënten"), "patients", None),
                ("referrals:list", _("Verwijzingen"), "referral", None),
                ("consultations:list", _("Overleg"), "consultation", None),
            ]
        if actor is not None and membership.role == Role.PRIVACY_OFFICER:
            to_review = emergencies_to_review(actor).count()
            entries.append(("oversight:home", _("Toezicht"), "audit", to_review or None))
        if actor is not None and may_answer(actor):
            entries.append(("rights:inbox", _("Verzoeken"), "list", inbox_for(actor).running().count() or None))
        rights = ObjectPermissionChecker(user).get_user_perms(membership.organisation) if user is not None else []
        if "see_dashboards" in rights:
            entries.append(("dashboards:waiting_times", _("Dashboards"), "dashboard", None))
            entries.append(("programme:overview", _("Programma"), "programme", None))
        if "manage_policy" in rights or "manage_rules" in rights:
            entries.append(("oversight:policies", _("Beleid"), "consent", None))
        entries.append(("square:search", _("Gezondheidsplein"), "square", None))
        entries.append(("journeys:list", _("Klantreizen"), "journey", None))
        nearest = max(
            (reverse(entry[0]) for entry in entries if request.path.startswith(reverse(entry[0]))), key=len, default=""
        )
        for name, label, icon, count in entries:
            url = reverse(name)
            rail.append(Place(url, label, icon, count, url == nearest))
    return {
        "frame": {
            "rail": rail,
            "organisation": membership.organisation if membership else None,
            "role": membership.get_role_display() if membership else "",
            "user_name": citizen or getattr(user, "name", ""),
            "theme": getattr(user, "theme", ""),
            "density": getattr(user, "density", "roomy"),
            "kind": kind,
            "acting": standing if standing and not standing.own else None,
            "meets_patients": meets_patients,
            "emergencies": banner_of(actor) if actor and meets_patients else [],
            "base": {"professional": "base.html", "citizen": "base_citizen.html"}.get(kind, "base_public.html"),
        }
    }


def _portal(request: HttpRequest, standing: access.Standing | None) -> list[Place]:
    """The entries of the citizen's pages: those that the mandate covers, while acting for another."""
    if standing is None:
        own = [("portal:acting", _("Voor wie ik handel"), "network")]
    else:
        own = [("portal:home", _("Mijn overzicht") if standing.own else _("Overzicht"), "home")]
        if standing.covers(Category.REFERRAL, Category.CONSULTATION):
            own.append(("portal:referrals", _("Mijn verwijzingen") if standing.own else _("Verwijzingen"), "referral"))
        if standing.covers(Category.NETWORK):
            own.append(("portal:network", _("Wie helpt mij") if standing.own else _("Wie helpt"), "network"))
        if not standing.acts:
            own.append(("portal:record", _("Gegevens"), "facts"))
        if standing.acts:
            own.append(("portal:consent", _("Wie mag wat zien"), "consent"))
            own.append(("portal:log", _("Wie keek mee"), "watched"))
    home = reverse("portal:home")
    places = []
    for name, label, icon in own:
        url = reverse(name)
        here = request.path == url if url == home else request.path.startswith(url)
        places.append(Place(url, label, icon, None, here))
    return places
