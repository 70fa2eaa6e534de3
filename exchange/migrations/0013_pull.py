"""Referrals that other systems announce, and wait there until somebody takes them on."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
-- Where a referral is announced it is seen and decided on, while nobody did; the rest is the machinery's.
call trust_protect_index('exchange_announcement');
call trust_grant_app('exchange_announcement');
revoke delete on exchange_announcement from nis_app;
create policy receiver on exchange_announcement for select to nis_app
  using ((select trust_meets_patients()) and organisation_id = (select actor_organisation()));
create policy decide on exchange_announcement for update to nis_app
  using ((select trust_meets_patients()) and organisation_id = (select actor_organisation()) and status in ('announced', 'failed'))
  with check (organisation_id = (select actor_organisation()) and status in ('accepted', 'rejected') and decided_by_id = (select actor_user())
    and referral_id is null);
create policy machinery on exchange_announcement to nis_app
  using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0012_secure_mail"),
        ("people", "0003_citizen_account"),
        ("referrals", "0009_person"),
        ("square", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("remote", models.CharField(max_length=80)),
                ("key_id", models.CharField(max_length=40)),
                ("sealed", models.BinaryField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("notice", models.CharField(blank=True, max_length=200)),
                (
                    "urgency",
                    models.CharField(
                        choices=[("routine", "gewoon"), ("soon", "snel")], default="routine", max_length=10
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("announced", "aangekondigd"),
                            ("accepted", "geaccepteerd, wordt opgehaald"),
                            ("taken", "opgehaald"),
                            ("rejected", "afgewezen"),
                            ("withdrawn", "ingetrokken"),
                            ("failed", "niet op te halen"),
                        ],
                        default="announced",
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_capacity", "geen plek"),
                            ("cannot_deliver", "wij bieden dit niet"),
                            ("not_eligible", "voldoet niet aan de voorwaarden"),
                            ("not_reachable", "inwoner niet bereikbaar"),
                            ("otherwise", "anders"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("fault", models.CharField(blank=True, max_length=60)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.fhirconnection"
                    ),
                ),
                (
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="referrals.referral",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="square.healthcareservice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "name"), name="announcement_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["announced", "accepted", "taken", "rejected", "withdrawn", "failed"])
                        ),
                        name="announcement_status_known",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
