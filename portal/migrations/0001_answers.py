"""The citizen's pages ask the database itself what the choices of the citizen come down to."""

from django.db import migrations

SQL = "grant execute on function trust_consented(bigint, text, bigint, timestamptz, bigint) to nis_app"
"""The function reads choices under the row-level security of who asks, so a citizen learns of the own choices alone."""


class Migration(migrations.Migration):
    dependencies = [("trust", "0002_rules")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
