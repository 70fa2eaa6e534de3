"""Referrals as the figures count them, written straight into the table with the moments a test needs."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from people.models import Membership, Patient
from referrals.models import Referral, Round, Step
from square.models import HealthcareService
from tests import factories

_numbers = itertools.count(1)


def ago(days: float) -> datetime:
    """A moment at noon in Amsterdam, so many days ago."""
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days)


def referral(of: Patient, by: Membership, to: HealthcareService, sent: float = 0, **values: Any) -> Referral:
    """A referral sent ``sent`` days ago, with its first step."""
    values = {"sent_at": ago(sent), "age": 78, "gender": "female", "municipality": "Huizen", **values}
    with factories.as_owner():
        made = Referral.objects.create(
            number=f"V-{next(_numbers):06d}", patient=of, service=to, sending_organisation=by.organisation,
            receiving_organisation=to.organisation, sender=by.user, **values,
        )  # fmt: skip
        step(made, "send", "requested", by, at=made.sent_at)
    return made


def round_of(of: Referral, to: HealthcareService, status: str, asked: float, ended: float, **values: Any) -> Round:
    """A former receiver of a referral, asked and done with so many days ago; the present one was asked when it ended."""
    with factories.as_owner():
        Referral.objects.filter(pk=of.pk).update(asked_at=ago(ended), round=2)
        return Round.objects.create(
            referral=of, patient=of.patient, number=of.number, position=1, service=to, organisation=to.organisation,
            status=status, asked_at=ago(asked), ended_at=ago(ended), **values,
        )  # fmt: skip


def step(of: Referral, verb: str, status: str, by: Membership, **values: Any) -> Step:
    """One step in the thread of a referral."""
    with factories.as_owner():
        return Step.objects.create(
            referral=of,
            patient=of.patient,
            verb=verb,
            status=status,
            organisation=by.organisation,
            user=by.user,
            **values,
        )
