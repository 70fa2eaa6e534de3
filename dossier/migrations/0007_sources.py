"""How each source system is reached, and how it does over time."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

SQL = r"""
-- Who connects the systems of an organisation writes its rows, in that organisation's name alone; everybody reads them.
call trust_protect_index('dossier_source');
call trust_grant_app('dossier_source');
revoke delete on dossier_source from nis_app;
create policy everybody on dossier_source for select to nis_app using (true);
create policy connect on dossier_source for insert to nis_app with check (trust_has_permission(organisation_id, 'manage_sources'));
create policy change on dossier_source for update to nis_app using (trust_has_permission(organisation_id, 'manage_sources'));
-- Counts of answers: no path to a patient.
call trust_grant_app('dossier_sourcehour');
"""


class Migration(migrations.Migration):
    dependencies = [("dossier", "0006_mergers"), ("trust", "0003_doors")]

    operations = [
        migrations.CreateModel(
            name="SourceHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("answered", "antwoord"),
                            ("nothing", "niets gevonden"),
                            ("no_answer", "geen antwoord"),
                            ("refused", "geweigerd door de bron"),
                            ("fault", "onbruikbaar antwoord"),
                            ("no_consent", "geen toestemming"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("answers", models.PositiveIntegerField(default=0)),
                ("spread", models.JSONField(default=list)),
            ],
        ),
        migrations.AddField(
            model_name="source",
            name="authorisation",
            field=models.CharField(
                choices=[
                    ("none", "geen (alleen binnen een besloten netwerk)"),
                    ("mtls", "certificaat (mutual TLS)"),
                    ("oauth", "OAuth 2, client credentials"),
                ],
                db_default="none",
                default="none",
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="authority",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=80,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
                        "Alleen letters, cijfers, punt, streepje en liggend streepje.",
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="breaker_failures",
            field=models.PositiveIntegerField(
                db_default=5,
                default=5,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="breaker_seconds",
            field=models.PositiveIntegerField(
                db_default=30,
                default=30,
                validators=[
                    django.core.validators.MinValueValidator(5),
                    django.core.validators.MaxValueValidator(3600),
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="certificate",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=80,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
                        "Alleen letters, cijfers, punt, streepje en liggend streepje.",
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="certificate_key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=80,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
                        "Alleen letters, cijfers, punt, streepje en liggend streepje.",
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="client_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="source",
            name="client_key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=80,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
                        "Alleen letters, cijfers, punt, streepje en liggend streepje.",
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="client_method",
            field=models.CharField(
                choices=[
                    ("private_key_jwt", "ondertekend met een sleutel (private_key_jwt)"),
                    ("client_secret_basic", "geheim in de kop (client_secret_basic)"),
                    ("client_secret_post", "geheim in de vraag (client_secret_post)"),
                    ("tls_client_auth", "certificaat (tls_client_auth)"),
                ],
                db_default="private_key_jwt",
                default="private_key_jwt",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="client_secret",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=80,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
                        "Alleen letters, cijfers, punt, streepje en liggend streepje.",
                    )
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="deadline",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.5),
                    django.core.validators.MaxValueValidator(10),
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="fresh_minutes",
            field=models.PositiveIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(1440),
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="key_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="source",
            name="nothing_hours",
            field=models.PositiveIntegerField(
                db_default=24,
                default=24,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(720)],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="page_limit",
            field=models.PositiveIntegerField(
                db_default=25,
                default=25,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="page_size",
            field=models.PositiveIntegerField(
                db_default=100,
                default=100,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1000),
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="batch",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="source",
            name="rate_limit",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(1000),
                ],
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="scope",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="source",
            name="tell_user",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="source",
            name="token_url",
            field=models.URLField(blank=True, db_default="", default=""),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=models.Q(("page_size__range", (1, 1000)), ("page_limit__range", (1, 100))),
                name="source_pages_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=models.Q(("deadline", None), ("deadline__range", (0.5, 10)), _connector="OR"),
                name="source_deadline_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authorisation", "oauth"), _negated=True),
                    models.Q(models.Q(("token_url", ""), _negated=True), models.Q(("client_id", ""), _negated=True)),
                    _connector="OR",
                ),
                name="source_oauth_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authorisation", "mtls"), _negated=True),
                    models.Q(("certificate", ""), _negated=True),
                    _connector="OR",
                ),
                name="source_mtls_whole",
            ),
        ),
        migrations.AddField(
            model_name="sourcehour",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="hours", to="dossier.source"
            ),
        ),
        migrations.AddIndex(
            model_name="sourcehour",
            index=models.Index(fields=["hour"], name="source_hour_hour"),
        ),
        migrations.AddConstraint(
            model_name="sourcehour",
            constraint=models.UniqueConstraint(fields=("source", "hour", "outcome", "reason"), name="source_hour_once"),
        ),
        migrations.AddConstraint(
            model_name="sourcehour",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome", "no_consent"), _negated=True), name="source_hour_was_asked"
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
