"""Systems of participants that hear of changes, with who may know of them and whom a change concerns."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
call trust_grant_app('exchange_subscription');
revoke update, delete on exchange_subscription from nis_app;
grant update (active, told_at, stopped_at) on exchange_subscription to nis_app;
alter table exchange_subscription enable row level security;
alter table exchange_subscription force row level security;
create policy owner_all on exchange_subscription to current_user using (true) with check (true);
create policy own on exchange_subscription to nis_app using (organisation_id = (select actor_organisation()) or (select actor_kind()) = 'system')
  with check (organisation_id = (select actor_organisation()) or (select actor_kind()) = 'system');

-- The event from which a party knows of a referral: its sender of all, who was asked after another only of what came since.
-- The sum keeps the planner from looking for the highest number backward through the whole log.
create function exchange_knows_from(p_referral bigint, p_organisation bigint) returns bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare r referrals_referral;
begin
  select * into r from referrals_referral t where t.id = p_referral;
  if p_organisation = r.sending_organisation_id then return 0; end if;
  if p_organisation is distinct from r.receiving_organisation_id then return null; end if;
  return coalesce((select max(v.id + 0) from events_event v where v.subject_type = 'referral' and v.subject_id = r.id
    and v.verb = 'referral.turned' and v.at >= r.sent_at - interval '1 day'), 0);
end $$;
revoke execute on function exchange_knows_from(bigint, bigint) from public;
-- Which subscriptions hear of a change, and of what: of organisations that may see the network of this person at this moment, or
-- are a party to the referral at this moment and were so at that step.
create function exchange_subscribers(p_event bigint, p_at timestamptz) returns table (subscription bigint, reference text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare e events_event;
begin
  if actor_kind() <> 'system' then return; end if;
  select * into e from events_event v where v.id = p_event and v.at = p_at;
  if e.subject_type = 'referral' and e.verb like 'referral.%' then
    return query select s.id, 'ServiceRequest/' || r.id from referrals_referral r
      join exchange_subscription s on s.active and 'referrals' = any(s.topics)
        and s.organisation_id in (r.sending_organisation_id, r.receiving_organisation_id)
        and e.id >= exchange_knows_from(r.id, s.organisation_id)
      join people_organisation o on o.id = s.organisation_id and o.admission = 'admitted'
      where r.id = e.subject_id order by s.id;
  elsif split_part(e.verb, '.', 1) in ('related_person', 'participant', 'network') then
    return query select s.id, case when e.verb like 'related_person.%' then 'RelatedPerson/' || r.key else 'CareTeam/' || p.key end
      from people_patient p
      left join dossier_relatedperson r on r.id = e.subject_id and e.verb like 'related_person.%' and r.patient_id = e.patient_id
      join exchange_subscription s on s.active and 'network' = any(s.topics)
      where p.id = e.patient_id and (e.verb not like 'related_person.%' or r.id is not null)
        and exists (select 1 from trust_grant g where g.patient_id = e.patient_id and g.grantee = 'organisation:' || s.organisation_id
                    and g.period @> now() and (g.own_categories >> 1) & 1 = 1);
  end if;
end $$;
-- Which step an event is of its referral, as far as this subscriber knows it: one more than the steps before it. The row of the referral is held during a step, so
-- the numbers of the lines rise with the steps; a transaction begins before its step, hence the day at either end.
create function exchange_step(p_subscription bigint, p_event bigint, p_at timestamptz, p_verbs text[]) returns table (number text, step bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare e events_event; r referrals_referral;
begin
  if actor_kind() <> 'system' then return; end if;
  select * into e from events_event v where v.id = p_event and v.at = p_at and v.subject_type = 'referral' and v.verb = any(p_verbs);
  select * into r from referrals_referral t where t.id = e.subject_id;
  if r.id is null then return; end if;
  return query select r.number::text, count(*) from events_event v
    where v.subject_type = 'referral' and v.subject_id = r.id and v.verb = any(p_verbs)
      and v.id between exchange_knows_from(r.id, (select s.organisation_id from exchange_subscription s where s.id = p_subscription)) and p_event
      and v.at between r.sent_at - interval '1 day' and p_at + interval '1 day';
end $$;
revoke execute on function exchange_step(bigint, bigint, timestamptz, text[]) from public;
grant execute on function exchange_step(bigint, bigint, timestamptz, text[]) to nis_app;
revoke execute on function exchange_subscribers(bigint, timestamptz) from public;
grant execute on function exchange_subscribers(bigint, timestamptz) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0006_network_news"),
        ("dossier", "0008_network"),
        ("referrals", "0001_referrals"),
        ("people", "0003_citizen_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("endpoint", models.URLField()),
                ("secret", models.CharField(blank=True, max_length=80)),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                (
                                    "network",
                                    "wijzigingen in zorgnetwerken van inwoners bij wie uw organisatie betrokken is",
                                ),
                                ("referrals", "stappen van verwijzingen die uw organisatie verstuurde of kreeg"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["-active", "made_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("active", True)),
                        fields=("organisation", "endpoint"),
                        name="subscription_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("topics__contained_by", ["network", "referrals"]), ("topics__len__gt", 0)),
                        name="subscription_topics_known",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
