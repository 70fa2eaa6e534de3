"""What can go along with a referral says as much as the screen does: what changes the meaning of a fact goes with it."""

from __future__ import annotations

import pytest

from dossier.access import items_for
from events.actor import act
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_changes_the_meaning_of_a_fact_goes_along_with_it() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    his = factories.source(gp.organisation)
    limit, refuted = "anders of met een beperking: eerst overleg", "weerlegd: is niet aan de orde"
    for category, title, values in (
        (Category.WISHES, "Opname in het ziekenhuis", {"status": "actief", "attention": [limit]}),
        (Category.ALLERGIES, "Penicilline", {"status": refuted, "attention": [refuted], "detail": "Huiduitslag"}),
        (Category.ALLERGIES, "NSAID", {"status": "actief, niet bevestigd", "detail": "NSAID"}),
        (
            Category.MEDICATION,
            "Nitrofurantoïne",
            {"status": "status niet vermeld", "attention": ["stoppen: geannuleerd"]},
        ),
        (Category.RESULTS, "Kalium", {"status": "definitief", "detail": "8 mmol/L", "interpretation": "verhoogd"}),
    ):
        factories.fact(patient, his, category, title, **values)
    with act(factories.actor(gp)) as actor:
        said = {item.title: item.detail for item in items_for(open_record(actor, patient.key, Category))}
    assert said == {
        "Opname in het ziekenhuis": limit,
        "Penicilline": f"Huiduitslag · {refuted}",
        "NSAID": "actief, niet bevestigd",
        "Nitrofurantoïne": "stoppen: geannuleerd",
        "Kalium": "8 mmol/L · verhoogd",
    }
