"""A citizen, or who acts for one, sees the index as far as the own right or the mandate reaches."""

from django.db import migrations

SQL = r"""
alter policy parties on journeys_enrolment using (
  ((select trust_meets_patients()) and organisation_id = (select actor_organisation()))
  or (patient_id * 64 + category) = any((select trust_reach_keys())::bigint[])
  or (patient_id * 64 + category) = any((select trust_opened())::bigint[])
  or (select actor_kind()) = 'system');
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0002_rights"), ("trust", "0005_rules")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
