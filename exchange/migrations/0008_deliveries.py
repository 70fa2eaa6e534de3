"""Trying again what waits for a destination, and giving up what is parked, for who looks after that destination."""

from django.db import migrations

SQL = r"""
-- Try again at once: its rest ends, what was parked waits again. Returns how many, and the work that asked to look at it.
create function exchange_retry(p_destination text) returns table (again bigint, place bigint, failing boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint;
begin
  if exchange_tends(p_destination) is not true then
    raise exception 'only who tends a destination has it tried again' using errcode = 'insufficient_privilege';
  end if;
  update events_delivery set status = 'waiting', made_at = now(), due_at = now(), attempts = 0
    where status = 'parked' and destination = p_destination;
  get diagnostics number = row_count;
  update events_delivery set due_at = now() where status = 'waiting' and destination = p_destination and due_at > now();
  update events_destination set rests_until = now() where name = p_destination and failing_since is not null;
  return query select number, (select x.id from events_destination x where x.name = p_destination),
    exists (select 1 from events_destination x where x.name = p_destination and x.failing_since is not null);
end $$;
-- Give up one that is parked; what came after it for the same thing goes on. Nothing where it is not parked, or for others to tend.
create function exchange_skip(p_delivery bigint, p_reason text) returns table (destination text, place bigint, left_over bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare led text;
begin
  select d.destination into led from events_delivery d where d.id = p_delivery and d.status = 'parked' for update;
  if led is null or exchange_tends(led) is not true then return; end if;
  update events_delivery d set status = 'skipped', skipped = p_reason, done_at = now() where d.id = p_delivery;
  return query select led, (select x.id from events_destination x where x.name = led),
    (select count(*) from events_delivery d where d.destination = led and d.status = 'parked');
end $$;
revoke execute on function exchange_retry(text), exchange_skip(bigint, text) from public;
grant execute on function exchange_retry(text), exchange_skip(bigint, text) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0007_subscriptions"), ("events", "0002_seals"), ("trust", "0003_doors")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
