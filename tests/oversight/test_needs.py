"""The table of roles and categories: everybody reads it, the region's manager of rules states it, and it holds from its moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from events.actor import act
from oversight.access import need as access
from people.models import Membership
from tests import factories
from trust.access import open_record
from trust.actions import state_need
from trust.categories import Category
from trust.models import RoleNeed

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def _the_table_is_put_back() -> Iterator[None]:
    """The table of roles is kept between tests, so what a test stated in it goes again."""
    yield
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute("delete from trust_roleneed where lower(period) is not null")
        cursor.execute("update trust_roleneed set period = tstzrange(null, null)")


def manager(right: str = "manage_rules", domain: str = "region") -> Membership:
    made = factories.member("manager", at=factories.organisation(domain))
    with factories.as_owner():
        assign_perm(f"people.{right}", made.user, made.organisation)
    return made


def test_who_manages_rules_of_the_region_states_needs_and_nobody_else() -> None:
    for who, may in ((manager(), True), (manager("manage_policy"), False), (manager(domain="gp"), False)):
        with act(factories.actor(who)) as actor:
            assert access.may_manage(actor) is may
            if may:
                assert access.get_row(actor, "gp").role == "gp"
                with pytest.raises(Http404):
                    access.get_row(actor, "wizard")
            else:
                with pytest.raises(PermissionDenied):
                    access.get_row(actor, "gp")
                with pytest.raises(PermissionDenied):
                    state_need(role="gp", categories=[0], note="zomaar", by=actor)


def test_the_table_has_a_row_for_every_role_and_keeps_the_sensitive_categories_apart() -> None:
    with act(factories.actor(factories.member("gp"))) as actor:
        rows = {row.role: row for row in access.table_at(actor)}
    assert set(rows) == {value for value, _label in RoleNeed._meta.get_field("role").flatchoices}
    assert len(access.GENERAL) + len(access.APART) == 20
    assert Category.FINANCIAL in rows["social_worker"].categories
    assert not rows["coordinator"].categories
    assert rows["coordinator"].need is None


def test_a_need_holds_from_its_moment_and_earlier_versions_stay_to_be_read() -> None:
    who, gp = manager(), factories.member("gp")
    later = timezone.now() + timedelta(days=3)
    with act(factories.actor(who)) as actor:
        before = access.get_row(actor, "gp").categories
        state_need(role="gp", categories=before - {Category.DEVICES}, note="besluit 12", by=actor)
        state_need(
            role="gp",
            categories=before - {Category.DEVICES, Category.VACCINATIONS},
            note="straks",
            by=actor,
            starts=later,
        )
    with act(factories.actor(gp)) as actor:
        found = access.versions(actor)
        assert [(one.ahead, one.needs[0].note) for one in found] == [
            (True, "straks"),
            (False, "besluit 12"),
            (False, ""),
        ]
        assert found[1].needs[0].stated_by_id == who.user_id
        assert access.moment_now(found) == found[1].starts

        def of_gp(moment: object) -> frozenset[Category]:
            return next(row for row in access.table_at(actor, moment) if row.role == "gp").categories  # type: ignore[arg-type]

        assert of_gp(None) == before - {Category.DEVICES}
        assert of_gp(timezone.now() - timedelta(days=1)) == before
        assert of_gp(later + timedelta(days=1)) == before - {Category.DEVICES, Category.VACCINATIONS}


def test_the_difference_is_what_appears_and_disappears() -> None:
    with act(factories.actor(manager())) as actor:
        row = access.get_row(actor, "gp")
    wanted = (row.categories - {Category.DEVICES}) | {Category.FINANCIAL}
    told = access.difference(row, wanted)
    assert (told.more, told.less) == ([Category.FINANCIAL], [Category.DEVICES])
    assert not access.difference(row, row.categories)


def test_a_role_is_stated_only_after_seeing_what_changes(client_of: ClientOf) -> None:
    client = client_of(manager())
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    with act(factories.actor(gp)) as actor:
        kept = open_record(actor, patient.key, Category).own
    assert Category.DEVICES in kept
    chosen = [category.value for category in Category if category not in (Category.DEVICES, Category.FINANCIAL)]
    sent = {"categories": chosen, "note": "besluit 12", "starts": ""}
    assert "Besluit" in client.get("/oversight/policies/needs/gp/").content.decode()
    assert client.post("/oversight/policies/needs/gp/", {**sent, "do": "save"}).status_code == 200, (
        "nothing was seen yet"
    )
    page = client.post("/oversight/policies/needs/gp/", {**sent, "do": "preview"}).content.decode()
    assert "Ziet niet meer" in page
    assert "Kan erbij zien" not in page
    seen = ",".join(str(number) for number in chosen)
    changed = {**sent, "categories": chosen[:-1], "do": "save", "seen": seen}
    assert client.post("/oversight/policies/needs/gp/", changed).status_code == 200, "something else than was seen"
    assert client.post("/oversight/policies/needs/gp/", {**sent, "do": "save", "seen": seen}).status_code == 302
    with act(factories.actor(gp)) as actor:
        assert Category.DEVICES not in open_record(actor, patient.key, Category).own
    table = client.get("/oversight/policies/needs/").content.decode()
    assert "besluit 12" in table
    assert "geldt nu" in table


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"note": ""}, "Waarom?"),
        ({"starts": "2020-01-01T10:00"}, "Kies een moment dat nog komt"),
        ({"starts": "ooit"}, "form-errors"),
        ({"categories": ["99"]}, "form-errors"),
    ],
)
def test_what_is_typed_wrong_is_said_at_the_field(client_of: ClientOf, typed: dict[str, object], words: str) -> None:
    sent = {"categories": ["0"], "note": "besluit", "starts": "", "do": "preview", **typed}
    answer = client_of(manager()).post("/oversight/policies/needs/gp/", sent)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert "Vastleggen, geldt" not in answer.content.decode()


def test_every_professional_reads_the_table_now_and_at_a_moment(client_of: ClientOf) -> None:
    client = client_of(factories.member("district_nurse"))
    page = client.get("/oversight/policies/needs/").content.decode()
    assert "wijkverpleegkundige" in page
    assert "/oversight/policies/needs/gp/" not in page
    assert client.get("/oversight/policies/needs/gp/").status_code == 403
    assert "zoals op" in client.get("/oversight/policies/needs/", {"at": timezone.now().isoformat()}).content.decode()
    for odd in ("gisteren", "2026-13-45T00:00:00+00:00", "2026-01-01", "\x00"):
        assert client.get("/oversight/policies/needs/", {"at": odd}).status_code == 200
