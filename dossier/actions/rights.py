"""What follows from the rights of the person: a granted correction, a statement beside an entry or fact, and removal."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from dossier.actions.copies import copy_entry
from dossier.models import Entry, Statement
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation, User
from trust.access import Opening
from trust.categories import Category, to_mask


@transaction.atomic
def correct_entry(*, patient_id: int, entry_id: int, text: str, reference: str, role: str, by: Actor) -> int:
    """Put a corrected version in the place of the own organisation's entry, signed by who decided (AVG art. 16; Wgbo art. 7:454 BW).

    ``reference`` is the granted request, ``request:<number>``; the database judges it, and nothing is opened. Returns the
    number of the new version. Raises ``Refused`` when the entry is no longer the organisation's newest word.
    """
    with connection.cursor() as cursor:
        cursor.execute("select dossier_newest(%s, %s)", [patient_id, entry_id])
        newest = cursor.fetchone()[0]
        signed = str(User.objects.get(pk=by.user_id))
        cursor.execute(
            "select dossier_correct(%s, %s, %s, %s, %s, %s)", [patient_id, newest, text, reference, signed, role]
        )
        made: int | None = cursor.fetchone()[0]
        if made is None:
            raise Refused(
                _("Een ander heeft deze aantekening intussen vervangen. Vraag de inwoner die nieuwe te bekijken.")
            )
        cursor.execute("select kind, category, done, on_date from dossier_signed(%s, %s)", [patient_id, made])
        kind, category, is_done, on_date = cursor.fetchone()
    corrected = Entry(
        pk=made, patient_id=patient_id, organisation_id=by.organisation_id, kind=kind, category=category, done=is_done,
        on_date=on_date, text=text,
    )  # fmt: skip
    record("entry.corrected", subject=corrected, patient_id=patient_id, by=by)
    copy_entry(entry=corrected, by=by)
    return made


@transaction.atomic
def attach_statement(
    *, opening: Opening, organisation: Organisation, category: Category, text: str, reference: str, name: str, by: Actor
) -> Statement:
    """Put the person's own statement beside an entry (``entry:5``) or a fact that was not changed (Wgbo art. 7:454 lid 2 BW).

    It shows wherever that shows, to the same readers.
    """
    if by.kind != "citizen" or by.user_id is None:
        raise PermissionDenied(_("Een verklaring komt van de inwoner zelf."))
    if not text.strip():
        raise Refused(_("Schrijf wat u erbij wilt zetten."), field="text")
    kind, _colon, rest = reference.partition(":")
    about = {"entry_id": int(rest)} if kind == "entry" else {"reference": reference}
    made = Statement.objects.create(
        patient=opening.patient, organisation=organisation, category=category, text=text.strip(), author_id=by.user_id,
        author_name=name[:160], **about,
    )  # fmt: skip
    record(
        "statement.attached", subject=made, patient_id=opening.patient.pk, data={"organisation": organisation.pk}, by=by
    )
    return made


def erase(*, patient_id: int, organisation_id: int, categories: Iterable[int], by: Actor) -> int:
    """Remove what an organisation holds of a patient in these categories: entries with older versions, contacts, statements.

    Only for a granted request or an ended term, never under a hold; the database judges. Returns how many rows went.
    """
    with connection.cursor() as cursor:
        cursor.execute("select dossier_erase(%s, %s, %s)", [patient_id, organisation_id, to_mask(categories)])
        removed: int = cursor.fetchone()[0]
    return removed
