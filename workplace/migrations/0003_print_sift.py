"""What of the time line goes on paper."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workplace", "0002_prints")]

    operations = [
        migrations.AddField(
            model_name="print",
            name="sift",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
    ]
