"""Who may see the roll-out and who may change it; the matrix of processes and participants, and the shares per domain."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from events.actor import Actor
from people.access import may_manage_admission
from people.models import Domain, Organisation, User
from people.moves import Admission
from programme.models import Participation, Process
from programme.moves import Phase

GOAL = 80
"""Per cent of the providers that should have a process in use (LIS 2.2)."""


@dataclass(frozen=True)
class Cell:
    """One participant with one process: the phase, empty before the intake; ``takes_part`` is false where it does not apply."""

    process: Process
    takes_part: bool
    participation: Participation | None


@dataclass(frozen=True)
class Line:
    """One participant with all processes."""

    organisation: Organisation
    cells: list[Cell]


@dataclass(frozen=True)
class Share:
    """How many participants of a domain that a process is for have it in use, of how many, as a whole per cent."""

    domain: str
    label: str
    using: int
    of: int

    @property
    def percent(self) -> int:
        """The share in use, rounded down."""
        return 100 * self.using // self.of if self.of else 0


@dataclass(frozen=True)
class Progress:
    """One process over all participants it is for."""

    process: Process
    phases: list[tuple[str, str, int]]
    not_begun: int
    whole: Share
    shares: list[Share]


def require_overview(actor: Actor) -> None:
    """Let pass who sees the dashboards or manages admission in the name of the organisation acted for.

    Raises ``Http404`` for whoever is no professional at work for an organisation, ``PermissionDenied`` without a right.
    """
    if actor.kind != "professional":
        raise Http404
    user = User.objects.filter(pk=actor.user_id).first()
    organisation = Organisation.objects.filter(pk=actor.organisation_id).first()
    if user is None or organisation is None:
        raise Http404
    if not (
        user.has_perm("people.see_dashboards", organisation) or user.has_perm("people.manage_admission", organisation)
    ):
        raise PermissionDenied(_("Het programma is voor wie uw organisatie daarvoor heeft aangewezen."))


def may_manage(actor: Actor) -> bool:
    """Whether the actor decides about phases and admission."""
    return may_manage_admission(actor)


def _for(process: Process, organisation: Organisation) -> bool:
    return not process.domains or organisation.domain in process.domains


def participants() -> list[Organisation]:
    """Who takes part: admitted participants, by domain; the region's own office does not deliver care."""
    return list(Organisation.objects.admitted().caring().order_by("domain", "name"))


def matrix(actor: Actor, *, domain: str = "") -> tuple[list[Process], list[Line]]:
    """The processes, and for each participant (of one domain, when given) how far it is with each."""
    require_overview(actor)
    processes = list(Process.objects.all())
    known = {(one.organisation_id, one.process_id): one for one in Participation.objects.all()}
    lines = [
        Line(place, [Cell(process, _for(process, place), known.get((place.pk, process.pk))) for process in processes])
        for place in participants()
        if domain in {"", place.domain}
    ]
    return processes, lines


def progress(actor: Actor) -> list[Progress]:
    """Every process with the participants per phase, and the share in use per domain against the goal of 80%."""
    processes, lines = matrix(actor)
    found = []
    for index, process in enumerate(processes):
        cells = [
            (line.organisation.domain, line.cells[index].participation)
            for line in lines
            if line.cells[index].takes_part
        ]
        phases = [part.phase if part else "" for _domain, part in cells]
        shares = [
            _share(domain, str(label), [part for of, part in cells if of == domain]) for domain, label in Domain.choices
        ]
        found.append(
            Progress(
                process,
                [(value, str(label), phases.count(value)) for value, label in Phase.choices],
                phases.count(""),
                _share("", "", [part for _domain, part in cells]),
                [share for share in shares if share.of],
            )
        )
    return found


def _share(domain: str, label: str, parts: list[Participation | None]) -> Share:
    return Share(domain, label, sum(part is not None and part.phase == Phase.DONE for part in parts), len(parts))


def admissions(actor: Actor) -> list[Organisation]:
    """Every organisation with the state of its admission (ViSD 3.2.1): who waits for a step first, who has left last."""
    require_overview(actor)
    order = (Admission.APPLIED, Admission.TESTED, Admission.SUSPENDED, Admission.ADMITTED, Admission.ENDED)
    rank = Case(
        *[When(admission=state, then=Value(number)) for number, state in enumerate(order)], output_field=IntegerField()
    )
    return list(Organisation.objects.annotate(rank=rank).order_by("rank", "name"))


def get_process(actor: Actor, pk: int) -> Process:
    """One process of the programme."""
    require_overview(actor)
    return get_object_or_404(Process, pk=pk)


def get_organisation(actor: Actor, pk: int) -> Organisation:
    """One organisation, admitted or on its way."""
    require_overview(actor)
    return get_object_or_404(Organisation, pk=pk)
