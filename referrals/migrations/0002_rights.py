"""Row-level security of referrals: parties see the index, opening the record unlocks the content, the receiver's after accepting.

A citizen, or who acts for one, sees the index as far as the own right or the mandate reaches.
"""

from django.db import migrations

SQL = r"""
create sequence referrals_number;
grant usage on sequence referrals_number to nis_app;

call trust_protect_index('referrals_referral');
call trust_grant_app('referrals_referral');
revoke update, delete on referrals_referral from nis_app;
grant update (status, due, level, receiver_id, accepted_at, started_at, closed_at, settled_at, rejection_reason, outcome) on referrals_referral to nis_app;
create policy parties on referrals_referral for select to nis_app using (
  ((select trust_meets_patients()) and
   (sending_organisation_id = (select actor_organisation()) or receiving_organisation_id = (select actor_organisation())))
  or ((patient_id * 64 + 12) = any((select trust_reach_keys())::bigint[]) and (patient_id * 64 + sensitivity) = any((select trust_reach_keys())::bigint[]))
  or (patient_id * 64 + sensitivity) = any((select trust_opened())::bigint[])
  or (select actor_kind()) = 'system');
create policy send on referrals_referral for insert to nis_app with check (
  sending_organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and exists (select 1 from trust_grant g where g.patient_id = referrals_referral.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()));
create policy move on referrals_referral for update to nis_app using ((select trust_meets_patients()) and (
  sending_organisation_id = (select actor_organisation()) or receiving_organisation_id = (select actor_organisation())));
create policy figures on referrals_referral for select to nis_region using (true);
grant select (id, service_id, sending_organisation_id, receiving_organisation_id, status, urgency, rejection_reason, outcome,
              sent_at, accepted_at, started_at, closed_at, due) on referrals_referral to nis_region;

call trust_protect_index('referrals_step');
call trust_grant_app('referrals_step');
revoke update, delete on referrals_step from nis_app;
create policy thread on referrals_step for select to nis_app using (
  exists (select 1 from referrals_referral r where r.id = referral_id));
create policy act on referrals_step for insert to nis_app with check (
  organisation_id = (select actor_organisation()) and exists (select 1 from referrals_referral r where r.id = referral_id));

-- An appointment is the receiver's who made it, and the sender's to know of; others need the category as well.
call trust_protect_index('referrals_appointment');
call trust_grant_app('referrals_appointment');
revoke update, delete on referrals_appointment from nis_app;
grant update (starts, ends, way, place, note, status, sequence, made_by_id, changed_at) on referrals_appointment to nis_app;
create policy parties on referrals_appointment for select to nis_app using (
  ((select trust_meets_patients()) and (organisation_id = (select actor_organisation())
     or referral_id = any(array(select r.id from referrals_referral r where r.patient_id = referrals_appointment.patient_id
                                and r.sending_organisation_id = (select actor_organisation())))))
  or ((patient_id * 64 + 18) = any((select trust_reach_keys())::bigint[]) and exists (select 1 from referrals_referral r where r.id = referral_id))
  or ((patient_id * 64 + 18) = any((select trust_opened())::bigint[]) and exists (select 1 from referrals_referral r where r.id = referral_id))
  or (select actor_kind()) = 'system');
create policy plan on referrals_appointment for insert to nis_app with check (
  organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and exists (select 1 from referrals_referral r where r.id = referral_id and r.patient_id = referrals_appointment.patient_id
              and r.receiving_organisation_id = (select actor_organisation()) and r.status in ('accepted', 'in_progress')));
create policy change on referrals_appointment for update to nis_app using ((select trust_meets_patients())
  and exists (select 1 from referrals_referral r where r.id = referral_id
              and (select actor_organisation()) in (r.sending_organisation_id, r.receiving_organisation_id)));

create procedure referrals_protect_content(p_table text) language plpgsql as $$
declare
  about text := 'r.patient_id = any(array(select k / 64 from unnest((select trust_opened())::bigint[]) k))';
  rule text := format('(
    ((patient_id * 64 + category) = any((select trust_opened())::bigint[])
      and referral_id <> all(array(select r.id from referrals_referral r where %1$s
        and r.receiving_organisation_id = (select actor_organisation()) and r.sending_organisation_id <> (select actor_organisation())
        and r.status not in (''accepted'', ''in_progress'', ''completed''))))
    or ((patient_id * 64 + 12) = any((select trust_opened())::bigint[])
      and referral_id = any(array(select r.id from referrals_referral r where %1$s
        and (r.sending_organisation_id = (select actor_organisation())
             or (r.receiving_organisation_id = (select actor_organisation()) and r.status in (''accepted'', ''in_progress'', ''completed'')))))))', about);
begin
  call trust_protect_index(p_table);
  call trust_grant_app(p_table);
  execute format('create policy opened on %I for select to nis_app using %s', p_table, rule);
  execute format('create policy send on %I for insert to nis_app with check (organisation_id = (select actor_organisation()) and %s
    and exists (select 1 from referrals_referral r where r.id = referral_id and r.sending_organisation_id = (select actor_organisation())))', p_table, rule);
end $$;
call referrals_protect_content('referrals_letter');
call referrals_protect_content('referrals_letteritem');
revoke update, delete on referrals_letter, referrals_letteritem from nis_app;
-- What its holder restricted is read by nobody but the patient, also where it was sent.
call trust_protect_restricted('referrals_letter');
call trust_protect_restricted('referrals_letteritem');

create function referrals_stand_behind(p_patient bigint, p_organisation bigint, p_referral bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from referrals_referral r where r.id = p_referral and r.patient_id = p_patient
    and actor_organisation() in (r.sending_organisation_id, r.receiving_organisation_id)
    and (p_organisation is null or (p_organisation = r.receiving_organisation_id and p_organisation = actor_organisation()
                                    and r.status in ('accepted', 'in_progress', 'completed'))))
$$;
revoke execute on function referrals_stand_behind(bigint, bigint, bigint) from public;
-- What is said of a referral may go to the own system of who sent it; to the receiver's only where that one knows the name.
create function referrals_may_copy(p_patient bigint, p_organisation bigint, p_referral bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from referrals_referral r where r.id = p_referral and r.patient_id = p_patient
    and actor_organisation() in (r.sending_organisation_id, r.receiving_organisation_id)
    and (p_organisation = r.sending_organisation_id
         or p_organisation = r.receiving_organisation_id and r.accepted_at is not null))
$$;
revoke execute on function referrals_may_copy(bigint, bigint, bigint) from public;
-- Only the clock says that somebody was told; it writes nothing else of a referral.
create function referrals_told(p_number bigint, p_due timestamptz, p_level smallint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() <> 'system' then
    raise exception 'only the clock tells who is late' using errcode = 'insufficient_privilege';
  end if;
  update referrals_referral set level = p_level where id = p_number and due = p_due and level < p_level;
  return found;
end $$;
revoke execute on function referrals_told(bigint, timestamptz, smallint) from public;
grant execute on function referrals_told(bigint, timestamptz, smallint) to nis_app;
-- What waits longer than these moments, for the coordinator of the region alone: where one referral stands, nothing of whom it is about.
create function referrals_stuck(p_routine timestamptz, p_soon timestamptz) returns table (
  number text, service_id bigint, sending_organisation_id bigint, receiving_organisation_id bigint, status text, urgency text, due timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() <> 'professional' or actor_role() <> 'coordinator'
     or not exists (select 1 from people_organisation o where o.id = actor_organisation() and o.domain = 'region') then
    raise exception 'only the coordinator of the region sees what is stuck' using errcode = 'insufficient_privilege';
  end if;
  return query select r.number::text, r.service_id, r.sending_organisation_id, r.receiving_organisation_id, r.status::text,
      r.urgency::text, r.due
    from referrals_referral r where (r.urgency = 'routine' and r.due <= p_routine) or (r.urgency = 'soon' and r.due <= p_soon)
    order by r.due, r.id;
end $$;
revoke execute on function referrals_stuck(timestamptz, timestamptz) from public;
grant execute on function referrals_stuck(timestamptz, timestamptz) to nis_app;
-- What a participant that merged had running is its successor's; what has ended stays as it was.
create function referrals_follow_merger(p_from bigint) returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with moved as (
    update referrals_referral set
      sending_organisation_id = case sending_organisation_id when p_from then trust_successor(p_from) else sending_organisation_id end,
      receiving_organisation_id = case receiving_organisation_id when p_from then trust_successor(p_from) else receiving_organisation_id end
    where p_from in (sending_organisation_id, receiving_organisation_id) and trust_successor(p_from) <> p_from and actor_kind() = 'system'
      and (status in ('requested', 'asked_back', 'accepted', 'in_progress') or (status = 'rejected' and settled_at is null))
    returning 1)
  select count(*) from moved
$$;
revoke execute on function referrals_follow_merger(bigint) from public;
grant execute on function referrals_follow_merger(bigint) to nis_app;
create function referrals_log_denied(p_number bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into events_event (verb, subject_type, subject_id, patient_id, outcome, reason)
    select 'record.denied', 'referral', p_number, (select t.patient_id from referrals_referral t where t.id = p_number), 'denied', 'no_relation'
    where actor_kind() <> 'anonymous'
$$;
revoke execute on function referrals_log_denied(bigint) from public;
grant execute on function referrals_log_denied(bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_referrals"), ("trust", "0002_rules"), ("square", "0002_rights")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
