"""Who may see what: the one question, its answer, and opening a record, which logs and unlocks in one act."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from events.actor import Actor
from events.errors import Refused
from events.models import Event
from people.models import ROLES_OF, Domain, Organisation, Patient
from trust.categories import EVERYTHING, Category, from_mask, to_mask
from trust.models import CareRelation, Emergency, Grant, Mandate, RoleNeed


@dataclass(frozen=True)
class Sight:
    """What may be seen of one holder: entries of the ``shared`` record, ``facts`` of its systems, and what it ``offered``
    this reader by its policy, whatever the patient chose."""

    shared: frozenset[Category]
    facts: frozenset[Category]
    offered: frozenset[Category]
    chosen: frozenset[Category]


@dataclass(frozen=True)
class Decision:
    """The answer to: may this actor see these categories of this patient, for this purpose, now?

    ``allowed`` holds for entries of the shared record whoever made them, ``own`` also counts what the actor's own
    organisation holds, ``consented`` counts for facts in the systems of others, which the patient must have permitted.
    ``not_needed`` is kept back because the role does not need it, ``not_consented`` because the patient made no choice
    for it or objected. ``basis`` names the grants it rests on; ``reason`` why nothing is allowed. ``sights`` tells it of
    each holder by the number of the organisation; an organisation that never had to do with the patient is not there.
    """

    related: bool
    allowed: frozenset[Category]
    own: frozenset[Category]
    consented: frozenset[Category]
    not_needed: frozenset[Category]
    not_consented: frozenset[Category]
    basis: str
    reason: str
    emergency: bool
    sights: dict[int, Sight]

    def __bool__(self) -> bool:
        return bool(self.allowed or self.own or self.consented)

    def facts_of(self, organisation_id: int) -> frozenset[Category]:
        """The categories of facts in the systems of this holder that may be seen; none of who never had to do with the patient."""
        sight = self.sights.get(organisation_id)
        return sight.facts if sight else frozenset()

    @property
    def lent(self) -> bool:
        """Whether it rests on nothing but a question to think along, which ends with that question."""
        return self.basis == "care_relation:consultation"


@dataclass(frozen=True)
class Opening(Decision):
    """A record that this transaction has opened, with the line in the log that says so."""

    patient: Patient = field(kw_only=True)


def _read(row: dict[str, Any]) -> dict[str, Any]:
    """The database's answer as the fields of a decision: masks become sets of categories."""
    masks = {name: from_mask(row[name]) for name in ("allowed", "own", "consented", "not_needed", "not_consented")}
    told = json.loads(row["sights"] or "{}")
    sights = {
        int(holder): Sight(from_mask(shared), from_mask(facts), from_mask(offered), from_mask(chosen))
        for holder, (shared, facts, _policy, offered, chosen) in told.items()
    }
    rest = {name: row[name] for name in ("related", "basis", "reason")}
    return {**rest, **masks, "emergency": bool(row["emergency"]), "sights": sights}


def _ask(question: str, parameters: list[int | str]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def decide(actor: Actor, patient: Patient, categories: Iterable[int]) -> Decision:
    """Judge, without opening anything, what the actor of this transaction may see of a patient.

    The rule itself stands once, in the database (``trust_decide``); grants, role need and purpose are its inputs.
    """
    return Decision(**_read(_ask("select * from trust_decide(%s, %s)", [patient.pk, to_mask(categories)])))


def open_record(
    actor: Actor, key: uuid.UUID | str, categories: Iterable[int], patient: Patient | None = None
) -> Opening:
    """Open these categories of one record for this transaction, and write the line that says who read it and why.

    Raises ``Http404`` for whom has no basis at all, because even the existence of a record is a secret, and
    ``PermissionDenied`` when there is a care relation but nothing of what was asked may be shown. Both denials are
    logged (NEN 7513:2018, 7.2.5). Who has read the ``patient`` by this key gives it along.
    """
    row = _ask("select * from trust_open(%s, %s)", [str(key), to_mask(categories)])
    if row["patient"] is None:
        raise Http404
    if row["reason"]:
        raise PermissionDenied(_why(row["reason"]))
    return Opening(**_read(row), patient=patient or Patient.objects.get(pk=row["patient"]))


def need_unrestricted(patient_id: int, organisation_id: int | None, category: Category) -> None:
    """Raise ``Refused`` when this organisation may not use what it holds of this category now (AVG art. 18)."""
    key = ((organisation_id or 0) << 40) + patient_id * 64 + category
    if _holds("%s = any(trust_closed())", key):
        raise Refused(
            _("Op verzoek van de inwoner mag uw organisatie deze gegevens nu niet gebruiken, dus ook niet versturen.")
        )


def _why(reason: str) -> str:
    return {
        "role": _("Deze gegevens zijn voor uw rol niet nodig."),
        "consent": _("De inwoner heeft geen toestemming gegeven om deze gegevens te tonen."),
    }.get(reason, _("U mag deze gegevens niet zien."))


def need_role(actor: Actor, category: Category) -> None:
    """Refuse a role that does not work with this category at all, such as a manager at the desk of a practice."""
    if (
        not RoleNeed.objects.annotate(bit=F("categories").bitand(1 << category))
        .filter(role=actor.role, period__contains=Now(), bit__gt=0)
        .exists()
    ):
        raise PermissionDenied(_why("role"))


def _holds(question: str, *values: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"select {question}", list(values))
        return bool(cursor.fetchone()[0])


def may_choose(
    actor: Actor, patient: Patient, *, permit: bool, holder: Organisation | None, established: str = ""
) -> bool:
    """Whether the actor may keep choices for this patient: the patient, who acts for them, or a professional with a care
    relation who says how the choice was established; an objection also who granted a request about what it holds itself."""
    return _holds("trust_may_choose(%s, %s, %s, %s)", patient.pk, permit, holder and holder.pk, established)


def guards(actor: Actor, patient: Patient) -> bool:
    """Whether the actor represents this patient by law: parent, mentor or curator, with a mandate in force that lets act."""
    return _holds("trust_is_guardian(%s)", patient.pk)


def has_permission(actor: Actor, organisation: Organisation, codename: str) -> bool:
    """Whether the actor holds an object permission on the organisation acted for, judged by the database."""
    return _holds("trust_has_permission(%s, %s)", organisation.pk, codename)


def oversees(actor: Actor) -> bool:
    """Whether the actor is the region's privacy officer, who watches over the whole network; judged by the database."""
    return _holds("trust_oversees()")


def may_tend(actor: Actor, relation: CareRelation) -> bool:
    """Whether a relation is the own organisation's to confirm or end; those of a process end with the process."""
    need_role(actor, Category.IDENTITY)
    sources = {CareRelation.Source.SOURCE_SYSTEM, CareRelation.Source.STATED, CareRelation.Source.MERGER}
    return relation.organisation_id == actor.organisation_id and relation.source in sources


@dataclass(frozen=True)
class Scope:
    """In which capacity a citizen acts on a record, whether that includes choosing and asking, and which categories it shows.

    ``kind`` is ``self`` or the kind of the mandate.
    """

    kind: str
    acts: bool
    categories: frozenset[Category]


def acts_for(actor: Actor) -> list[Patient]:
    """Everybody for whom a citizen may act now: the own record first, then those who gave a mandate."""
    if actor.kind != "citizen":
        return []
    granted = Grant.objects.current().filter(grantee=f"person:{actor.user_id}").values("patient_id")
    return sorted(
        Patient.objects.filter(pk__in=granted),
        key=lambda patient: (patient.account_id != actor.user_id, patient.own_name),
    )


def get_acted_for(actor: Actor, key: uuid.UUID | str = "") -> Patient:
    """The patient for whom a citizen acts: by key, or the own record without one; anybody else does not exist."""
    mine = Patient.objects.filter(key=key) if key else Patient.objects.filter(account_id=actor.user_id)
    patient = mine.first() if actor.kind == "citizen" else None
    if patient is None:
        raise Http404
    return patient


def digest_of(code: str) -> str:
    """What is kept of a code: the SHA-256 of its capitals and digits, without spaces and hyphens."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest() if plain else ""


def scope_of(actor: Actor, patient: Patient) -> Scope:
    """How far a citizen's right on this record reaches now, from the same grants as everything else."""
    grants = list(Grant.objects.current().filter(patient=patient, grantee=f"person:{actor.user_id}"))
    if actor.kind != "citizen" or not grants:
        raise Http404
    if any(grant.basis == "self" for grant in grants):
        return Scope("self", True, EVERYTHING)
    mandates = Mandate.objects.filter(pk__in=[grant.source_id for grant in grants])
    mask = 0
    for grant in grants:
        mask |= grant.categories
    return Scope(grants[0].basis.partition(":")[2], any(mandate.acts for mandate in mandates), from_mask(mask))


def get_mandate(opening: Opening, pk: int) -> Mandate:
    """One mandate of the opened record's patient; of another patient it does not exist."""
    found = Mandate.objects.filter(patient=opening.patient, pk=pk).first()
    if found is None:
        raise Http404
    return found


def current_emergencies(actor: Actor) -> list[Emergency]:
    """The actor's own emergency accesses that last now, the first to end first, with their patients."""
    if actor.kind != "professional":
        return []
    return list(
        Emergency.objects.filter(user_id=actor.user_id, organisation_id=actor.organisation_id, period__contains=Now())
        .select_related("patient")
        .order_by("period")
    )


def get_patient(actor: Actor, key: uuid.UUID | str) -> Patient:
    """One patient within the actor's reach, for lists and headings; content asks for :func:`open_record`."""
    patient = Patient.objects.filter(key=key).first()
    if patient is None:
        open_record(actor, key, [Category.IDENTITY])
        raise Http404
    return patient


def search_patients(
    actor: Actor,
    *,
    names: list[str],
    birth_date: date | None = None,
    postcode: str = "",
    bsn: str = "",
    limit: int = 25,
) -> list[Patient]:
    """Find patients within the actor's reach by parts of the name, birth date, postcode or BSN; the search is logged.

    Names come in any order and forgive typing errors, accents and prefixes. Whom nobody knows and who is out of reach get
    the same answer. What was typed is not kept: the log line says only by which fields was searched and how many were
    found (NEN 7513:2018, 7.4.12). Raises ``Refused`` when this person searched more than a desk needs.
    """
    need_rest()
    with connection.cursor() as cursor:
        cursor.execute(
            "select array(select * from trust_search(%s::text[], %s, %s, %s, %s))",
            [names, birth_date, postcode or None, bsn or None, limit],
        )
        found = cursor.fetchone()[0]
    typed = {"name": names, "birth_date": birth_date, "postcode": postcode, "bsn": bsn}
    note_search([name for name, value in typed.items() if value], len(found))
    by_number = Patient.objects.in_bulk(found)
    return [by_number[number] for number in found if number in by_number]


def need_rest() -> None:
    """``Refused`` for who looked through people within reach more than a desk needs, by whichever door."""
    if _holds("trust_searched_often()"):
        raise Refused(_("U zocht erg vaak in korte tijd. Wacht enkele minuten en zoek dan verder."))


def note_search(fields: list[str], found: int) -> None:
    """Write in the log that people were looked for: by which fields, and how many were found."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select trust_log_search(jsonb_build_object('fields', %s::text[], 'found', %s))", [fields, found]
        )


def _known(question: str, *values: Any) -> list[tuple[Patient, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(question, list(values))
        known: list[tuple[int, datetime]] = cursor.fetchall()
    by_number = Patient.objects.in_bulk([number for number, _at in known])
    return [(by_number[number], at) for number, at in known if number in by_number]


def recent_patients(actor: Actor, limit: int = 8) -> list[tuple[Patient, datetime]]:
    """Whose records the actor opened last for this organisation, and when; at most thirty days back, within reach."""
    return _known("select * from trust_recent(%s)", limit)


def worked_with(actor: Actor, *, mine: bool, limit: int = 50) -> list[tuple[Patient, datetime]]:
    """For whom the actor did something this half year, or anybody of the organisation these two weeks, and when last.

    Looking alone does not count. Within reach, newest first.
    """
    return _known("select * from trust_worked_with(%s, %s)", mine, limit)


@contextmanager
def regional_figures() -> Iterator[None]:
    """Read, for as long as this lasts, under the database role of regional figures instead of the application's own.

    That role sees the referrals of the whole network, yet only their clock, state, reason, service and the two
    organisations: no column that points at a person. Content of records stays closed. Needs a running transaction; the
    former role is back at the end, also after a fault.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local role nis_region")
        yield
        cursor.execute("reset role")


_GUARDED = frozenset({Category.MENTAL_HEALTH, Category.SOCIAL, Category.FINANCIAL})
_OWN_FIELD: dict[str, frozenset[Category]] = {
    Domain.MENTAL_HEALTH: frozenset({Category.MENTAL_HEALTH}),
    Domain.SOCIAL: frozenset({Category.SOCIAL}),
    Domain.MUNICIPALITY: frozenset({Category.SOCIAL}),
    Domain.WELFARE: frozenset({Category.SOCIAL}),
}


@dataclass(frozen=True)
class Sharing:
    """What may be sent along to an organisation: ``allowed``, and what not, with the reason by which set it is in.

    ``consented`` is what the patient lets this organisation have, needed or not.
    """

    allowed: frozenset[Category]
    not_needed: frozenset[Category]
    not_consented: frozenset[Category]
    consented: frozenset[Category]


def sharing(actor: Actor, patient: Patient, organisation: Organisation) -> Sharing:
    """Judge which categories of a patient may be sent along to an organisation with a request the patient agreed to.

    The organisation's field must need them (AVG art. 5(1)(c)). The agreement carries ordinary facts, unless the patient
    objected; mental-health, social and financial facts need an own choice of the patient for this reader, except with
    who works in that very field (art. 7:457 BW, Wabvpz art. 15a). Outside the actor's reach nothing may be sent.
    """
    start = EVERYTHING - (_GUARDED - _OWN_FIELD.get(organisation.domain, frozenset()))
    with connection.cursor() as cursor:
        cursor.execute(
            "select needed, consented from trust_sharing(%s, %s, %s, %s)",
            [patient.pk, organisation.pk, to_mask(start), list(ROLES_OF.get(organisation.domain, ()))],
        )
        needed, consented = (from_mask(mask) for mask in cursor.fetchone())
    return Sharing(needed & consented, EVERYTHING - needed, needed - consented, consented)


@dataclass(frozen=True)
class PersonRegistered:
    """A citizen whom a participant registered, as the national consent service must know them to tell of their choices."""

    bsn: str
    birth_date: date
    organisation: Organisation


def registration_of(event: Event) -> PersonRegistered | None:
    """Whom a participant registered with this event ``relation.stated``; for the worker that asks to be told of choices."""
    with connection.cursor() as cursor:
        cursor.execute("select bsn, birth_date, organisation from trust_registration(%s, %s)", [event.id, event.at])
        row = cursor.fetchone()
    organisation = Organisation.objects.filter(pk=row[2]).first() if row else None
    return PersonRegistered(row[0], row[1], organisation) if organisation else None
