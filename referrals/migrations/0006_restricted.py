"""What its holder restricted is read by nobody but the patient, also where it was sent or said."""

from django.db import migrations

SQL = """
call trust_protect_restricted('referrals_letter');
call trust_protect_restricted('referrals_letteritem');
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0005_erase"), ("trust", "0008_closed")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
