"""Keeping a referral that is not sent yet, leaving it to a colleague, and throwing it away; and the texts to begin with."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import ask, done
from events.actor import Actor
from events.errors import Refused
from people.models import Patient, User
from referrals.access import colleagues_for, naming_fault
from referrals.models import Draft, Template
from referrals.moves import DRAFT_DAYS
from trust.access import need_role
from trust.categories import Category


@transaction.atomic
def keep_draft(*, patient: Patient, token: uuid.UUID, typed: dict[str, Any], by: Actor) -> bool:
    """Keep what was typed for who typed it, in the place of what was kept before; tells whether it is kept.

    Reads nothing of the record and opens nothing. What was sent with this ``token`` is not kept again.
    """
    need_role(by, Category.REFERRAL)
    until = timezone.now() + timedelta(days=DRAFT_DAYS)
    values = [patient.pk, token, json.dumps({**typed, "token": str(token)}), until]
    return _number("referrals_keep_draft(%s, %s, %s::jsonb, %s)", values) is not None


@transaction.atomic
def drop_draft(*, patient: Patient, token: uuid.UUID | None = None, by: Actor) -> None:
    """Throw the actor's own draft away, or only the one with this token; nothing happens when there is none."""
    if number := _number("referrals_drop_draft(%s, %s)", [patient.pk, token]):
        done(subject=Draft(pk=number), by=by)


@transaction.atomic
def hand_draft(*, patient: Patient, to: int, by: Actor) -> User:
    """Leave the actor's own draft to a colleague, who finds it on the work list and finishes it; returns the colleague.

    Raises ``Refused`` for who is no colleague that may refer, and when that one has begun a referral of this person too.
    """
    need_role(by, Category.REFERRAL)
    colleague = next((one.user for one in colleagues_for(by) if one.user_id == to), None)
    if colleague is None:
        raise Refused(_("Kies een collega die zelf mag verwijzen."), field="to")
    number = _number("referrals_hand_draft(%s, %s)", [patient.pk, to])
    if number is None:
        raise Refused(
            _("%(name)s is zelf al met een verwijzing van deze inwoner bezig. Overleg even.") % {"name": colleague},
            field="to",
        )
    draft = Draft(pk=number)
    done(subject=draft, by=by)
    ask(
        "draft", subject=draft, organisation_id=by.organisation_id or 0, patient_id=patient.pk, user_id=to,
        title=gettext_noop("Verwijzing afmaken en versturen"), sender=str(User.objects.get(pk=by.user_id)), by=by,
    )  # fmt: skip
    return colleague


def drop_drafts(*, by: Actor) -> int:
    """Remove the drafts whose days are over, with the work that waits for them; for the clock alone. Returns how many."""
    if by.kind != "system":
        raise PermissionDenied
    return _number("referrals_drop_drafts()", []) or 0


@transaction.atomic
def keep_template(
    *,
    title: str,
    text: str,
    kind: str = "",
    shared: bool = False,
    template: Template | None = None,
    patient: Patient | None = None,
    by: Actor,
) -> Template:
    """Keep a text to begin a question with, for a kind of service or any; ``shared`` with everybody of the organisation.

    ``patient`` is about whom the text was written first. Raises ``Refused`` when it names that person or holds a BSN.
    """
    need_role(by, Category.REFERRAL)
    if fault := naming_fault(f"{title}\n{text}", patient):
        raise Refused(fault, field="text")
    kept = template or Template(organisation_id=by.organisation_id)
    kept.title, kept.text, kept.kind, kept.user_id = title, text, kind, None if shared else by.user_id
    kept.save()
    return kept


@transaction.atomic
def drop_template(*, template: Template, by: Actor) -> None:
    """Throw a text away."""
    need_role(by, Category.REFERRAL)
    template.delete()


def _number(function: str, values: list[Any]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}", values)
        number: int | None = cursor.fetchone()[0]
    return number
