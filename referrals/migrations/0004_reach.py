"""A citizen, or who acts for one, sees the index as far as the own right or the mandate reaches."""

from django.db import migrations

SQL = r"""
alter policy parties on referrals_referral using (
  ((select trust_meets_patients()) and
   (sending_organisation_id = (select actor_organisation()) or receiving_organisation_id = (select actor_organisation())))
  or ((patient_id * 64 + 12) = any((select trust_reach_keys())::bigint[]) and (patient_id * 64 + sensitivity) = any((select trust_reach_keys())::bigint[]))
  or (patient_id * 64 + sensitivity) = any((select trust_opened())::bigint[])
  or (select actor_kind()) = 'system');
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0003_sent_once"), ("trust", "0005_rules")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
