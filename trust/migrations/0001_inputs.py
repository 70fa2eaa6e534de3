"""What access is derived from: care relations, choices, mandates, emergencies, answers, restrictions, needs of roles, policies; and the grants."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    # The log's first migration brings btree_gist, by which two periods of one policy or need cannot overlap.
    dependencies = [
        ("events", "0001_log"),
        ("people", "0001_participants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("stated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="policies", to="people.organisation"
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
                "ordering": ["organisation", "-version"],
            },
        ),
        migrations.CreateModel(
            name="PolicyLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("categories", models.BigIntegerField()),
                (
                    "purposes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None),
                ),
                (
                    "reader_domain",
                    models.CharField(
                        blank=True,
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
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
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
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "relations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("source_system", "uit het bronsysteem"),
                                ("referral", "geaccepteerde verwijzing"),
                                ("consultation", "gevraagd om mee te denken"),
                                ("stated", "verklaard door de zorgverlener"),
                                ("enrolment", "deelname aan een klantreis"),
                                ("merger", "overgegaan bij een fusie"),
                            ],
                            max_length=20,
                        ),
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="trust.policy"
                    ),
                ),
                (
                    "reader_organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Restriction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("categories", models.BigIntegerField()),
                ("reference", models.CharField(blank=True, max_length=60)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
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
            ],
        ),
        migrations.CreateModel(
            name="RoleNeed",
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
                            ("citizen", "inwoner"),
                        ],
                        max_length=30,
                    ),
                ),
                ("categories", models.BigIntegerField()),
                ("note", models.CharField(blank=True, db_default="", max_length=300)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
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
        ),
        migrations.CreateModel(
            name="CareRelation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("source_system", "uit het bronsysteem"),
                            ("referral", "geaccepteerde verwijzing"),
                            ("consultation", "gevraagd om mee te denken"),
                            ("stated", "verklaard door de zorgverlener"),
                            ("enrolment", "deelname aan een klantreis"),
                            ("merger", "overgegaan bij een fusie"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="care_relations",
                        to="people.organisation",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="care_relations", to="people.patient"
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
                "indexes": [models.Index(fields=["organisation", "patient"], name="care_relation_org_patient")],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("permit", models.BooleanField()),
                ("categories", models.BigIntegerField()),
                (
                    "holder_domain",
                    models.CharField(
                        blank=True,
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
                        db_default="",
                        max_length=20,
                    ),
                ),
                (
                    "reader_domain",
                    models.CharField(
                        blank=True,
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
                    "origin",
                    models.CharField(
                        choices=[
                            ("portal", "gekozen in het portaal"),
                            ("presence", "vastgelegd in het bijzijn van de inwoner"),
                            ("national", "gemeld door de landelijke toestemmingsvoorziening"),
                            ("merger", "overgegaan bij een fusie"),
                        ],
                        db_default="portal",
                        default="portal",
                        max_length=10,
                    ),
                ),
                ("established", models.CharField(blank=True, max_length=200)),
                ("awaits", models.BooleanField(db_default=False, default=False)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "holder_organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="people.patient"
                    ),
                ),
                (
                    "reader_organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "reader_user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "set_at",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "set_by",
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
                "indexes": [models.Index(fields=["patient"], name="consent_patient")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("holder_domain", ""), ("holder_organisation", None), _connector="OR"),
                        name="consent_one_holder",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reader_domain", ""), ("reader_organisation", None)),
                            models.Q(("reader_domain", ""), ("reader_user", None)),
                            models.Q(("reader_organisation", None), ("reader_user", None)),
                            _connector="OR",
                        ),
                        name="consent_one_reader",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("awaits", False), ("permit", True), _connector="OR"),
                        name="consent_objection_counts_at_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Emergency",
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
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("unconscious", "de inwoner is niet aanspreekbaar"),
                            ("life_threatening", "acuut levensgevaar"),
                            ("acute", "acute zorgvraag buiten kantooruren"),
                            ("crisis", "acute psychische crisis of onveiligheid"),
                            ("otherwise", "anders, zie toelichting"),
                        ],
                        max_length=20,
                    ),
                ),
                ("explanation", models.CharField(max_length=500)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "review",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("justified", "terecht"),
                            ("avoidable", "begrijpelijk, kon anders"),
                            ("unjustified", "onterecht"),
                        ],
                        max_length=12,
                    ),
                ),
                ("review_note", models.CharField(blank=True, max_length=500)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
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
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["patient"], name="emergency_patient"),
                    models.Index(
                        condition=models.Q(("review", "")), fields=["organisation"], name="emergency_to_review"
                    ),
                    models.Index(fields=["user"], name="emergency_user"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("explanation", ""), _negated=True), name="emergency_explained"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("review", ""), ("reviewed_at", None)),
                            models.Q(
                                models.Q(("review", ""), _negated=True), models.Q(("reviewed_at", None), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="emergency_review_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("grantee", models.CharField(max_length=40)),
                ("categories", models.BigIntegerField()),
                ("own_categories", models.BigIntegerField()),
                ("consented", models.BigIntegerField()),
                ("exceptions", models.JSONField(null=True)),
                ("basis", models.CharField(max_length=30)),
                ("source_id", models.BigIntegerField(null=True)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="people.patient"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["grantee", "patient"], name="grant_grantee_patient")],
            },
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("carer", "mantelzorger of naaste"),
                            ("parent", "ouder of voogd"),
                            ("mentor", "mentor"),
                            ("curator", "curator"),
                        ],
                        max_length=10,
                    ),
                ),
                ("categories", models.BigIntegerField()),
                ("acts", models.BooleanField(default=False)),
                ("document", models.CharField(blank=True, max_length=200)),
                ("code_digest", models.CharField(blank=True, max_length=64)),
                ("code_until", models.DateTimeField(blank=True, null=True)),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "given_at",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mandates",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mandates", to="people.patient"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["patient"], name="mandate_patient"),
                    models.Index(fields=["holder"], name="mandate_holder"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "carer"), models.Q(("document", ""), _negated=True), _connector="OR"
                        ),
                        name="mandate_by_law_has_document",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("code_digest", ""), _negated=True),
                        fields=("code_digest",),
                        name="mandate_code_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NationalAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "holder_domain",
                    models.CharField(
                        blank=True,
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
                        db_default="",
                        max_length=20,
                    ),
                ),
                (
                    "reader_domain",
                    models.CharField(
                        blank=True,
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
                        db_default="",
                        max_length=20,
                    ),
                ),
                ("permitted", models.BigIntegerField()),
                ("refused", models.BigIntegerField()),
                ("told_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["patient"], name="national_answer_patient")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("holder", None), ("holder_domain", ""), _connector="XOR"),
                        name="national_answer_one_holder",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reader", None), ("reader_domain", ""), _connector="XOR"),
                        name="national_answer_one_reader",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.UniqueConstraint(fields=("organisation", "version"), name="policy_version_once"),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("organisation", "="), ("period", "&&")], name="policy_one_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="policyline",
            constraint=models.CheckConstraint(
                condition=models.Q(("reader_domain", ""), ("reader_organisation", None), _connector="OR"),
                name="policy_line_one_reader",
            ),
        ),
        migrations.AddIndex(
            model_name="restriction",
            index=models.Index(fields=["patient"], name="restriction_patient"),
        ),
        migrations.AddConstraint(
            model_name="roleneed",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("role", "="), ("period", "&&")], name="role_need_one_at_a_time"
            ),
        ),
    ]
