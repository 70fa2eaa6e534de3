"""Policies: everybody reads them, the data owner states them anew after seeing who would see less, and versions stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from events.actor import act
from oversight import sentences
from oversight.access import effect, policy
from oversight.access.effect import Effect, effects, offered
from oversight.forms.policy import lines_of
from people.models import ROLES_OF, Membership, Organisation
from tests import factories
from trust.actions import state_policy
from trust.categories import EVERYTHING, Category, to_mask
from trust.models import Policy, PolicyLine

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]
ALL_NEEDED = {role.value: EVERYTHING for roles in ROLES_OF.values() for role in roles}
CARE = frozenset({"TREAT", "COC"})
ANY = frozenset({"TREAT", "COC", "ETREAT"})
MEDICATION, RESULTS = frozenset({Category.MEDICATION}), frozenset({Category.RESULTS})


def owner(domain: str = "gp") -> Membership:
    made = factories.member("manager", at=factories.organisation(domain, name=f"Praktijk {domain}"))
    with factories.as_owner():
        assign_perm("people.manage_policy", made.user, made.organisation)
    return made


def offer(
    categories: Iterable[int], purposes: Iterable[str], domain: str = "", place: int | None = None, *,
    roles: Iterable[str] = (), relations: Iterable[str] = (),
) -> PolicyLine:  # fmt: skip
    return PolicyLine(
        categories=to_mask(categories), purposes=sorted(purposes), reader_domain=domain, reader_organisation_id=place,
        roles=list(roles), relations=list(relations),
    )  # fmt: skip


def in_force(place: Organisation) -> Policy | None:
    now = timezone.now()
    with factories.as_owner():
        return Policy.objects.filter(organisation=place, period__contains=now).first()


# the effect


def test_a_line_gives_to_whom_its_reader_role_purpose_and_relation_fit() -> None:
    line = offer(MEDICATION, CARE, "pharmacy", roles=["pharmacist"], relations=["referral"])
    fits = {"domain": "pharmacy", "organisation_id": 7, "role": "pharmacist", "relation": "referral", "urgent": False}
    assert offered([line], **fits) == MEDICATION
    for one in ({"domain": "gp"}, {"role": "gp"}, {"relation": "stated"}, {"relation": ""}, {"urgent": True}):
        assert offered([line], **{**fits, **one}) == frozenset(), one
    named = offer(RESULTS, ANY, "", 7)
    assert offered([line, named], **fits) == MEDICATION | RESULTS
    assert offered([named], **{**fits, "organisation_id": 8}) == frozenset()


def test_nothing_changes_for_anybody_when_the_lines_say_the_same_in_another_way() -> None:
    whole = [offer(EVERYTHING, ANY)]
    apart = [offer(EVERYTHING - MEDICATION, ANY), *(offer(MEDICATION, frozenset({one})) for one in ANY)]
    assert effects(whole, apart, needs=ALL_NEEDED) == []


def test_the_effect_is_told_per_kind_of_reader_and_for_care_and_emergency_apart() -> None:
    now = [offer(EVERYTHING, ANY)]
    then = [
        offer(EVERYTHING, frozenset({"ETREAT"})),
        offer(EVERYTHING - MEDICATION, CARE),
        offer(MEDICATION, CARE, "pharmacy"),
    ]
    told = effects(now, then, needs=ALL_NEEDED)
    assert {one.less for one in told} == {(Category.MEDICATION,)}
    assert not [one for one in told if one.more or one.urgent or one.relations]
    readers = {one.reader for one in told}
    assert "apotheek" not in readers
    assert len(readers) == len(ROLES_OF) - 1
    assert next(one.roles for one in told if one.reader == "huisartsenzorg") == ("gp", "practice_nurse")


def test_a_condition_on_the_relation_is_told_with_the_relations_that_lose() -> None:
    then = [offer(EVERYTHING, ANY), offer(MEDICATION, CARE, relations=["referral", "stated"])]
    told = effects([offer(EVERYTHING, ANY), offer(MEDICATION, CARE)], then, needs=ALL_NEEDED)
    assert told == [], "the wider line still gives it"
    (told,) = effects(
        [offer(MEDICATION, CARE, "pharmacy")],
        [offer(MEDICATION, CARE, "pharmacy", relations=["referral", "stated"])],
        needs=ALL_NEEDED,
    )
    assert told.relations == ("source_system", "enrolment", "merger")
    assert told.less == (Category.MEDICATION,)


def test_what_a_role_does_not_need_changes_nothing_for_it() -> None:
    needs = {**ALL_NEEDED, "gp": EVERYTHING - MEDICATION}
    told = effects([offer(MEDICATION, CARE, "gp")], [], needs=needs)
    assert told == [Effect("huisartsenzorg", ("practice_nurse",), False, (), (), (Category.MEDICATION,))]


def test_a_named_organisation_stands_apart_only_where_it_fares_otherwise() -> None:
    pharmacy = factories.organisation("pharmacy", name="Apotheek De Brink")
    with act(factories.actor(factories.member("gp"))):
        gone = effects([offer(MEDICATION, CARE, "", pharmacy.pk)], [], needs=ALL_NEEDED)
        same = effects([offer(MEDICATION, CARE), offer(MEDICATION, CARE, "", pharmacy.pk)], [], needs=ALL_NEEDED)
    assert [(one.reader, one.less) for one in gone] == [("Apotheek De Brink", (Category.MEDICATION,))]
    assert "Apotheek De Brink" not in {one.reader for one in same}


def test_the_preview_and_the_database_agree_on_what_is_offered() -> None:
    """The same lines, asked of the preview and of the rule itself for a reader with a consented record."""
    from trust.access import decide

    holder = owner("hospital")
    pharmacist, nurse = factories.member("pharmacist"), factories.member("practice_nurse")
    lines = [
        offer({3, 4}, ("TREAT",), "pharmacy"),
        offer({5}, ("COC", "ETREAT"), roles=("practice_nurse",)),
        offer({2}, ("TREAT",), relations=("stated",)),
        offer({6}, ("TREAT",), place=nurse.organisation_id),
    ]
    with act(factories.actor(holder)) as actor:
        kept = state_policy(organisation=holder.organisation, lines=lines, note="proef", by=actor)
    kept_lines = list(kept.lines.all())
    for who, source, purpose in product((pharmacist, nurse), ("source_system", "stated"), ("TREAT", "COC")):
        patient = factories.patient(related_to=[holder.organisation])
        factories.relation(patient, who.organisation, source=source)
        factories.consent(patient)
        with act(factories.actor(who, purpose)) as actor:
            decision = decide(actor, patient, Category)
            needed = effect.needs_now()[who.role]
        told = offered(
            [line for line in kept_lines if purpose in line.purposes],
            domain=who.organisation.domain, organisation_id=who.organisation_id, role=who.role, relation=source, urgent=False,
        )  # fmt: skip
        assert decision.facts_of(holder.organisation_id) == told & needed, (who.role, source, purpose)


# reading


def test_admission_states_a_first_policy_that_everybody_reads(client_of: ClientOf) -> None:
    place = factories.organisation("hospital", name="Ziekenhuis De Heide")
    nurse = factories.member("district_nurse")
    with act(factories.actor(nurse)) as actor:
        offers = {offer.organisation.pk: offer.policy for offer in policy.offers(actor)}
    assert offers[place.pk] is not None
    client = client_of(nurse)
    assert "Alle soorten gegevens aan alle deelnemers" in client.get("/oversight/policies/").content.decode()
    assert "/oversight/policies/" in client.get("/square/participants/").content.decode()
    assert "/oversight/policies/" not in Client().get("/square/participants/").content.decode()
    page = client.get(f"/oversight/policies/{place.pk}/").content.decode()
    assert "noodtoegang" in page
    assert "/oversight/policies/edit/" not in page
    assert client.get(f"/oversight/policies/{place.pk}/1/").status_code == 200
    assert client.get(f"/oversight/policies/{place.pk}/99/").status_code == 404
    assert client.get("/oversight/policies/999999/").status_code == 404


def test_a_policy_is_told_in_words() -> None:
    lines = [offer(EVERYTHING - RESULTS, ("TREAT", "ETREAT"), "gp", roles=["gp"], relations=["stated"])]
    (said,) = sentences.policy("", lines, {})
    assert said == (
        "Wij geven uit onze systemen alles behalve uitslagen en metingen aan huisartsenzorg, voor behandeling en"
        " ondersteuning en noodtoegang (alleen aan: huisarts; alleen bij een zorgrelatie: verklaard door de zorgverlener)."
    )
    assert sentences.policy("De Linde", lines, {})[0].startswith("De Linde geeft uit de eigen systemen alles behalve")
    assert sentences.policy("", [], {}) == ["Wij geven uit onze systemen niets aan anderen."]


def test_a_citizen_finds_no_policies(client_of: ClientOf, citizen_client: Any) -> None:
    client = citizen_client(factories.citizen(factories.patient()))
    for page in (
        "policies/",
        "policies/edit/",
        "policies/needs/",
        "policies/needs/gp/",
        "",
        "signals/",
        "emergencies/",
        "watches/",
    ):
        assert client.get(f"/oversight/{page}").status_code == 404, page


# stating


def form(*lines: dict[str, Any], **values: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "line-TOTAL_FORMS": len(lines), "line-INITIAL_FORMS": len(lines), "note": "besluit 7", "starts": "", "do": "preview",
    }  # fmt: skip
    for number, line in enumerate(lines):
        data |= {f"line-{number}-{name}": value for name, value in line.items()}
    return {**data, **values}


def test_only_the_data_owner_states_a_policy(client_of: ClientOf) -> None:
    other = factories.member("manager")
    with act(factories.actor(other)) as actor:
        assert not policy.may_manage(actor)
        with pytest.raises(PermissionDenied):
            policy.get_own(actor)
        with pytest.raises(PermissionDenied):
            state_policy(organisation=other.organisation, lines=[], note="niets", by=actor)
    assert client_of(other).get("/oversight/policies/edit/").status_code == 403
    mine = owner()
    with act(factories.actor(mine)) as actor, pytest.raises(PermissionDenied):
        state_policy(organisation=other.organisation, lines=[], note="van een ander", by=actor)
    with act(factories.actor(mine)) as actor, pytest.raises(Http404):
        policy.get_participant(actor, factories.organisation("gp", admission="applied").pk)


def test_a_policy_is_kept_after_seeing_its_effect_and_the_former_version_stays(client_of: ClientOf) -> None:
    who = owner()
    client = client_of(who)
    begun = client.get("/oversight/policies/edit/").content.decode()
    assert begun.count('name="line-0-categories"') == 20
    assert begun.count(" checked") >= 23
    line = {"reader": "kind:pharmacy", "categories": ["3", "4"], "purposes": ["TREAT"], "relations": ["source_system"]}
    assert client.post("/oversight/policies/edit/", form(line, do="save")).status_code == 200, "nothing was seen yet"
    answer = client.post("/oversight/policies/edit/", form(line))
    page = answer.content.decode()
    assert "Ziet niet meer" in page
    assert "Huisartsenzorg" in page
    assert ('class="send"' in begun, 'class="send"' in page) == (True, False)
    seen = answer.context["seen"]
    other = {**line, "categories": ["3"]}
    assert client.post("/oversight/policies/edit/", form(other, do="save", seen=seen)).status_code == 200, (
        "another than seen"
    )
    kept = client.post("/oversight/policies/edit/", form(line, do="save", seen=seen))
    assert kept.status_code == 302
    now = in_force(who.organisation)
    assert now is not None
    with factories.as_owner():
        (one,) = now.lines.all()
    assert (now.version, now.note, now.stated_by_id) == (2, "besluit 7", who.user_id)
    assert (one.categories, one.purposes, one.reader_domain, one.relations) == (
        24,
        ["TREAT"],
        "pharmacy",
        ["source_system"],
    )
    page = client.get(f"/oversight/policies/{who.organisation_id}/").content.decode()
    assert "geldt nu" in page
    assert "vervallen" in page
    assert "alle soorten gegevens" in client.get(f"/oversight/policies/{who.organisation_id}/1/").content.decode()


def test_a_later_version_leaves_what_holds_now(client_of: ClientOf) -> None:
    who = owner()
    client = client_of(who)
    starts = timezone.localtime() + timedelta(days=2)
    line = {"reader": "", "categories": ["0"], "purposes": ["ETREAT"]}
    sent = form(line, starts=starts.strftime("%Y-%m-%dT%H:%M"))
    seen = client.post("/oversight/policies/edit/", sent).context["seen"]
    assert client.post("/oversight/policies/edit/", {**sent, "do": "save", "seen": seen}).status_code == 302
    now = in_force(who.organisation)
    assert now is not None
    assert now.version == 1
    assert "gaat nog in" in client.get(f"/oversight/policies/{who.organisation_id}/").content.decode()


def test_lines_are_added_and_left_out_without_any_script(client_of: ClientOf) -> None:
    client = client_of(owner())
    first = {"reader": "kind:gp", "categories": ["3"], "purposes": ["TREAT"]}
    page = client.post("/oversight/policies/edit/", form(first, do="add", note="half af")).content.decode()
    assert 'name="line-1-categories"' in page
    assert "half af" in page
    assert "form-errors" not in page
    gone = {"reader": "", "DELETE": "on"}
    answer = client.post("/oversight/policies/edit/", form(first, gone))
    (kept,) = lines_of(answer.context["lines"])
    assert (kept.categories, kept.purposes, kept.reader_domain) == (1 << Category.MEDICATION, ["TREAT"], "gp")


def test_without_lines_nothing_is_given_and_the_page_says_so_before(client_of: ClientOf) -> None:
    client = client_of(owner())
    answer = client.post("/oversight/policies/edit/", form())
    assert "niets aan anderen" in answer.content.decode()
    assert answer.context["effects"]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ({"reader": "", "categories": [], "purposes": ["TREAT"]}, {}),
        ({"reader": "", "categories": ["3"], "purposes": []}, {}),
        ({"reader": "kind:wizard", "categories": ["3"], "purposes": ["TREAT"]}, {}),
        ({"reader": "one:999999", "categories": ["3"], "purposes": ["TREAT"]}, {}),
        ({"reader": "", "categories": ["3"], "purposes": ["HMARKT"]}, {}),
        ({"reader": "", "categories": ["3"], "purposes": ["TREAT"]}, {"note": ""}),
        ({"reader": "", "categories": ["3"], "purposes": ["TREAT"]}, {"starts": "2020-01-01T10:00"}),
        ({"reader": "", "categories": ["3"], "purposes": ["TREAT"]}, {"line-TOTAL_FORMS": "x"}),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    client_of: ClientOf, line: dict[str, Any], values: dict[str, Any]
) -> None:
    who = owner()
    for do in ("preview", "save"):
        answer = client_of(who).post("/oversight/policies/edit/", form(line, **values, do=do, seen="x"))
        assert answer.status_code == 200
        assert not answer.context["seen"]
    now = in_force(who.organisation)
    assert now is not None
    assert now.version == 1
