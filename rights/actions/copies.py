"""Making a complete copy of the own data: asked, made in a worker as the person who asked, kept seven days, dropped."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from dossier.access import content_of
from dossier.models import Document, Fact
from events.actions import finish_extract, make_extract, note_extract, record, wake
from events.actor import Actor, act
from events.errors import Refused
from people.models import Patient
from rights.access.requests import open_request
from rights.contents import Reader, by_app, in_copy, path_of
from rights.models import Export, ExportFile, Message, Request
from rights.moves import Kind, Status
from rights.readable import left_out, sections_of
from trust.access import Opening, open_record
from trust.categories import EVERYTHING, Category, to_mask

TASK = "rights.tasks.make_copies"
Rows = dict[str, list[dict[str, Any]]]
MOST_OF_DOCUMENTS = 50 * 1024 * 1024
"""How many bytes of documents go in a copy, the newest first; what is left the person takes from the own record, one by one."""


@dataclass(frozen=True)
class Files:
    """The documents in a copy by their place in it, and how many are not in it."""

    taken: dict[str, bytes]
    left: int


@transaction.atomic
def ask_copy(*, patient: Patient, by: Actor) -> Export:
    """Ask for a complete copy of the own data (AVG art. 15(3) and 20); while one is being made, asking again gives that one."""
    try:
        with transaction.atomic():
            made = Export.objects.create(patient=patient, user_id=by.user_id, request_id=by.request_id)
    except IntegrityError:
        return Export.objects.unfinished().get(patient=patient, user_id=by.user_id)
    record("export.asked", subject=made, patient_id=patient.pk, by=by)
    transaction.on_commit(partial(wake, TASK))
    return made


@transaction.atomic
def copy_for(*, request: Request, by: Actor) -> None:
    """Have the copy made that a granted request for insight asked for, for who asked."""
    if request.kind != Kind.INSIGHT or request.status not in {Status.GRANTED, Status.PARTLY_GRANTED}:
        return
    if not Export.objects.unfinished().filter(patient_id=request.patient_id, user_id=request.asker_id).exists():
        Export.objects.create(patient_id=request.patient_id, user_id=request.asker_id)
    transaction.on_commit(partial(wake, TASK))


def make_next(*, by: Actor) -> bool:
    """Make the copy that waits longest; tells whether there was one.

    ``by`` is the worker; what is read is read as the person who asked, by that person's right of this moment, each part
    with its own line in the log under purpose PATRQT and the name of this work. Runs outside a transaction.
    """
    copy = make_extract(Export, partial(_make, by=by), by=by)
    if copy is not None and copy.status == Export.Status.READY:
        _answer_insight(copy, by)
    return copy is not None


def _make(copy: Export, *, by: Actor) -> None:
    person = Actor("citizen", copy.user_id, None, "citizen", "PATRQT", "copy", copy.request_id)
    packed, covered = _pack(copy, person, by)
    with act(person) as actor:
        ExportFile.objects.create(
            export=copy, patient_id=copy.patient_id, user_id=copy.user_id, categories=to_mask(covered), content=packed
        )
        finish_extract(copy, size=len(packed), by=actor)
        record("export.ready", subject=copy, patient_id=copy.patient_id, data={"size": len(packed)}, by=actor)


def _answer_insight(copy: Export, by: Actor) -> None:
    """Requests for insight of this person that were granted are carried out with the copy."""
    with act(by) as worker:
        granted = Request.objects.select_for_update(of=("self",)).filter(
            patient_id=copy.patient_id,
            asker_id=copy.user_id,
            kind=Kind.INSIGHT,
            status__in=[Status.GRANTED, Status.PARTLY_GRANTED],
            carried_out_at=None,
        )
        for request in granted:
            request.carried_out_at, request.result = timezone.now(), {"copy": copy.pk}
            request.save(update_fields=["carried_out_at", "result"])
            data = {"kind": str(request.kind), "organisation": request.organisation_id}
            record("request.carried_out", subject=request, patient_id=request.patient_id, data=data, by=worker)


def _pack(copy: Export, person: Actor, by: Actor) -> tuple[bytes, frozenset[Category]]:
    """Read every part as the person, with the progress written between them, and put it in one zip; and what it covers."""
    rows: Rows = {}
    originals: list[Any] = []
    files = Files({}, 0)
    parts = list(by_app(in_copy()))
    name, covered = "", frozenset[Category]()
    for place, (_label, chosen) in enumerate(parts, 1):
        with act(person) as actor:
            opening = _open(actor, copy.patient_id)
            patient, covered = opening.patient, covered | opening.allowed
            name = patient.name
            reader = Reader(patient, copy.user_id)
            for model in chosen:
                if model is Message:
                    for pk in Request.objects.filter(patient=patient).values_list("pk", flat=True):
                        open_request(actor, pk)
                rows[model._meta.label] = reader.rows(model)
                if model is Document:
                    files = _documents(patient)
                if model is Fact:
                    originals = list(
                        Fact.objects.filter(**{path_of(Fact): patient.pk}).values_list("resource", flat=True)
                    )
        note_extract(copy, progress=90 * place // len(parts), by=by)
    return _zip(name, rows, originals, files), covered


def _open(actor: Actor, patient_id: int) -> Opening:
    """The person's record, opened for everything that this person may see of it now."""
    key = Patient.objects.values_list("key", flat=True).get(pk=patient_id)
    return open_record(actor, key, EVERYTHING)


def _documents(patient: Patient) -> Files:
    """The documents that the opened record shows, as files; one that does not open is counted among what is left."""
    taken: dict[str, bytes] = {}
    room, left = MOST_OF_DOCUMENTS, 0
    for document in Document.objects.filter(patient=patient).order_by("-at", "-pk"):
        if document.size > room:
            left += 1
            continue
        try:
            content = content_of(document)
        except Refused:
            left += 1
            continue
        taken[f"documents/{document.pk}-{document.file_name}"] = b"".join(content.steps())
        room -= document.size
    return Files(taken, left)


def _zip(name: str, rows: Rows, originals: list[Any], files: Files) -> bytes:
    made = timezone.now()
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": made.isoformat(),
        "entry": [{"resource": resource} for resource in originals],
    }
    with translation.override("nl"):
        page = render_to_string(
            "rights/copy_letter.html",
            {
                "name": name,
                "made": made,
                "sections": sections_of(rows),
                "facts": len(originals),
                "documents": files,
                "left_out": left_out(),
            },
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("readable.html", page)
        file.writestr("record.json", json.dumps({"made": made.isoformat(), "rows": rows}, ensure_ascii=False, indent=1))
        file.writestr("fhir-bundle.json", json.dumps(bundle, ensure_ascii=False, indent=1))
        for place, content in files.taken.items():
            file.writestr(place, content)
    return packed.getvalue()


@transaction.atomic
def take_copy(*, copy: Export, by: Actor) -> None:
    """Write in the log that the person took the file."""
    record("export.taken", subject=copy, patient_id=copy.patient_id, by=by)


def drop_copies(*, by: Actor) -> int:
    """Drop the copies that are older than seven days, files and all; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select rights_drop_exports()")
        dropped: int = cursor.fetchone()[0]
    return dropped
