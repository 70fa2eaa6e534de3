"""An enrolment that has ended can be removed with the rest of what its organisation held about the citizen."""

from django.db import migrations

SQL = r"""
create function journeys_erase(p_patient bigint, p_organisation bigint, p_categories bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare may boolean; removed bigint;
begin
  execute 'select rights_may_erase($1, $2, $3)' into may using p_patient, p_organisation, p_categories;
  if not coalesce(may, false) then
    raise exception 'nothing is removed without a granted request or an ended term' using errcode = 'insufficient_privilege';
  end if;
  delete from journeys_enrolment e where e.patient_id = p_patient and e.organisation_id = p_organisation and e.ended_at is not null
    and p_categories >> e.category & 1 = 1;
  get diagnostics removed = row_count;
  return removed;
end $$;
revoke execute on function journeys_erase(bigint, bigint, bigint) from public;
grant execute on function journeys_erase(bigint, bigint, bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0002_rights")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
