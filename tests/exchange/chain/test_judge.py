"""Every rule of the standard that is judged, broken once: within a message it is 0001, across messages a code of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from exchange.chain import across as chain
from exchange.chain.across import Asked, Before, Known, Period
from exchange.chain.judge import within
from exchange.chain.read import read
from exchange.chain.retour import codes_in, retour
from exchange.chain.spec import message
from exchange.chain.write import write
from tests.exchange.chain import examples
from tests.exchange.chain.examples import TODAY, Values, assigned, delivered, requested

Change = Callable[[Values], object]
LATER, BEFORE = (TODAY + timedelta(days=30)).isoformat(), (TODAY - timedelta(days=30)).isoformat()


def judged(kind: str, change: Change | None = None, *products: Values, law: Any = "wmo") -> list[str]:
    """The rules that a message breaks after a change."""
    values = copy.deepcopy(examples.values_of(kind, law, *products))
    if change:
        change(values["Antwoord" if kind == "319" else "Client"])
    return [fault.rule for fault in within(read(write(message(kind, law), values)))]


@pytest.mark.parametrize("law", examples.LAWS)
@pytest.mark.parametrize("kind", examples.SENT)
def test_a_message_as_it_should_be_breaks_no_rule(kind: str, law: Any) -> None:
    assert judged(kind, law=law) == []


def relations(*ones: Values) -> Change:
    return lambda client: client.update(Relaties={"Relatie": [copy.deepcopy(one) for one in ones]})


def contact(**values: Any) -> Change:
    return lambda client: client["Contactgegevens"]["Contact"][0].update(values)


def address(**values: Any) -> Change:
    def change(client: Values) -> None:
        there = client["Contactgegevens"]["Contact"][0]["Adres"]
        for name, value in values.items():
            there.pop(name, None)
            if value is not None:
                there[name] = value

    return change


def without(product: Values, *names: str) -> Values:
    return {name: value for name, value in product.items() if name not in names}


OTHER = {"Categorie": "07", "Code": "07A01"}
TURNED = {"Begindatum": LATER, "Einddatum": BEFORE}
WITHIN: list[tuple[str, str, Change | None, tuple[Values, ...]]] = [
    ("CS002", "301", lambda c: c.update(Bsn="999900007"), ()),
    ("CS139", "305", lambda c: c["Geboortedatum"].update(DatumGebruik="1"), ()),
    ("CS139", "305", lambda c: c["Geboortedatum"].update(DatumGebruik="2"), ()),
    ("CS139", "305", lambda c: c["Geboortedatum"].update(DatumGebruik="3"), ()),
    ("TR002", "307", lambda c: c["Geboortedatum"].update(Datum="1880-01-01"), ()),
    ("TR134", "315", lambda c: c["Geboortedatum"].update(Datum=LATER), ()),
    ("CS050", "301", lambda c: c["Naam"].update(NaamGebruik="3"), ()),
    ("CS318", "301", lambda c: c["Naam"].update(NaamGebruik="6"), ()),
    ("CD007", "301", lambda c: c.update(Communicatie={"Vorm": "1"}), ()),
    ("CD007", "301", lambda c: c.update(Communicatie={"Vorm": "2", "Taal": "Deens"}), ()),
    ("CD005", "301", address(LandCode=None), ()),
    ("CD025", "301", address(Huis=None), ()),
    ("CD034", "301", address(Postcode=None, LandCode=None), ()),
    ("CS089", "301", address(Postcode="12 AA"), ()),
    ("CD009", "301", contact(Periode={"Begindatum": TODAY.isoformat()}), ()),
    (
        "CS003",
        "301",
        relations({**examples.RELATION, "Contact": {**examples.CONTACT, "Soort": "04", "Periode": TURNED}}),
        (),
    ),
    ("TR006", "301", relations({**examples.RELATION, "Contact": {"Soort": "02", "Emailadres": "a@b.example"}}), ()),
    ("TR061", "301", contact(Soort="04"), ()),
    ("TR101", "301", None, (assigned(), assigned(Product=OTHER))),
    ("TR101", "301", relations(examples.RELATION, examples.RELATION), ()),
    ("TR302", "301", None, (assigned(), assigned(ToewijzingNummer="2"))),
    ("TR302", "301", None, (assigned(), without(assigned(ToewijzingNummer="2", Budget="100"), "Product", "Omvang"))),
    ("CD079", "301", None, (without(assigned(), "Product", "Omvang"),)),
    ("CD075", "301", None, (without(assigned(Budget="100"), "Product", "Omvang", "Einddatum"),)),
    ("CD076", "301", None, (without(assigned(), "Einddatum"),)),
    ("CS003", "301", None, (assigned(Einddatum=BEFORE),)),
    ("CD041", "301", None, (without(assigned(), "Omvang"),)),
    ("CD077", "301", None, (assigned(Budget="100"),)),
    ("CD080", "301", None, (assigned(Product={"Categorie": "02"}),)),
    ("CS338", "301", None, (assigned(Omvang={"Volume": "1", "Eenheid": "14", "Frequentie": "1"}),)),
    ("CS335", "301", None, (assigned(RedenWijziging="13"),)),
    ("CS336", "301", None, (assigned(RedenWijziging="01"),)),
    ("TR383", "315", None, (requested(), requested(Product=OTHER))),
    ("TR386", "315", None, (requested(), requested(ReferentieAanbieder="2"))),
    ("CD079", "315", None, (without(requested(), "Product", "Omvang"),)),
    ("CD076", "315", None, (without(requested(), "ToewijzingEinddatum"),)),
    ("CD095", "315", None, (requested(Product={"Categorie": "02"}),)),
    ("CS343", "315", None, (requested(Omvang={"Volume": "1", "Eenheid": "84", "Frequentie": "1"}),)),
    ("CD043", "315", None, (requested(BeschikkingNummer="12"),)),
    ("CD066", "315", None, (requested(Verwijzer={"Type": "02", "Naam": "K", "ZorgverlenerCode": "01000001"}),)),
    ("CD067", "315", None, (requested(Verwijzer={"Type": "02"}),)),
    ("CD068", "315", None, (requested(Verwijzer={"Type": "06", "ZorgverlenerCode": "01000001"}),)),
    ("CS058", "305", None, (delivered(StatusAanlevering="2"),)),
    ("TR101", "305", None, (delivered(), delivered())),
    ("CS058", "307", None, (delivered(**examples.STOPPED, StatusAanlevering="9"),)),
    ("TR018", "307", None, (delivered(RedenBeeindiging="19", Einddatum=BEFORE),)),
    ("TR101", "307", None, (delivered(**examples.STOPPED), delivered(**examples.STOPPED))),
    ("IV095", "319", lambda c: c.pop("RedenAfwijzingVerzoek"), ()),
    ("IV095", "319", lambda c: c.update(VerzoekAntwoord="2"), ()),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "kind", "change", "products"), WITHIN)
def test_each_rule_within_a_message_is_found_when_it_alone_is_broken(
    rule: str, kind: str, change: Change | None, products: tuple[Values, ...]
) -> None:
    assert set(judged(kind, change, *products)) == {rule}


def test_what_looks_alike_and_is_allowed_breaks_no_rule() -> None:
    later = {
        "Ingangsdatum": (TODAY + timedelta(days=181)).isoformat(),
        "Einddatum": (TODAY + timedelta(days=200)).isoformat(),
    }
    assert judged("301", None, assigned(), assigned(ToewijzingNummer="2", **later)) == []
    removed = assigned(ToewijzingNummer="2", RedenWijziging="13", Einddatum=TODAY.isoformat())
    assert judged("301", None, assigned(), removed) == []
    assert judged("301", relations(examples.RELATION)) == []
    assert judged("315", lambda c: c["Geboortedatum"].update(Datum="1900-01-01", DatumGebruik="3")) == []


def test_residence_stands_in_the_youth_act_alone_and_with_its_reason() -> None:
    place = {"Woonplaatsbeginsel": {"Gemeente": "0402"}}
    assert judged("319", lambda c: c.update(RedenAfwijzingVerzoek="8", **place), law="jeugdwet") == []
    assert judged("319", lambda c: c.update(**place), law="jeugdwet") == ["IV095"]
    with pytest.raises(KeyError):
        judged("319", lambda c: c.update(RedenAfwijzingVerzoek="8", **place))


NUMBER = 300201
BEGUN = TODAY
RUNNING = Known(NUMBER, periods=(Period(BEGUN),))
ENDED = Known(NUMBER, periods=(Period(BEGUN, BEGUN + timedelta(days=10), "19"),))
PAUSED = Known(NUMBER, periods=(Period(BEGUN, BEGUN + timedelta(days=20), "20"),))
STOP = examples.STOPPED


def had(*assignments: Known, **requests: str) -> Before:
    asked = {name.replace("_", "-"): state for name, state in requests.items()}
    return Before({one.number: one for one in assignments}, {name: Asked(name, state) for name, state in asked.items()})


ACROSS: list[tuple[str, str, str, Before, tuple[Values, ...]]] = [
    ("TR056", "9056", "301", Before(identification_used=True), ()),
    ("TR332", "9332", "301", had(Known(NUMBER, same_person=False)), ()),
    ("TR379", "9379", "301", had(), (assigned(ReferentieAanbieder="REF-1"),)),
    ("TR379", "9379", "301", had(REF_1="1"), (assigned(ReferentieAanbieder="REF-1"),)),
    ("TR019", "9019", "305", had(), ()),
    ("TR019", "9019", "305", had(RUNNING), (without(delivered(), "ToewijzingNummer"),)),
    ("TR019", "9019", "305", had(Known(NUMBER, same_person=False)), ()),
    ("TR063", "9063", "305", had(Known(NUMBER)), (delivered(StatusAanlevering="3"),)),
    ("TR071", "9071", "305", had(ENDED), (delivered(StatusAanlevering="3"),)),
    ("TR074", "9074", "305", had(RUNNING), ()),
    ("TR074", "9074", "305", had(ENDED), ()),
    ("TR326", "9326", "305", had(Known(NUMBER, periods=(Period(BEGUN - timedelta(days=9)),))), ()),
    ("TR019", "9019", "307", had(), ()),
    ("TR063", "9063", "307", had(RUNNING), (delivered(**STOP, StatusAanlevering="3"),)),
    ("TR069", "9069", "307", had(Known(NUMBER)), ()),
    ("TR074", "9074", "307", had(ENDED), ()),
    ("TR415", "9415", "307", had(ENDED), (delivered(RedenBeeindiging="21", Einddatum=STOP["Einddatum"]),)),
    ("TR413", "9413", "307", had(PAUSED), (delivered(RedenBeeindiging="20", Einddatum=LATER),)),
    ("TR414", "9414", "307", had(PAUSED), (delivered(**STOP),)),
    ("TR347", "9347", "315", had(REF_1="1"), ()),
    ("TR374", "9374", "315", had(REF_2=""), ()),
    ("TR374", "9374", "315", had(REF_2="2"), ()),
    ("TR355", "9355", "319", had(), ()),
    ("TR359", "9359", "319", had(REF_1="assigned"), ()),
    ("TR365", "9365", "319", had(REF_1="1"), ()),
]  # fmt: skip


def across(kind: str, before: Before, *products: Values, today: date = TODAY, **head: Any) -> list[tuple[str, str]]:
    found = chain.across(read(examples.made(kind, "wmo", *products, **head)), before, today)
    return [(fault.rule, fault.code) for fault in found]


@pytest.mark.parametrize(("rule", "code", "kind", "before", "products"), ACROSS)
def test_each_rule_across_messages_has_its_own_code(
    rule: str, code: str, kind: str, before: Before, products: tuple[Values, ...]
) -> None:
    assert across(kind, before, *products) == [(rule, code)]


def test_a_day_in_the_future_is_told_by_its_own_code() -> None:
    assert across("301", had(), dated=LATER) == [("TR135", "8848")]


def test_what_follows_in_order_breaks_no_rule() -> None:
    assert across("315", had()) == []
    assert across("319", had(REF_1="")) == []
    assert across("319", had(REF_1="2")) == []
    assert across("301", had(REF_1=""), assigned(ReferentieAanbieder="REF-1")) == []
    assert across("305", had(Known(NUMBER))) == []
    assert across("307", had(RUNNING)) == []
    assert across("307", had(PAUSED), delivered(RedenBeeindiging="19", Einddatum=LATER)) == []
    assert across("305", had(RUNNING), delivered(StatusAanlevering="3")) == []
    assert across("307", had(ENDED), delivered(**STOP, StatusAanlevering="3")) == []


def test_in_study_may_be_told_once() -> None:
    values = examples.values_of("319")
    values["Antwoord"] = {"ReferentieAanbieder": "REF-1", "VerzoekAntwoord": "2"}
    told = read(write(message("319", "wmo"), values))
    assert [fault.code for fault in chain.across(told, had(REF_1="2"), TODAY)] == ["9360"]
    assert chain.across(told, had(REF_1=""), TODAY) == []


@pytest.mark.parametrize("kind", examples.SENT)
def test_a_return_message_repeats_the_header_not_turned_round(kind: str) -> None:
    asked = read(examples.made(kind))
    answer = read(retour(asked, [], identification="R1", dated=TODAY))
    assert (answer.sender, answer.receiver, answer.identification) == (
        asked.sender,
        asked.receiver,
        asked.identification,
    )
    assert answer.content == {}
    assert codes_in(answer) == []


def test_a_fault_within_goes_back_with_0001_and_the_header_alone() -> None:
    asked = read(examples.made("305", "wmo", delivered(), delivered()))
    answer = read(retour(asked, within(asked), identification="R1", dated=TODAY))
    assert answer.header["RetourCodes"] == {"RetourCode": ["0001"]}
    assert answer.content == {}


def test_a_fault_across_goes_back_at_its_class_and_nothing_at_the_others() -> None:
    second = delivered(ToewijzingNummer="7", Product=OTHER)
    asked = read(examples.made("305", "wmo", delivered(), second))
    faults = chain.across(asked, had(Known(NUMBER)), TODAY)
    answer = read(retour(asked, faults, identification="R1", dated=TODAY))
    starts = answer.content["StartProducten"]["StartProduct"]
    assert [one["RetourCodes"]["RetourCode"] for one in starts] == [["0200"], ["9019"]]
    assert answer.content["RetourCodes"]["RetourCode"] == ["0200"]
    assert codes_in(answer) == ["9019"]


def test_every_reason_of_a_list_leads_to_a_word_of_the_referral() -> None:
    from exchange.chain import codes
    from referrals.moves import Outcome, RejectionReason

    outcomes = {outcome for law in codes.ENDINGS.values() for _words, outcome in law.values()}
    assert outcomes <= {"", *Outcome.values}
    assert {reason for _words, reason in codes.REFUSALS.values()} <= set(RejectionReason.values)
    assert [code for law in codes.ENDINGS.values() for code, (_words, outcome) in law.items() if not outcome] == [
        "20",
        "20",
    ]
