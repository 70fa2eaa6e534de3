"""What its holder restricted is read by nobody but the patient, also where it was sent or said."""

from django.db import migrations

SQL = """
call trust_protect_restricted('consultations_contribution');
call trust_protect_restricted('consultations_attachment');
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0005_erase"), ("trust", "0008_closed")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
