"""Signals and watches, who may see them, and the functions that find each pattern in the log."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

RIGHTS = r"""
call trust_protect_index('oversight_signal');
call trust_protect_index('oversight_watch');
grant select, update (status, note, decided_by_id, decided_at) on oversight_signal to nis_app;
grant select, insert, update (period) on oversight_watch to nis_app;
grant usage on sequence oversight_watch_id_seq to nis_app;
create policy officer on oversight_signal to nis_app
  using ((select trust_oversees()) or ((select actor_kind()) = 'professional' and (select actor_role()) = 'privacy_officer'
         and organisation_id = (select actor_organisation())));
create policy officer on oversight_watch to nis_app
  using ((select actor_kind()) = 'professional' and (select actor_role()) = 'privacy_officer' and organisation_id = (select actor_organisation()));

grant select (id, organisation_id, period, review) on trust_emergency to nis_region;
create policy figures on trust_emergency for select to nis_region using (true);
"""

LOOKS = r"""
create type oversight_found as (user_id bigint, organisation_id bigint, patient_id bigint, day date, lines bigint, first_event bigint, last_event bigint);

create function oversight_words(p_name text) returns text[] language sql immutable parallel safe as
  $$ select regexp_split_to_array(trim(public.people_plain(p_name)), '[\s.-]+') $$;

create function oversight_looks(p_since date)
returns table (id bigint, user_id bigint, organisation_id bigint, role text, patient_id bigint, at timestamptz, here timestamp)
language sql stable as $$
  select e.id, e.user_id, e.organisation_id, e.role::text, e.patient_id, e.at, e.at at time zone 'Europe/Amsterdam'
  from events_event e
  where e.verb = 'record.opened' and e.actor_kind = 'professional' and e.patient_id is not null
    and e.at >= p_since::timestamp at time zone 'Europe/Amsterdam'
$$;

create function oversight_looked(p_since date) returns setof oversight_found language sql stable as $$
  select l.user_id, l.organisation_id, l.patient_id, l.here::date, count(*), min(l.id), max(l.id)
  from oversight_looks(p_since) l group by 1, 2, 3, 4
$$;
"""

PATTERNS = r"""
create function oversight_pattern_family(p_since date, p_limits jsonb) returns setof oversight_found language sql stable as $$
  with hit as (
    select f.*, case when oversight_words(p.own_name) <@ w.surname then p.own_name else p.partner_name end as name
    from oversight_looked(p_since) f join people_user u on u.id = f.user_id join people_patient p on p.id = f.patient_id
    cross join lateral (select (oversight_words(u.name))[2:] as surname) w
    where cardinality(w.surname) > 0
      and (oversight_words(p.own_name) <@ w.surname or p.partner_name <> '' and oversight_words(p.partner_name) <@ w.surname)
  ), carried as (
    select p.own_name as name, count(*) as by from people_patient p where p.own_name in (select h.name from hit h) group by 1
  )
  select h.user_id, h.organisation_id, h.patient_id, h.day, h.lines, h.first_event, h.last_event
  from hit h left join carried c on c.name = h.name where coalesce(c.by, 0) <= (p_limits ->> 'namesakes')::int
$$;

create function oversight_pattern_colleague(p_since date, p_limits jsonb) returns setof oversight_found language sql stable as $$
  with colleague as materialized (
    select m.organisation_id, m.user_id, w.words, s.surname
    from people_membership m join people_user u on u.id = m.user_id
    cross join lateral (select oversight_words(u.name) as words) w
    cross join lateral unnest(w.words[2:]) s(surname)
    where m.period @> now()
  ), looked as materialized (
    select * from oversight_looked(p_since)
  ), patient as materialized (
    select p.id, oversight_words(p.own_name) as own, (oversight_words(p.call_name))[1] as called, (oversight_words(p.first_names))[1] as first,
           p.call_name || p.first_names <> '' as named, left(people_plain(p.initials || p.call_name || p.first_names), 1) as initial
    from people_patient p where p.id in (select l.patient_id from looked l)
  )
  select l.user_id, l.organisation_id, l.patient_id, l.day, l.lines, l.first_event, l.last_event
  from looked l join patient p on p.id = l.patient_id
  where exists (
    select 1 from colleague c
    where c.organisation_id = l.organisation_id and c.surname = p.own[1] and c.user_id <> l.user_id and p.own <@ c.words[2:]
      and case when length(c.words[1]) > 1 and p.named then c.words[1] in (p.called, p.first) else left(c.words[1], 1) = p.initial end)
$$;

create function oversight_pattern_watched(p_since date, p_limits jsonb) returns setof oversight_found language sql stable as $$
  select l.user_id, l.organisation_id, l.patient_id, l.here::date, count(*), min(l.id), max(l.id)
  from oversight_looks(p_since) l
  where exists (
    select 1 from oversight_watch w join people_organisation o on o.id = w.organisation_id
    where w.patient_id = l.patient_id and w.period @> l.at and (o.domain = 'region' or o.id = l.organisation_id))
  group by 1, 2, 3, 4
$$;

create function oversight_pattern_many(p_since date, p_limits jsonb) returns setof oversight_found language sql stable as $$
  with hours as materialized (
    select l.user_id, l.organisation_id, l.role, date_trunc('hour', l.here) as hour, count(distinct l.patient_id) as patients,
           count(*) as lines, min(l.id) as first_event, max(l.id) as last_event
    from oversight_looks(p_since - (p_limits ->> 'history_days')::int) l group by 1, 2, 3, 4
  ), usual as (
    select h.role, percentile_cont(0.5) within group (order by h.patients) as patients from hours h where h.hour < p_since group by 1
  )
  select h.user_id, h.organisation_id, null::bigint, h.hour::date, sum(h.lines)::bigint, min(h.first_event), max(h.last_event)
  from hours h left join usual u on u.role = h.role
  where h.hour >= p_since and h.patients >= (p_limits ->> 'least')::int
    and h.patients >= (p_limits ->> 'times')::float * coalesce(u.patients, 0)
  group by 1, 2, 4
$$;

create function oversight_pattern_emergencies(p_since date, p_limits jsonb) returns setof oversight_found language sql stable as $$
  with started as materialized (
    select e.id, e.user_id, e.organisation_id, (e.at at time zone 'Europe/Amsterdam')::date as day from events_event e
    where e.verb = 'emergency.started' and e.actor_kind = 'professional'
      and e.at >= (p_since - (p_limits ->> 'within_days')::int)::timestamp at time zone 'Europe/Amsterdam'
  )
  select d.user_id, d.organisation_id, null::bigint, d.day, count(*), min(s.id), max(s.id)
  from (select distinct user_id, organisation_id, day from started where day >= p_since) d
  join started s on s.user_id = d.user_id and s.organisation_id = d.organisation_id
    and s.day > d.day - (p_limits ->> 'within_days')::int and s.day <= d.day
  group by 1, 2, 4 having count(*) >= (p_limits ->> 'least')::int
$$;

create function oversight_pattern_once(p_since date, p_limits jsonb) returns setof oversight_found language sql stable as $$
  with stated as materialized (
    select e.id, e.user_id, e.organisation_id, e.patient_id, e.at, (e.at at time zone 'Europe/Amsterdam')::date as day from events_event e
    where e.verb = 'relation.stated' and e.actor_kind = 'professional' and e.patient_id is not null
      and e.at >= (p_since - (p_limits ->> 'after_days')::int)::timestamp at time zone 'Europe/Amsterdam'
      and e.at < now() - make_interval(days => (p_limits ->> 'after_days')::int)
  )
  select s.user_id, s.organisation_id, s.patient_id, s.day, count(*), min(l.id), max(l.id)
  from stated s join events_event l on l.patient_id = s.patient_id and l.organisation_id = s.organisation_id and l.at >= s.at
    and l.verb = 'record.opened' and l.user_id = s.user_id
  where not exists (
    select 1 from events_event n where n.patient_id = s.patient_id and n.organisation_id = s.organisation_id and n.actor_kind = 'professional'
      and n.at >= (s.day + 1)::timestamp at time zone 'Europe/Amsterdam')
  group by 1, 2, 3, 4
$$;

create function oversight_pattern_night(p_since date, p_limits jsonb) returns setof oversight_found language sql stable as $$
  with looks as materialized (
    select l.*, extract(hour from l.here) >= (p_limits ->> 'from_hour')::int or extract(hour from l.here) < (p_limits ->> 'to_hour')::int as dark,
           (l.here - make_interval(hours => (p_limits ->> 'to_hour')::int))::date as night
    from oversight_looks(p_since - (p_limits ->> 'history_days')::int) l
  ), usual as (
    select k.organisation_id, k.role from looks k where k.night < p_since group by 1, 2
    having count(*) >= (p_limits ->> 'usual_lines')::int
      and count(*) filter (where k.dark) >= (p_limits ->> 'usual_share')::float * count(*)
  )
  select k.user_id, k.organisation_id, null::bigint, k.night, count(*), min(k.id), max(k.id)
  from looks k
  where k.dark and k.night >= p_since
    and not exists (select 1 from usual u where u.organisation_id = k.organisation_id and u.role = k.role)
  group by 1, 2, 4 having count(distinct k.patient_id) >= (p_limits ->> 'least')::int
$$;

create function oversight_pattern_denied(p_since date, p_limits jsonb) returns setof oversight_found language sql stable as $$
  select e.user_id, e.organisation_id, null::bigint, (e.at at time zone 'Europe/Amsterdam')::date, count(*), min(e.id), max(e.id)
  from events_event e
  where e.verb = 'record.denied' and e.actor_kind = 'professional' and e.at >= p_since::timestamp at time zone 'Europe/Amsterdam'
  group by 1, 2, 4
  having count(distinct coalesce('patient ' || e.patient_id, 'request ' || e.request_id)) >= (p_limits ->> 'least')::int
$$;
"""

FIND = r"""
create function oversight_find_signals(p_kind text, p_since date, p_limits jsonb) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare found_now bigint;
begin
  if actor_kind() <> 'system' then
    raise exception 'the clock looks for signals' using errcode = 'insufficient_privilege';
  end if;
  execute format(
    'insert into oversight_signal (kind, user_id, organisation_id, patient_id, day, lines, first_event, last_event)
     select %L, f.* from %I($1, $2) f
     where exists (select 1 from people_user u where u.id = f.user_id)
       and exists (select 1 from people_organisation o where o.id = f.organisation_id)
       and (f.patient_id is null or exists (select 1 from people_patient p where p.id = f.patient_id))
     on conflict on constraint signal_once do update
       set lines = excluded.lines, first_event = least(oversight_signal.first_event, excluded.first_event),
           last_event = greatest(oversight_signal.last_event, excluded.last_event),
           status = ''new'', decided_by_id = null, decided_at = null
       where excluded.lines > oversight_signal.lines', p_kind, 'oversight_pattern_' || p_kind)
    using p_since, p_limits;
  get diagnostics found_now = row_count;
  return found_now;
end $$;

create function oversight_knows_record(p_patient bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select actor_kind() = 'professional' and actor_role() = 'privacy_officer' and exists (select 1 from people_patient p where p.id = p_patient)
$$;

revoke execute on function oversight_words(text), oversight_looks(date), oversight_looked(date),
  oversight_pattern_family(date, jsonb), oversight_pattern_colleague(date, jsonb), oversight_pattern_watched(date, jsonb),
  oversight_pattern_many(date, jsonb), oversight_pattern_emergencies(date, jsonb), oversight_pattern_once(date, jsonb),
  oversight_pattern_night(date, jsonb), oversight_pattern_denied(date, jsonb),
  oversight_find_signals(text, date, jsonb), oversight_knows_record(bigint) from public;
grant execute on function oversight_find_signals(text, date, jsonb), oversight_knows_record(bigint) to nis_app;
"""

DOWN = r"""
drop function oversight_find_signals(text, date, jsonb), oversight_knows_record(bigint),
  oversight_pattern_family(date, jsonb), oversight_pattern_colleague(date, jsonb), oversight_pattern_watched(date, jsonb),
  oversight_pattern_many(date, jsonb), oversight_pattern_emergencies(date, jsonb), oversight_pattern_once(date, jsonb),
  oversight_pattern_night(date, jsonb), oversight_pattern_denied(date, jsonb), oversight_looked(date), oversight_looks(date), oversight_words(text);
drop type oversight_found;
drop policy figures on trust_emergency;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0001_log"),
        ("people", "0001_participants"),
        ("trust", "0002_rules"),
        ("events", "0001_log"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Signal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("family", "inwoner met dezelfde achternaam"),
                            ("colleague", "inwoner met de naam van een collega"),
                            ("watched", "dossier dat in de gaten wordt gehouden"),
                            ("many", "veel verschillende inwoners in korte tijd"),
                            ("emergencies", "vaak noodtoegang"),
                            ("once", "zorgrelatie verklaard, één keer gekeken, daarna niets"),
                            ("night", "gekeken in de nacht, ongewoon voor deze rol"),
                            ("denied", "vaak geweigerd"),
                        ],
                        max_length=20,
                    ),
                ),
                ("day", models.DateField()),
                ("lines", models.PositiveIntegerField()),
                ("first_event", models.BigIntegerField()),
                ("last_event", models.BigIntegerField()),
                ("found_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "status",
                    models.CharField(
                        choices=[("new", "nieuw"), ("explained", "verklaard"), ("followed_up", "opgevolgd")],
                        db_default="new",
                        default="new",
                        max_length=12,
                    ),
                ),
                ("note", models.CharField(blank=True, db_default="", max_length=500)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.patient",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "-day"], name="signal_of_organisation"),
                    models.Index(condition=models.Q(("status", "new")), fields=["organisation"], name="signal_new"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "user", "organisation", "patient", "day"),
                        name="signal_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["family", "colleague", "watched", "many", "emergencies", "once", "night", "denied"],
                            )
                        ),
                        name="signal_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("status", "new")),
                            models.Q(
                                models.Q(("status", "new"), _negated=True),
                                models.Q(("decided_at", None), _negated=True),
                                models.Q(("note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="signal_settled_with_a_note",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="watch_has_a_reason"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("patient", "="), ("organisation", "="), ("period", "&&")],
                        name="watch_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.RunSQL([RIGHTS, LOOKS, PATTERNS, FIND], DOWN),
    ]
