"""The log as FHIR AuditEvents: the citizen's own lines, and for a privacy officer those within reach."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from events.access import Mark, Search
from events.actor import Actor
from events.models import Event
from exchange import access, actions, fhir
from exchange.api import ANSWER, MOST, PAGE, PAGING, FhirView, Invalid, described, number_of, wanted, whole_number
from trust.audit import audit_event, known_in

OUTCOMES = {"8": "denied"}
"""Outcomes that are searched by; all the others are the greater part of the log."""


def _period(given: QueryDict) -> dict[str, date]:
    """First and last day from ``date`` parameters: whole days with ge, gt, le, lt or nothing before them; both may be given."""
    found: dict[str, date] = {}
    for value in given.getlist("date"):
        sign, day = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
        try:
            when = date.fromisoformat(day)
        except ValueError:
            raise Invalid(_("date is een hele datum: jjjj-mm-dd, met ge, gt, le of lt ervoor.")) from None
        if sign not in {"eq", "ge", "gt", "le", "lt"} or not 1900 <= when.year <= 2200:
            raise Invalid(_("date is een hele datum: jjjj-mm-dd, met ge, gt, le of lt ervoor."))
        if sign in {"eq", "ge", "gt"}:
            found["since"] = when + timedelta(days=sign == "gt")
        if sign in {"eq", "le", "lt"}:
            found["until"] = when - timedelta(days=sign == "lt")
    return found


def _told(lines: list[Event], actor: Actor) -> list[Event]:
    """The lines as this actor may know them: from where somebody else looked is not for a citizen, as in the copy of the own data."""
    for line in lines:
        if actor.kind == "citizen" and line.user_id != actor.user_id:
            line.place = ""
    return lines


def _search(given: QueryDict) -> tuple[Search, dict[str, str]]:
    """What is asked for, and the parameters as they were given. The patient is judged by the access of the actor."""
    values = wanted("AuditEvent", {name: str(given[name]) for name in given})
    asked: dict[str, Any] = dict(_period(given))
    if "agent" in values:
        asked["user_id"] = number_of({"agent": values["agent"].rpartition("|")[2]}, "agent", "Practitioner")
    if "outcome" in values:
        if values["outcome"] not in OUTCOMES:
            raise Invalid(_("outcome is %(known)s.") % {"known": ", ".join(OUTCOMES)})
        asked["outcome"] = OUTCOMES[values["outcome"]]
    if "subtype" in values:
        asked["verb"] = values["subtype"].rpartition("|")[2]
    return Search(**asked), values


def _page(view: FhirView, given: QueryDict, *, posted: bool) -> Response:
    """One page, newest first. How many there are in all is not counted: a log is too long for that."""
    search, values = _search(given)
    size = max(1, min(whole_number(values, "_count", PAGE), MOST))
    after = Mark.of(values["_after"]) if "_after" in values else None
    found = access.log_for(view.actor, search, patient=values.get("patient", ""), posted=posted, after=after, size=size)
    actions.note_log_search(fields=sorted(set(values) - set(PAGING)), found=len(found.lines), by=view.actor)
    known = known_in(found.lines)
    address = f"{fhir.BASE}/AuditEvent" + ("/_search" if posted else "")
    told = [(name, value) for name in given for value in given.getlist(name) if name != "_after"]
    following = urlencode([*told, ("_after", str(found.older))]) if found.older and not posted else ""
    return Response(
        fhir.bundle(
            [audit_event(line, known) for line in _told(found.lines, view.actor)],
            self_url=f"{address}?{urlencode(told)}" if told and not posted else address,
            next_url=f"{address}?{following}" if following else "",
        )
    )


class AuditEventSearch(FhirView):
    """The lines of the log that the actor may see."""

    @described("AuditEvent", read=False)
    def get(self, request: Request) -> Response:
        """One page of lines; the search is itself a line."""
        return _page(self, request.query_params, posted=False)


class AuditEventPost(FhirView):
    """The same by POST, so that the number of a citizen stands in no address; pages go on with ``_after``."""

    parser_classes = [FormParser]

    @extend_schema(
        operation_id="search_AuditEvent_post", tags=["AuditEvent"], summary="AuditEvent search",
        description=fhir.SPOKEN["AuditEvent"], request=fhir.search_form("AuditEvent"), responses=ANSWER,
        parameters=[OpenApiParameter("_count", OpenApiTypes.INT, description=f"0-{MOST}, {PAGE}")],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """One page of lines."""
        return _page(self, request.POST, posted=True)


class AuditEventRead(FhirView):
    """One line of the log."""

    @described("AuditEvent", read=True)
    def get(self, request: Request, pk: int) -> Response:
        """One line within reach; reading it is itself a line."""
        [line] = _told([access.get_log_line(self.actor, pk)], self.actor)
        actions.note_log_search(fields=["_id"], found=1, by=self.actor)
        return Response(audit_event(line, known_in([line])))
