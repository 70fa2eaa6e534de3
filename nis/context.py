"""What the frame around every page needs to know: who is signed in, where they can go, how it should look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from guardian.core import ObjectPermissionChecker

from events.models import WorkItem
from oversight.access.emergency import emergencies_to_review
from people.models import CARE_ROLES, Patient, Role


@dataclass(frozen=True)
class Place:
    """One entry of the rail."""

    url: str
    label: str
    icon: str
    count: int | None = None
    current: bool = False


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of the page: the rail, the organisation and role acted in, and the chosen appearance."""
    actor = getattr(request, "actor", None)
    membership = getattr(request, "membership", None)
    user = getattr(request, "user", None)
    kind = actor.kind if actor else "anonymous"
    rail: list[Place] = []
    citizen = ""
    if kind == "citizen":
        patient = Patient.objects.filter(account_id=actor.user_id).first() if actor else None
        citizen = patient.name if patient else ""
        own = [
            ("portal:home", _("Mijn overzicht"), "home"),
            ("portal:referrals", _("Mijn verwijzingen"), "referral"),
            ("portal:network", _("Wie helpt mij"), "network"),
            ("portal:consent", _("Wie mag wat zien"), "consent"),
            ("portal:log", _("Wie keek mee"), "watched"),
        ]
        home = reverse("portal:home")
        for name, label, icon in own:
            url = reverse(name)
            here = request.path == url if url == home else request.path.startswith(url)
            rail.append(Place(url, label, icon, None, here))
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
        rights = ObjectPermissionChecker(user).get_user_perms(membership.organisation) if user is not None else []
        if "see_dashboards" in rights:
            entries.append(("dashboards:waiting_times", _("Dashboards"), "dashboard", None))
            entries.append(("programme:overview", _("Programma"), "programme", None))
        if "manage_policy" in rights or "manage_rules" in rights:
            entries.append(("oversight:policies", _("Afspraken"), "consent", None))
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
            "meets_patients": meets_patients,
            "base": {"professional": "base.html", "citizen": "base_citizen.html"}.get(kind, "base_public.html"),
        }
    }
