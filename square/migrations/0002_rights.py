"""Who may read and edit the offer, and the postcodes by which distances are measured."""

import csv
from pathlib import Path

from django.db import migrations

POSTCODES = Path(__file__).resolve().parent.parent / "data" / "postcodes.csv"
SQL = r"""
call trust_grant_app('square_healthcareservice');
call trust_grant_app('square_waitingtimereport');
grant select on square_postcode to nis_app;
grant select on square_healthcareservice, square_waitingtimereport, square_postcode to nis_region;
revoke delete on square_healthcareservice, square_waitingtimereport from nis_app;
create index square_service_search on square_healthcareservice using gin
  (to_tsvector('dutch', name || ' ' || summary || ' ' || for_whom || ' ' || needs));
create index square_service_trigram on square_healthcareservice using gin
  (people_plain(name || ' ' || summary || ' ' || for_whom || ' ' || needs) gin_trgm_ops);
"""


def load_postcodes(apps, schema_editor):
    """Load the table of postcodes that lies beside the app."""
    postcode = apps.get_model("square", "Postcode")
    with POSTCODES.open(encoding="utf-8") as file:
        postcode.objects.bulk_create([postcode(**row) for row in csv.DictReader(file)])


class Migration(migrations.Migration):
    dependencies = [("square", "0001_offer"), ("trust", "0002_rules")]
    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.RunPython(load_postcodes, migrations.RunPython.noop),
    ]
