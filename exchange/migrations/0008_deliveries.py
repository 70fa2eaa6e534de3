"""What waits for a destination and what is parked, for who looks after that destination: counts and words, nothing about anybody."""

from django.db import migrations

SQL = r"""
-- Who manages the connections of an organisation tends its systems; who does so for the region tends all, and the network's own.
create function exchange_tends(p_destination text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select trust_has_permission(actor_organisation(), 'manage_sources') and (
    exists (select 1 from people_organisation o where o.id = actor_organisation() and o.domain = 'region')
    or exists (select 1 from exchange_subscription s where 'subscription:' || s.id = p_destination and s.organisation_id = actor_organisation())
    or exists (select 1 from dossier_source s where 'source:' || s.id = p_destination and s.organisation_id = actor_organisation()))
$$;
create function exchange_duties() returns table (
  destination text, label text, waiting bigint, parked bigint, since timestamptz, failing_since timestamptz, rests_until timestamptz, last_error text)
language sql stable security definer set search_path = public, pg_temp as $$
  with duties as (
    select d.destination, count(*) filter (where d.status = 'waiting') as waiting, count(*) filter (where d.status = 'parked') as parked,
           min(d.event_at) as since, max(d.last_error) as last_error
    from events_delivery d where d.status in ('waiting', 'parked') group by d.destination)
  select coalesce(d.destination, x.name)::text,
         coalesce((select s.endpoint || ' (' || o.name || ')' from exchange_subscription s join people_organisation o on o.id = s.organisation_id
                   where 'subscription:' || s.id = coalesce(d.destination, x.name)),
                  (select s.name || ' (' || o.name || ')' from dossier_source s join people_organisation o on o.id = s.organisation_id
                   where 'source:' || s.id = coalesce(d.destination, x.name)), ''),
         coalesce(d.waiting, 0), coalesce(d.parked, 0), d.since, x.failing_since, x.rests_until,
         coalesce(nullif(x.last_error, ''), d.last_error, '')::text
  from duties d full join events_destination x on x.name = d.destination
  where (d.destination is not null or x.failing_since is not null) and exchange_tends(coalesce(d.destination, x.name))
  order by coalesce(d.parked, 0) desc, d.since nulls last, 1
$$;
create function exchange_parked(p_destination text) returns table (id bigint, kind text, since timestamptz, attempts int, last_error text, behind bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.id, split_part(d.subject, ':', 1), d.event_at, d.attempts, d.last_error::text,
         (select count(*) from events_delivery e where e.subject = d.subject and e.listener = d.listener and e.destination = d.destination
            and e.status in ('waiting', 'parked') and e.id > d.id)
  from events_delivery d where d.status = 'parked' and d.destination = p_destination and exchange_tends(p_destination)
  order by d.id limit 50
$$;
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
revoke execute on function exchange_tends(text), exchange_duties(), exchange_parked(text), exchange_retry(text), exchange_skip(bigint, text) from public;
grant execute on function exchange_duties(), exchange_parked(text), exchange_retry(text), exchange_skip(bigint, text) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0007_subscriptions"), ("events", "0002_seals"), ("trust", "0003_doors")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
