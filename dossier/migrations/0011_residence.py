"""Where somebody lived and stays, by which a municipality is responsible; written by who has the record open, one period at a time."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RIGHTS = r"""
call trust_protect_index('dossier_residence');
call trust_grant_app('dossier_residence');
revoke update on dossier_residence from nis_app;
grant update (until) on dossier_residence to nis_app;
alter table dossier_residence add constraint dossier_residence_category check (category = 0);
create policy opened on dossier_residence for select to nis_app using (
  (patient_id * 64 + category) = any((select trust_opened())::bigint[])
  or (organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[])));
create policy write on dossier_residence for insert to nis_app with check (
  (select actor_kind()) = 'professional' and organisation_id = (select actor_organisation()) and stated_by_id = (select actor_user())
  and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]));
-- A new address ends the one before it, whoever wrote that down.
create policy ends on dossier_residence for update to nis_app using (
  (select actor_kind()) = 'professional' and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]));
create policy take_back on dossier_residence for delete to nis_app using (
  (select actor_kind()) = 'professional' and organisation_id = (select actor_organisation())
  and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dossier", "0010_copies"),
        ("events", "0001_log"),
        ("people", "0003_citizen_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Residence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "category",
                    models.SmallIntegerField(
                        choices=[
                            (0, "personalia en contact"),
                            (1, "zorgnetwerk en contactpersonen"),
                            (2, "problemen en diagnoses"),
                            (3, "medicatie"),
                            (4, "allergieën en overgevoeligheden"),
                            (5, "uitslagen en metingen"),
                            (6, "verrichtingen en contacten"),
                            (7, "functioneren en leefsituatie"),
                            (8, "wensen en behandelgrenzen"),
                            (9, "waarschuwingen"),
                            (10, "documenten"),
                            (11, "plan, doelen en afspraken"),
                            (12, "verwijzingen"),
                            (13, "consulten"),
                            (14, "geestelijke gezondheid"),
                            (15, "sociale situatie en ondersteuning"),
                            (16, "geldzaken"),
                            (17, "vaccinaties"),
                            (18, "afspraken"),
                            (19, "hulpmiddelen"),
                        ],
                        default=0,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("home", "woonadres"),
                            ("foster", "verblijf in een pleeggezin"),
                            ("stay", "verblijf in een instelling"),
                            ("actual", "feitelijk verblijf, zonder woonadres"),
                            ("mother", "inschrijving van de moeder bij de geboorte"),
                        ],
                        default="home",
                        max_length=8,
                    ),
                ),
                ("municipality", models.CharField(blank=True, max_length=80)),
                ("municipality_code", models.CharField(blank=True, max_length=4)),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, null=True)),
                ("protected", models.BooleanField(default=False)),
                (
                    "source",
                    models.CharField(
                        choices=[("stated", "opgegeven"), ("system", "uit een bronsysteem")],
                        default="stated",
                        max_length=8,
                    ),
                ),
                ("stated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "stated_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-since", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gt", models.F("since")), _connector="OR"),
                        name="residence_ends_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "home"), ("municipality", ""), ("municipality_code", ""), ("protected", True)
                            ),
                            models.Q(("protected", False), models.Q(("municipality", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="residence_protected_names_nothing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("municipality_code", ""), ("municipality_code__regex", "^\\d{4}$"), _connector="OR"
                        ),
                        name="residence_code_digits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["home", "foster", "stay", "actual", "mother"])),
                        name="residence_kind_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "mother")), fields=("patient",), name="residence_one_mother"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("kind", "mother"), _negated=True),
                        expressions=[
                            ("patient", "="),
                            (
                                models.Func(
                                    "since",
                                    "until",
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="residence_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
