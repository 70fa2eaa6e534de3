"""Row-level security of consultations: the parties see the index, opening the record unlocks what was said.

A citizen, or who acts for one, sees the index as far as the own right or the mandate reaches.
"""

from django.db import migrations

SQL = r"""
create sequence consultations_number;
grant usage on sequence consultations_number to nis_app;

create function consultations_asked() returns bigint[] language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select coalesce(array_agg(consultation_id), '{}') from consultations_invitation where organisation_id = actor_organisation());
end $$;
revoke execute on function consultations_asked() from public;
grant execute on function consultations_asked() to nis_app;

call trust_protect_index('consultations_invitation');
call trust_grant_app('consultations_invitation');
revoke update, delete on consultations_invitation from nis_app;
grant update (status, user_id, answered_at) on consultations_invitation to nis_app;
-- The parties see it, and who is asked sees who else is.
create policy parties on consultations_invitation for select to nis_app using (
  ((select trust_meets_patients())
   and ((select actor_organisation()) in (organisation_id, asking_organisation_id)
        or consultation_id = any((select consultations_asked())::bigint[])))
  or (patient_id * 64 + 13) = any((select trust_reach_keys())::bigint[])
  or (select actor_kind()) = 'system');
create policy ask on consultations_invitation for insert to nis_app with check (
  asking_organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and exists (select 1 from trust_grant g where g.patient_id = consultations_invitation.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()));
create policy answer on consultations_invitation for update to nis_app using (
  organisation_id = (select actor_organisation()) or asking_organisation_id = (select actor_organisation()));

call trust_protect_index('consultations_consultation');
call trust_grant_app('consultations_consultation');
revoke update, delete on consultations_consultation from nis_app;
grant update (status, closed_at) on consultations_consultation to nis_app;
create policy parties on consultations_consultation for select to nis_app using (
  ((select trust_meets_patients())
   and (asking_organisation_id = (select actor_organisation()) or id = any((select consultations_asked())::bigint[])))
  or (patient_id * 64 + 13) = any((select trust_reach_keys())::bigint[])
  or (select actor_kind()) = 'system');
create policy ask on consultations_consultation for insert to nis_app with check (
  asking_organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and exists (select 1 from trust_grant g where g.patient_id = consultations_consultation.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()));
-- Only a request that the own organisation sent about this person, and that was not taken on, is turned into a question.
create policy turned on consultations_consultation as restrictive for insert to nis_app with check (
  referral_id is null or exists (select 1 from referrals_referral r where r.id = referral_id and r.patient_id = consultations_consultation.patient_id
    and r.sending_organisation_id = (select actor_organisation()) and r.accepted_at is null));
create policy move on consultations_consultation for update to nis_app using (
  asking_organisation_id = (select actor_organisation()) or ((select trust_meets_patients()) and id = any((select consultations_asked())::bigint[])));

create procedure consultations_protect_content(p_table text) language plpgsql as $$
declare rule text := '((patient_id * 64 + category) = any((select trust_opened())::bigint[])
  and consultation_id = any(array(select c.id from consultations_consultation c
    where c.patient_id = any(array(select k / 64 from unnest((select trust_opened())::bigint[]) k)))))';
begin
  call trust_protect_index(p_table);
  call trust_grant_app(p_table);
  execute format('create policy opened on %I for select to nis_app using %s', p_table, rule);
  execute format('create policy say on %I for insert to nis_app with check (organisation_id = (select actor_organisation()) and %s)', p_table, rule);
end $$;
call consultations_protect_content('consultations_contribution');
call consultations_protect_content('consultations_attachment');
revoke update, delete on consultations_contribution, consultations_attachment from nis_app;
-- What its holder restricted is read by nobody but the patient, also where it was said.
call trust_protect_restricted('consultations_contribution');
call trust_protect_restricted('consultations_attachment');

-- Lent access ends with its own question.
create function consultations_over() returns bigint[] language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (
    select coalesce(array_agg(c.id), '{}') from consultations_consultation c
    join consultations_invitation i on i.consultation_id = c.id and i.organisation_id = actor_organisation()
    where c.status in ('concluded', 'cancelled')
      and c.patient_id = any(array(select k / 64 from unnest((select trust_opened())::bigint[]) k))
      and not exists (select 1 from trust_grant g where g.grantee = actor_grantee() and g.patient_id = c.patient_id
                      and g.period @> now() and g.basis <> 'care_relation:consultation'));
end $$;
revoke execute on function consultations_over() from public;
grant execute on function consultations_over() to nis_app;
create policy lent on consultations_contribution as restrictive for select to nis_app
  using (consultation_id <> all((select consultations_over())::bigint[]));
create policy lent on consultations_attachment as restrictive for select to nis_app
  using (consultation_id <> all((select consultations_over())::bigint[]));

create function consultations_stand_behind(p_patient bigint, p_organisation bigint, p_consultation bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from consultations_consultation c where c.id = p_consultation and c.patient_id = p_patient
    and c.asking_organisation_id = actor_organisation()
    and (p_organisation is null or (p_organisation <> actor_organisation() and c.status = 'open')))
$$;
revoke execute on function consultations_stand_behind(bigint, bigint, bigint) from public;
-- What an asked organisation answers may go to the own system of who asked, and to its own.
create function consultations_may_copy(p_patient bigint, p_organisation bigint, p_consultation bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from consultations_invitation i where i.consultation_id = p_consultation and i.patient_id = p_patient
    and i.organisation_id = actor_organisation() and p_organisation in (i.organisation_id, i.asking_organisation_id))
$$;
revoke execute on function consultations_may_copy(bigint, bigint, bigint) from public;
create function consultations_log_denied(p_number bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into events_event (verb, subject_type, subject_id, patient_id, outcome, reason)
    select 'record.denied', 'consultation', p_number, (select t.patient_id from consultations_consultation t where t.id = p_number), 'denied', 'no_relation'
    where actor_kind() <> 'anonymous'
$$;
revoke execute on function consultations_log_denied(bigint) from public;
grant execute on function consultations_log_denied(bigint) to nis_app;

-- What a participant that merged had asked and is not concluded is its successor's.
create function consultations_follow_merger(p_from bigint) returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with moved as (
    update consultations_consultation set asking_organisation_id = trust_successor(p_from)
    where asking_organisation_id = p_from and trust_successor(p_from) <> p_from and actor_kind() = 'system' and closed_at is null
    returning id), followed as (
    update consultations_invitation i set asking_organisation_id = trust_successor(p_from)
    from moved where i.consultation_id = moved.id and i.organisation_id <> trust_successor(p_from))
  select count(*) from moved
$$;
revoke execute on function consultations_follow_merger(bigint) from public;
grant execute on function consultations_follow_merger(bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0001_consultations"), ("trust", "0002_rules"), ("referrals", "0002_rights")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
