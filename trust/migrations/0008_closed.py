"""What is restricted stays closed in letters and conversations too, whoever received them."""

from django.db import migrations

SQL = r"""
create function trust_closed() returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() = 'citizen' then return '{}'; end if;
  return (select coalesce(array_agg((r.organisation_id << 40) + r.patient_id * 64 + c), '{}')
          from trust_restriction r cross join lateral generate_series(0, 31) c
          where r.patient_id = any(array(select k / 64 from unnest(trust_opened() || trust_opened_own()) k)) and r.period @> now() and (r.categories >> c) & 1 = 1);
end $$;
revoke execute on function trust_closed() from public;
grant execute on function trust_closed() to nis_app;
create procedure trust_protect_restricted(p_table text) language plpgsql as $$
begin
  execute format('create policy restricted on %I as restrictive for select to nis_app
    using ((organisation_id << 40) + patient_id * 64 + category <> all((select trust_closed())::bigint[]))', p_table);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("trust", "0007_mergers")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
