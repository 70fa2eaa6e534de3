"""The interface of notified pull (FHIR STU3): where a system is told, and comes for one referral with a token for that one alone."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dossier.access import content_of, headers_of
from dossier.actions import note_read
from exchange import access, fhir
from exchange.api import FhirView, Invalid, PublicView
from exchange.partners.door import FhirParser
from exchange.partners.models import Scope
from exchange.partners.receiving import Stale, seen, step, version_of
from exchange.pull import receiving, spec, writing
from exchange.pull.reading import read_notification, read_status
from people.models import Organisation
from referrals.access import answers_of, get_sent_document, items_of, letter_of, open_referral, steps_of, supplements_of
from referrals.models import Referral
from referrals.moves import RUNNING
from trust.access import Opening

STALE = 412


class PullView(FhirView):
    """One operation for systems; people have pages."""

    parser_classes = [FhirParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse who comes with a session."""
        super().initial(request, *args, **kwargs)
        if self.machine is None:
            raise PermissionDenied(_("Dit adres is voor systemen van deelnemers."))

    def referral(self, pk: int | None = None) -> Referral:
        """The one referral that the token is for; any other does not exist, nor does it once another is asked."""
        bound = self.machine.bound if self.machine else None
        if bound is None or pk not in {None, bound.referral}:
            access.get_referral(self.actor, pk or 0)  # a line in the log where it is another's
            raise Http404
        referral = access.get_referral(self.actor, bound.referral)
        if referral.round != bound.round or referral.receiving_organisation_id != self.actor.organisation_id:
            raise Http404
        return referral

    def opened(self, referral: Referral) -> Opening | None:
        """The record, opened for this reading, where the sections can be fetched now."""
        return open_referral(self.actor, referral) if writing.fetchable(referral) else None

    def need_opened(self) -> tuple[Referral, Opening]:
        """The referral with its record open; refused before acceptance and once the access has ended."""
        referral = self.referral()
        opening = self.opened(referral)
        if opening is None:
            raise PermissionDenied(_("Deze gegevens gaan open met accepteren, en dicht als de verwijzing eindigt."))
        return referral, opening


@extend_schema(exclude=True)
class Capability(PublicView):
    """What this interface can do."""

    def get(self, request: Request) -> Response:
        """The CapabilityStatement, in STU3."""
        return Response(capability())


@extend_schema(exclude=True)
class Notify(PullView):
    """Where a system says that a referral waits at it."""

    scopes: ClassVar[dict[str, str]] = {"POST": Scope.NOTIFY}

    def post(self, request: Request) -> Response:
        """Keep that something waits; the same once more gives the same answer."""
        connection = self.need_machine(request).connection
        told = read_notification(request.data, connection)
        announcement = receiving.announce(told=told, connection=connection, by=self.actor)
        body = {**dict(request.data), "id": str(announcement.pk)}
        return Response(body, status=201, headers={"Location": f"{spec.BASE}/Task/{announcement.pk}"})


@extend_schema(exclude=True)
class WorkflowTask(PullView):
    """The workflow task of one referral, for who was notified of it."""

    scopes: ClassVar[dict[str, str]] = {"GET": Scope.PULL, "PUT": Scope.PULL}

    def get(self, request: Request, pk: int) -> Response:
        """How it stands; from acceptance on also whom it is about, the question, and what can be fetched."""
        return self._answer(self.referral(pk))

    def put(self, request: Request, pk: int) -> Response:
        """Take the step that leads to the state of this Task, when the system knows the newest version."""
        referral = self.referral(pk)
        if referral.status not in RUNNING:
            raise PermissionDenied(_("Deze verwijzing is gesloten."))
        known = request.headers.get("If-Match", "").strip()
        if not known:
            return Response(fhir.outcome("required", _("Stuur If-Match mee.")), status=428)
        here = steps_of(referral)
        version = known.removeprefix("W/").strip('"') if known.endswith('"') else ""
        wanted = read_status(request.data, pk, sum(1 for one in here if one.note))
        try:
            if wanted.status == "received" and not wanted.words:
                moved = seen(referral=referral, version=version, by=self.actor)
            else:
                moved = step(referral=referral, wanted=wanted, version=version, by=self.actor)
        except Stale:
            words = _("Er is intussen een stap genomen. Lees de taak opnieuw.")
            return Response(fhir.outcome("conflict", words), status=STALE, headers={"ETag": f'W/"{version_of(here)}"'})
        return self._answer(moved)

    def _answer(self, referral: Referral) -> Response:
        opening, steps = self.opened(referral), steps_of(referral)
        letter = letter_of(opening, referral) if opening else None
        items = items_of(opening, referral) if opening else []
        task = writing.workflow_task(referral, steps, opening, letter, items)
        return Response(task, headers={"ETag": f'W/"{version_of(steps)}"'})


@extend_schema(exclude=True)
class Section(PullView):
    """One section of the BgZ of the person whom the token is for; who that is, is never taken from the question."""

    scopes: ClassVar[dict[str, str]] = {"GET": Scope.PULL}

    def get(self, request: Request, kind: str, last: bool = False) -> Response:
        """What was chosen for it and may go to this receiver."""
        referral, opening = self.need_opened()
        given = [(name, value) for name, values in request.query_params.lists() for value in values]
        name = spec.asked_section(f"{kind}/$lastn" if last else kind, given)
        if not name:
            raise Invalid(_("Dit is geen zoekvraag van de BgZ. De inwoner volgt uit het token; noem die niet."))
        if name == "person":
            may = Organisation.objects.filter(pk=self.actor.organisation_id, may_process_bsn=True).exists()
            return Response(writing.searchset([writing.person_resource(opening, number=may)]))
        items = items_of(opening, referral)
        later = _words(opening, referral) if name == "documents" else []
        found = writing.section_resources(name, opening, referral, letter_of(opening, referral), items, later)
        return Response(writing.searchset(found))


def _words(opening: Opening, referral: Referral) -> list[str]:
    """What was filled in and what was added later, in words."""
    forms = [one for one in answers_of(opening, referral) if one.current]
    filled = ["\n".join([one.title, *(f"{said.text}: {said.answer}" for said in one.lines)]) for one in forms]
    return [*filled, *(one.text for one in supplements_of(opening, referral))]


@extend_schema(exclude=True)
class Binary(PullView):
    """A document that went along."""

    scopes: ClassVar[dict[str, str]] = {"GET": Scope.PULL}

    def get(self, request: Request, pk: int) -> Response:
        """The version that was sent; each reading is a line in the log."""
        referral, opening = self.need_opened()
        found = get_sent_document(opening, referral, pk)
        kind = headers_of(found, shown=False)["Content-Type"]
        content = b"".join(content_of(found).steps())
        note_read(opening=opening, document=found, shown=False, by=self.actor)
        return Response(
            {"resourceType": "Binary", "id": str(pk), "contentType": kind, "content": b64encode(content).decode()}
        )


def capability() -> fhir.Resource:
    """What this interface can do (STU3 CapabilityStatement); the searches are those of the BgZ and no others."""
    kinds = dict.fromkeys(section.kind for section in spec.SECTIONS.values())
    task = [{"code": "read"}, {"code": "update"}, {"code": "create"}]
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{spec.BASE}/metadata",
        "name": "NIS-notified-pull",
        "status": "active",
        "date": "2026-11-23",
        "kind": "instance",
        "implementation": {"description": "TA Notified Pull", "url": spec.BASE},
        "fhirVersion": "3.0.2",
        "acceptUnknown": "no",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {"type": "Task", "interaction": task, "versioning": "versioned-update"},
                    *({"type": kind, "interaction": [{"code": "search-type"}]} for kind in kinds),
                    {"type": "Binary", "interaction": [{"code": "read"}]},
                ],
            }
        ],
    }
