"""What goes back to the own system."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dossier", "0009_documents")]
    operations: list[migrations.operations.base.Operation] = []
