"""Referring a group: what was asked is for who asked alone, and gone a month after."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RIGHTS = r"""
call trust_protect_index('referrals_batch');
call trust_grant_app('referrals_batch');
revoke update, delete on referrals_batch from nis_app;
grant update (status, reason, progress, begun_at, ready_at, until, size) on referrals_batch to nis_app;
create policy own on referrals_batch to nis_app
  using ((select actor_kind()) = 'professional' and user_id = (select actor_user()) and organisation_id = (select actor_organisation()))
  with check ((select actor_kind()) = 'professional' and user_id = (select actor_user()) and organisation_id = (select actor_organisation())
              and (select trust_meets_patients()));
create policy worker on referrals_batch to nis_app using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');

call trust_protect_index('referrals_batchpatient');
call trust_grant_app('referrals_batchpatient');
revoke update, delete on referrals_batchpatient from nis_app;
grant update (referral_id, refusal) on referrals_batchpatient to nis_app;
create policy seen on referrals_batchpatient for select to nis_app using (exists (select 1 from referrals_batch b where b.id = batch_id));
create policy added on referrals_batchpatient for insert to nis_app with check (
  exists (select 1 from referrals_batch b where b.id = batch_id and b.status = 'waiting') and (select trust_meets_patients())
  and referral_id is null and refusal = ''
  and exists (select 1 from trust_grant g where g.patient_id = referrals_batchpatient.patient_id and g.grantee = (select actor_grantee())
              and g.period @> now()));
-- How it went: with a referral that is really of this person and this organisation.
create policy told on referrals_batchpatient for update to nis_app
  using (exists (select 1 from referrals_batch b where b.id = batch_id))
  with check (referral_id is null or exists (
    select 1 from referrals_referral r where r.id = referral_id and r.patient_id = referrals_batchpatient.patient_id
      and r.sending_organisation_id = (select actor_organisation())));

create function referrals_drop_batches() returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with over as (select b.id from referrals_batch b where actor_kind() = 'system' and b.made_at < now() - interval '30 days'),
  people as (delete from referrals_batchpatient p using over where p.batch_id = over.id returning 1),
  gone as (delete from referrals_batch b using over where b.id = over.id returning 1)
  select count(*) from gone
$$;
revoke execute on function referrals_drop_batches() from public;
grant execute on function referrals_drop_batches() to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_citizen_account"),
        ("referrals", "0007_talks"),
        ("square", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
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
                ("token", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
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
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("question", models.TextField()),
                (
                    "urgency",
                    models.CharField(
                        choices=[("routine", "gewoon"), ("soon", "snel")], default="routine", max_length=10
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="square.healthcareservice"
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
            name="BatchPatient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("refusal", models.CharField(blank=True, max_length=300)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="patients", to="referrals.batch"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
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
            ],
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(condition=models.Q(("status", "waiting")), fields=["made_at"], name="batch_waiting"),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["user", "-made_at"], name="batch_of_user"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "working", "ready", "failed", "expired"])),
                name="batch_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("progress__lte", 100)), name="batch_progress_in_hundreds"
            ),
        ),
        migrations.AddConstraint(
            model_name="batchpatient",
            constraint=models.UniqueConstraint(fields=("batch", "patient"), name="batchpatient_once"),
        ),
        migrations.AddConstraint(
            model_name="batchpatient",
            constraint=models.CheckConstraint(
                condition=models.Q(("referral", None), ("refusal", ""), _connector="OR"),
                name="batchpatient_sent_or_refused",
            ),
        ),
        migrations.RunSQL(RIGHTS),
    ]
