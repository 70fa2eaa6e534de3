"""How somebody wants the overview to look: own rows only."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RIGHTS = r"""
call trust_protect_index('workplace_layout');
call trust_grant_app('workplace_layout');
create policy own on workplace_layout to nis_app
  using ((select actor_kind()) = 'professional' and user_id = (select actor_user()))
  with check ((select actor_kind()) = 'professional' and user_id = (select actor_user()));
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0003_citizen_account"),
        ("events", "0001_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="Layout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("situation", models.CharField(max_length=20)),
                (
                    "order",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                (
                    "hidden",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), blank=True, default=list, size=None
                    ),
                ),
                (
                    "folded",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), blank=True, default=list, size=None
                    ),
                ),
                ("kept_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["user", "situation"], name="layout_once_per_situation"),
                    models.CheckConstraint(
                        condition=models.Q(
                            situation__in=[
                                "gp", "practice_nurse", "district_nurse", "social_worker", "psychologist", "specialist", "pharmacist",
                                "welfare_worker", "coordinator", "privacy_officer", "manager", "out_of_hours",
                            ]
                        ),
                        name="layout_situation_known",
                    ),
                ]
            },
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]  # fmt: skip
