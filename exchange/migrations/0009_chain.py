"""Messages of iWmo and iJw: which came and went, what was assigned, and by which number a municipality knows a relation."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
create sequence exchange_chain_number;
grant usage on sequence exchange_chain_number to nis_app;

call trust_protect_index('exchange_chainconnection');
call trust_grant_app('exchange_chainconnection');
revoke delete on exchange_chainconnection from nis_app;
create policy own on exchange_chainconnection to nis_app
  using (organisation_id = (select actor_organisation()) or (select actor_kind()) = 'system')
  with check (organisation_id = (select actor_organisation()) and (select actor_kind()) = 'professional');

-- Messages and assignments are written by the machinery of the chain alone; people of both parties see that there was a message.
call trust_protect_index('exchange_chainmessage');
call trust_grant_app('exchange_chainmessage');
revoke delete on exchange_chainmessage from nis_app;
create policy parties on exchange_chainmessage for select to nis_app using (
  (select trust_meets_patients()) and (sender_id = (select actor_organisation()) or receiver_id = (select actor_organisation())));
create policy machinery on exchange_chainmessage to nis_app
  using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');

-- What is assigned is content: of the parties once the record is open, of the person, and of whom the person permits the social domain.
call trust_protect_index('exchange_assignment');
call trust_grant_app('exchange_assignment');
revoke delete on exchange_assignment from nis_app;
create policy opened on exchange_assignment for select to nis_app using (
  (patient_id * 64 + category) = any((select trust_opened())::bigint[])
  or ((patient_id * 64 + 12) = any((select trust_opened())::bigint[])
      and (organisation_id = (select actor_organisation()) or provider_id = (select actor_organisation()))));
create policy machinery on exchange_assignment to nis_app
  using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');
call trust_protect_restricted('exchange_assignment');

call trust_protect_index('exchange_relationnumber');
call trust_grant_app('exchange_relationnumber');
revoke update, delete on exchange_relationnumber from nis_app;
create policy own on exchange_relationnumber to nis_app
  using ((patient_id * 64 + 1) = any((select trust_opened_own())::bigint[])) with check ((patient_id * 64 + 1) = any((select trust_opened_own())::bigint[]));

-- Whom a message is about, for the machinery alone, and only somebody whom the knower helps or referred to the other. Of who was referred
-- to the knower only once it took that on, or after the other asked it by message: a number that is guessed tells nothing of a request.
create function exchange_chain_patient(p_bsn text, p_knower bigint, p_other bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select i.patient_id from people_patientidentity i
  where actor_kind() = 'system' and i.bsn = p_bsn
    and (exists (select 1 from trust_carerelation r where r.patient_id = i.patient_id and r.organisation_id = p_knower and r.period @> now())
      or exists (select 1 from referrals_referral f where f.patient_id = i.patient_id
                 and ((f.sending_organisation_id, f.receiving_organisation_id) = (p_knower, p_other)
                      or (f.sending_organisation_id, f.receiving_organisation_id) = (p_other, p_knower)
                         and (f.accepted_at is not null
                              or exists (select 1 from exchange_chainmessage m where m.patient_id = i.patient_id and m.kind = '315'
                                         and m.sender_id = p_other and m.receiver_id = p_knower)))))
$$;
revoke execute on function exchange_chain_patient(text, bigint, bigint) from public;
grant execute on function exchange_chain_patient(text, bigint, bigint) to nis_app;

-- What has ended goes with the rest of a record; that there was a message stays, without about whom.
create function exchange_chain_erase(p_patient bigint, p_organisation bigint, p_categories bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare may boolean; gone bigint; removed bigint := 0;
begin
  execute 'select rights_may_erase($1, $2, $3)' into may using p_patient, p_organisation, p_categories;
  if not coalesce(may, false) then
    raise exception 'nothing is removed without a granted request or an ended term' using errcode = 'insufficient_privilege';
  end if;
  delete from exchange_assignment a where a.patient_id = p_patient and a.organisation_id = p_organisation and p_categories >> a.category & 1 = 1
    and (a.status in ('refused', 'removed') or (a.ends is not null and a.ends < current_date));
  get diagnostics gone = row_count; removed := removed + gone;
  if p_categories >> 15 & 1 = 1 then
    update exchange_chainmessage m set patient_id = null, person = '', referral_id = null, sealed = null, key_id = '', kept_until = null
      where m.patient_id = p_patient and p_organisation in (m.sender_id, m.receiver_id) and m.status not in ('waiting', 'sent');
    get diagnostics gone = row_count; removed := removed + gone;
  end if;
  if p_categories >> 1 & 1 = 1 then
    delete from exchange_relationnumber n where n.patient_id = p_patient and n.organisation_id = p_organisation;
    get diagnostics gone = row_count; removed := removed + gone;
  end if;
  return removed;
end $$;
revoke execute on function exchange_chain_erase(bigint, bigint, bigint) from public;
grant execute on function exchange_chain_erase(bigint, bigint, bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dossier", "0010_copies"),
        ("exchange", "0008_deliveries"),
        ("people", "0003_citizen_account"),
        ("referrals", "0003_erase"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChainConnection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("active", models.BooleanField(default=False)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "acting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="people.membership",
                    ),
                ),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(max_length=64)),
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
                        default=15,
                    ),
                ),
                ("law", models.CharField(choices=[("wmo", "Wmo 2015"), ("jeugdwet", "Jeugdwet")], max_length=10)),
                ("reference", models.CharField(blank=True, max_length=36)),
                ("number", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "aangevraagd"),
                            ("studied", "in onderzoek"),
                            ("refused", "afgewezen"),
                            ("assigned", "toegewezen"),
                            ("removed", "vervallen"),
                        ],
                        max_length=10,
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=1)),
                ("municipality_code", models.CharField(blank=True, max_length=4)),
                ("product_category", models.CharField(blank=True, max_length=2)),
                ("product_code", models.CharField(blank=True, max_length=5)),
                ("assigned_at", models.DateTimeField(blank=True, null=True)),
                ("begins", models.DateField()),
                ("ends", models.DateField(blank=True, null=True)),
                ("volume", models.PositiveIntegerField(blank=True, null=True)),
                ("unit", models.CharField(blank=True, max_length=2)),
                ("frequency", models.CharField(blank=True, max_length=1)),
                ("budget", models.PositiveIntegerField(blank=True, null=True)),
                ("periods", models.JSONField(blank=True, default=list)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.patient",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.referral",
                    ),
                ),
            ],
            options={
                "ordering": ["-begins", "id"],
                "indexes": [
                    models.Index(fields=["provider", "law"], name="assignment_provider"),
                    models.Index(
                        condition=models.Q(("referral__isnull", False)), fields=["referral"], name="assignment_referral"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number__isnull", False)),
                        fields=("organisation", "law", "number"),
                        name="assignment_number_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(models.Q(("reference", ""), _negated=True), ("number__isnull", True)),
                        fields=("provider", "law", "reference"),
                        name="assignment_reference_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChainMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("direction", models.CharField(choices=[("in", "binnengekomen"), ("out", "verstuurd")], max_length=3)),
                ("law", models.CharField(choices=[("wmo", "Wmo 2015"), ("jeugdwet", "Jeugdwet")], max_length=10)),
                ("kind", models.CharField(max_length=3)),
                ("identification", models.CharField(max_length=12)),
                ("dated", models.DateField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "wacht op verwerken"),
                            ("handled", "verwerkt"),
                            ("refused", "afgekeurd"),
                            ("sent", "wacht op retour"),
                            ("approved", "goedgekeurd door de ontvanger"),
                            ("declined", "afgekeurd door de ontvanger"),
                        ],
                        max_length=10,
                    ),
                ),
                ("faults", models.JSONField(blank=True, default=list)),
                ("person", models.CharField(blank=True, max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                ("due", models.DateTimeField(blank=True, null=True)),
                ("handled_at", models.DateTimeField(blank=True, null=True)),
                ("sealed", models.BinaryField(blank=True, null=True)),
                ("key_id", models.CharField(blank=True, max_length=40)),
                ("kept_until", models.DateTimeField(blank=True, null=True)),
                (
                    "answers",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="exchange.chainmessage",
                    ),
                ),
                (
                    "handled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.patient",
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
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
            ],
            options={
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["receiver", "-at"], name="chain_message_in"),
                    models.Index(fields=["sender", "-at"], name="chain_message_out"),
                    models.Index(condition=models.Q(("status", "sent")), fields=["due"], name="chain_message_due"),
                    models.Index(
                        condition=models.Q(("kept_until__isnull", False)),
                        fields=["kept_until"],
                        name="chain_message_kept",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sender", "law", "kind", "identification", "digest"), name="chain_message_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RelationNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dossier.relatedperson"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "patient", "number"), name="relation_number_once"),
                    models.UniqueConstraint(fields=("organisation", "person"), name="relation_number_of_person"),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
