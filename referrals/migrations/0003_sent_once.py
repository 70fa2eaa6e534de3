"""A referral carries the token of its form, so that sending twice sends once; its content is the receiver's after accepting."""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

SQL = r"""
create procedure referrals_share_after_acceptance(p_table text) language plpgsql as $$
declare
  about text := 'r.patient_id = any(array(select k / 64 from unnest((select trust_opened())::bigint[]) k))';
  rule text := format('(
    ((patient_id * 64 + category) = any((select trust_opened())::bigint[])
      and referral_id <> all(array(select r.id from referrals_referral r where %1$s
        and r.receiving_organisation_id = (select actor_organisation()) and r.sending_organisation_id <> (select actor_organisation())
        and r.status not in (''accepted'', ''in_progress'', ''completed''))))
    or ((patient_id * 64 + 12) = any((select trust_opened())::bigint[])
      and referral_id = any(array(select r.id from referrals_referral r where %1$s
        and (r.sending_organisation_id = (select actor_organisation())
             or (r.receiving_organisation_id = (select actor_organisation()) and r.status in (''accepted'', ''in_progress'', ''completed'')))))))', about);
begin
  execute format('drop policy opened on %I', p_table);
  execute format('drop policy send on %I', p_table);
  execute format('create policy opened on %I for select to nis_app using %s', p_table, rule);
  execute format('create policy send on %I for insert to nis_app with check (organisation_id = (select actor_organisation()) and %s)', p_table, rule);
end $$;
call referrals_share_after_acceptance('referrals_letter');
call referrals_share_after_acceptance('referrals_letteritem');
drop procedure referrals_share_after_acceptance(text);
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0002_rights")]
    operations = [
        migrations.AddField(
            model_name="referral",
            name="token",
            field=models.UUIDField(db_default=RandomUUID(), editable=False, unique=True),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
