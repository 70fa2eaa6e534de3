"""Workers are killed, Redis is emptied, PostgreSQL restarts and the receiver is down while referrals go out: all arrive once, in order.

The short run is a test like any other. The long one, of 10,000 referrals, is asked for: ``bin/test --chaos``.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Callable

import pytest
from django.db import connection

from nis.listeners import STEPS
from tests.chaos.sender import PATHS
from tests.chaos.stage import Stage

STATES = ("requested", "accepted", "requested", "requested")
"""Where each of the paths of the senders ends."""


def trial(count: int, *, senders: int, workers: int, down: float, most: float) -> str:
    """Send so many referrals while everything breaks in turn, wait until all is quiet, judge; returns what was seen."""
    stage = Stage(senders=senders, workers=workers, dies_after=max(count // 2, 40))
    try:
        stage.open(_template())
        began = time.monotonic()
        stage.begin(count)
        _break(stage, count, down)
        sent = time.monotonic() - began
        _until_quiet(stage, began + most)
        quiet = time.monotonic() - began
        doubles = _judge(stage, count)
        tally = ", ".join(f"{what}: {times}" for what, times in sorted(stage.done.items()))
        return (
            f"{count} referrals with {stage.tally()['steps']} further steps sent in {sent:.0f} s, all quiet after {quiet:.0f} s; "
            f"sends and steps tried again: {stage.tally()['tried again']}; doubles dropped by id: {doubles}; {tally}"
        )
    finally:
        stage.close()


def _template() -> str:
    with connection.cursor() as cursor:
        info = cursor.connection.info
        return f"postgresql://{info.user}:{info.password}@/{info.dbname}?host={info.host}&port={info.port}"


def _break(stage: Stage, count: int, down: float) -> None:
    """Break one thing after another as the sending goes on, the receiver for ``down`` seconds each time."""
    until = {"down": 0.0}

    def away(how: Callable[[], None]) -> Callable[[], None]:
        def go() -> None:
            how()
            until["down"] = time.monotonic() + down

        return go

    plan: list[tuple[float, Callable[[], None]]] = [
        (0.08, stage.kill_worker),
        (0.15, stage.empty_redis),
        (0.20, away(stage.stop_listening)),
        (0.30, lambda: stage.restart_postgresql("fast")),
        (0.40, stage.kill_all_workers),
        (0.50, lambda: stage.restart_postgresql("immediate")),
        (0.60, away(stage.refuse)),
        (0.70, stage.empty_redis),
        (0.75, stage.kill_worker),
    ]
    if count > 1000:
        plan += [
            (0.80, lambda: stage.restart_postgresql("immediate")),
            (0.85, stage.kill_worker),
            (0.88, away(stage.stop_listening)),
            (0.90, lambda: stage.restart_postgresql("fast")),
            (0.95, stage.kill_all_workers),
        ]
    while stage.sending() or plan or until["down"]:
        [(made,)] = stage.ask("select count(*) from referrals_referral")
        if plan and (made >= plan[0][0] * count):
            plan.pop(0)[1]()
        if until["down"] and time.monotonic() > until["down"]:
            until["down"] = 0.0
            stage.listen_again()
        stage.tend()
        time.sleep(0.05)


def _until_quiet(stage: Stage, end: float) -> None:
    """Wait until nothing waits any more; the receiver goes on dying meanwhile."""
    left: list[tuple[int, ...]] = [(1,)]
    while left != [(0,)]:
        assert time.monotonic() < end, f"{left} deliveries still wait: {stage.ask(_WAITING)}"
        stage.tend()
        left = stage.ask("select count(*) from events_delivery where status <> 'done'")
        time.sleep(0.1)


_WAITING = """
    select d.listener, d.destination, d.status, d.last_error, min(d.due_at - now())::text, max(d.taken_until - now())::text,
      max(d.attempts), x.failing_since::text, x.rests_until::text, count(*)
    from events_delivery d left join events_destination x on x.name = d.destination
    where d.status <> 'done' group by 1, 2, 3, 4, 8, 9
"""


def _judge(stage: Stage, count: int) -> int:
    """All of it arrived once and in order, nothing is half made, and the log is whole; returns how many doubles came."""
    assert stage.ask("select count(*), count(distinct token) from referrals_referral") == [(count, count)]
    paths = [len(PATHS[number % len(PATHS)]) + 1 for number in range(count)]
    ends = defaultdict(int)
    for number in range(count):
        ends[STATES[number % len(PATHS)]] += 1
    assert dict(stage.ask("select status, count(*) from referrals_referral group by 1")) == dict(ends)
    half_made = """
        select r.id from referrals_referral r where not exists (select 1 from referrals_letter l where l.referral_id = r.id)
          or (select count(*) from referrals_step s where s.referral_id = r.id)
             <> (select count(*) from events_event e where e.subject_type = 'referral' and e.subject_id = r.id and e.verb = any(%s))
          or (select count(*) from events_workitem w where w.subject_type = 'referral' and w.subject_id = r.id and w.done_at is null
                and w.kind not in ('paper', 'tell')) <> 1
          or (select count(*) from events_workitem w where w.subject_type = 'referral' and w.subject_id = r.id and w.kind = 'paper') <> 1
    """
    assert stage.ask(half_made, [list(STEPS)]) == []
    happened = """
        select case when s.endpoint like '%%/team' then '/team' else '/practice' end, e.id::text, r.number, e.id
        from events_event e join referrals_referral r on r.id = e.subject_id and e.subject_type = 'referral'
        join exchange_subscription s on s.organisation_id in (r.sending_organisation_id, r.receiving_organisation_id)
        where e.verb = any(%s) order by e.id
    """
    steps: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, event, number, _order in stage.ask(happened, [list(STEPS)]):
        steps[path, number].append(event)
    assert sum(len(one) for (path, _), one in steps.items() if path == "/team") == sum(paths)

    heard: dict[tuple[str, str], list[str]] = defaultdict(list)
    said: dict[tuple[str, str], str] = {}
    doubles = 0
    with sqlite3.connect(stage.folder / "heard.sqlite") as kept:
        arrived = kept.execute("select path, id, number, step, body from heard order by arrival").fetchall()
    kept.close()
    for path, event, number, step, body in arrived:
        if (path, event) in said:
            assert said[path, event] == body, "a double says the same"
            doubles += 1
            continue
        said[path, event] = body
        heard[path, number].append(event)
        assert step == len(heard[path, number]), "the steps of a referral arrive one by one, from the first"
    assert heard == steps, "all that happened arrived, once and in order"

    assert stage.ask("select count(*) from events_destination where failing_since is not null") == [(0,)]
    stage.ask("select events_seal()")
    stage.manage("verify_log")
    assert stage.ask("select (select count(*) from events_event) - (select sum(lines) from events_seal)") == [(0,)]
    return doubles


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_everything_breaks() -> None:
    trial(60, senders=2, workers=1, down=2.0, most=300.0)


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_nothing_of_ten_thousand_is_lost_when_everything_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    seen = trial(10_000, senders=2, workers=2, down=45.0, most=3600.0)
    with capsys.disabled():
        sys.stdout.write(f"\n{seen}\n")
