"""Three years of lines in the log of the made-up region: who opened whose record, was refused, and took which step."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from exchange.moves import NEWS, Rhythm
from referrals.actions import EVENTS
from referrals.moves import Verb
from region.generate.citizens import GENERAL
from region.generate.load import LOG
from region.generate.world import UTC, YEARS, Citizen, Member, World
from trust.categories import EVERYTHING, to_mask

if TYPE_CHECKING:
    from region.generate.asking import Asking

NEWS_DAYS = 21
PER_CITIZEN = 22
"""Lines about opening the record, per citizen in three years; the steps of referrals come on top."""
COLUMNS = (
    "id",
    "at",
    "verb",
    "subject_type",
    "subject_id",
    "patient_id",
    "actor_kind",
    "actor_name",
    "user_id",
    "organisation_id",
    "role",
    "purpose",
    "categories",
    "own_categories",
    "consented",
    "withheld",
    "basis",
    "outcome",
    "reason",
    "request_id",
    "place",
    "data",
)
ALL = to_mask(EVERYTHING)
DONE = {Verb.SEND: "referral.sent", **EVENTS}


class Log:
    """Writes lines of the log; the days of three years are prepared, because millions of lines need them."""

    def __init__(self, world: World, needs: dict[str, int]) -> None:
        self.world = world
        self.needs = needs
        days = [world.today - timedelta(days=ago) for ago in range(1, 365 * YEARS)]
        self.days = [(f"{day.isoformat()} ", f"{day:%Y-%m}") for day in days if day.weekday() < 5]

    def _line(
        self,
        at: str,
        part: str,
        by: Member,
        who: Citizen,
        verb: str,
        subject: str,
        outcome: str,
        masks: str = "0\t0\t0\t0",
        basis: str = "",
        reason: str = "",
    ) -> None:
        chance, load = self.world.chance, self.world.load
        random = chance.getrandbits(128)
        load.put_line(
            LOG,
            COLUMNS,
            f"{load.number(LOG)}\t{at}\t{verb}\t{subject}\t{who.id}\tprofessional\t\t{by.user}\t{by.place.id}\t{by.role}\tTREAT\t{masks}\t{basis}\t"
            f"{outcome}\t{reason}\t{random:032x}\t10.{by.place.id % 250}.0.{random % 250}\t{{}}",
            part,
        )

    def openings(self, who: Citizen) -> None:
        """Those who care for a citizen open the record, the one more than the other; now and then a stranger is refused."""
        chance = self.world.chance
        carers = [self.world.by_number[number] for number in who.circle]
        weights = [4 if place.domain in {"gp", "home_care"} else 1 for place in carers]
        count = int(chance.expovariate(1 / PER_CITIZEN)) + 1
        for place in chance.choices(carers, weights, k=count):
            if not place.members:
                continue
            by = chance.choice(place.members)
            day, part = chance.choice(self.days)
            at = f"{day}{chance.randint(7, 17):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}+01"
            need = self.needs.get(by.role, 0)
            if need:
                masks = f"{need & GENERAL}\t{need}\t{need & GENERAL}\t{ALL & ~need}"
                self._line(
                    at,
                    part,
                    by,
                    who,
                    "record.opened",
                    f"patient\t{who.id}",
                    "allowed",
                    masks,
                    "care_relation:source_system",
                )
        if chance.random() < 0.01:
            stranger = chance.choice(self.world.of_domain["gp"])
            if stranger.id not in who.circle:
                day, part = chance.choice(self.days)
                by = chance.choice(stranger.members)
                self._line(
                    f"{day}12:{chance.randint(0, 59):02d}:00+01",
                    part,
                    by,
                    who,
                    "record.denied",
                    f"patient\t{who.id}",
                    "denied",
                    f"0\t0\t0\t{ALL}",
                    "",
                    "no_relation",
                )

    def referral(self, number: int, a: Asking) -> None:
        """The steps of a referral, and what the sender was told of those of the last weeks."""
        for verb, _, by, _, at in a.steps:
            if a.own and by is a.sender:
                continue
            moment = at.astimezone(UTC)
            self._line(
                moment.isoformat(), f"{moment:%Y-%m}", by, a.who, DONE[Verb(verb)], f"referral\t{number}", "done"
            )
            news = NEWS.get(DONE[Verb(verb)])
            if (
                news
                and news.hearer == "sender"
                and not a.own
                and a.origin != "system"
                and (self.world.now - at).days < NEWS_DAYS
            ):
                self.world.load.put(
                    "exchange_notification",
                    id=self.world.load.number("exchange_notification"),
                    user_id=a.sender.user,
                    kind=news.kind,
                    subject_type="referral",
                    subject_id=number,
                    number=f"V-{a.sent:%y}-{number:06d}",
                    event_id=self.world.load.last(LOG),
                    rhythm=Rhythm.DIRECT,
                    made_at=at,
                    sent_at=at,
                )

    def looked(self, who: Citizen, by: Member, moments: tuple[timedelta, ...]) -> None:
        """Somebody who cares for a citizen of the story opened the record so long ago."""
        need = self.needs.get(by.role, 0)
        masks = f"{need & GENERAL}\t{need}\t{need & GENERAL}\t{ALL & ~need}"
        for ago in moments:
            at = (self.world.now - ago).astimezone(UTC)
            self._line(
                at.isoformat(),
                f"{at:%Y-%m}",
                by,
                who,
                "record.opened",
                f"patient\t{who.id}",
                "allowed",
                masks,
                "care_relation:source_system",
            )
