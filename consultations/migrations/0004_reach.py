"""A citizen, or who acts for one, sees the index as far as the own right or the mandate reaches."""

from django.db import migrations

SQL = r"""
alter policy parties on consultations_invitation using (
  ((select trust_meets_patients())
   and (organisation_id = (select actor_organisation()) or asking_organisation_id = (select actor_organisation())))
  or (patient_id * 64 + 13) = any((select trust_reach_keys())::bigint[])
  or (select actor_kind()) = 'system');
alter policy parties on consultations_consultation using (
  ((select trust_meets_patients()) and asking_organisation_id = (select actor_organisation()))
  or id = any(array(select i.consultation_id from consultations_invitation i where i.organisation_id = (select actor_organisation())))
  or (patient_id * 64 + 13) = any((select trust_reach_keys())::bigint[])
  or (select actor_kind()) = 'system');
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0003_asked_once"), ("trust", "0005_rules")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
