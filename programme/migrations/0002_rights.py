"""Rights on the programme, and the processes with which the region begins (transformation plan, 2.2; LIS 2)."""

from django.db import migrations

SQL = r"""
call trust_grant_app('programme_process');
call trust_grant_app('programme_participation');
revoke insert, update, delete on programme_process from nis_app;
revoke delete on programme_participation from nis_app;
"""

CARE = ["gp", "home_care", "mental_health", "hospital", "pharmacy"]
PROCESSES = [
    (
        "Verwijzen over domeinen",
        "Verwijzen met alleen de gegevens die nodig zijn, één draad voor verwijzer, ontvanger en inwoner.",
        [],
    ),
    (
        "Multidisciplinair overleg",
        "Een vraag over een inwoner stellen aan andere disciplines, met een antwoord binnen twee werkdagen.",
        [],
    ),
    ("Integraal overzicht", "Gegevens bij de bron inzien, met toestemming van de inwoner.", []),
    ("Toestemming vastleggen (Mitz)", "Toestemming van inwoners regiobreed vastleggen.", CARE),
    ("Adressering (ZORG-AB)", "Contactgegevens en aanbod op één plek bijhouden.", CARE),
    ("eOverdracht", "Verpleegkundige overdracht zonder overtypen.", ["hospital", "home_care"]),
]


def begin(apps, schema_editor):
    """Write the processes; none has participants yet."""
    process = apps.get_model("programme", "Process")
    process.objects.bulk_create(
        [
            process(name=name, summary=summary, domains=domains, position=position)
            for position, (name, summary, domains) in enumerate(PROCESSES, 1)
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("programme", "0001_programme"), ("events", "0001_log")]
    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
