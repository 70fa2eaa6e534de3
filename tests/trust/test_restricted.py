"""What is restricted (AVG art. 18) is stored and used by nobody: not read where it was sent, not sent any further."""

from __future__ import annotations

import pytest
from django.utils import timezone

from events.actor import act
from events.errors import Refused
from referrals.actions import send
from referrals.models import Letter, Referral
from tests import factories
from trust.access import open_record
from trust.categories import Category, to_mask
from trust.models import Restriction

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_letter_of_who_restricted_it_is_read_by_the_patient_alone_and_no_new_one_goes_out() -> None:
    gp, social = factories.member("gp"), factories.member("social_worker")
    patient = factories.patient(related_to=[gp.organisation, social.organisation])
    user = factories.citizen(patient)
    service = factories.service(social.organisation)
    with act(factories.actor(gp)) as actor:
        opening = open_record(actor, patient.key, Category)
        send(opening=opening, service=service, question="Somber na verlies.", agreed=True, by=actor)
    with factories.as_owner():
        Referral.objects.update(status="accepted", accepted_at=timezone.now(), receiver=social.user)
        restriction = Restriction.objects.create(
            patient=patient, organisation=gp.organisation, period=factories.since(0), categories=to_mask(Category)
        )

    def letters(who: object) -> int:
        with act(who) as actor:  # type: ignore[arg-type]
            open_record(actor, patient.key, Category)
            return Letter.objects.count()

    assert letters(factories.citizen_actor(user)) == 1
    assert letters(factories.actor(social)) == 0
    with act(factories.actor(gp)) as actor:
        opening = open_record(actor, patient.key, Category)
        assert Letter.objects.count() == 0
        with pytest.raises(Refused, match="nu niet gebruiken"):
            send(opening=opening, service=service, question="Nog een vraag.", agreed=True, by=actor)
    with factories.as_owner():
        restriction.delete()
    assert letters(factories.actor(social)) == 1
