"""Two participants become one: relations and memberships go over to the successor, choices keep counting as far as they protect."""

from django.db import migrations

SQL = r"""
create function trust_merge(p_from bigint, p_into bigint) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not trust_has_permission(actor_organisation(), 'manage_admission') then
    raise exception 'only who manages admissions joins participants' using errcode = 'insufficient_privilege';
  end if;
  perform 1 from people_organisation where id in (p_from, p_into) order by id for update;
  if p_from = p_into or trust_successor(p_into) = p_from then return 'same'; end if;
  if not exists (select 1 from people_organisation where id = p_from and merged_into_id is null and admission in ('admitted', 'suspended')) then return 'gone'; end if;
  if not exists (select 1 from people_organisation f, people_organisation t
                 where f.id = p_from and t.id = p_into and t.admission = 'admitted' and t.domain = f.domain and (t.may_process_bsn or not f.may_process_bsn)) then
    return 'unfit';
  end if;
  if exists (select 1 from events_workitem where organisation_id = p_from and done_at is null) then return 'open_work'; end if;

  insert into people_membership (user_id, organisation_id, role, period, uzi, agb)
    select m.user_id, p_into, m.role, tstzrange(now(), upper(m.period)), m.uzi, m.agb from people_membership m
    where m.organisation_id = p_from and m.period @> now()
  on conflict (user_id, organisation_id, role) do update
    set period = tstzrange(least(lower(people_membership.period), now()), greatest(upper(people_membership.period), upper(excluded.period)))
    where not people_membership.period @> now();
  update people_membership set period = case when coalesce(lower(period), '-infinity') < now() then tstzrange(lower(period), now()) else 'empty' end
    where organisation_id = p_from and (upper(period) is null or upper(period) > now());
  insert into trust_carerelation (patient_id, organisation_id, source, reference, reason, stated_by_id, period)
    select r.patient_id, p_into, 'merger', 'organisation:' || p_from, '', actor_user(), tstzrange(now(), case when bool_or(upper(r.period) is null) then null else max(upper(r.period)) end)
    from trust_carerelation r where r.organisation_id = p_from and r.source <> 'consultation' and r.period @> now() group by r.patient_id;
  update trust_carerelation set period = case when coalesce(lower(period), '-infinity') < now() then tstzrange(lower(period), now()) else 'empty' end
    where organisation_id = p_from and (upper(period) is null or upper(period) > now());
  update people_organisation set merged_into_id = p_into, admission = 'ended' where id = p_from;
  return 'merged';
end $$;
revoke execute on function trust_merge(bigint, bigint) from public;
grant execute on function trust_merge(bigint, bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("trust", "0006_doors")]
    operations = [migrations.RunSQL(SQL, "drop function trust_merge(bigint, bigint)")]
