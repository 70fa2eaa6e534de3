"""Requests of persons about their own data in the made-up region: one of each kind, waiting, asked back, granted and refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from region.generate.asking import work_item
from region.generate.world import Citizen, World
from rights.clock import months_after
from rights.moves import TERM_MONTHS, Kind
from trust.categories import EVERYTHING, Category, to_mask


@dataclass(frozen=True)
class Told:
    """One request: by whom (the sub or call name of the story), to which practice, how it stands, and what was said."""

    who: str
    place: str
    kind: str
    status: str
    ago: int
    text: str
    answer: str = ""
    reason: str = ""
    categories: int = 0


TOLD = (
    Told(
        "digid.devries", "Huisartspraktijk De Linde", "insight", "granted", 80,
        "Ik wil graag weten wat er allemaal over mij bewaard wordt.", "Dat kan. Uw kopie is gemaakt.", categories=to_mask(EVERYTHING),
    ),
    Told(
        "digid.devries", "Wijkzorg Gooi", "question", "asked_back", 6,
        "Er keek iemand op een dag dat er niemand bij mij is geweest. Waarom?", "Bedoelt u de ochtend of de avond?",
    ),
    Told(
        "digid.helleman", "Huisartspraktijk De Linde", "objection", "sent", 3,
        "Ik wil niet dat anderen dan mijn huisarts dit zien.", categories=to_mask({Category.SOCIAL, Category.MENTAL_HEALTH}),
    ),
    Told(
        "digid.putten", "Huisartspraktijk De Linde", "deletion", "taken_up", 40,
        "Wat er van vroeger staat over mijn scheiding mag weg.", categories=to_mask({Category.SOCIAL, Category.FINANCIAL}),
    ),
    Told(
        "digid.helleman", "Wijkzorg Gooi", "restriction", "refused", 120,
        "Gebruik de metingen niet tot ze zijn nagekeken.", "Wij hebben geen metingen over u. Uw huisarts heeft die.",
        "not_ours", to_mask({Category.RESULTS}),
    ),
)  # fmt: skip
"""What the people of the story asked; the privacy officer of both organisations is Ruben Smits."""

CLOSED = {"granted", "refused"}


def story(world: World, named: list[Citizen]) -> None:
    """The requests of the people of the story, with what was said and the work that waits."""
    by_name = {who.featured: who for who in named}
    for told in TOLD:
        _request(world, by_name[told.who], told)


def _request(world: World, who: Citizen, told: Told) -> None:
    number, place = world.load.number("rights_request"), world.place(told.place)
    officer = world.featured["ruben.smits"]
    sent = world.on(world.today - timedelta(days=told.ago))
    handled = sent + timedelta(days=min(2, told.ago))
    closed = handled if told.status in CLOSED else None
    due = months_after(sent, TERM_MONTHS[told.kind])
    taken = told.status != "sent"
    name = f"{who.call_name} {who.surname}".strip()
    world.load.put(
        "rights_request",
        id=number,
        number=f"R-{sent:%y}-{number:06d}",
        patient_id=who.id,
        organisation_id=place.id,
        asker_id=who.account,
        name=name,
        birth_date=who.born,
        kind=told.kind,
        status=told.status,
        categories=told.categories,
        reference="",
        source_digest="",
        reason=told.reason,
        result={},
        handler_id=officer.user if taken else None,
        sent_at=sent,
        taken_up_at=handled if taken else None,
        due=due,
        closed_at=closed,
        carried_out_at=closed if told.status == "granted" else None,
    )
    said = [("send", True, who.account, name, told.text, sent)]
    if told.answer:
        verb = {"granted": "grant", "refused": "refuse", "asked_back": "ask_back"}[told.status]
        said.append((verb, False, officer.user, officer.name, told.answer, handled))
    for verb, by_person, author, signed, text, at in said:
        world.load.put(
            "rights_message",
            id=world.load.number("rights_message"),
            request_id=number,
            patient_id=who.id,
            organisation_id=place.id,
            verb=verb,
            by_person=by_person,
            author_id=author,
            author_name=signed,
            text=text,
            quoted="",
            proposed="",
            at=at,
        )
    if closed is None and told.status != "asked_back":
        title = "Verzoek beslissen" if taken else "Verzoek van een inwoner"
        work_item(
            world, "request", "request", number, who.id, place.id, officer.user if taken else None,
            f"{title}: {Kind(told.kind).label}", "", sent, due,
        )  # fmt: skip
