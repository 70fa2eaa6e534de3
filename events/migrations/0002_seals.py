"""Seals over the log, checked in batches, and the dropping of months that were kept long enough."""

from django.db import migrations, models

# A line is digested in one place; a seal covers the digests of its lines in the order of transaction and line.
SEAL = r"""
create function events_line(e events_event, form smallint) returns bytea language sql stable parallel safe as $$
  select sha256(convert_to((jsonb_build_array(
           'v' || form, e.id, e.at, e.verb, e.subject_type, e.subject_id, e.patient_id, e.actor_kind, e.actor_name, e.user_id,
           e.organisation_id, e.role, e.purpose, e.categories, e.own_categories, e.consented, e.withheld, e.basis, e.outcome, e.reason,
           e.request_id, e.place, e.data, e.xact::text)
           || case when form >= 2 then jsonb_build_array(e.grounds) else '[]' end)::text, 'UTF8'))
$$;
create function events_digest(from_xact xid8, to_xact xid8, former bytea, form smallint)
returns table (lines bigint, digest bytea)
language sql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
  select count(*), sha256(former || coalesce(string_agg(events_line(e, form), ''::bytea order by e.xact, e.id), ''::bytea))
  from events_event e where e.xact >= from_xact and e.xact < to_xact
$$;

create function events_seal() returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare former events_seal%rowtype; upto xid8; made record;
begin
  perform pg_advisory_xact_lock(741);
  select * into former from events_seal order by id desc limit 1;
  upto := pg_snapshot_xmin(pg_current_snapshot());
  if former.id is not null and former.to_xact >= upto::text::bigint then return 0; end if;
  select * into made from events_digest(coalesce(former.to_xact, 0)::text::xid8, upto, coalesce(former.digest, ''::bytea), 2::smallint);
  if made.lines = 0 then return 0; end if;
  insert into events_seal (at, from_xact, to_xact, lines, digest, form)
    values (now(), coalesce(former.to_xact, 0), upto::text::bigint, made.lines, made.digest, 2);
  return made.lines;
end $$;
"""

VERIFY = r"""
create function events_verify(p_after bigint, p_number int)
returns table (seal bigint, at timestamptz, sealed bigint, present bigint, state text, digest text)
language sql stable security definer set search_path = public, pg_temp set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
  with former as (
    select s.to_xact, s.digest, s.at from events_seal s where s.id <= p_after order by s.id desc limit 1
  ), batch as materialized (
    select s.*, row_number() over (order by s.id) as place,
           coalesce(lag(s.to_xact) over (order by s.id), (select f.to_xact from former f), 0) as begins,
           coalesce(lag(s.digest) over (order by s.id), (select f.digest from former f), '') as former,
           coalesce(lag(s.at) over (order by s.id), (select f.at from former f), s.at) as since
    from (select * from events_seal where id > p_after order by id limit p_number) s
  ), edges as (
    select array_agg(b.from_xact order by b.place) as lows, min(b.from_xact)::text::xid8 as low, max(b.to_xact)::text::xid8 as high from batch b
  ), again as (
    select b.place, count(*) as lines, string_agg(events_line(e, b.form), ''::bytea order by e.xact, e.id) as digests
    from events_event e join batch b on b.place = width_bucket(e.xact::text::bigint, (select lows from edges))
    where e.xact >= (select low from edges) and e.xact < (select high from edges) and e.xact::text::bigint < b.to_xact
    group by b.place
  )
  select b.id, b.at, b.lines, coalesce(a.lines, 0),
         case when b.from_xact = b.begins and b.at >= b.since and coalesce(a.lines, 0) = b.lines and sha256(b.former || coalesce(a.digests, '')) = b.digest then 'intact'
              when b.from_xact = b.begins and b.at >= b.since and coalesce(a.lines, 0) < b.lines and exists (
                select 1 from events_dropped d where b.from_xact <= d.max_xact and b.at < d.until + interval '1 day') then 'expired'
              else 'broken' end,
         encode(b.digest, 'hex')
  from batch b left join again a on a.place = b.place order by b.id
$$;
"""

# Five years is the law's least (NEN 7513:2018, 8.4; Besluit elektronische gegevensverwerking door zorgaanbieders): no caller gets below it.
DROP = r"""
create function events_drop(p_partition text) returns bigint
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '5s' as $$
declare ends timestamptz; made record;
begin
  if p_partition !~ '^events_event_[0-9]{4}_[0-9]{2}$' or not exists (
       select 1 from pg_inherits i where i.inhparent = 'events_event'::regclass and i.inhrelid = to_regclass(p_partition)) then
    raise exception '% is no month of the log', p_partition;
  end if;
  ends := (to_date(right(p_partition, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC';
  if ends > now() - interval '5 years' then
    raise exception 'the log is kept for five years at least' using errcode = 'insufficient_privilege';
  end if;
  execute format('lock table %I in share mode', p_partition);
  execute format('select count(*) as lines, coalesce(max(e.xact)::text::bigint, 0) as xact,
                    sha256(coalesce(string_agg(events_line(e, 2::smallint), %L::bytea order by e.xact, e.id), %L::bytea)) as digest
                  from (select * from events_event where at >= %L and at < %L) e', '', '', ends - interval '1 month', ends) into made;
  if made.xact >= (select coalesce(max(s.to_xact), 0) from events_seal s) then
    raise exception 'lines of % are not sealed yet', p_partition;
  end if;
  insert into events_dropped (partition, until, lines, max_xact, digest, at) values (p_partition, ends, made.lines, made.xact, made.digest, now());
  insert into events_event (verb, subject_type, outcome, data) values ('log.dropped', 'log', 'done', jsonb_build_object(
    'partition', p_partition, 'lines', made.lines, 'max_xact', made.xact, 'digest', encode(made.digest, 'hex')));
  execute format('drop table %I', p_partition);
  return made.lines;
end $$;
"""

RIGHTS = r"""
grant select on events_seal, events_dropped to nis_app;
revoke execute on function events_line(events_event, smallint), events_digest(xid8, xid8, bytea, smallint), events_seal(),
  events_verify(bigint, int), events_drop(text) from public;
grant execute on function events_seal(), events_verify(bigint, int) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_log")]
    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("from_xact", models.BigIntegerField()),
                ("to_xact", models.BigIntegerField()),
                ("lines", models.BigIntegerField()),
                ("digest", models.BinaryField()),
                ("form", models.SmallIntegerField(default=1, db_default=1)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("to_xact",), name="seal_once_per_end")]},
        ),
        migrations.CreateModel(
            name="Dropped",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("partition", models.CharField(max_length=40)),
                ("until", models.DateTimeField()),
                ("lines", models.BigIntegerField()),
                ("max_xact", models.BigIntegerField()),
                ("digest", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["partition"], name="dropped_once"),
                    models.CheckConstraint(condition=models.Q(at__gte=models.F("until")), name="dropped_after_its_end"),
                ]
            },
        ),
        migrations.RunSQL([SEAL, VERIFY, DROP, RIGHTS], migrations.RunSQL.noop),
    ]
