"""Months of the log past their term go, one at a time, unless a legal hold covers a line in them."""

from django.db import migrations

SQL = r"""
create function oversight_drop_log(p_years int) returns text
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare part text; begins timestamptz; ends timestamptz;
begin
  if actor_kind() <> 'system' or p_years is null or p_years < 5 then
    raise exception 'the log is kept for five years at least, and only the clock drops what is older' using errcode = 'insufficient_privilege';
  end if;
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events_event'::regclass and c.relname ~ '^events_event_[0-9]{4}_[0-9]{2}$'
      and to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= (now() at time zone 'UTC') - make_interval(years => p_years)
    order by c.relname
  loop
    begins := to_date(right(part, 7), 'YYYY_MM')::timestamp at time zone 'UTC';
    ends := (to_date(right(part, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC';
    if not exists (
      select 1 from rights_hold h where h.period @> now() and exists (
        select 1 from events_event e where e.at >= begins and e.at < ends
          and (h.patient_id is null or e.patient_id = h.patient_id) and (h.organisation_id is null or e.organisation_id = h.organisation_id))
    ) then
      perform events_drop(part);
      return part;
    end if;
  end loop;
  return null;
end $$;
revoke execute on function oversight_drop_log(int) from public;
grant execute on function oversight_drop_log(int) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("oversight", "0002_guard"), ("events", "0002_seals"), ("rights", "0001_requests_and_holds")]
    operations = [migrations.RunSQL(SQL, "drop function oversight_drop_log(int);")]
