"""A form asks once, nobody asks itself, who is asked sees who else is, and lent access ends with its own question."""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

SQL = r"""
create function consultations_asked() returns bigint[] language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(array_agg(consultation_id), '{}') from consultations_invitation where organisation_id = actor_organisation()
$$;
revoke execute on function consultations_asked() from public;
grant execute on function consultations_asked() to nis_app;
create policy fellows on consultations_invitation for select to nis_app
  using ((select trust_meets_patients()) and consultation_id = any((select consultations_asked())::bigint[]));

create function consultations_over() returns bigint[] language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(array_agg(c.id), '{}') from consultations_consultation c
  join consultations_invitation i on i.consultation_id = c.id and i.organisation_id = actor_organisation()
  where c.status in ('concluded', 'cancelled')
    and c.patient_id = any(array(select k / 64 from unnest((select trust_opened())::bigint[]) k))
    and not exists (select 1 from trust_grant g where g.grantee = actor_grantee() and g.patient_id = c.patient_id
                    and g.period @> now() and g.basis <> 'care_relation:consultation')
$$;
revoke execute on function consultations_over() from public;
grant execute on function consultations_over() to nis_app;
create policy lent on consultations_contribution as restrictive for select to nis_app
  using (consultation_id <> all((select consultations_over())::bigint[]));
create policy lent on consultations_attachment as restrictive for select to nis_app
  using (consultation_id <> all((select consultations_over())::bigint[]));
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0002_rights"), ("trust", "0002_rules")]
    operations = [
        migrations.AddField(
            model_name="consultation",
            name="token",
            field=models.UUIDField(db_default=RandomUUID(), editable=False, unique=True),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("organisation", models.F("asking_organisation")), _negated=True),
                name="asked_is_another",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
