"""Consent by chance: whatever people choose in whatever order, the derived grants equal a plain reading of the rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from trust.categories import NETWORK_RECORD, Category, from_mask
from trust.models import Consent, Grant

pytestmark = pytest.mark.django_db
KINDS = (Category.RESULTS, Category.MEDICATION, Category.SOCIAL)
choices = st.lists(
    st.tuples(
        st.booleans(),
        st.sets(st.sampled_from(KINDS), min_size=1),
        st.sampled_from(["", "home_care", "gp", "this organisation"]),
        st.integers(-10, 10),
        st.integers(1, 15),
    ),
    max_size=6,
)


def plainly(chosen: list, hours: float) -> set[Category]:  # type: ignore[type-arg]
    """What a nurse of home care may see at this hour, read from the choices one level after the other."""
    allowed = set(NETWORK_RECORD)
    for level in ([""], ["home_care"], ["this organisation"]):
        now = [c for c in chosen if c[2] in level and c[3] <= hours < c[3] + c[4]]
        for permit in (True, False):
            for choice in now:
                if choice[0] is permit:
                    allowed = allowed | choice[1] if permit else allowed - choice[1]
    return allowed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=choices)
def test_grants_follow_the_choices_at_every_hour(chosen: list) -> None:  # type: ignore[type-arg]
    nurse = factories.organisation("home_care")
    patient = factories.patient(related_to=[nurse])
    zero = timezone.now().replace(minute=0, second=0, microsecond=0)
    with factories.as_owner():
        for permit, categories, reader, begins, lasts in chosen:
            Consent.objects.create(
                patient=patient,
                permit=permit,
                categories=sum(1 << c for c in categories),
                reader_domain=reader if reader in {"home_care", "gp"} else "",
                reader_organisation=nurse if reader == "this organisation" else None,
                period=DateTimeTZRange(zero + timedelta(hours=begins), zero + timedelta(hours=begins + lasts)),
            )
        for hours in range(-12, 27):
            moment = zero + timedelta(hours=hours, minutes=30)
            grant = Grant.objects.get(patient=patient, period__contains=moment)
            assert from_mask(grant.categories) == plainly(chosen, hours + 0.5), hours
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
