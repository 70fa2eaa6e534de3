"""A copy remembers what was read for it, and is readable for as long as who asked may see all of that."""

from django.db import migrations, models

SQL = r"""
alter policy person on rights_exportfile using (
  (select actor_kind()) = 'citizen' and user_id = (select actor_user()) and patient_id = any((select trust_reach())::bigint[])
  and array(select patient_id * 64 + c from generate_series(0, 31) c where (rights_exportfile.categories >> c) & 1 = 1) <@ (select trust_reach_keys())::bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0003_work_and_terms")]
    operations = [
        migrations.AddField("exportfile", "categories", models.BigIntegerField(db_default=(1 << 20) - 1)),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
