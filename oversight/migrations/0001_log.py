"""Exports of the log, who may read the whole log, and finding the number of a citizen whose lines are looked for."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RIGHTS = r"""
create policy region_oversight on events_event for select to nis_app using ((select trust_oversees()));

call trust_protect_index('oversight_logexport');
call trust_grant_app('oversight_logexport');
revoke delete on oversight_logexport from nis_app;
create policy auditors on oversight_logexport to nis_app
  using ((select actor_kind()) = 'professional' and (select actor_role()) = 'privacy_officer' and organisation_id = (select actor_organisation()))
  with check ((select actor_kind()) = 'professional' and (select actor_role()) = 'privacy_officer' and organisation_id = (select actor_organisation()));
create policy worker on oversight_logexport to nis_app
  using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');
"""

FIND = r"""
create function oversight_find_patient(p_bsn text, p_birth_date date) returns table (patient bigint, outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() <> 'professional' or actor_role() <> 'privacy_officer' or not exists (
       select 1 from people_organisation o where o.id = actor_organisation() and o.admission = 'admitted'
       and (o.may_process_bsn or o.domain = 'region')) then
    raise exception 'only a privacy officer of a participant that may process the BSN looks a citizen up' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(743, actor_user()::int);
  if (select count(*) from events_event e where e.user_id = actor_user() and e.at > now() - interval '1 hour'
      and e.verb = 'log.patient_sought' and e.reason <> '') >= 10 then
    outcome := 'too_often'; return next; return;
  end if;
  select i.patient_id into patient from people_patientidentity i join people_patient p on p.id = i.patient_id
    where i.bsn = p_bsn and p.birth_date = p_birth_date
      and (trust_oversees() or exists (select 1 from events_event e where e.patient_id = i.patient_id and e.organisation_id = actor_organisation()));
  outcome := case when patient is null then 'unknown' else 'found' end;
  insert into events_event (verb, subject_type, subject_id, patient_id, outcome, reason, data)
    values ('log.patient_sought', 'patient', patient, patient, 'done', case when patient is null then 'unknown' else '' end,
            '{"fields": ["bsn", "birth_date"]}');
  return next;
end $$;

revoke execute on function oversight_find_patient(text, date) from public;
grant execute on function oversight_find_patient(text, date) to nis_app;
"""

DOWN = """
drop policy region_oversight on events_event;
drop policy auditors on oversight_logexport;
drop policy worker on oversight_logexport;
drop function oversight_find_patient(text, date);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("people", "0001_participants"),
        ("events", "0001_log"),
        ("trust", "0002_rules"),
    ]
    operations = [
        migrations.CreateModel(
            name="LogExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("query", models.JSONField(default=dict)),
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
                ("lines", models.PositiveIntegerField(default=0)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0)),
                ("content", models.BinaryField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
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
                    models.Index(fields=["organisation", "-made_at"], name="log_export_organisation"),
                    models.Index(
                        condition=models.Q(("status", "waiting")), fields=["made_at"], name="logexport_waiting"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "working", "ready", "failed", "expired"])),
                        name="logexport_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("progress__lte", 100)), name="logexport_progress_in_hundreds"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("content__isnull", False), ("status", "ready")),
                            models.Q(("status", "ready"), _negated=True),
                            _connector="OR",
                        ),
                        name="log_export_ready_has_file",
                    ),
                ],
            },
        ),
        migrations.RunSQL([RIGHTS, FIND], DOWN),
    ]
