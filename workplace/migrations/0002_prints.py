"""Parts of the overview on paper: own documents only, and the file only while all that is in it is opened; gone after a day."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RIGHTS = r"""
call trust_protect_index('workplace_print');
call trust_grant_app('workplace_print');
revoke update, delete on workplace_print from nis_app;
grant update (status, reason, progress, begun_at, ready_at, until, size) on workplace_print to nis_app;
create policy own on workplace_print to nis_app
  using ((select actor_kind()) = 'professional' and user_id = (select actor_user()) and organisation_id = (select actor_organisation()))
  with check ((select actor_kind()) = 'professional' and user_id = (select actor_user()) and organisation_id = (select actor_organisation())
              and exists (select 1 from people_patient p where p.id = patient_id));
create policy worker on workplace_print to nis_app using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');

-- What is open in this transaction of one person and some categories, holder by holder: entries and what is the own organisation's,
-- and below nothing what the systems of others hold.
create function workplace_keys(p_patient bigint, p_categories bigint) returns bigint[] language sql stable as $$
  select array(select k from (
    select unnest(trust_opened_entries()) union all select unnest(trust_opened_own())
    union all select -unnest(trust_opened_facts()) union all select -unnest(trust_opened())) open(k)
  where (abs(k) & ((1::bigint << 40) - 1)) / 64 = p_patient and (p_categories >> (abs(k) & 63)::int) & 1 = 1)
$$;
grant execute on function workplace_keys(bigint, bigint) to nis_app;

-- As long as all that was open when it was made is open again: what one holder may no longer tell is not handed out on paper either.
call trust_protect_index('workplace_printfile');
call trust_grant_app('workplace_printfile');
revoke update, delete on workplace_printfile from nis_app;
create policy own on workplace_printfile to nis_app using (
  (select actor_kind()) = 'professional' and user_id = (select actor_user()) and organisation_id = (select actor_organisation())
  and cardinality(opened) > 0 and opened <@ workplace_keys(patient_id, categories));

create function workplace_drop_prints() returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with over as (select p.id from workplace_print p where actor_kind() = 'system'
                and (p.until < now() or p.until is null and p.made_at < now() - interval '7 days')),
  files as (delete from workplace_printfile f using over where f.print_id = over.id returning 1),
  gone as (delete from workplace_print p using over where p.id = over.id returning 1)
  select count(*) from gone
$$;
revoke execute on function workplace_drop_prints from public;
grant execute on function workplace_drop_prints to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_citizen_account"),
        ("trust", "0004_search"),
        ("workplace", "0001_layout"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Print",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("working", "working"),
                            ("ready", "ready"),
                            ("failed", "failed"),
                            ("expired", "expired"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("size", models.PositiveIntegerField(default=0)),
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
                    "parts",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None),
                ),
                (
                    "aim",
                    models.CharField(
                        choices=[
                            ("care", "zorg of ondersteuning aan deze inwoner"),
                            ("handover", "overdracht aan wie de zorg overneemt"),
                            ("meeting", "overleg over deze inwoner"),
                            ("person", "om mee te geven aan de inwoner"),
                        ],
                        max_length=10,
                    ),
                ),
                ("request_id", models.CharField(blank=True, max_length=64)),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PrintFile",
            fields=[
                (
                    "print",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="workplace.print",
                    ),
                ),
                ("categories", models.BigIntegerField()),
                (
                    "opened",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("content", models.BinaryField()),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="print",
            index=models.Index(condition=models.Q(("status", "waiting")), fields=["made_at"], name="print_waiting"),
        ),
        migrations.AddIndex(
            model_name="print",
            index=models.Index(fields=["patient", "user", "-made_at"], name="print_patient_user"),
        ),
        migrations.AddConstraint(
            model_name="print",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "working", "ready", "failed", "expired"])),
                name="print_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="print",
            constraint=models.CheckConstraint(
                condition=models.Q(("progress__lte", 100)), name="print_progress_in_hundreds"
            ),
        ),
        migrations.AddConstraint(
            model_name="print",
            constraint=models.CheckConstraint(
                condition=models.Q(("aim__in", ["care", "handover", "meeting", "person"])), name="print_aim_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="print",
            constraint=models.CheckConstraint(condition=models.Q(("parts__len__gt", 0)), name="print_has_parts"),
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
