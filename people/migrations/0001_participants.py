"""Who takes part: accounts, citizens, organisations, and who works where."""

import uuid

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=150, unique=True)),
                ("name", models.CharField(blank=True, max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "language",
                    models.CharField(choices=[("nl", "Nederlands"), ("en", "English")], default="nl", max_length=2),
                ),
                (
                    "theme",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "volgt het apparaat"),
                            ("light", "licht"),
                            ("dark", "donker"),
                            ("contrast", "hoog contrast"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "density",
                    models.CharField(choices=[("roomy", "ruim"), ("dense", "compact")], default="roomy", max_length=10),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Patient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("initials", models.CharField(blank=True, max_length=20)),
                ("first_names", models.CharField(blank=True, max_length=120)),
                ("call_name", models.CharField(blank=True, max_length=60)),
                ("own_prefix", models.CharField(blank=True, max_length=20)),
                ("own_name", models.CharField(max_length=80)),
                ("partner_prefix", models.CharField(blank=True, max_length=20)),
                ("partner_name", models.CharField(blank=True, max_length=80)),
                (
                    "name_use",
                    models.CharField(
                        choices=[
                            ("NL1", "eigen naam"),
                            ("NL2", "naam van de partner"),
                            ("NL3", "naam van de partner, dan eigen naam"),
                            ("NL4", "eigen naam, dan naam van de partner"),
                        ],
                        default="NL1",
                        max_length=3,
                    ),
                ),
                (
                    "gender",
                    models.CharField(
                        choices=[("male", "man"), ("female", "vrouw"), ("other", "anders"), ("unknown", "onbekend")],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                ("birth_date", models.DateField()),
                ("deceased_on", models.DateField(blank=True, null=True)),
                ("place", models.CharField(blank=True, max_length=80)),
                ("municipality", models.CharField(blank=True, max_length=80)),
                (
                    "account",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="patient",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("gp", "huisartsenzorg"),
                            ("home_care", "wijkverpleging en thuiszorg"),
                            ("mental_health", "geestelijke gezondheidszorg"),
                            ("hospital", "ziekenhuis"),
                            ("pharmacy", "apotheek"),
                            ("social", "sociaal domein"),
                            ("municipality", "gemeente"),
                            ("welfare", "welzijn"),
                            ("region", "regionale samenwerking"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "admission",
                    models.CharField(
                        choices=[
                            ("applied", "aangemeld"),
                            ("tested", "getoetst"),
                            ("admitted", "toegelaten"),
                            ("suspended", "geschorst"),
                            ("ended", "beëindigd"),
                        ],
                        default="applied",
                        max_length=20,
                    ),
                ),
                ("admitted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="people.organisation",
                    ),
                ),
                ("ura", models.CharField(blank=True, max_length=8)),
                ("agb", models.CharField(blank=True, max_length=8)),
                ("kvk", models.CharField(blank=True, max_length=8)),
                ("municipality_code", models.CharField(blank=True, max_length=4)),
                ("may_process_bsn", models.BooleanField(default=False)),
                ("street", models.CharField(blank=True, max_length=120)),
                ("postcode", models.CharField(blank=True, max_length=6)),
                ("place", models.CharField(blank=True, max_length=80)),
                ("municipality", models.CharField(blank=True, max_length=80)),
                ("latitude", models.FloatField(blank=True, null=True)),
                ("longitude", models.FloatField(blank=True, null=True)),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("email", models.EmailField(blank=True, max_length=254)),
            ],
            options={
                "ordering": ["name"],
                "permissions": [
                    ("see_dashboards", "may see the dashboards of the organisation"),
                    ("manage_offer", "may edit the offer of the organisation"),
                    ("manage_admission", "may admit participants to the network"),
                    ("manage_policy", "may state what the organisation offers of its systems, and to whom"),
                    ("manage_rules", "may state which categories each role needs"),
                    (
                        "manage_sources",
                        "may connect the source systems of the organisation; for the region: see how all of them do",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ura", ""), ("ura__regex", "^\\d{8}$"), _connector="OR"),
                        name="organisation_ura_digits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("agb", ""), ("agb__regex", "^\\d{8}$"), _connector="OR"),
                        name="organisation_agb_digits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kvk", ""), ("kvk__regex", "^\\d{8}$"), _connector="OR"),
                        name="organisation_kvk_digits",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ura", ""), _negated=True), fields=("ura",), name="organisation_ura_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("municipality_code", ""),
                            models.Q(("domain", "municipality"), ("municipality_code__regex", "^\\d{4}$")),
                            _connector="OR",
                        ),
                        name="organisation_municipality_digits",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("municipality_code", ""), _negated=True),
                        fields=("municipality_code",),
                        name="organisation_municipality_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("gp", "huisarts"),
                            ("practice_nurse", "praktijkondersteuner"),
                            ("district_nurse", "wijkverpleegkundige"),
                            ("social_worker", "maatschappelijk werker"),
                            ("psychologist", "psycholoog"),
                            ("specialist", "medisch specialist"),
                            ("pharmacist", "apotheker"),
                            ("welfare_worker", "welzijnswerker"),
                            ("coordinator", "regionaal coördinator"),
                            ("privacy_officer", "functionaris gegevensbescherming"),
                            ("manager", "functioneel beheerder"),
                        ],
                        max_length=30,
                    ),
                ),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("uzi", models.CharField(blank=True, max_length=9)),
                ("agb", models.CharField(blank=True, max_length=8)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "organisation", "role"), name="membership_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OrganisationPermission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "content_object",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="people.organisation"),
                ),
                ("permission", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.permission")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "abstract": False,
                "unique_together": {("user", "permission", "content_object")},
            },
        ),
        migrations.CreateModel(
            name="PatientIdentity",
            fields=[
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="identity",
                        serialize=False,
                        to="people.patient",
                    ),
                ),
                ("category", models.SmallIntegerField(default=0)),
                ("bsn", models.CharField(max_length=9, unique=True)),
                ("street", models.CharField(blank=True, max_length=120)),
                ("house_number", models.CharField(blank=True, max_length=12)),
                ("postcode", models.CharField(blank=True, max_length=6)),
                ("place", models.CharField(blank=True, max_length=80)),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["birth_date"], name="patient_birth_date"),
        ),
    ]
