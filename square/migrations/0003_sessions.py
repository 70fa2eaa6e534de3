"""The meetings of a training: everybody reads them, the provider writes its own, and the database alone counts who takes a place."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
call trust_protect_index('square_session');
grant select, insert on square_session to nis_app;
grant update (starts, ends, online, place, teacher, note, places, enrol_until, cancelled_at, changed_at) on square_session to nis_app;
grant usage on sequence square_session_id_seq to nis_app;
grant select on square_session to nis_region;
create policy everybody on square_session for select to nis_app using (true);
create policy figures on square_session for select to nis_region using (true);
create policy plan on square_session for insert to nis_app with check ((select trust_meets_patients()) and taken = 0 and waiting = 0
  and exists (select 1 from square_healthcareservice s where s.id = service_id and s.organisation_id = (select actor_organisation())));
create policy change on square_session for update to nis_app using ((select trust_meets_patients())
  and exists (select 1 from square_healthcareservice s where s.id = service_id and s.organisation_id = (select actor_organisation())));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("square", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("online", models.BooleanField(default=False)),
                ("place", models.CharField(blank=True, max_length=160)),
                ("teacher", models.CharField(max_length=120)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("places", models.PositiveSmallIntegerField()),
                ("enrol_until", models.DateTimeField()),
                ("taken", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("waiting", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="square.healthcareservice",
                    ),
                ),
            ],
            options={
                "ordering": ["starts", "id"],
                "indexes": [models.Index(fields=["service", "starts"], name="session_of_service")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))), name="session_ends_later"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("enrol_until__lte", models.F("starts"))),
                        name="session_enrolment_ends_before",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("places__gte", 1), ("places__lte", 500)), name="session_places_believable"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("online", True), models.Q(("place", ""), _negated=True), _connector="OR"),
                        name="session_is_somewhere",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
