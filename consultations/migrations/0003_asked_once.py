"""A question carries the token of its form, nobody is asked by itself, and who is asked sees who else is asked."""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

SQL = r"""
create function consultations_asked() returns bigint[] language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(array_agg(consultation_id), '{}') from consultations_invitation where organisation_id = actor_organisation()
$$;
revoke execute on function consultations_asked() from public;
grant execute on function consultations_asked() to nis_app;
create policy fellows on consultations_invitation for select to nis_app
  using (consultation_id = any((select consultations_asked())::bigint[]));
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0002_rights")]
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
