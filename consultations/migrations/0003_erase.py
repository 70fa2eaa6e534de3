"""What a holder said in consultations that have ended can be removed; that one was asked stays, without what was said."""

from django.db import migrations

SQL = r"""
create function consultations_erase(p_patient bigint, p_organisation bigint, p_categories bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare may boolean; gone bigint; removed bigint := 0; ended bigint[];
begin
  execute 'select rights_may_erase($1, $2, $3)' into may using p_patient, p_organisation, p_categories;
  if not coalesce(may, false) then
    raise exception 'nothing is removed without a granted request or an ended term' using errcode = 'insufficient_privilege';
  end if;
  ended := array(select c.id from consultations_consultation c where c.patient_id = p_patient and c.closed_at is not null);
  delete from consultations_attachment a where a.consultation_id = any(ended) and a.organisation_id = p_organisation and p_categories >> a.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from consultations_contribution b where b.consultation_id = any(ended) and b.organisation_id = p_organisation and p_categories >> b.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from events_workitem w where w.subject_type = 'consultation' and w.subject_id = any(ended) and w.organisation_id = p_organisation;
  return removed;
end $$;
create function consultations_running(p_patient bigint, p_organisation bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*) from consultations_consultation c where c.patient_id = p_patient and c.closed_at is null
    and p_organisation = actor_organisation() and actor_role() in ('privacy_officer', 'manager')
    and (c.asking_organisation_id = p_organisation
         or exists (select 1 from consultations_invitation i where i.consultation_id = c.id and i.organisation_id = p_organisation))
$$;
revoke execute on function consultations_erase(bigint, bigint, bigint), consultations_running(bigint, bigint) from public;
grant execute on function consultations_erase(bigint, bigint, bigint), consultations_running(bigint, bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0002_rights")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
