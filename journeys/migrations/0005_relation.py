"""An enrolment brings a care relation that lasts as long as the enrolment."""

from django.db import migrations

SQL = r"""
create function enrolments_stand_behind(p_patient bigint, p_organisation bigint, p_enrolment bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from journeys_enrolment e where e.id = p_enrolment and e.patient_id = p_patient
    and case when p_organisation is null then actor_organisation() = e.organisation_id and e.ended_at is not null
             else p_organisation = e.organisation_id and e.ended_at is null and actor_kind() = 'system' end)
$$;
revoke execute on function enrolments_stand_behind(bigint, bigint, bigint) from public;
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0004_erase"), ("trust", "0006_doors")]
    operations = [migrations.RunSQL(SQL, "drop function enrolments_stand_behind(bigint, bigint, bigint)")]
