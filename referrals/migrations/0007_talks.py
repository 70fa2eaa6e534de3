"""Who explores together with the receiver of an exploratory talk: asked, with a yes of its own, and only for as long as the talk runs."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RIGHTS = r"""
-- The referrals for which the actor's organisation said yes to a talk, or, with true, was asked and did not say no.
create function referrals_exploring(p_asked boolean) returns bigint[]
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(array_agg(e.referral_id), '{}') from referrals_exploring e
  where e.organisation_id = actor_organisation() and trust_meets_patients()
    and (e.status = 'agreed' or (p_asked and e.status = 'invited'))
$$;

call trust_protect_index('referrals_exploring');
grant select on referrals_exploring to nis_app;
create policy parties on referrals_exploring for select to nis_app using (
  exists (select 1 from referrals_referral r where r.id = referral_id));
create policy figures on referrals_exploring for select to nis_region using (true);
grant select (id, referral_id, domain, status) on referrals_exploring to nis_region;

-- Who is asked sees the index, as a receiver does before acceptance; who said yes reads what was sent as far as it may go there.
create policy explorers on referrals_referral for select to nis_app using (
  id = any((select referrals_exploring(true))::bigint[]));
create policy explorers on referrals_appointment for select to nis_app using (
  referral_id = any((select referrals_exploring(false))::bigint[]));
create policy figures on referrals_appointment for select to nis_region using (true);
grant select (id, referral_id, status) on referrals_appointment to nis_region;
create policy explorers on referrals_letter for select to nis_app using (
  (patient_id * 64 + 12) = any((select trust_opened())::bigint[]) and referral_id = any((select referrals_exploring(false))::bigint[]));
create policy explorers on referrals_supplement for select to nis_app using (
  (patient_id * 64 + 12) = any((select trust_opened())::bigint[]) and referral_id = any((select referrals_exploring(false))::bigint[]));
create policy explorers on referrals_report for select to nis_app using (
  (patient_id * 64 + 12) = any((select trust_opened())::bigint[]) and referral_id = any((select referrals_exploring(false))::bigint[]));
create policy explorers on referrals_letteritem for select to nis_app using (
  (patient_id * 64 + 12) = any((select trust_opened())::bigint[]) and referral_id = any((select referrals_exploring(false))::bigint[]));
create policy explorers on referrals_questionnaireresponse for select to nis_app using (
  (patient_id * 64 + 12) = any((select trust_opened())::bigint[]) and referral_id = any((select referrals_exploring(false))::bigint[]));
create policy not_to_explorers on referrals_letteritem as restrictive for select to nis_app using (
  not exists (select 1 from referrals_exploring e where e.referral_id = referrals_letteritem.referral_id and e.status = 'agreed'
              and e.organisation_id = (select actor_organisation()) and e.left_out >> kind & 1 = 1));
create policy not_to_explorers on referrals_questionnaireresponse as restrictive for select to nis_app using (
  not exists (select 1 from referrals_exploring e where e.referral_id = referrals_questionnaireresponse.referral_id and e.status = 'agreed'
              and e.organisation_id = (select actor_organisation()) and e.left_out & kinds <> 0));
drop policy taken_over on referrals_questionnaireresponse;
create policy taken_over on referrals_questionnaireresponse as restrictive for select to nis_app using (
  kinds = 0 or (select actor_kind()) in ('anonymous', 'system')
  or exists (select 1 from referrals_referral r where r.id = referral_id
             and (select actor_organisation()) in (r.sending_organisation_id, r.receiving_organisation_id))
  or referral_id = any((select referrals_exploring(false))::bigint[])
  or not exists (select 1 from generate_series(0, 19) k where kinds >> k & 1 = 1
                 and (patient_id * 64 + k) <> all((select trust_opened())::bigint[])));

-- Seeing a referral is not taking part in it: a step is taken by its parties.
create policy by_a_party on referrals_step as restrictive for insert to nis_app with check (
  organisation_id is null
  or exists (select 1 from referrals_referral r where r.id = referral_id
             and organisation_id in (r.sending_organisation_id, r.receiving_organisation_id)));

-- The receiver of a talk that it took on asks a participant for a domain; itself takes part at once. The number of the invitation.
create function referrals_invite(p_number bigint, p_organisation bigint, p_domain text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare r referrals_referral%rowtype; made bigint; itself boolean := p_organisation = actor_organisation();
begin
  select * into r from referrals_referral where id = p_number for update;
  if r.id is null or actor_kind() <> 'professional' or not trust_meets_patients() or r.receiving_organisation_id is distinct from actor_organisation()
     or r.status not in ('accepted', 'in_progress')
     or not exists (select 1 from square_healthcareservice s where s.id = r.service_id and s.process = 'talk')
     or not exists (select 1 from people_organisation o where o.id = p_organisation and o.admission = 'admitted' and o.domain = any(case p_domain
          when 'mental_health' then '{mental_health}' when 'social' then '{social,municipality,welfare}' when 'gp' then '{gp}'
          when 'experience' then '{mental_health,social,welfare}' else '{}' end::text[]))
     or (select count(*) from referrals_exploring e where e.referral_id = r.id and e.status in ('invited', 'agreed')) >= 5 then
    raise exception 'who leads an exploratory talk asks participants of its domains' using errcode = 'insufficient_privilege';
  end if;
  insert into referrals_exploring (referral_id, patient_id, organisation_id, domain, status, user_id, invited_by_id, invited_at, answered_at)
    values (r.id, r.patient_id, p_organisation, p_domain, case when itself then 'agreed' else 'invited' end,
            case when itself then actor_user() end, actor_user(), now(), case when itself then now() end)
    on conflict (referral_id, organisation_id) where status in ('invited', 'agreed') do nothing returning id into made;
  return made;
end $$;

-- The asked organisation answers, with who comes of it; a no ends the care relation that a yes began. Whether there was something to answer.
create function referrals_explore(p_number bigint, p_agrees boolean, p_user bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare r referrals_referral%rowtype; e referrals_exploring%rowtype; place bigint := actor_organisation();
begin
  select * into r from referrals_referral where id = p_number for update;
  select * into e from referrals_exploring x where x.referral_id = p_number and x.organisation_id = place and x.status in ('invited', 'agreed');
  if e.id is null or actor_kind() <> 'professional' or not trust_meets_patients() or r.status not in ('accepted', 'in_progress') then
    return false;
  end if;
  if p_agrees then
    if not exists (select 1 from people_membership m where m.user_id = p_user and m.organisation_id = place and m.period @> now()) then
      raise exception 'who explores works there' using errcode = 'insufficient_privilege';
    end if;
    update referrals_exploring set status = 'agreed', user_id = p_user, answered_at = coalesce(answered_at, now()),
        left_out = case when place in (r.sending_organisation_id, r.receiving_organisation_id) then 0 else referrals_left_out(r.patient_id, place) end
      where id = e.id;
    if place is distinct from r.receiving_organisation_id then
      perform trust_start_relation(r.patient_id, place, 'referral', 'referral:' || r.id || ':explorer:' || place, null);
    end if;
  else
    update referrals_exploring set status = 'declined', answered_at = now(), ended_at = now() where id = e.id;
    perform referrals_end_exploring(r.id, place);
  end if;
  return true;
end $$;

-- Who leads the talk takes an invitation back, or lets somebody go who said yes.
create function referrals_release(p_exploring bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare e referrals_exploring%rowtype;
begin
  select x.* into e from referrals_exploring x where x.id = p_exploring;
  perform 1 from referrals_referral where id = e.referral_id for update;
  update referrals_exploring x set status = 'withdrawn', ended_at = now()
    from referrals_referral r
    where x.id = e.id and r.id = x.referral_id and x.status in ('invited', 'agreed') and r.status in ('accepted', 'in_progress')
      and r.receiving_organisation_id = actor_organisation() and actor_kind() = 'professional' and trust_meets_patients();
  if not found then return false; end if;
  perform referrals_end_exploring(e.referral_id, e.organisation_id);
  return true;
end $$;

create function referrals_end_exploring(p_number bigint, p_organisation bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  update trust_carerelation c set period = tstzrange(lower(c.period), now())
  from referrals_referral r
  where r.id = p_number and c.patient_id = r.patient_id and c.period @> now() and lower(c.period) < now()
    and c.reference like 'referral:' || r.id || ':explorer:%' and (p_organisation is null or c.organisation_id = p_organisation)
$$;

-- The talk that ends or goes to another ends for everybody, by whatever door: nobody keeps an access that rested on it.
create function referrals_talk_over() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.round <> old.round or new.status not in ('accepted', 'in_progress') then
    update referrals_exploring set ended_at = now(), status = case when status = 'agreed' and new.status = 'completed' then 'agreed' else 'withdrawn' end
      where referral_id = new.id and status in ('invited', 'agreed') and ended_at is null;
    perform referrals_end_exploring(new.id, null);
  end if;
  return null;
end $$;
create trigger talk_over after update of status, round on referrals_referral for each row
  when (old.status in ('accepted', 'in_progress') and (new.status is distinct from old.status or new.round <> old.round))
  execute function referrals_talk_over();

-- Whose care relation may rest on a referral: the parties', and that of who said yes to a talk while it runs.
create function referrals_stand_behind(p_patient bigint, p_organisation bigint, p_referral bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from referrals_referral r where r.id = p_referral and r.patient_id = p_patient
    and (actor_organisation() in (r.sending_organisation_id, r.receiving_organisation_id)
         and (p_organisation is null or (p_organisation = r.receiving_organisation_id and p_organisation = actor_organisation()
                                         and not (r.outcome in ('advised', 'consulted') and r.accepted_at is null) and r.status in ('accepted', 'in_progress', 'completed')))
      or p_organisation = actor_organisation() and r.status in ('accepted', 'in_progress')
         and exists (select 1 from referrals_exploring e where e.referral_id = r.id and e.organisation_id = p_organisation and e.status = 'agreed')))
$$;

create function referrals_explorers_follow_merger(p_from bigint) returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with moved as (
    update referrals_exploring e set organisation_id = trust_successor(p_from)
    where e.organisation_id = p_from and e.status in ('invited', 'agreed') and e.ended_at is null and actor_kind() = 'system'
      and trust_successor(p_from) <> p_from
      and not exists (select 1 from referrals_exploring o where o.referral_id = e.referral_id and o.organisation_id = trust_successor(p_from)
                      and o.status in ('invited', 'agreed'))
    returning 1)
  select count(*) from moved
$$;
revoke execute on function referrals_exploring(boolean), referrals_invite(bigint, bigint, text), referrals_explore(bigint, boolean, bigint),
  referrals_release(bigint), referrals_end_exploring(bigint, bigint), referrals_talk_over(), referrals_explorers_follow_merger(bigint),
  referrals_stand_behind(bigint, bigint, bigint) from public;
grant execute on function referrals_exploring(boolean), referrals_invite(bigint, bigint, text), referrals_explore(bigint, boolean, bigint),
  referrals_release(bigint), referrals_explorers_follow_merger(bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_citizen_account"),
        ("referrals", "0006_answers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Exploring",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "domain",
                    models.CharField(
                        choices=[
                            ("mental_health", "ggz"),
                            ("social", "sociaal domein"),
                            ("gp", "huisarts"),
                            ("experience", "ervaringsdeskundigheid"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("invited", "gevraagd"),
                            ("agreed", "komt"),
                            ("declined", "kan niet"),
                            ("withdrawn", "niet meer nodig"),
                        ],
                        default="invited",
                        max_length=10,
                    ),
                ),
                ("left_out", models.BigIntegerField(db_default=0, default=0)),
                ("invited_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
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
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="explorers", to="referrals.referral"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["invited_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["invited", "agreed"])),
                        fields=["organisation", "referral"],
                        name="exploring_of_organisation",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["invited", "agreed"])),
                        fields=("referral", "organisation"),
                        name="exploring_asked_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("domain__in", ["mental_health", "social", "gp", "experience"]),
                            ("status__in", ["invited", "agreed", "declined", "withdrawn"]),
                        ),
                        name="exploring_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "agreed"), _negated=True), ("user__isnull", False), _connector="OR"
                        ),
                        name="explorer_is_somebody",
                    ),
                ],
            },
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
