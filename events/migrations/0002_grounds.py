"""Each line keeps the grounds of the decision: the versions of role need and policies, and what was opened of which holder."""

from django.db import migrations, models

SQL = r"""
alter table events_event add column grounds jsonb not null default '{}';

drop function events_verify();
drop function events_digest(xid8, xid8, bytea);
create function events_digest(from_xact xid8, to_xact xid8, former bytea, form smallint)
returns table (lines bigint, digest bytea)
language sql stable security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
  select count(*), sha256(former || coalesce(string_agg(sha256(convert_to((jsonb_build_array(
           'v' || form, e.id, e.at, e.verb, e.subject_type, e.subject_id, e.patient_id, e.actor_kind, e.actor_name, e.user_id,
           e.organisation_id, e.role, e.purpose, e.categories, e.own_categories, e.consented, e.withheld, e.basis, e.outcome, e.reason,
           e.request_id, e.place, e.data, e.xact::text)
           || case when form >= 2 then jsonb_build_array(e.grounds) else '[]' end)::text, 'UTF8')), ''::bytea order by e.xact, e.id), ''::bytea))
  from events_event e where e.xact >= from_xact and e.xact < to_xact
$$;

create or replace function events_seal() returns bigint
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

create function events_verify() returns table (seal bigint, at timestamptz, sealed bigint, present bigint, intact boolean, digest text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare s record; former bytea := ''::bytea; ends bigint := 0; again record;
begin
  for s in select * from events_seal order by id loop
    select * into again from events_digest(s.from_xact::text::xid8, s.to_xact::text::xid8, former, s.form);
    seal := s.id; at := s.at; sealed := s.lines; present := again.lines;
    intact := s.from_xact = ends and again.lines = s.lines and again.digest = s.digest;
    digest := encode(s.digest, 'hex');
    former := s.digest; ends := s.to_xact;
    return next;
  end loop;
end $$;
revoke execute on function events_digest(xid8, xid8, bytea, smallint), events_verify() from public;
grant execute on function events_verify() to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_log")]
    operations = [
        migrations.AddField("seal", "form", models.SmallIntegerField(default=1, db_default=1)),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
