"""A line of the log in words: who, where, when, for what, on which grounds, with what outcome, about which number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from events.access import EMERGENCY
from events.models import Event
from oversight import sentences, words
from oversight.access.log import Names
from people.models import Role
from trust.audit import shape_of
from trust.categories import from_mask
from trust.models import Policy, RoleNeed

_ROLES = {**dict(Role.choices), "citizen": "", "system": ""}


@dataclass(frozen=True)
class Told:
    """One line as an auditor reads it. Of the citizen there is a number and nothing else."""

    line: Event
    who: str
    role: str
    organisation: str
    what: str
    purpose: str
    basis: str
    categories: str
    outcome: str
    status: str
    emergency: bool


def _who(line: Event, names: Names) -> str:
    if line.actor_kind == "professional" and line.actor_name:
        return " · ".join(filter(None, [names.users.get(line.user_id or 0, ""), line.actor_name]))
    if line.actor_kind == "professional" and line.user_id:
        return names.users.get(line.user_id) or _("account %(number)s") % {"number": line.user_id}
    if line.actor_kind == "system":
        return _("systeem: %(name)s") % {"name": line.actor_name or "–"}
    return str(words.KINDS.get(line.actor_kind, line.actor_kind))


def told(line: Event, names: Names) -> Told:
    """One line in words; ``names`` holds what its numbers stand for."""
    seen = line.categories | line.own_categories | line.consented or line.withheld
    emergency = line.purpose == EMERGENCY
    outcome = words.outcome(line.outcome)
    return Told(
        line,
        who=_who(line, names),
        role=str(_ROLES.get(line.role, line.role)),
        organisation=names.organisations.get(line.organisation_id or 0, ""),
        what=words.verb(line.verb),
        purpose=words.purpose(line.purpose),
        basis=words.basis(line.basis),
        categories=sentences.categories(from_mask(seen)) if seen else "",
        outcome=f"{outcome}: {words.reason(line.reason)}" if line.reason else outcome,
        status="alert" if line.outcome == "denied" else "soon" if emergency else "off" if line.reason else "neutral",
        emergency=emergency,
    )


@dataclass(frozen=True)
class Ground:
    """What was opened of one holder, and by which version of its policy."""

    organisation: str
    shared: str
    facts: str
    policy: str


def grounds(line: Event, names: Names) -> tuple[str, list[Ground]]:
    """The versions a decision rested on: of what the role needs, and per holder of its policy (NEN 7513:2018, 7.2.6)."""
    kept: dict[str, Any] = line.grounds or {}
    need = RoleNeed.objects.filter(pk=kept.get("need")).first()
    stated = _("versie %(number)s") % {"number": need.pk} if need else ""
    if need and need.period and need.period.lower:
        stated += _(", geldig vanaf %(day)s") % {"day": need.period.lower.date().isoformat()}
    holders: dict[str, list[int | None]] = kept.get("holders", {})
    versions = dict(
        Policy.objects.filter(pk__in=[one[2] for one in holders.values() if one[2]]).values_list("pk", "version")
    )
    told_of = []
    for number, (shared, facts, policy) in sorted(holders.items(), key=lambda item: int(item[0])):
        version = versions.get(policy or 0)
        told_of.append(
            Ground(
                names.organisations.get(int(number), number),
                sentences.categories(from_mask(shared or 0)),
                sentences.categories(from_mask(facts or 0)),
                _("versie %(number)s") % {"number": version}
                if version
                else _("geen beleid")
                if not policy
                else str(policy),
            )
        )
    return stated, told_of


def in_full(line: Event, names: Names) -> list[tuple[str, str, str]]:
    """Every field of NEN 7513:2018, chapter 7: its number there, its name, and what this line says."""
    one = told(line, names)
    need, _holders = grounds(line, names)
    looked = ", ".join(str(field) for field in (line.data or {}).get("fields", []))
    return [
        ("7.2.1", _("Gebeurtenis"), f"{one.what} ({line.verb})"),
        ("7.2.2", _("Actie"), words.action(shape_of(line.verb).action)),
        ("7.2.3", _("Datum en tijd"), timezone.localtime(line.at).isoformat(sep=" ", timespec="milliseconds")),
        ("7.2.4", _("Aard"), _("noodprocedure") if one.emergency else _("gewoon")),
        ("7.2.5", _("Uitkomst"), one.outcome),
        ("7.2.6", _("Controle: gegevens per rol"), need or "–"),
        ("7.3.1", _("Gebruiker"), f"{one.who} ({line.user_id})" if line.user_id else one.who),
        ("7.3.4", _("Rol"), one.role or str(words.KINDS.get(line.actor_kind, ""))),
        ("7.3.6", _("Verantwoordelijke organisatie"), one.organisation or "–"),
        ("7.3.9", _("Toegangspunt"), line.place or "–"),
        ("7.4.1", _("Inwoner"), _("nummer %(number)s") % {"number": line.patient_id} if line.patient_id else "–"),
        ("7.4.3", _("Object"), f"{line.subject_type} {line.subject_id or ''}".strip() or "–"),
        ("–", _("Doel van de inzage"), f"{one.purpose} ({line.purpose})" if line.purpose else one.purpose),
        ("7.4.7", _("Grondslag"), f"{one.basis} ({line.basis})" if line.basis else "–"),
        ("7.4.10", _("Gedeeld dossier"), sentences.categories(from_mask(line.categories))),
        ("7.4.10", _("Van de eigen organisatie"), sentences.categories(from_mask(line.own_categories))),
        ("7.4.8", _("Met toestemming, bij anderen"), sentences.categories(from_mask(line.consented))),
        ("7.4.8", _("Achtergehouden"), sentences.categories(from_mask(line.withheld))),
        ("7.4.12", _("Gezocht op"), looked or "–"),
        ("7.5", _("Bron"), _("dit netwerk, regel %(number)s") % {"number": line.pk}),
        ("7.5", _("Verzoeknummer"), line.request_id or "–"),
    ]
