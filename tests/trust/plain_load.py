"""Reads the inputs of trust from their tables into the plain words of :mod:`tests.trust.plain`, for all patients at once."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from people.models import Organisation, Patient
from tests import factories
from tests.trust import plain
from trust.categories import Category
from trust.models import (
    CareRelation,
    Consent,
    Emergency,
    Mandate,
    NationalAnswer,
    Policy,
    PolicyLine,
    Restriction,
    RoleNeed,
)


def categories(mask: int) -> plain.Categories:
    """The categories whose bits are set, asked one by one."""
    return frozenset(category for category in Category if mask // 2**category % 2 == 1)


def period(value: Any) -> plain.Period:
    """A period as the database has it; begins are part of it and ends are not."""
    return value.lower, value.upper


def network() -> plain.Network:
    """The participants with their policies, and what each role needs."""
    with factories.as_owner():
        lines: dict[int, list[plain.Line]] = defaultdict(list)
        for line in PolicyLine.objects.all():
            lines[line.policy_id].append(
                plain.Line(
                    categories(line.categories),
                    frozenset(line.purposes),
                    line.reader_domain,
                    line.reader_organisation_id,
                    frozenset(line.roles),
                    frozenset(line.relations),
                )
            )
        return plain.Network(
            {o.pk: plain.Place(o.domain, o.merged_into_id) for o in Organisation.objects.all()},
            [
                plain.Version(p.organisation_id, tuple(lines[p.pk]), period(p.period))
                for p in Policy.objects.all()
                if not p.period.isempty
            ],
            [plain.Need(n.role, categories(n.categories), period(n.period)) for n in RoleNeed.objects.all()],
        )


def persons() -> dict[int, plain.Person]:
    """Every patient with all inputs about the person, by number."""
    with factories.as_owner():
        found = {p.pk: plain.Person(p.birth_date, p.account_id, p.deceased_on) for p in Patient.objects.all()}
        died = {p.account: p.died for p in found.values() if p.account is not None}
        for r in CareRelation.objects.all():
            if not r.period.isempty:
                found[r.patient_id].relations.append(plain.Relation(r.organisation_id, r.source, period(r.period)))
        for c in Consent.objects.all():
            if not c.period.isempty:
                found[c.patient_id].choices.append(
                    plain.Choice(
                        c.permit, categories(c.categories), period(c.period), c.holder_domain, c.holder_organisation_id,
                        c.reader_domain, c.reader_organisation_id, c.reader_user_id, c.awaits,
                    )
                )  # fmt: skip
        for a in NationalAnswer.objects.all():
            if not a.period.isempty:
                found[a.patient_id].nationals.append(
                    plain.National(
                        categories(a.permitted), categories(a.refused), period(a.period), a.told_at,
                        a.holder_id, a.reader_id, a.holder_domain, a.reader_domain,
                    )
                )  # fmt: skip
        for s in Restriction.objects.all():
            if not s.period.isempty:
                found[s.patient_id].limits.append(
                    plain.Limit(s.organisation_id, categories(s.categories), period(s.period))
                )
        for m in Mandate.objects.exclude(holder=None):
            if not m.period.isempty and m.holder_id is not None:
                found[m.patient_id].proxies.append(
                    plain.Proxy(
                        m.holder_id, m.kind, categories(m.categories), period(m.period), died.get(m.holder_id), m.acts
                    )
                )
        for e in Emergency.objects.all():
            if not e.period.isempty:
                found[e.patient_id].alarms.append(plain.Alarm(e.organisation_id, e.user_id, period(e.period)))
    return found
