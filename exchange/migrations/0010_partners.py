"""Participants' own software: connections, keys, proofs that were used, and by which name a system knows a referral."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
-- Who manages the connections of an organisation says as whom its system signs in, and with which keys.
call trust_protect_index('exchange_fhirconnection');
call trust_grant_app('exchange_fhirconnection');
revoke delete on exchange_fhirconnection from nis_app;
create policy own on exchange_fhirconnection for select to nis_app
  using (organisation_id = (select actor_organisation()) or (select actor_kind()) = 'system');
create policy connect on exchange_fhirconnection for insert to nis_app with check (trust_has_permission(organisation_id, 'manage_sources'));
create policy change on exchange_fhirconnection for update to nis_app using (trust_has_permission(organisation_id, 'manage_sources'))
  with check (trust_has_permission(organisation_id, 'manage_sources'));

call trust_protect_index('exchange_clientkey');
call trust_grant_app('exchange_clientkey');
revoke update, delete on exchange_clientkey from nis_app;
grant update (stopped_at) on exchange_clientkey to nis_app;
create policy own on exchange_clientkey for select to nis_app using (exists (select 1 from exchange_fhirconnection c where c.id = connection_id));
create policy add on exchange_clientkey for insert to nis_app with check (added_by_id = (select actor_user())
  and exists (select 1 from exchange_fhirconnection c where c.id = connection_id and trust_has_permission(c.organisation_id, 'manage_sources')));
create policy stop on exchange_clientkey for update to nis_app using (
  exists (select 1 from exchange_fhirconnection c where c.id = connection_id and trust_has_permission(c.organisation_id, 'manage_sources')));

call trust_protect_index('exchange_usedproof');
call trust_grant_app('exchange_usedproof');
revoke update on exchange_usedproof from nis_app;
create policy machinery on exchange_usedproof to nis_app using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');

-- Of the parties of a referral, each knows by what name its own system knows it.
call trust_protect_index('exchange_partnertask');
call trust_grant_app('exchange_partnertask');
revoke update, delete on exchange_partnertask from nis_app;
grant update (remote, told_at) on exchange_partnertask to nis_app;
create policy own on exchange_partnertask to nis_app
  using (exists (select 1 from exchange_fhirconnection c where c.id = connection_id))
  with check (exists (select 1 from exchange_fhirconnection c where c.id = connection_id)
    and exists (select 1 from referrals_referral r where r.id = referral_id));

-- The account under which a system acts: nobody signs in with it, it has no membership, and it is made by who manages the connections.
create function exchange_partner_account() returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint;
begin
  if trust_has_permission(actor_organisation(), 'manage_sources') is not true then
    raise exception 'only who manages the connections has a system act for the organisation' using errcode = 'insufficient_privilege';
  end if;
  insert into people_user (username, password, name, email, is_active, language, theme, density)
    select 'system:' || o.id, '!', left('Systeem van ' || o.name, 160), '', false, 'nl', '', 'roomy'
    from people_organisation o where o.id = actor_organisation() and o.admission = 'admitted'
    on conflict (username) do update set name = excluded.name returning id into number;
  return number;
end $$;
-- Whom an organisation that may process the BSN helps and names by it: the key of the record, for a system of that organisation.
create function exchange_partner_patient(p_bsn text) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select p.key from people_patientidentity i join people_patient p on p.id = i.patient_id
  where i.bsn = p_bsn and actor_kind() = 'professional' and trust_meets_patients()
    and exists (select 1 from people_organisation o where o.id = actor_organisation() and o.admission = 'admitted' and o.may_process_bsn)
    and exists (select 1 from exchange_fhirconnection c where c.organisation_id = actor_organisation() and c.account_id = actor_user() and c.active)
    and exists (select 1 from trust_grant g where g.patient_id = p.id and g.grantee = actor_grantee() and g.period @> now())
$$;
-- Without a person only the connected system of an organisation sends, about whom that organisation helps.
create policy by_system on referrals_referral for insert to nis_app with check (
  origin = 'system' and sender_id is null and entered_by_id is null
  and sending_organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and exists (select 1 from trust_grant g where g.patient_id = referrals_referral.patient_id and g.grantee = (select actor_grantee()) and g.period @> now())
  and exists (select 1 from exchange_fhirconnection c where c.organisation_id = (select actor_organisation())
              and c.account_id = (select actor_user()) and c.active));

-- Whose systems are told of a step: of the parties, and of who was asked before and knows it by name.
create function exchange_partners(p_referral bigint) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select c.id from exchange_fhirconnection c join people_organisation o on o.id = c.organisation_id and o.admission = 'admitted'
  where actor_kind() = 'system' and c.active and c.endpoint <> '' and (
    exists (select 1 from exchange_partnertask t where t.referral_id = p_referral and t.connection_id = c.id and t.remote <> '')
    or exists (select 1 from referrals_referral r where r.id = p_referral and r.receiving_organisation_id = c.organisation_id))
  order by c.id
$$;
revoke execute on function exchange_partner_account(), exchange_partner_patient(text), exchange_partners(bigint) from public;
grant execute on function exchange_partner_account(), exchange_partner_patient(text), exchange_partners(bigint) to nis_app;

-- Who manages the connections of an organisation tends its systems; who does so for the region tends all, and the network's own.
create function exchange_tends(p_destination text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select trust_has_permission(actor_organisation(), 'manage_sources') and (
    exists (select 1 from people_organisation o where o.id = actor_organisation() and o.domain = 'region')
    or exists (select 1 from exchange_subscription s where 'subscription:' || s.id = p_destination and s.organisation_id = actor_organisation())
    or exists (select 1 from dossier_source s where 'source:' || s.id = p_destination and s.organisation_id = actor_organisation())
    or exists (select 1 from exchange_fhirconnection c where 'partner:' || c.id = p_destination and c.organisation_id = actor_organisation()))
$$;
-- What waits for a destination and what is parked: counts and words, nothing about anybody.
create function exchange_duties() returns table (
  destination text, label text, waiting bigint, parked bigint, since timestamptz, failing_since timestamptz, rests_until timestamptz, last_error text)
language sql stable security definer set search_path = public, pg_temp as $$
  with duties as (
    select d.destination, count(*) filter (where d.status = 'waiting') as waiting, count(*) filter (where d.status = 'parked') as parked,
           min(d.event_at) as since, max(d.last_error) as last_error
    from events_delivery d where d.status in ('waiting', 'parked') group by d.destination)
  select coalesce(d.destination, x.name)::text,
         coalesce((select s.endpoint || ' (' || o.name || ')' from exchange_subscription s join people_organisation o on o.id = s.organisation_id
                   where 'subscription:' || s.id = coalesce(d.destination, x.name)),
                  (select s.name || ' (' || o.name || ')' from dossier_source s join people_organisation o on o.id = s.organisation_id
                   where 'source:' || s.id = coalesce(d.destination, x.name)),
                  (select c.endpoint || ' (' || o.name || ')' from exchange_fhirconnection c join people_organisation o on o.id = c.organisation_id
                   where 'partner:' || c.id = coalesce(d.destination, x.name)), ''),
         coalesce(d.waiting, 0), coalesce(d.parked, 0), d.since, x.failing_since, x.rests_until,
         coalesce(nullif(x.last_error, ''), d.last_error, '')::text
  from duties d full join events_destination x on x.name = d.destination
  where (d.destination is not null or x.failing_since is not null) and exchange_tends(coalesce(d.destination, x.name))
  order by coalesce(d.parked, 0) desc, d.since nulls last, 1
$$;
create function exchange_parked(p_destination text) returns table (id bigint, kind text, since timestamptz, attempts int, last_error text, behind bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.id, split_part(d.subject, ':', 1), d.event_at, d.attempts, d.last_error::text,
         (select count(*) from events_delivery e where e.subject = d.subject and e.listener = d.listener and e.destination = d.destination
            and e.status in ('waiting', 'parked') and e.id > d.id)
  from events_delivery d where d.status = 'parked' and d.destination = p_destination and exchange_tends(p_destination)
  order by d.id limit 50
$$;
revoke execute on function exchange_tends(text), exchange_duties(), exchange_parked(text) from public;
grant execute on function exchange_duties(), exchange_parked(text) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0009_chain"),
        ("people", "0003_citizen_account"),
        ("referrals", "0005_reporting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FhirConnection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.CharField(max_length=40, unique=True)),
                ("active", models.BooleanField(default=False)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("system/Task.c", "verwijzingen brengen"),
                                ("system/Task.rs", "lezen hoe het met verwijzingen staat"),
                                ("system/Task.u", "stappen nemen in verwijzingen"),
                                (
                                    "system/ServiceRequest.rs",
                                    "na acceptatie lezen over wie het gaat en wat er gevraagd wordt",
                                ),
                                (
                                    "ta-np-notification",
                                    "aankondigen dat er een verwijzing klaarstaat (TA Notified Pull)",
                                ),
                                (
                                    "bgz-sender",
                                    "na acceptatie de basisgegevens van één verwijzing ophalen (TA Notified Pull)",
                                ),
                            ],
                            max_length=40,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("tell", "het netwerk brengt verwijzing en stappen (FHIR R4)"),
                            ("pull", "het netwerk kondigt aan, het systeem haalt op (TA Notified Pull, STU3)"),
                        ],
                        default="tell",
                        max_length=5,
                    ),
                ),
                ("endpoint", models.URLField(blank=True)),
                ("token_url", models.URLField(blank=True)),
                ("own_client_id", models.CharField(blank=True, max_length=200)),
                ("secret", models.CharField(blank=True, max_length=80)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
            name="ClientKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kid", models.CharField(max_length=80)),
                ("jwk", models.JSONField()),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="exchange.fhirconnection"
                    ),
                ),
            ],
            options={
                "ordering": ["-added_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PartnerTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("system", models.CharField(blank=True, max_length=200)),
                ("value", models.CharField(blank=True, max_length=200)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("remote", models.CharField(blank=True, max_length=80)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.fhirconnection"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="referrals.referral"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UsedProof",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["until"], name="used_proof_until")],
            },
        ),
        migrations.AddConstraint(
            model_name="fhirconnection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "scopes__contained_by",
                        [
                            "system/Task.c",
                            "system/Task.rs",
                            "system/Task.u",
                            "system/ServiceRequest.rs",
                            "ta-np-notification",
                            "bgz-sender",
                        ],
                    )
                ),
                name="fhir_connection_scopes_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="fhirconnection",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ["tell", "pull"])), name="fhir_connection_way_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="clientkey",
            constraint=models.UniqueConstraint(fields=("connection", "kid"), name="client_key_once"),
        ),
        migrations.AddConstraint(
            model_name="partnertask",
            constraint=models.UniqueConstraint(fields=("connection", "referral"), name="partner_task_once"),
        ),
        migrations.AddConstraint(
            model_name="partnertask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("value", ""), _negated=True),
                fields=("connection", "system", "value"),
                name="partner_key_once",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
