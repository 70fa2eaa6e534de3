"""The card of the network: everybody once, with all that one person is to the patient."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dossier.models import RelatedPerson
from people.models import Membership
from tests import factories
from tests.workplace.test_parts import card, overview
from trust.models import Mandate

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


def test_a_contact_person_who_also_represents_is_one_line_that_says_both(client_of: Browser) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.citizen(patient)
    with factories.as_owner():
        RelatedPerson.objects.create(
            patient=patient, organisation=gp.organisation, name="Els de Vries", relationship="DAUC", phone="06-12345678",
            author=gp.user, author_name=gp.user.name,
        )  # fmt: skip
        for name in ("Els de Vries", "Otto Bos"):
            Mandate.objects.create(
                patient=patient, name=name, kind="carer", categories=1, acts=True, given_by=patient.account,
                period=factories.since(1),
            )  # fmt: skip
    said = card(overview(client_of(gp), patient), "network")
    assert said.count("Els de Vries") == 1
    assert "dochter · treedt op namens de inwoner" in said
    assert "Otto Bos mantelzorger of naaste · treedt op namens de inwoner" in said


def test_the_own_organisation_without_a_system_is_named_as_such(client_of: Browser) -> None:
    gp = factories.member("gp", factories.organisation("gp", "Praktijk Zonder"))
    patient = factories.patient(related_to=[gp.organisation])
    page = overview(client_of(gp), patient)
    assert "Kennen deze inwoner en zijn niet aangesloten: uw eigen organisatie." in page
