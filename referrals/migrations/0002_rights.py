"""Row-level security of referrals: parties see the index, opening the record unlocks the content, the receiver's after accepting.

A citizen, or who acts for one, sees the index as far as the own right or the mandate reaches.
"""

from django.db import migrations

SQL = r"""
create sequence referrals_number;
grant usage on sequence referrals_number to nis_app;

-- Where the actor's organisation was asked, is not any more, and is no party otherwise: nothing of what came after is for it. Of the
-- people whose records are open now: a policy asks it for nobody else.
create function referrals_former() returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  mine bigint := actor_organisation();
  about bigint[] := array(select distinct k / 64 from unnest(trust_opened()) k);
begin
  return array(select r.id from referrals_referral r
    where r.patient_id = any(about) and r.sending_organisation_id is distinct from mine and r.receiving_organisation_id <> mine
      and (exists (select 1 from referrals_round k
                   where k.referral_id = r.id and k.organisation_id = mine and k.ended_at is not null and k.asked_at is not null)
        -- Who does a part, or was asked to, knows of that part alone: not of the whole, and not of the other parts.
        or exists (select 1 from referrals_referral part
                   where part.patient_id = any(about) and part.based_on_id in (r.id, r.based_on_id)
                     and (part.receiving_organisation_id = mine or exists (select 1 from referrals_round k
                          where k.referral_id = part.id and k.organisation_id = mine and k.asked_at is not null)))));
end $$;
revoke execute on function referrals_former() from public;
grant execute on function referrals_former() to nis_app;

-- Under which category others than the parties hear of an offer: mental health, social, else referrals (moves.SENSITIVITY).
create function referrals_guard(p_service bigint) returns int language sql stable as $$
  select case s.domain when 'mental_health' then 14 when 'social' then 15 when 'municipality' then 15 else 12 end
  from square_healthcareservice s where s.id = p_service
$$;
revoke execute on function referrals_guard(bigint) from public;
grant execute on function referrals_guard(bigint) to nis_app;

call trust_protect_index('referrals_referral');
call trust_grant_app('referrals_referral');
revoke update, delete on referrals_referral from nis_app;
grant update (status, due, level, receiver_id, picked_up_at, accepted_at, started_at, closed_at, settled_at, rejection_reason, ask_reason, outcome, channel) on referrals_referral to nis_app;
create policy parties on referrals_referral for select to nis_app using (
  ((select trust_meets_patients()) and
   (sending_organisation_id = (select actor_organisation()) or receiving_organisation_id = (select actor_organisation())))
  or ((patient_id * 64 + 12) = any((select trust_reach_keys())::bigint[]) and (patient_id * 64 + sensitivity) = any((select trust_reach_keys())::bigint[]))
  or ((patient_id * 64 + sensitivity) = any((select trust_opened())::bigint[]) and id <> all((select referrals_former())::bigint[]))
  or (select actor_kind()) = 'system');
create policy send on referrals_referral for insert to nis_app with check (
  sending_organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and exists (select 1 from trust_grant g where g.patient_id = referrals_referral.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()));
-- A part is given to another by who took the whole on, about the same person, and a part has no parts.
create function referrals_may_engage(p_whole bigint, p_patient bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from referrals_referral r where r.id = p_whole and r.patient_id = p_patient and r.based_on_id is null
    and r.receiving_organisation_id = actor_organisation() and r.status in ('accepted', 'in_progress'))
$$;
create policy part on referrals_referral as restrictive for insert to nis_app with check (
  based_on_id is null or (referrals_may_engage(based_on_id, patient_id) and receiving_organisation_id <> sending_organisation_id));
-- How many people a service helps now: a count of the public offer, by which free places are told.
create function referrals_taken(p_services bigint[]) returns table (service_id bigint, taken bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.service_id, count(*) from referrals_referral r join square_healthcareservice s on s.id = r.service_id
  where r.service_id = any(p_services) and s.places is not null and r.status in ('accepted', 'in_progress')
    and actor_kind() in ('professional', 'citizen', 'system')
  group by r.service_id
$$;
revoke execute on function referrals_taken(bigint[]) from public;
grant execute on function referrals_taken(bigint[]) to nis_app;
-- Which parts are done by others, for the parties of the whole and for the person: where, by whom and how far; nothing of what was said.
create function referrals_parts(p_whole bigint) returns table (id bigint, number text, service_id bigint, organisation_id bigint, status text, outcome text, sent_at timestamptz, closed_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.id, c.number::text, c.service_id, c.receiving_organisation_id, c.status::text, c.outcome::text, c.sent_at, c.closed_at
  from referrals_referral c join referrals_referral r on r.id = c.based_on_id
  where r.id = p_whole and ((trust_meets_patients() and actor_organisation() in (r.sending_organisation_id, r.receiving_organisation_id))
    or ((r.patient_id * 64 + 12) = any(trust_reach_keys()) and (r.patient_id * 64 + r.sensitivity) = any(trust_reach_keys())
        and (c.patient_id * 64 + c.sensitivity) = any(trust_reach_keys()))
    or actor_kind() = 'system')
  order by c.sent_at, c.id
$$;
revoke execute on function referrals_may_engage(bigint, bigint), referrals_parts(bigint) from public;
grant execute on function referrals_may_engage(bigint, bigint), referrals_parts(bigint) to nis_app;
create policy move on referrals_referral for update to nis_app using ((select trust_meets_patients()) and (
  sending_organisation_id = (select actor_organisation()) or receiving_organisation_id = (select actor_organisation())));
create policy figures on referrals_referral for select to nis_region using (true);
grant select (id, service_id, sending_organisation_id, receiving_organisation_id, status, urgency, rejection_reason, outcome,
              sent_at, asked_at, round, accepted_at, started_at, closed_at, due) on referrals_referral to nis_region;

-- The organisation keeps its own rounds; who sees the referral sees who was asked, but for who is asked now: who said no before, and why,
-- is no part of the question. Whom the sender named next is told to nobody but the sender and the person; who acts for the person knows of it
-- as far as the mandate holds that field.
call trust_protect_index('referrals_round');
grant select on referrals_round to nis_app;
create policy parties on referrals_round for select to nis_app using (
  (organisation_id = (select actor_organisation()) and asked_at is not null and (select trust_meets_patients()))
  or exists (select 1 from referrals_referral r where r.id = referral_id
             and (r.sending_organisation_id = (select actor_organisation()) or (select actor_kind()) = 'system'
                  or (referrals_round.patient_id * 64 + referrals_guard(referrals_round.service_id)) = any((select trust_reach_keys())::bigint[])
                  or (asked_at is not null and r.receiving_organisation_id <> (select actor_organisation())))));
create policy figures on referrals_round for select to nis_region using (true);
grant select (id, referral_id, position, service_id, organisation_id, status, reason, asked_at, accepted_at, started_at, ended_at)
  on referrals_round to nis_region;

call trust_protect_index('referrals_step');
call trust_grant_app('referrals_step');
revoke update, delete on referrals_step from nis_app;
-- Who is asked now reads its own round, what the sender or the person said, and who passed it on; what others answered before is not for it.
-- Who is no party reads of no offer, proposed or asked, that lies in a field beyond its own reach.
create policy thread on referrals_step for select to nis_app using (
  exists (select 1 from referrals_referral r where r.id = referral_id and (
    r.sending_organisation_id = (select actor_organisation()) or (select actor_kind()) = 'system'
    or (r.receiving_organisation_id = (select actor_organisation())
        and (referrals_step.round = r.round or referrals_step.verb = 'pass_on' or referrals_step.organisation_id is null
             or referrals_step.organisation_id = r.sending_organisation_id))
    or (r.receiving_organisation_id is distinct from (select actor_organisation()) and (referrals_step.service_id is null
        or (referrals_step.patient_id * 64 + referrals_guard(referrals_step.service_id)) = any((select trust_reach_keys() || trust_opened())::bigint[])))))
  or exists (select 1 from referrals_round k where k.referral_id = referrals_step.referral_id and k.position = referrals_step.round
             and k.organisation_id = (select actor_organisation())));
create policy act on referrals_step for insert to nis_app with check (
  organisation_id = (select actor_organisation())
  and exists (select 1 from referrals_referral r where r.id = referral_id and r.round = referrals_step.round));

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
        and r.receiving_organisation_id = (select actor_organisation()) and r.sending_organisation_id is distinct from (select actor_organisation())
        and (r.status not in (''accepted'', ''in_progress'', ''completed'') or (r.outcome in (''advised'', ''consulted'') and r.accepted_at is null))))
      and referral_id <> all((select referrals_former())::bigint[]))
    or ((patient_id * 64 + 12) = any((select trust_opened())::bigint[])
      and referral_id = any(array(select r.id from referrals_referral r where %1$s
        and (r.sending_organisation_id = (select actor_organisation())
             or (r.receiving_organisation_id = (select actor_organisation()) and not (r.outcome in (''advised'', ''consulted'') and r.accepted_at is null) and r.status in (''accepted'', ''in_progress'', ''completed'')))))))', about);
begin
  call trust_protect_index(p_table);
  call trust_grant_app(p_table);
  execute format('create policy opened on %I for select to nis_app using %s', p_table, rule);
  execute format('create policy send on %I for insert to nis_app with check (organisation_id = (select actor_organisation()) and %s
    and exists (select 1 from referrals_referral r where r.id = referral_id and r.sending_organisation_id = (select actor_organisation())))', p_table, rule);
end $$;
call referrals_protect_content('referrals_letter');
call referrals_protect_content('referrals_letteritem');
create policy walk_in on referrals_letter for insert to nis_app with check (
  organisation_id = (select actor_organisation()) and (patient_id * 64 + 12) = any((select trust_opened())::bigint[])
  and exists (select 1 from referrals_referral r where r.id = referral_id and r.patient_id = referrals_letter.patient_id and r.origin = 'walk_in'
              and r.receiving_organisation_id = (select actor_organisation()) and r.status = 'in_progress'));
revoke update, delete on referrals_letter, referrals_letteritem from nis_app;
-- What of it may not go to who is asked now is not read there, on whatever ground.
create policy left_out on referrals_letteritem as restrictive for select to nis_app using (
  not exists (select 1 from referrals_referral r where r.id = referral_id and r.receiving_organisation_id = (select actor_organisation())
              and r.sending_organisation_id is distinct from (select actor_organisation()) and r.left_out >> kind & 1 = 1));
-- What its holder restricted is read by nobody but the patient, also where it was sent.
call trust_protect_restricted('referrals_letter');
call trust_protect_restricted('referrals_letteritem');

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
    returning id, receiving_organisation_id), rounds as (
    update referrals_round k set organisation_id = m.receiving_organisation_id from moved m
    where k.referral_id = m.id and k.status = 'current')
  select count(*) from moved
$$;
revoke execute on function referrals_follow_merger(bigint) from public;
grant execute on function referrals_follow_merger(bigint) to nis_app;
-- What of a record may not go to an organisation, by its field and by the choices of the person: as trust.access.sharing has it.
create function referrals_left_out(p_patient bigint, p_organisation bigint) returns bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  field text := (select o.domain from people_organisation o where o.id = p_organisation);
  everything bigint := (1::bigint << 20) - 1;
  own bigint := case when field = 'mental_health' then 1 << 14 when field in ('social', 'municipality', 'welfare') then 1 << 15 else 0 end;
  guarded bigint := ((1 << 14) | (1 << 15) | (1 << 16)) & ~own;
  roles text[] := case field when 'gp' then '{gp,practice_nurse}' when 'home_care' then '{district_nurse}' when 'mental_health' then '{psychologist}'
    when 'hospital' then '{specialist}' when 'pharmacy' then '{pharmacist}' when 'social' then '{social_worker}'
    when 'municipality' then '{social_worker}' when 'welfare' then '{welfare_worker}' else '{}' end::text[];
  needed bigint; agreed bigint;
begin
  select coalesce(bit_or(n.categories), 0) into needed from trust_roleneed n where n.role = any(roles) and n.period @> now();
  select ((everything & ~guarded) & ~c.touched) | c.permitted into agreed
    from trust_choices(p_patient, null, null, field, p_organisation, null, now()) c;
  return everything & ~(needed & coalesce(agreed, 0));
end $$;
-- A service that may be asked: open for new, fitting the person as the index has it, and another one than is asked now.
create function referrals_fits(p_number bigint, p_service bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from referrals_referral r, square_healthcareservice s join people_organisation o on o.id = s.organisation_id
    where r.id = p_number and s.id = p_service and s.id <> r.service_id and s.active and s.takes_referrals and s.open_for_new
      and o.admission = 'admitted' and (s.minimum_age is null or s.minimum_age <= r.age) and (s.maximum_age is null or s.maximum_age >= r.age)
      and (s.municipalities = '{}' or r.municipality = '' or r.municipality = any(s.municipalities)
           or (s.law in ('wmo', 'jeugdwet') and r.responsible = any(s.municipalities))))
$$;
revoke execute on function referrals_left_out(bigint, bigint), referrals_fits(bigint, bigint) from public;

-- Whether its sender may not use what it holds of the person now (AVG art. 18), so sends it nowhere.
create function referrals_restricted(r referrals_referral) returns boolean
language sql stable set search_path = public, pg_temp as $$
  select exists (select 1 from trust_restriction x where x.patient_id = r.patient_id and x.organisation_id = r.sending_organisation_id
                 and x.period @> now() and x.categories >> r.sensitivity & 1 = 1)
$$;
-- Whom the sender named next and who can still be asked: for the machinery alone, that asks it once the receiver said no.
create function referrals_after(p_number bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select k.service_id from referrals_round k join referrals_referral r on r.id = k.referral_id
  where r.id = p_number and r.status = 'requested' and actor_kind() = 'system'
    and k.status = 'waiting' and referrals_fits(r.id, k.service_id) and not referrals_restricted(r)
  order by k.position limit 1
$$;

-- Who may have another asked now: the sender gives it elsewhere, or the person where nobody referred; the receiver passes it on, with
-- the stated agreement of the person or because another municipality is responsible; the machinery asks the next one named after a no.
create function referrals_may_turn(r referrals_referral, p_service bigint, p_verb text, p_reason text, p_agreed boolean, p_place text, p_guarded int) returns boolean
language plpgsql stable set search_path = public, pg_temp as $$
declare
  sends boolean := r.sending_organisation_id = actor_organisation();
  receives boolean := r.receiving_organisation_id = actor_organisation();
  looks_on boolean := r.status = 'asked_back' or (r.status = 'rejected' and r.settled_at is null);
begin
  if actor_kind() = 'citizen' then
    return p_verb = 'redirect' and p_agreed and p_reason = '' and p_place = '' and r.sending_organisation_id is null and looks_on
      and referrals_person_acts(r.patient_id, p_guarded) and referrals_takes_self(p_service, r.age, r.municipality);
  elsif actor_kind() = 'system' then
    return p_verb = 'reject' and r.status = 'requested' and p_service = referrals_after(r.id)
      and p_reason in ('no_capacity', 'cannot_deliver', 'not_eligible', 'not_reachable', 'otherwise')
      and exists (select 1 from referrals_step s where s.referral_id = r.id and s.round = r.round and s.verb = 'reject'
                  and s.code = p_reason and s.organisation_id = r.receiving_organisation_id);
  elsif actor_kind() <> 'professional' or not trust_meets_patients() then
    return false;
  elsif p_verb = 'redirect' then
    return sends and p_agreed and looks_on and not referrals_restricted(r) and exists (select 1 from trust_grant g where g.patient_id = r.patient_id
      and g.grantee = actor_grantee() and g.period @> now() and g.basis <> 'care_relation:consultation');
  elsif p_verb = 'pass_on' and p_reason = '' then
    return receives and p_agreed and r.status in ('accepted', 'in_progress')
      and not exists (select 1 from referrals_referral c where c.based_on_id = r.id and c.status in ('requested', 'asked_back', 'accepted', 'in_progress'))
      and exists (select 1 from trust_grant g where g.patient_id = r.patient_id and g.grantee = actor_grantee() and g.period @> now());
  elsif p_verb = 'pass_on' and p_reason = 'residence' then
    -- Wmo and Jeugdwet: who is not responsible sends it to who is, before looking at it; the agreement at sending said so. To another
    -- municipality than the rule gave when it was sent only with the reason in the thread.
    return receives and r.status = 'requested' and p_place <> ''
      and exists (select 1 from square_healthcareservice a, square_healthcareservice b join people_organisation o on o.id = b.organisation_id
        where a.id = r.service_id and b.id = p_service and a.law in ('wmo', 'jeugdwet') and b.law = a.law and b.organisation_id <> a.organisation_id
          and not p_place = any(a.municipalities) and (p_place = any(b.municipalities) or (o.domain = 'municipality' and o.municipality = p_place)))
      and (p_place = coalesce(nullif(r.responsible, ''), r.municipality)
           or exists (select 1 from referrals_step s where s.referral_id = r.id and s.round = r.round and s.verb = 'pass_on'
                      and s.code = 'residence' and s.note <> '' and s.organisation_id = r.receiving_organisation_id));
  end if;
  return false;
end $$;

-- The only way in which a referral goes to another receiver. True when it went; false when that service cannot be asked (any more).
create function referrals_turn(p_number bigint, p_service bigint, p_verb text, p_reason text, p_agreed boolean, p_due timestamptz, p_place text default '') returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare r referrals_referral%rowtype; place people_organisation%rowtype; other bigint; after smallint; guarded smallint;
begin
  select * into r from referrals_referral where id = p_number for update;
  select o.* into place from square_healthcareservice s join people_organisation o on o.id = s.organisation_id where s.id = p_service;
  guarded := case when r.sensitivity = 14 or referrals_guard(p_service) = 14 then 14 else greatest(r.sensitivity, referrals_guard(p_service)) end;
  if r.id is null or referrals_may_turn(r, p_service, p_verb, p_reason, p_agreed, p_place, guarded) is not true then
    raise exception 'a referral goes elsewhere by its sender, by who takes it on with agreement, or by a no to the next one named'
      using errcode = 'insufficient_privilege';
  end if;
  if p_reason = 'residence' then
    update referrals_referral set responsible = p_place where id = r.id;
  end if;
  if not referrals_fits(r.id, p_service) then
    update referrals_referral set responsible = r.responsible where id = r.id and responsible <> r.responsible;
    return false;
  end if;
  if p_verb = 'pass_on' and p_reason = '' then
    perform trust_end_relation(r.patient_id, 'referral:' || r.id);
  end if;
  insert into referrals_round (referral_id, patient_id, number, position, service_id, organisation_id, status, reason, asked_at)
    values (r.id, r.patient_id, r.number, r.round, r.service_id, r.receiving_organisation_id, 'current', '', coalesce(r.asked_at, r.sent_at))
    on conflict (referral_id, position) do nothing;
  update referrals_round set accepted_at = r.accepted_at, started_at = r.started_at, ended_at = coalesce(r.closed_at, now()),
      status = case when p_verb = 'pass_on' then 'passed_on' when p_verb = 'reject' or r.status = 'rejected' then 'rejected' else 'redirected' end,
      reason = case when p_verb = 'reject' or p_reason = 'residence' then p_reason when r.status = 'rejected' then r.rejection_reason when p_verb = 'redirect' then r.ask_reason else '' end
    where referral_id = r.id and position = r.round;
  select k.id, k.position into other, after from referrals_round k
    where p_verb = 'reject' and k.referral_id = r.id and k.status = 'waiting' and k.service_id = p_service;
  -- Who was named before this one and cannot be asked any more, or who is not needed since the choice was made by hand.
  update referrals_round k set status = 'lapsed', ended_at = now()
    where k.referral_id = r.id and k.status = 'waiting' and (p_verb <> 'reject' or k.position < after);
  if other is null then
    select max(k.position) + 1 into after from referrals_round k where k.referral_id = r.id;
    insert into referrals_round (referral_id, patient_id, number, position, service_id, organisation_id, status, reason, asked_at)
      values (r.id, r.patient_id, r.number, after, p_service, place.id, 'current', '', now());
  else
    update referrals_round set status = 'current', organisation_id = place.id, asked_at = now() where id = other;
  end if;
  update referrals_referral set service_id = p_service, receiving_organisation_id = place.id, round = after, asked_at = now(),
      left_out = referrals_left_out(r.patient_id, place.id), sensitivity = guarded, status = 'requested', due = p_due, level = 0,
      receiver_id = null, picked_up_at = null, accepted_at = null, started_at = null, closed_at = null, settled_at = null,
      rejection_reason = '', ask_reason = '',
      -- A letter that is still to come stays so; one of which was said that it does not come is asked of its sender alone, who asks another.
      letter_due = coalesce(r.letter_due, case when not exists (select 1 from referrals_letter l where l.referral_id = r.id)
        and (p_verb = 'redirect' or not exists (select 1 from referrals_step s where s.referral_id = r.id and s.verb = 'no_letter')) then p_due end)
    where id = r.id;
  update referrals_letter set category = guarded where referral_id = r.id and category <> guarded;
  update referrals_supplement set category = guarded where referral_id = r.id and category <> guarded;
  update referrals_report set category = guarded where referral_id = r.id and category <> guarded;
  update referrals_questionnaireresponse set category = guarded where referral_id = r.id and category <> guarded;
  update referrals_remark set category = guarded where referral_id = r.id and category <> guarded;
  -- What the person wrote before anybody took it on is kept by who is asked.
  if r.origin = 'self' and not exists (select 1 from referrals_round k where k.referral_id = r.id and k.accepted_at is not null) then
    update referrals_letter set organisation_id = place.id where referral_id = r.id;
    update referrals_letteritem set organisation_id = place.id where referral_id = r.id;
    update referrals_questionnaireresponse set organisation_id = place.id where referral_id = r.id;
  end if;
  return true;
end $$;

-- The sender names who is asked next, in order, while the first was asked just now and did nothing yet.
create function referrals_shortlist(p_number bigint, p_services bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare r referrals_referral%rowtype;
begin
  select * into r from referrals_referral where id = p_number for update;
  if r.id is null or actor_kind() <> 'professional' or not trust_meets_patients() or r.sending_organisation_id is distinct from actor_organisation()
     or r.status <> 'requested' or exists (select 1 from referrals_round k where k.referral_id = r.id)
     or cardinality(p_services) not between 1 and 2 or exists (select 1 from unnest(p_services) s where not referrals_fits(r.id, s))
     or cardinality(p_services) <> (select count(distinct s) from unnest(p_services) s) then
    raise exception 'the sender names at most two further services that fit' using errcode = 'insufficient_privilege';
  end if;
  insert into referrals_round (referral_id, patient_id, number, position, service_id, organisation_id, status, reason, asked_at)
    select r.id, r.patient_id, r.number, n.position, s.id, s.organisation_id, case when n.position = 1 then 'current' else 'waiting' end, '',
           case when n.position = 1 then r.sent_at end
    from (select 1 as position, r.service_id as service union all select o.place::int + 1, o.service from unnest(p_services) with ordinality o(service, place)) n
    join square_healthcareservice s on s.id = n.service;
end $$;
-- For a sender who is about to choose by hand: the same judgement of what goes along as will count.
create function referrals_goes_along(p_number bigint, p_service bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select referrals_left_out(r.patient_id, s.organisation_id) from referrals_referral r, square_healthcareservice s
  where r.id = p_number and s.id = p_service and actor_organisation() in (r.sending_organisation_id, r.receiving_organisation_id)
    and r.patient_id = any(trust_reach())
$$;
revoke execute on function referrals_restricted(referrals_referral), referrals_after(bigint), referrals_may_turn(referrals_referral, bigint, text, text, boolean, text, int),
  referrals_turn(bigint, bigint, text, text, boolean, timestamptz, text),
  referrals_shortlist(bigint, bigint[]), referrals_goes_along(bigint, bigint) from public;
grant execute on function referrals_after(bigint), referrals_turn(bigint, bigint, text, text, boolean, timestamptz, text),
  referrals_shortlist(bigint, bigint[]), referrals_goes_along(bigint, bigint) to nis_app;
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
