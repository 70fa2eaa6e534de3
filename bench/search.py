"""Measures how long finding a person takes for the two participants that know most people, and listing whom somebody works with.

What is typed is taken from people within reach: their surname as written, in part, with an error, with a birth date or a
postcode. The function that every door asks (``trust_search``) is asked as the application's own role, which reads no more
than a professional of that participant may; nothing is written.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nis.settings")
os.environ.setdefault("NIS_ENV", "demonstration")
django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402

from bench.measure import percentile, report  # noqa: E402
from events.actor import Actor, act  # noqa: E402
from trust.access import recent_patients, worked_with  # noqa: E402

HOLDERS = """
    select o.id, o.name, g.n, m.user_id, m.role from (
      select split_part(grantee, ':', 2)::bigint as id, count(*) as n from trust_grant where grantee like 'organisation:%' group by 1) g
    join people_organisation o on o.id = g.id
    join lateral (select user_id, role from people_membership where organisation_id = o.id and role in
      ('gp', 'practice_nurse', 'district_nurse', 'psychologist', 'specialist', 'pharmacist', 'social_worker') order by id limit 1) m on true
    order by g.n desc limit 2
"""
PEOPLE = """
    select p.call_name, p.initials, trim(p.own_prefix || ' ' || p.own_name), p.own_name, p.birth_date, i.postcode
    from trust_grant g join people_patient p on p.id = g.patient_id join people_patientidentity i on i.patient_id = p.id
    where g.grantee = 'organisation:' || %s and g.period @> now() order by md5(p.key::text) limit %s
"""
Typed = tuple[list[str], date | None, str | None]
KINDS: dict[str, Callable[[Any], Typed]] = {
    "surname": lambda p: ([p[2]], None, None),
    "three letters of it": lambda p: ([p[3][:3]], None, None),
    "with an error": lambda p: ([p[3][:2] + "q" + p[3][3:]], None, None),
    "call name and surname": lambda p: ([p[0], p[3]], None, None),
    "initials and surname": lambda p: ([p[1], p[2]], None, None),
    "surname and four digits": lambda p: ([p[3]], None, p[5][:4]),
    "surname and birth date": lambda p: ([p[3]], p[4], None),
    "birth date": lambda p: ([], p[4], None),
    "postcode": lambda p: ([], None, p[5]),
    "nobody": lambda p: (["qwertzuiop"], None, None),
}


def timed(ask: Callable[[], Any]) -> tuple[float, int]:
    """Milliseconds, and how many were found."""
    began = time.perf_counter()
    found = ask()
    return (time.perf_counter() - began) * 1000, len(found)


def search(typed: Typed) -> list[Any]:
    """Ask as every door does, without the line in the log."""
    names, born, code = typed
    with connection.cursor() as cursor:
        cursor.execute("select * from trust_search(%s::text[], %s, %s, null, 26)", [names, born, code])
        return list(cursor.fetchall())


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="region")
    parser.add_argument("--people", type=int, default=60)
    told = parser.parse_args()
    rows: list[list[Any]] = []
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.read_only = True
        count = owner.execute("select count(*) from people_patient").fetchone()
        for number, _name, grants, user, role in owner.execute(HOLDERS).fetchall():
            people = owner.execute(PEOPLE, [number, told.people]).fetchall()
            took: dict[str, list[tuple[float, int]]] = defaultdict(list)
            with act(Actor("professional", user, number, role, "TREAT", "", "bench", "")) as actor:
                for person in people:
                    for kind, typed in KINDS.items():
                        took[kind].append(timed(lambda typed=typed, person=person: search(typed(person))))
                for _time in range(20):
                    took["opened last"].append(timed(lambda actor=actor: recent_patients(actor)))
                    took["mine"].append(timed(lambda actor=actor: worked_with(actor, mine=True)))
                    took["of the team"].append(timed(lambda actor=actor: worked_with(actor, mine=False)))
            for kind, each in took.items():
                ms = [one for one, _found in each]
                found = sum(one for _ms, one in each) / len(each)
                rows.append([f"{grants:,}", kind, percentile(ms, 0.5), percentile(ms, 0.95), max(ms), found])
    report(
        "Finding a person", told.size,
        f"{count[0] if count else 0:,} people; milliseconds in the database; at most 26 are given.",
        ["grants of the holder", "what", "p50", "p95", "most", "found"], rows,
    )  # fmt: skip


if __name__ == "__main__":
    main()
