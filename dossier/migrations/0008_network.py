"""The care network as a register."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dossier", "0007_sources")]
    operations: list[migrations.operations.base.Operation] = []
