"""Everything that changes documents: adding one, a newer version of it, noting that one was read, wrapping keys anew."""

from __future__ import annotations

import os
from datetime import date

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossier.access.documents import KEPT_UNDER
from dossier.documents import sealing
from dossier.documents.receive import Received
from dossier.models import Document, DocumentPart
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Role, User
from trust.access import Opening
from trust.categories import Category


@transaction.atomic
def add_document(
    *,
    opening: Opening,
    received: Received,
    kind: str,
    category: Category,
    by: Actor,
    title: str = "",
    on_date: date | None = None,
) -> Document:
    """Keep a received file as a document of the opened record, sealed; without a title it is called after its file.

    Raises ``PermissionDenied`` when the category was not opened for the actor, and ``Refused`` for a day yet to come. The
    whole of it stands or nothing does.
    """
    return _keep(opening, Document(kind=kind, category=category), received, title, on_date, by, "document.added")


@transaction.atomic
def replace_document(
    *, opening: Opening, document: Document, received: Received, by: Actor, title: str = "", on_date: date | None = None
) -> Document:
    """Put a newer version in the place of a document; the older one stays (Wgbo art. 7:454 BW).

    Raises ``Refused`` when somebody else has replaced this version in the meantime.
    """
    former = Document.objects.select_for_update(of=("self",)).get(pk=document.pk, patient=opening.patient)
    newer = Document.objects.filter(replaces=former).first()
    if newer is not None:
        raise Refused(
            _(
                "%(name)s heeft intussen een nieuwere versie toegevoegd. Uw bestand is niet bewaard. Bekijk eerst die versie."
            )
            % {"name": newer.author_name}
        )
    made = Document(kind=former.kind, category=former.category, replaces=former)
    return _keep(opening, made, received, title or former.title, on_date, by, "document.replaced")


def _keep(
    opening: Opening, made: Document, received: Received, title: str, on_date: date | None, by: Actor, verb: str
) -> Document:
    category = Category(made.category)
    if by.works_for is None or category not in opening.own or category not in KEPT_UNDER:
        raise PermissionDenied(_("Dit onderdeel van het dossier is voor uw rol of organisatie niet te wijzigen."))
    made.on_date = on_date or timezone.localdate()
    if made.on_date > timezone.localdate():
        raise Refused(_("Kies vandaag of een dag die is geweest."), field="on_date")
    made.patient, made.organisation_id, made.author = opening.patient, by.works_for, User.objects.get(pk=by.user_id)
    with override(settings.LANGUAGE_CODE):  # the role is kept in Dutch, whatever the author reads
        made.author_name, made.author_role = str(made.author)[:160], str(Role(by.role).label)[:60]
    made.title = (title.strip() or received.stem)[:160]
    made.file_name, made.format, made.size = received.name, received.format, received.size
    made.scanned_at = received.scanned_at
    key = os.urandom(32)
    wrapped = sealing.wrap(key, opening.patient.pk)
    made.key_id, made.wrapped_key = wrapped.key_id, wrapped.key
    made.save(force_insert=True)
    for number, sealed in enumerate(sealing.seal(received.content, received.size, key)):
        DocumentPart(
            document=made, patient=made.patient, organisation_id=made.organisation_id, category=made.category,
            number=number, sealed=sealed,
        ).save(force_insert=True)  # fmt: skip
    record(
        verb,
        subject=made,
        patient_id=opening.patient.pk,
        data={"category": made.category, "format": made.format},
        by=by,
    )
    return made


@transaction.atomic
def note_read(*, opening: Opening, document: Document, shown: bool, by: Actor) -> None:
    """Write in the log that the content of a document was shown or handed out (NEN 7513:2018)."""
    data = {"category": document.category, "as": "shown" if shown else "file"}
    record("document.read", subject=document, patient_id=opening.patient.pk, data=data, by=by)


@transaction.atomic
def rewrap_documents(*, by: Actor, limit: int = 1000) -> int:
    """Wrap the keys of documents that an older key wraps with the current one; returns how many. Their content stays as it is.

    Raises :class:`dossier.documents.sealing.Unreadable` when a key is not among the settings. Only the owner of the tables
    may: it is part of keeping the installation, not of care.
    """
    older = (
        Document.objects.select_for_update(of=("self",)).exclude(key_id=sealing.current_key()).order_by("pk")[:limit]
    )
    count = 0
    for document in older:
        key = sealing.unwrap(sealing.Wrapped(document.key_id, bytes(document.wrapped_key)), document.patient_id)
        wrapped = sealing.wrap(key, document.patient_id)
        document.key_id, document.wrapped_key = wrapped.key_id, wrapped.key
        document.save(update_fields=["key_id", "wrapped_key"])
        count += 1
    if count:
        record("documents.rewrapped", subject=Document(pk=0), data={"count": count}, by=by)
    return count
