"""Everything that changes a proposal about an entry of the register: made, taken over, declined, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.access.network import Kept
from dossier.access.register import WORDS, keeps, may_change
from dossier.actions.signing import CHANGED, ENDED, POINTER, locked, save, sign, signature_of, writer_of
from dossier.models import LEGAL, Proposal
from events.actions import ask, done, record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from trust.access import Opening

DECIDED: dict[str, str] = {
    Proposal.Status.ACCEPTED: "network.accepted",
    Proposal.Status.DECLINED: "network.declined",
    Proposal.Status.WITHDRAWN: "network.withdrawn",
}


@transaction.atomic
def accept_proposal(*, opening: Opening, proposal: Proposal, by: Actor) -> Kept:
    """Take over what was proposed into the own entry. Raises ``Refused`` when the entry changed since, or the proposal is settled."""
    asked = _open_proposal(opening, proposal)
    if not keeps(by, asked.entry) or not may_change(by, opening, asked.entry):
        raise PermissionDenied(_("Wie dit beheert, beslist over het voorstel."))
    values = {name: _value(name, value) for name, value in asked.changes.items()}
    _need_keeper_who_may(asked.entry, values)
    _decide(asked, Proposal.Status.ACCEPTED, "", by)
    entry = locked(opening, asked.entry, asked.seen_version)
    for name, value in values.items():
        setattr(entry, name, value)
    sign(entry, opening, by)
    save(entry)
    verbs = ENDED if "until" in values else CHANGED
    record(verbs[type(entry)], subject=entry, patient_id=opening.patient.pk, by=by)
    _decided(asked, opening, by)
    settle(entry, opening, by)
    return entry


@transaction.atomic
def decline_proposal(*, opening: Opening, proposal: Proposal, reply: str, by: Actor) -> Proposal:
    """Leave the own entry as it is, with a word to who proposed."""
    asked = _open_proposal(opening, proposal)
    if not keeps(by, asked.entry):
        raise PermissionDenied(_("Wie dit beheert, beslist over het voorstel."))
    _decide(asked, Proposal.Status.DECLINED, reply, by)
    _decided(asked, opening, by)
    return asked


@transaction.atomic
def withdraw_proposal(*, opening: Opening, proposal: Proposal, by: Actor) -> Proposal:
    """Take the own proposal back."""
    asked = _open_proposal(opening, proposal)
    if asked.by_organisation_id != by.works_for or (by.kind == "citizen" and asked.author_id != by.user_id):
        raise PermissionDenied(_("Alleen wie het voorstelde, neemt het terug."))
    _decide(asked, Proposal.Status.WITHDRAWN, "", by)
    _decided(asked, opening, by)
    return asked


def propose(opening: Opening, entry: Kept, seen: int, values: Mapping[str, Any], why: str, by: Actor) -> Proposal:
    """Propose to the keeper what the entry should say; asks its attention on the work list, or in the portal."""
    organisation = writer_of(opening, by)
    changes = {
        name: plain for name, value in values.items() if (plain := _plain(value)) != _plain(getattr(entry, name))
    }
    if not changes:
        raise Refused(_("Er is niets anders ingevuld dan wat er staat."))
    if entry.version != seen:
        raise Refused(_("Dit is intussen gewijzigd. Kijk eerst wat er nu staat."))
    _need_keeper_who_may(entry, values)
    name, role = signature_of(by)
    made = Proposal.objects.create(
        patient=opening.patient, organisation_id=entry.organisation_id, seen_version=seen, note=why[:300],
        changes={_column(name): value for name, value in changes.items()},
        by_organisation_id=organisation, author_id=by.user_id or 0, author_name=name, author_role=role,
        **{POINTER[type(entry)]: entry},
    )  # fmt: skip
    if entry.organisation_id is None:
        record("network.asked", subject=made, patient_id=opening.patient.pk, by=by)
    else:
        record("network.proposed", subject=made, patient_id=opening.patient.pk, by=by)
    if entry.organisation_id is not None:
        ask(
            "network",
            subject=opening.patient,
            organisation_id=entry.organisation_id,
            title="Voorstel voor een wijziging in het zorgnetwerk",
            by=by,
            patient_id=opening.patient.pk,
            sender=_sender(by),
        )
    return made


def _need_keeper_who_may(entry: Kept, values: Mapping[str, Any]) -> None:
    """Raise ``Refused`` where the person would come to keep who represents by law: that is for somebody who sees the proof."""
    if entry.organisation_id is None and set(values.get("roles", ())) & LEGAL:
        raise Refused(
            _(
                "De inwoner beheert deze contactpersoon zelf. Een rol van de rechter of de wet schrijft een hulpverlener op, "
                "die het bewijs ziet: als nieuwe contactpersoon."
            ),
            field="role",
        )


def _sender(by: Actor) -> str:
    place = Organisation.objects.filter(pk=by.works_for).first()
    return place.name if place else ""


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.pk if hasattr(value, "pk") else value


def _column(name: str) -> str:
    return f"{name}_id" if name in {"membership", "party"} else name


def _value(name: str, value: Any) -> Any:
    """A proposed value as the entry keeps it; ``PermissionDenied`` for a field that nobody may propose."""
    if name not in WORDS or name in {"organisation_id", "coordinates"}:
        raise PermissionDenied(_("Dit kan niet worden voorgesteld."))
    return date.fromisoformat(value) if name in {"since", "until"} and value else value


def _open_proposal(opening: Opening, proposal: Proposal) -> Proposal:
    found = Proposal.objects.select_for_update(of=("self",)).filter(patient=opening.patient, pk=proposal.pk).first()
    if found is None or found.status != Proposal.Status.OPEN:
        raise Refused(_("Over dit voorstel is al beslist."))
    return found


def _decide(proposal: Proposal, status: str, reply: str, by: Actor) -> None:
    proposal.status, proposal.reply, proposal.decided_by_id = status, reply[:300], by.user_id
    proposal.decided_name, proposal.decided_at = signature_of(by)[0], timezone.now()
    proposal.save(update_fields=["status", "reply", "decided_by", "decided_name", "decided_at"])


def _decided(proposal: Proposal, opening: Opening, by: Actor) -> None:
    """Tell the proposer, and take the work off the keeper's list when nothing more waits there."""
    record(DECIDED[proposal.status], subject=proposal, patient_id=opening.patient.pk, by=by)
    _clear(opening, proposal.organisation_id, by)


def settle(entry: Kept, opening: Opening, by: Actor) -> None:
    """Proposals about a version that the keeper changed meanwhile are about something else now: they end with that word."""
    waiting = Proposal.objects.filter(
        patient=opening.patient, status=Proposal.Status.OPEN, **{POINTER[type(entry)]: entry}
    )
    for one in waiting:
        _decide(one, Proposal.Status.DECLINED, _("Dit is intussen gewijzigd."), by)
        _decided(one, opening, by)


def _clear(opening: Opening, organisation_id: int | None, by: Actor) -> None:
    waits = Proposal.objects.filter(
        patient=opening.patient, status=Proposal.Status.OPEN, organisation_id=organisation_id
    )
    if organisation_id is not None and not waits.exists():
        done(subject=opening.patient, by=by, kind="network", organisation_id=organisation_id)
