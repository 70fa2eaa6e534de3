"""What choices come down to is asked of trust_outcomes; the function of before is gone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_answers"), ("trust", "0006_doors")]
    operations = [
        migrations.RunSQL(
            "drop function trust_consented(bigint, text, bigint, timestamptz, bigint)", migrations.RunSQL.noop
        )
    ]
