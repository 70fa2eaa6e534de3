"""Connections to source systems."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dossier", "0006_mergers")]
    operations: list[migrations.operations.base.Operation] = []
