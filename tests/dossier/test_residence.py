"""Which municipality is responsible, by hand; and who reads and writes where somebody lived."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from dossier import actions
from dossier.access import residences_for
from dossier.access.residence import responsible
from dossier.models import Residence
from events.actor import act
from events.errors import Refused
from people.models import Patient
from tests import factories
from trust.access import open_record
from trust.categories import Category

pytestmark = pytest.mark.django_db(transaction=True)

ON = date(2026, 11, 23)
CHILD, GROWN, OLD = date(2014, 5, 2), date(2007, 1, 9), date(2003, 11, 23)
MOTHER = ("mother", "Almere", "2014-05-02", None)

# What is known, when born, the law and kind of service → the municipality, the rule, what a person must look at.
CASES: dict[str, tuple[list[tuple[Any, ...]], date, str, str, tuple[str, str, str]]] = {
    "never moved": ([("home", "Huizen", "2014-05-02", None)], CHILD, "jeugdwet", "", ("Huizen", "home", "")),
    "nothing was written down": ([], CHILD, "jeugdwet", "", ("Laren", "home", "no_history")),
    "moved, and help without a stay moves along": (
        [("home", "Huizen", "2014-05-02", "2026-11-01"), ("home", "Blaricum", "2026-11-01", None)],
        CHILD, "jeugdwet", "", ("Blaricum", "home", ""),
    ),
    "the day of moving counts for the new one": (
        [("home", "Huizen", "2014-05-02", "2026-11-23"), ("home", "Blaricum", "2026-11-23", None)],
        CHILD, "jeugdwet", "", ("Blaricum", "home", ""),
    ),
    "the day before moving counts for the old one": (
        [("home", "Huizen", "2014-05-02", "2026-11-24"), ("home", "Blaricum", "2026-11-24", None)],
        CHILD, "jeugdwet", "", ("Huizen", "home", ""),
    ),
    "in an institution": (
        [("home", "Huizen", "2014-05-02", "2025-02-01"), ("stay", "Hilversum", "2025-02-01", None)],
        CHILD, "jeugdwet", "", ("Huizen", "before_stay", ""),
    ),
    "with foster parents, then in an institution, then with others": (
        [
            ("home", "Huizen", "2014-05-02", "2019-01-01"), ("foster", "Eemnes", "2019-01-01", "2022-01-01"),
            ("stay", "Hilversum", "2022-01-01", "2024-06-01"), ("foster", "Wijdemeren", "2024-06-01", None),
        ],
        CHILD, "jeugdwet", "", ("Huizen", "before_stay", ""),
    ),
    "home again between two stays": (
        [
            ("home", "Huizen", "2014-05-02", "2019-01-01"), ("foster", "Eemnes", "2019-01-01", "2022-01-01"),
            ("home", "Blaricum", "2022-01-01", "2024-06-01"), ("stay", "Hilversum", "2024-06-01", None),
        ],
        CHILD, "jeugdwet", "", ("Blaricum", "before_stay", ""),
    ),
    "a time unknown before the stay": (
        [("home", "Huizen", "2014-05-02", "2020-01-01"), ("stay", "Hilversum", "2024-06-01", None)],
        CHILD, "jeugdwet", "", ("Huizen", "before_stay", "gap"),
    ),
    "in care since birth, mother known": (
        [("foster", "Eemnes", "2014-05-02", None), MOTHER], CHILD, "jeugdwet", "", ("Almere", "mother", ""),
    ),
    "in care since birth, mother not known": (
        [("foster", "Eemnes", "2014-05-02", None)], CHILD, "jeugdwet", "", ("Eemnes", "actual", ""),
    ),
    "an address that is given to nobody": (
        [("protected", "", "2024-01-01", None), MOTHER], CHILD, "jeugdwet", "", ("Almere", "mother", "protected"),
    ),
    "such an address before a stay": (
        [("protected", "", "2020-01-01", "2024-01-01"), ("stay", "Hilversum", "2024-01-01", None), MOTHER],
        CHILD, "jeugdwet", "", ("Almere", "mother", "protected"),
    ),
    "such an address, mother not known": (
        [("protected", "", "2024-01-01", None)], CHILD, "jeugdwet", "", ("", "unknown", "protected"),
    ),
    "no address, sleeps somewhere": (
        [("home", "Huizen", "2014-05-02", "2026-01-01"), ("actual", "Hilversum", "2026-01-01", None)],
        CHILD, "jeugdwet", "", ("Hilversum", "actual", ""),
    ),
    "no address, sleeps somewhere, mother known": (
        [("actual", "Hilversum", "2026-01-01", None), MOTHER], CHILD, "jeugdwet", "", ("Almere", "mother", ""),
    ),
    "gone nobody knows where": (
        [("home", "Huizen", "2014-05-02", "2026-01-01")], CHILD, "jeugdwet", "", ("", "unknown", "now_unknown"),
    ),
    "left today, nobody knows where": (
        [("home", "Huizen", "2014-05-02", "2026-11-23")], CHILD, "jeugdwet", "", ("", "unknown", "now_unknown"),
    ),
    "the stay has ended": (
        [
            ("home", "Huizen", "2014-05-02", "2019-01-01"), ("stay", "Hilversum", "2019-01-01", "2026-01-01"),
            ("home", "Blaricum", "2026-01-01", None),
        ],
        CHILD, "jeugdwet", "", ("Blaricum", "home", ""),
    ),
    "nineteen, help runs on": (
        [("home", "Huizen", "2007-01-09", "2023-01-01"), ("stay", "Hilversum", "2023-01-01", None)],
        GROWN, "jeugdwet", "", ("Huizen", "before_stay", "grown"),
    ),
    "twenty-three today": ([("home", "Huizen", "2003-11-23", None)], OLD, "jeugdwet", "", ("", "too_old", "")),
    "Wmo, lives there": ([("home", "Huizen", "2003-11-23", None)], OLD, "wmo", "", ("Huizen", "resident", "")),
    "Wmo, during a stay": (
        [("home", "Huizen", "2003-11-23", "2025-02-01"), ("stay", "Hilversum", "2025-02-01", None)],
        OLD, "wmo", "", ("Hilversum", "resident", ""),
    ),
    "Wmo, nothing was written down": ([], OLD, "wmo", "", ("Laren", "resident", "no_history")),
    "Wmo, gone": ([("home", "Huizen", "2003-11-23", "2026-01-01")], OLD, "wmo", "", ("", "unknown", "now_unknown")),
    "Wmo, an address that is given to nobody": (
        [("protected", "", "2024-01-01", None)], OLD, "wmo", "", ("", "unknown", "protected"),
    ),
    "Wmo, sheltered living is anybody's": (
        [("home", "Huizen", "2003-11-23", None)], OLD, "wmo", "sheltered_living", ("", "any", ""),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_who_is_responsible_and_by_which_rule(name: str) -> None:
    known, born, law, kind, expected = CASES[name]
    rows = [
        Residence(
            kind="home" if what == "protected" else what, protected=what == "protected", municipality=place,
            since=date.fromisoformat(since), until=date.fromisoformat(until) if until else None,
        )
        for what, place, since, until in known
    ]  # fmt: skip
    person = Patient(birth_date=born, municipality="Laren")
    for order in (rows, rows[::-1]):
        found = responsible(order, person, law=law, kind=kind, on=ON)
        assert (found.municipality, found.rule, ",".join(found.doubts)) == expected
        assert bool(found.source) == (found.rule != "unknown")
        assert found.because is None or found.rule in {"unknown"} or found.because.municipality == found.municipality


def test_a_new_address_ends_the_former_and_no_two_overlap() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    town = factories.organisation("municipality", municipality="Huizen", municipality_code="0406")
    with act(factories.actor(gp)) as actor:
        opening = open_record(actor, patient.key, {Category.IDENTITY})
        common: dict[str, Any] = {"opening": opening, "by": actor}
        first = actions.add_residence(kind="home", municipality=town.municipality, since=date(2014, 5, 2), **common)
        actions.add_residence(kind="stay", municipality="Hilversum", since=date(2025, 2, 1), **common)
        actions.add_residence(kind="mother", municipality="Almere", since=date(2014, 5, 2), **common)
        first.refresh_from_db()
        assert (first.until, first.municipality_code) == (date(2025, 2, 1), "0406")
        for wrong in (
            {"kind": "home", "since": date(2015, 1, 1), "until": date(2016, 1, 1)},
            {"kind": "mother", "since": date(2014, 5, 2)},
            {"kind": "home", "since": date(2030, 1, 1)},
            {"kind": "home", "since": date(2013, 1, 1), "until": date(2012, 1, 1)},
        ):
            with pytest.raises(Refused):
                actions.add_residence(municipality="Laren", **wrong, **common)
        assert len(residences_for(opening)) == 3


def test_of_a_protected_address_no_municipality_is_kept() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    with act(factories.actor(gp)) as actor:
        opening = open_record(actor, patient.key, {Category.IDENTITY})
        made = actions.add_residence(
            opening=opening, kind="home", municipality="Huizen", since=date(2024, 1, 1), protected=True, by=actor
        )
        assert (made.municipality, made.municipality_code) == ("", "")


def test_who_opened_nothing_reads_and_writes_nothing_and_another_takes_nothing_back() -> None:
    gp, other, stranger = factories.member("gp"), factories.member("social_worker"), factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation, other.organisation])
    with act(factories.actor(gp)) as actor:
        opening = open_record(actor, patient.key, {Category.IDENTITY})
        made = actions.add_residence(
            opening=opening, kind="home", municipality="Huizen", since=date(2024, 1, 1), by=actor
        )
    for member in (gp, other, stranger):
        with act(factories.actor(member)):
            assert not Residence.objects.exists()
            assert Residence.objects.filter(pk=made.pk).delete()[0] == 0
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "insert into dossier_residence (patient_id, organisation_id, category, kind, municipality,"
                    " municipality_code, since, protected, source, stated_by_id, stated_at) values"
                    " (%s, %s, 0, 'home', 'Laren', '', '2010-01-01', false, 'stated', %s, now())",
                    [patient.pk, member.organisation_id, member.user_id],
                )
    with act(factories.actor(other)) as actor:
        opening = open_record(actor, patient.key, {Category.IDENTITY})
        assert [row.municipality for row in residences_for(opening)] == ["Huizen"]
        with pytest.raises(PermissionDenied):
            actions.drop_residence(opening=opening, residence=made.pk, by=actor)
        assert Residence.objects.filter(pk=made.pk).delete()[0] == 0
    citizen = factories.citizen(patient)
    with act(factories.citizen_actor(citizen)) as actor:
        opening = open_record(actor, patient.key, {Category.IDENTITY})
        assert [row.municipality for row in residences_for(opening)] == ["Huizen"]
        with pytest.raises(PermissionDenied):
            actions.drop_residence(opening=opening, residence=made.pk, by=actor)
