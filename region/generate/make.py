"""Making the region: every group of tables in turn, in one transaction, so that there is a whole region or none."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from dossier.models import Source
from events.actor import act, system
from oversight.actions import find_signals
from people.models import Organisation
from region.generate import (
    citizens,
    consultations,
    documents,
    family,
    journeys,
    network,
    offer,
    orders,
    organisations,
    outside,
    partners,
    programme,
    record,
    referrals,
    requests,
    residences,
    stories,
    support,
    systems,
    today,
    trainings,
    trusted,
)
from region.generate.facts import Facts
from region.generate.files import CitizensFile
from region.generate.load import LOG, Loader, Say, laid_aside
from region.generate.log import Log
from region.generate.world import Citizen, World
from trust.models import RoleNeed

BATCH = 4000
"""Citizens whose rows go in together."""
SIGNAL_DAYS = 90
"""Days in which patterns are looked for once, as the clock would have done each hour of them."""
TABLES = [
    "people_organisation",
    "people_user",
    "people_organisationpermission",
    "people_membership",
    "people_patient",
    "people_patientidentity",
    "trust_carerelation",
    "trust_consent",
    "trust_mandate",
    "trust_emergency",
    "trust_restriction",
    "square_healthcareservice",
    "square_waitingtimereport",
    "square_session",
    "dossier_source",
    "dossier_sourcehour",
    "dossier_sourcecopying",
    "dossier_fact",
    "dossier_entry",
    "dossier_copy",
    "dossier_copytext",
    "dossier_document",
    "dossier_documentpart",
    "dossier_residence",
    "dossier_relatedperson",
    "dossier_participant",
    "dossier_formerversion",
    "dossier_proposal",
    "dossier_openinghours",
    "dossier_cover",
    "referrals_referral",
    "referrals_step",
    "referrals_appointment",
    "referrals_round",
    "referrals_exploring",
    "referrals_seat",
    "referrals_questionnaireresponse",
    "referrals_letter",
    "referrals_letteritem",
    "referrals_remark",
    "referrals_supplement",
    "referrals_report",
    "consultations_consultation",
    "consultations_invitation",
    "consultations_contribution",
    "consultations_attachment",
    "journeys_enrolment",
    "programme_participation",
    "exchange_notification",
    "exchange_assignment",
    "exchange_chainmessage",
    "exchange_securemailbox",
    "exchange_fhirconnection",
    "exchange_clientkey",
    "exchange_partnertask",
    "rights_request",
    "rights_message",
    "events_workitem",
    LOG,
]


def is_empty() -> bool:
    """Whether nobody takes part yet."""
    return not Organisation.objects.exists()


def make(*, factor: float, seed: int, folder: Path, sources: str, facts: bool, say: Say, secure: str = "") -> World:
    """Make the whole region and put it in the database and in ``folder``; returns what was made.

    ``factor`` 1 is the demonstration with 2,000 citizens, 200 a region of 400,000. ``sources`` is the address of the
    simulated source systems, ``secure`` that of those which ask for a certificate (empty: all let everybody in); with
    ``facts`` each citizen has kept facts as well, for measuring. Works as the owner of the tables and asks that they are empty.
    """
    load = Loader(connection)
    world = World(load, factor=factor, seed=seed, facts=facts, sources=sources, secure=secure)
    file = CitizensFile(folder)
    with transaction.atomic():
        with laid_aside(connection, TABLES, say):
            _fill(world, file, say)
            load.settle()
            for table in TABLES:
                rows = load.rows[table]
                say(f"{table:30}{rows:>12,}{load.seconds[table]:>9.1f} s")
        _set_counters(world)
        _derive(say)
    file.finish(world)
    systems.secrets(world, folder)
    _finish(say)
    return world


def _fill(world: World, file: CitizensFile, say: Say) -> None:
    organisations.organisations(world)
    organisations.people(world)
    systems.source_systems(world)
    network.reach(world)
    offer.services(world)
    ordered = orders.services(world)
    academy = trainings.services(world)
    programme.participations(world)
    journeys.prepare(world)
    world.load.flush()
    world.load.settle()
    trusted.terms(world)
    world.log = log = Log(world, {need.role: need.categories for need in RoleNeed.objects.all()})
    facts = (
        Facts(world, dict(Source.objects.filter(kind="his").values_list("organisation_id", "pk")))
        if world.facts
        else None
    )
    named = stories.stories(world)
    for who in named:
        record.story(world, who)
        documents.story(world, who)
    today.story_referrals(world, named)
    trusted.story(world, named)
    _recent_looks(world, log, named)
    numbers, earliest = citizens.bsns(), list[Citizen]()
    total = world.citizens - len(named) - 1
    for first in range(0, total, BATCH):
        batch = [citizens.citizen(world, bsn) for bsn in itertools.islice(numbers, min(BATCH, total - first))]
        if first == 0:
            today.desks(world, batch)
            earliest = batch
        for who in batch:
            _citizen(world, who, log, facts)
        world.load.flush(*(facts.spread() if facts else ()))
        file.take(world)
        if total > BATCH:
            say(f"{'citizens':30}{first + len(batch):>12,}{100 * (first + len(batch)) // total:>8}%")
    family.family(world, named)
    requests.story(world, named)
    outside.neighbours(world)
    orders.orders(world, earliest, ordered)
    trainings.trainings(world, earliest, academy)
    partners.partner(world, earliest)
    world.load.flush()
    file.take(world)


def _citizen(world: World, who: Citizen, log: Log, facts: Facts | None) -> None:
    youth = residences.residences(world, who)
    referrals.referrals(world, who)
    consultations.consultations(world, who)
    record.record(world, who)
    support.support(world, who, youth)
    trusted.inputs(world, who)
    log.openings(who)
    if facts:
        facts.of(who)


def _recent_looks(world: World, log: Log, named: list[Citizen]) -> None:
    night = world.now - timezone.localtime(world.now).replace(hour=2, minute=14) + timedelta(days=3)
    for who in named:
        if world.featured[today.AT_NIGHT].place.id in who.circle:
            log.looked(who, world.featured[today.AT_NIGHT], (night,))
        for sub, moments in today.LOOKS.items():
            by = world.featured[sub]
            if by.place.id in who.circle:
                log.looked(who, by, moments)
        log.openings(who)


def _set_counters(world: World) -> None:
    world.load.set_sequences()
    with connection.cursor() as cursor:
        for sequence, table in (
            ("referrals_number", "referrals_referral"),
            ("consultations_number", "consultations_consultation"),
            ("rights_number", "rights_request"),
        ):
            cursor.execute("select setval(%s, greatest(%s, 1))", [sequence, world.load.last(table)])


def _derive(say: Say) -> None:
    """Derive all grants at once, as the triggers would have done row by row."""
    began = time.monotonic()
    with connection.cursor() as cursor:
        inputs = [table for table in TABLES if table.startswith("trust_")]
        cursor.execute(f"analyze people_organisation, people_patient, {', '.join(inputs)}")
        with laid_aside(connection, ["trust_grant"], lambda line: None):
            cursor.execute("select trust_derive(null)")
        cursor.execute("select count(*) from trust_grant")
        say(f"{'trust_grant (derived)':30}{cursor.fetchone()[0]:>12,}{time.monotonic() - began:>9.1f} s")


def _finish(say: Say) -> None:
    """Find what is worth a look, seal the log and gather what the planner needs, all after the rows are visible."""
    began = time.monotonic()
    with act(system("oversight", purpose="HOPERAT")) as worker:
        found = find_signals(since=timezone.localdate() - timedelta(days=SIGNAL_DAYS), by=worker)
    say(f"{'signals found':30}{found:>12,}{time.monotonic() - began:>9.1f} s")
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("select events_seal()")
        say(f"{'lines of the log sealed':30}{cursor.fetchone()[0]:>12,}{time.monotonic() - began:>9.1f} s")
        began = time.monotonic()
        cursor.execute(f"vacuum (analyze) {', '.join([*TABLES, 'trust_grant'])}")
        say(f"{'vacuum and statistics':30}{'':>12}{time.monotonic() - began:>9.1f} s")
