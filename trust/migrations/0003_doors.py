"""The only ways in which an input of trust changes: each judges who asks, and takes its moments from the database's clock.

That a process stands behind a relation or a restriction is asked by name of the app above that holds the process, when it is needed.
"""

from django.db import migrations

RELATION = r"""
create function trust_stands_behind(p_patient bigint, p_organisation bigint, p_reference text) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare process text := split_part(p_reference, ':', 1); fits boolean;
begin
  if process not in ('referral', 'consultation', 'enrolment', 'objection', 'restriction') or split_part(p_reference, ':', 2) !~ '^[0-9]{1,18}$' or actor_kind() not in ('professional', 'system')
     or (actor_kind() = 'system' and process <> 'enrolment') then
    return false;
  end if;
  execute format('select %I($1, $2, $3)', process || 's_stand_behind') into fits
    using p_patient, p_organisation, split_part(p_reference, ':', 2)::bigint;
  return coalesce(fits, false);
end $$;

create function trust_start_relation(p_patient bigint, p_organisation bigint, p_source text, p_reference text, p_ends timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_source <> split_part(p_reference, ':', 1) or not trust_stands_behind(p_patient, p_organisation, p_reference) then
    raise exception 'a relation begins with a process that gives it' using errcode = 'insufficient_privilege';
  end if;
  perform 1 from people_patient where id = p_patient for update;
  insert into trust_carerelation (patient_id, organisation_id, source, reference, reason, stated_by_id, period)
    select p_patient, p_organisation, p_source, p_reference, '', actor_user(), tstzrange(now(), p_ends)
    where not exists (select 1 from trust_carerelation r where r.patient_id = p_patient and r.organisation_id = p_organisation
                      and r.reference = p_reference and not isempty(r.period) and (upper(r.period) is null or upper(r.period) > now()));
end $$;

create function trust_end_relation(p_patient bigint, p_reference text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not trust_stands_behind(p_patient, null, p_reference) then
    raise exception 'a relation ends with the process that gave it' using errcode = 'insufficient_privilege';
  end if;
  update trust_carerelation set period = tstzrange(lower(period), now())
  where patient_id = p_patient and reference = p_reference and period @> now() and lower(period) < now();
end $$;

-- The line that a relation was stated is written by the action, so that listeners hear of it.
create function trust_register(p_bsn text, p_birth_date date, p_initials text, p_own_prefix text, p_own_name text, p_gender text,
                               p_street text, p_house_number text, p_postcode text, p_place text, p_municipality text, p_reason text)
returns table (key uuid, outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare known record; number bigint;
begin
  if actor_kind() <> 'professional' or actor_organisation() is null or not trust_meets_patients()
     or not exists (select 1 from people_organisation where id = actor_organisation() and admission = 'admitted' and may_process_bsn) then
    raise exception 'only a participant that may process the BSN registers a patient' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(746, actor_user()::int);
  perform pg_advisory_xact_lock(hashtextextended(p_bsn, 742));
  if (select count(*) from events_event e where e.organisation_id = actor_organisation() and e.at > now() - interval '1 hour'
      and e.user_id = actor_user() and e.reason = 'identity_differs') >= 10 then
    outcome := 'too_often'; return next; return;
  end if;
  select p.id, p.key, p.birth_date, lower(p.own_name) as own_name into known
    from people_patientidentity i join people_patient p on p.id = i.patient_id where i.bsn = p_bsn;
  if known.id is not null and (known.birth_date <> p_birth_date or known.own_name <> lower(p_own_name)) then
    insert into events_event (verb, subject_type, subject_id, patient_id, outcome, reason)
      values ('record.denied', 'patient', known.id, known.id, 'denied', 'identity_differs');
    outcome := 'differs'; return next; return;
  end if;
  if known.id is null then
    insert into people_patient (key, initials, first_names, call_name, own_prefix, own_name, partner_prefix, partner_name, name_use,
                                gender, birth_date, place, municipality)
      values (gen_random_uuid(), p_initials, '', '', p_own_prefix, p_own_name, '', '', 'NL1', p_gender, p_birth_date, p_place, p_municipality)
      returning people_patient.id, people_patient.key into number, key;
    insert into people_patientidentity (patient_id, organisation_id, category, bsn, street, house_number, postcode, place, phone, email)
      values (number, actor_organisation(), 0, p_bsn, p_street, p_house_number, p_postcode, p_place, '', '');
    outcome := 'registered';
  else
    number := known.id; key := known.key; outcome := 'known';
  end if;
  if not exists (select 1 from trust_carerelation r where r.patient_id = number and r.organisation_id = actor_organisation()
                 and r.source <> 'consultation' and not isempty(r.period)
                 and (upper(r.period) is null or upper(r.period) > now())) then
    insert into trust_carerelation (patient_id, organisation_id, source, reference, reason, stated_by_id, period)
      values (number, actor_organisation(), 'stated', '', p_reason, actor_user(), tstzrange(now(), null));
  end if;
  return next;
end $$;

create function trust_tend_relation(p_relation bigint, p_end boolean) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare r trust_carerelation%rowtype;
begin
  select * into r from trust_carerelation where id = p_relation;
  if r.id is null or actor_kind() <> 'professional' or not trust_meets_patients() or r.organisation_id <> actor_organisation()
     or r.source in ('referral', 'consultation', 'enrolment') then
    raise exception 'a practice tends the relations it stated or has from its own system' using errcode = 'insufficient_privilege';
  end if;
  perform 1 from people_patient where id = r.patient_id for update;
  if p_end then
    update trust_carerelation set period = case when coalesce(lower(period), '-infinity') < now() then tstzrange(lower(period), now()) else 'empty' end
      where id = p_relation and period @> now();
  else
    update trust_carerelation set confirmed_at = now(), confirmed_by_id = actor_user() where id = p_relation and period @> now();
  end if;
  return found;
end $$;

create function trust_unseen(p_since timestamptz) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct r.patient_id from trust_carerelation r
  where trust_meets_patients() and actor_kind() = 'professional' and r.organisation_id = actor_organisation() and r.source <> 'consultation'
    and r.period @> now() and (lower(r.period) is null or lower(r.period) < p_since)
    and not exists (select 1 from events_event e where e.patient_id = r.patient_id and e.organisation_id = r.organisation_id
                    and e.verb = 'record.opened' and e.at >= p_since)
$$;
"""

CONSENT = r"""
create function trust_may_choose(p_patient bigint, p_permit boolean, p_holder bigint, p_established text) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return case actor_kind()
    when 'citizen' then p_patient = any(trust_reach())
    when 'professional' then btrim(coalesce(p_established, '')) <> '' and (
      (trust_meets_patients() and exists (select 1 from trust_grant g where g.patient_id = p_patient and g.grantee = actor_grantee() and g.period @> now()
        and g.basis like 'care_relation:%' and g.basis <> 'care_relation:consultation'))
      -- An objection (art. 21 AVG) that this participant granted as a request: it closes what it holds itself.
      or (not p_permit and p_holder = actor_organisation() and split_part(p_established, ':', 1) = 'objection'
          and trust_stands_behind(p_patient, p_holder, p_established)))
    else false end;
end $$;

-- About which categories this citizen chooses and asks: all of the own record, for another what the mandates that let act cover.
create function trust_acting_mask(p_patient bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(bit_or(g.categories), 0) from trust_grant g left join trust_mandate m on g.basis like 'mandate:%' and m.id = g.source_id
  where actor_kind() = 'citizen' and g.patient_id = p_patient and g.grantee = actor_grantee() and g.period @> now() and (g.basis = 'self' or m.acts)
$$;

create function trust_choose(p_patient bigint, p_permit boolean, p_categories bigint, p_holder_domain text, p_holder bigint,
                             p_reader_domain text, p_reader bigint, p_person bigint, p_ends timestamptz, p_established text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare former trust_consent%rowtype; child boolean; number bigint; left_over bigint;
begin
  if not trust_may_choose(p_patient, p_permit, p_holder, p_established)
     or (actor_kind() = 'citizen' and p_categories & ~trust_acting_mask(p_patient) <> 0) then
    raise exception 'this actor makes no choices for this patient' using errcode = 'insufficient_privilege';
  end if;
  perform 1 from people_patient where id = p_patient for update;
  for former in
    select * from trust_consent c where c.patient_id = p_patient and (upper(c.period) is null or upper(c.period) > now()) and not isempty(c.period)
      and c.categories & p_categories <> 0 and c.origin <> 'national'
      and c.holder_domain = p_holder_domain and c.holder_organisation_id is not distinct from p_holder and c.reader_domain = p_reader_domain
      and c.reader_organisation_id is not distinct from p_reader and c.reader_user_id is not distinct from p_person
  loop
    -- What is chosen anew ends; the rest stays as it was, with its own beginning.
    left_over := former.categories & ~p_categories;
    if left_over = 0 and lower(former.period) >= now() then
      delete from trust_consent where id = former.id;
    elsif left_over = 0 then
      update trust_consent set period = tstzrange(lower(period), now()) where id = former.id;
    else
      update trust_consent set categories = left_over where id = former.id;
      insert into trust_consent (patient_id, permit, categories, holder_domain, holder_organisation_id, reader_domain, reader_organisation_id, reader_user_id,
                                 origin, set_by_id, set_at_id, established, awaits, confirmed_by_id, period)
        select former.patient_id, former.permit, former.categories & p_categories, former.holder_domain, former.holder_organisation_id, former.reader_domain,
               former.reader_organisation_id, former.reader_user_id, former.origin, former.set_by_id, former.set_at_id, former.established,
               former.awaits, former.confirmed_by_id, tstzrange(lower(former.period), now())
        where lower(former.period) < now();
    end if;
  end loop;
  select p.birth_date + interval '16 years' > now() into child from people_patient p where p.id = p_patient;
  insert into trust_consent (patient_id, permit, categories, holder_domain, holder_organisation_id, reader_domain, reader_organisation_id, reader_user_id,
                             origin, set_by_id, set_at_id, established, awaits, period)
    values (p_patient, p_permit, p_categories, p_holder_domain, p_holder, p_reader_domain, p_reader, p_person,
            case actor_kind() when 'citizen' then 'portal' else 'presence' end, actor_user(), actor_organisation(),
            case when p_established ~ '^objection:[0-9]+$' then 'op verzoek van de inwoner' else coalesce(p_established, '') end,
            p_permit and child and not trust_is_guardian(p_patient), tstzrange(now(), p_ends))
    returning id into number;
  return number;
end $$;

create function trust_is_guardian(p_patient bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select actor_kind() = 'citizen' and exists (
    select 1 from trust_grant g join trust_mandate m on m.id = g.source_id
    where g.patient_id = p_patient and g.grantee = actor_grantee() and g.period @> now() and g.basis like 'mandate:%' and m.acts and m.kind <> 'carer')
$$;

create function trust_withdraw(p_consent bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare c trust_consent%rowtype;
begin
  select * into c from trust_consent where id = p_consent;
  if c.id is null or c.origin = 'national' or not (actor_kind() = 'citizen' and c.patient_id = any(trust_reach()))
     or c.categories & ~trust_acting_mask(c.patient_id) <> 0 then
    raise exception 'this actor withdraws no choices of this patient' using errcode = 'insufficient_privilege';
  end if;
  perform 1 from people_patient where id = c.patient_id for update;
  -- A session that waited may meet what began after its own moment: that ends as if it had not been.
  update trust_consent set period = case when lower(period) < now() then tstzrange(lower(period), now()) else 'empty' end
    where id = p_consent and (upper(period) is null or upper(period) > now()) and not isempty(period);
  return found;
end $$;

create function trust_confirm(p_consent bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare c trust_consent%rowtype;
begin
  select * into c from trust_consent where id = p_consent;
  if c.id is null or not trust_is_guardian(c.patient_id) or c.categories & ~trust_acting_mask(c.patient_id) <> 0 then
    raise exception 'only a guardian confirms the choice of a child' using errcode = 'insufficient_privilege';
  end if;
  perform 1 from people_patient where id = c.patient_id for update;
  update trust_consent set awaits = false, confirmed_by_id = actor_user() where id = p_consent and awaits and period @> now();
  return found;
end $$;

create function trust_outcomes(p_patient bigint, p_holder_domains text[], p_holders bigint[], p_reader_domains text[], p_readers bigint[], p_persons bigint[])
returns table (place bigint, shared bigint, facts bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.place, (:network & ~c.touched) | c.permitted, c.permitted
  from unnest(p_holder_domains, p_holders, p_reader_domains, p_readers, p_persons) with ordinality a(holder_domain, holder, reader_domain, reader, person, place)
  cross join lateral trust_choices(p_patient, a.holder_domain, a.holder, a.reader_domain, a.reader, a.person, now()) c
  where p_patient = any(trust_reach()) and (actor_kind() = 'citizen' or exists (select 1 from trust_grant g
    where g.patient_id = p_patient and g.grantee = actor_grantee() and g.period @> now() and g.basis <> 'care_relation:consultation')) order by a.place
$$;
"""

MANDATE = r"""
create function trust_speaks_for(p_patient bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from people_patient p where p.id = p_patient and p.account_id = actor_user() and actor_kind() = 'citizen' and p.deceased_on is null)
    or trust_is_guardian(p_patient)
$$;

create function trust_give_mandate(p_patient bigint, p_kind text, p_name text, p_categories bigint, p_acts boolean, p_ends timestamptz,
                                   p_document text, p_digest text, p_code_until timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare who record; number bigint; own record;
begin
  select * into who from people_patient where id = p_patient for update;
  -- Who represents the person gives no more than it has, and no longer than it has it.
  if actor_kind() = 'citizen' and who.account_id is distinct from actor_user() then
    select bit_or(g.categories) as categories, max(coalesce(upper(g.period), 'infinity')) as ends into own
      from trust_grant g join trust_mandate m on m.id = g.source_id
      where g.patient_id = p_patient and g.grantee = actor_grantee() and g.period @> now() and g.basis like 'mandate:%' and m.acts and m.kind <> 'carer';
    if p_categories & ~own.categories <> 0 then
      raise exception 'a representative gives no more than it may see itself' using errcode = 'insufficient_privilege';
    end if;
    p_ends := nullif(least(p_ends, own.ends), 'infinity');
  end if;
  if not ((p_kind = 'carer' and trust_speaks_for(p_patient))
          or (actor_kind() = 'professional' and btrim(p_document) <> '' and trust_may_choose(p_patient, true, null, p_document))) then
    raise exception 'this actor gives no mandates for this patient' using errcode = 'insufficient_privilege';
  end if;
  if who.deceased_on is not null then raise exception 'nobody acts for who has died' using errcode = 'check_violation'; end if;
  if p_kind = 'parent' and who.birth_date + interval '16 years' <= now() then
    raise exception 'a parent acts for a child under sixteen' using errcode = 'check_violation';
  end if;
  insert into trust_mandate (patient_id, name, kind, categories, acts, document, code_digest, code_until, given_by_id, given_at_id, period)
    values (p_patient, p_name, p_kind, p_categories, p_acts, p_document, p_digest, p_code_until, actor_user(), actor_organisation(), tstzrange(now(), p_ends))
    returning id into number;
  return number;
end $$;

create function trust_take_up(p_digest text) returns table (mandate bigint, outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare m trust_mandate%rowtype;
begin
  if actor_kind() <> 'citizen' then raise exception 'a citizen takes up a mandate' using errcode = 'insufficient_privilege'; end if;
  perform pg_advisory_xact_lock(746, actor_user()::int);
  if (select count(*) from events_event e where e.user_id = actor_user() and e.at > now() - interval '1 hour' and e.reason = 'code_unknown') >= 10 then
    outcome := 'too_often'; return next; return;
  end if;
  select * into m from trust_mandate t where t.code_digest = p_digest and p_digest <> '' and t.holder_id is null and t.code_until > now() and t.period @> now() for update;
  if m.id is null then
    insert into events_event (verb, subject_type, outcome, reason) values ('record.denied', 'mandate', 'denied', 'code_unknown');
    outcome := 'unknown'; return next; return;
  end if;
  if m.given_by_id = actor_user() or exists (select 1 from people_patient p where p.id = m.patient_id and p.account_id = actor_user()) then
    outcome := 'own'; return next; return;
  end if;
  update trust_mandate set holder_id = actor_user(), code_digest = '', code_until = null where id = m.id;
  mandate := m.id; outcome := 'taken_up';
  return next;
end $$;

create function trust_end_mandate(p_mandate bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare m trust_mandate%rowtype;
begin
  select * into m from trust_mandate where id = p_mandate for update;
  if m.id is null or not ((actor_kind() = 'citizen' and (m.holder_id = actor_user() or (trust_speaks_for(m.patient_id) and (m.kind = 'carer' or trust_is_guardian(m.patient_id)))))
       or (actor_kind() = 'professional' and m.given_at_id = actor_organisation() and trust_meets_patients())) then
    raise exception 'this actor does not end this mandate' using errcode = 'insufficient_privilege';
  end if;
  update trust_mandate set period = case when lower(period) < now() then tstzrange(lower(period), now()) else 'empty' end, ended_by_id = actor_user(), code_digest = ''
    where id = p_mandate and period @> now();
  return found;
end $$;
"""

EMERGENCY = r"""
create function trust_start_emergency(p_key uuid, p_bsn text, p_birth_date date, p_reason text, p_explanation text)
returns table (emergency bigint, outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare who record;
begin
  if actor_kind() <> 'professional' or not trust_meets_patients()
     or not exists (select 1 from people_organisation where id = actor_organisation() and admission = 'admitted')
     or not exists (select 1 from people_membership m where m.user_id = actor_user() and m.organisation_id = actor_organisation() and m.role = actor_role() and m.period @> now()) then
    raise exception 'emergency access is for who meets patients' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(746, actor_user()::int);
  if (select count(*) from events_event e where e.user_id = actor_user() and e.at > now() - interval '1 hour' and e.reason = 'identity_differs') >= 10 then
    outcome := 'too_often'; return next; return;
  end if;
  if p_key is not null then
    select p.id into who from people_patient p where p.key = p_key and p.id = any(trust_reach());
  elsif exists (select 1 from people_organisation where id = actor_organisation() and may_process_bsn) then
    select p.id into who from people_patientidentity i join people_patient p on p.id = i.patient_id where i.bsn = p_bsn and p.birth_date = p_birth_date;
  else
    raise exception 'this participant does not process the BSN' using errcode = 'insufficient_privilege';
  end if;
  if who.id is null then
    -- Whose number it was reads of the try in the own log, as after a registration under another name.
    insert into events_event (verb, subject_type, subject_id, patient_id, outcome, reason, purpose)
      select 'record.denied', 'patient', t.patient, t.patient, 'denied', 'identity_differs', 'ETREAT'
      from (select (select i.patient_id from people_patientidentity i where i.bsn = p_bsn) as patient) t;
    outcome := 'differs'; return next; return;
  end if;
  perform 1 from people_patient where id = who.id for update;
  select e.id into emergency from trust_emergency e
    where e.patient_id = who.id and e.user_id = actor_user() and e.organisation_id = actor_organisation()
      and not isempty(e.period) and upper(e.period) > now();
  if emergency is not null then outcome := 'running'; return next; return; end if;
  insert into trust_emergency (patient_id, organisation_id, user_id, role, reason, explanation, review, review_note, period)
    values (who.id, actor_organisation(), actor_user(), actor_role(), p_reason, p_explanation, '', '', tstzrange(now(), now() + interval '1 hour'))
    returning id into emergency;
  outcome := 'started';
  return next;
end $$;

create function trust_end_emergency(p_emergency bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update trust_emergency set period = case when lower(period) < now() then tstzrange(lower(period), now()) else 'empty' end
    where id = p_emergency and user_id = actor_user() and actor_kind() = 'professional' and not isempty(period) and upper(period) > now();
  return found;
end $$;

create function trust_review_emergency(p_emergency bigint, p_outcome text, p_note text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() <> 'professional' or actor_role() <> 'privacy_officer' then
    raise exception 'a privacy officer reviews' using errcode = 'insufficient_privilege';
  end if;
  update trust_emergency set review = p_outcome, review_note = p_note, reviewed_by_id = actor_user(), reviewed_at = now()
    where id = p_emergency and review = '' and user_id <> actor_user() and (trust_oversees() or organisation_id = actor_organisation());
  return found;
end $$;
"""

TERMS = r"""
create function trust_has_permission(p_organisation bigint, p_codename text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select actor_kind() = 'professional' and actor_organisation() = p_organisation and exists (
    select 1 from people_organisationpermission p join auth_permission a on a.id = p.permission_id
    where p.user_id = actor_user() and p.content_object_id = p_organisation and a.codename = p_codename)
$$;

create function trust_state_policy(p_organisation bigint, p_lines jsonb, p_note text, p_starts timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint; begins timestamptz := greatest(coalesce(p_starts, now()), now());
begin
  if not trust_has_permission(p_organisation, 'manage_policy') then
    raise exception 'only who manages it states a policy' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(744, p_organisation::int);
  delete from trust_policyline where policy_id in (select id from trust_policy where organisation_id = p_organisation and lower(period) >= begins);
  delete from trust_policy where organisation_id = p_organisation and lower(period) >= begins;
  update trust_policy set period = tstzrange(lower(period), begins) where organisation_id = p_organisation and period @> begins;
  insert into trust_policy (organisation_id, version, note, stated_by_id, stated_at, period)
    values (p_organisation, (select coalesce(max(version), 0) + 1 from trust_policy where organisation_id = p_organisation), p_note, actor_user(), now(), tstzrange(begins, null))
    returning id into number;
  insert into trust_policyline (policy_id, categories, purposes, reader_domain, reader_organisation_id, roles, relations)
    select number, l.categories, l.purposes, coalesce(l.reader_domain, ''), l.reader_organisation, coalesce(l.roles, '{}'), coalesce(l.relations, '{}')
    from jsonb_to_recordset(p_lines) l(categories bigint, purposes text[], reader_domain text, reader_organisation bigint, roles text[], relations text[]);
  return number;
end $$;

create function trust_state_need(p_role text, p_categories bigint, p_note text, p_starts timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint; begins timestamptz := greatest(coalesce(p_starts, now()), now());
begin
  if not exists (select 1 from people_organisation o where o.id = actor_organisation() and o.domain = 'region') or not trust_has_permission(actor_organisation(), 'manage_rules') then
    raise exception 'only who manages the rules of the region states what a role needs' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(745);
  delete from trust_roleneed where role = p_role and lower(period) >= begins;
  update trust_roleneed set period = tstzrange(lower(period), begins) where role = p_role and period @> begins;
  insert into trust_roleneed (role, categories, note, stated_by_id, period) values (p_role, p_categories, p_note, actor_user(), tstzrange(begins, null))
    returning id into number;
  return number;
end $$;

create function trust_restrict(p_patient bigint, p_organisation bigint, p_categories bigint, p_reference text, p_ends timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint;
begin
  if actor_organisation() is distinct from p_organisation or split_part(p_reference, ':', 1) <> 'restriction'
     or not trust_stands_behind(p_patient, p_organisation, p_reference) then
    raise exception 'a participant restricts what it holds itself' using errcode = 'insufficient_privilege';
  end if;
  insert into trust_restriction (patient_id, organisation_id, categories, reference, period)
    values (p_patient, p_organisation, p_categories, p_reference, tstzrange(now(), p_ends)) returning id into number;
  return number;
end $$;

create function trust_lift(p_restriction bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update trust_restriction set period = case when lower(period) < now() then tstzrange(lower(period), now()) else 'empty' end
    where id = p_restriction and period @> now() and actor_kind() = 'professional' and actor_role() in ('privacy_officer', 'manager')
      and organisation_id = actor_organisation();
  return found;
end $$;
"""

NATIONAL = r"""
create function trust_keep_national_answer(p_patient bigint, p_holder bigint, p_permitted bigint, p_refused bigint, p_asked timestamptz, p_until timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare told timestamptz := least(p_asked, now());
begin
  if actor_kind() <> 'professional' or not p_patient = any(trust_reach()) then
    raise exception 'an answer is kept for who asked about a patient in care' using errcode = 'insufficient_privilege';
  end if;
  -- The service speaks of care under the Wkkgz and of the categories that its catalogue knows, whatever else is handed in.
  if (select count(*) from people_organisation o where o.id in (p_holder, actor_organisation())
      and o.domain in ('gp', 'home_care', 'mental_health', 'hospital', 'pharmacy')) <> 2 then
    raise exception 'these two do not take part in the national service' using errcode = 'insufficient_privilege';
  end if;
  p_permitted := p_permitted & :national;
  p_refused := p_refused & :national;
  perform 1 from people_patient where id = p_patient for update;
  if exists (select 1 from trust_nationalanswer n where n.patient_id = p_patient and n.holder_id = p_holder and n.reader_id = actor_organisation() and n.told_at > told) then
    return;
  end if;
  delete from trust_nationalanswer where patient_id = p_patient and holder_id = p_holder and reader_id = actor_organisation();
  insert into trust_nationalanswer (patient_id, holder_id, reader_id, permitted, refused, told_at, period)
    select p_patient, p_holder, actor_organisation(), p_permitted & ~p_refused, 0, told, tstzrange(now(), least(p_until, now() + interval '1 day'))
    where p_until > now();
  insert into trust_nationalanswer (patient_id, holder_id, reader_id, permitted, refused, told_at, period)
    select p_patient, p_holder, actor_organisation(), 0, p_refused, told, tstzrange(now(), null) where p_refused <> 0;
end $$;

create function trust_keep_national_choice(p_bsn text, p_holder_ura text, p_holder_domain text, p_reader_domains text[], p_categories bigint,
                                           p_permit boolean, p_at timestamptz) returns table (patient bigint, outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare holder bigint; told timestamptz := least(p_at, now()); kind text; mask bigint; a trust_nationalanswer%rowtype; kept boolean := false; older boolean := false;
begin
  if actor_kind() <> 'system' or actor_name() <> 'national' then
    raise exception 'a national choice comes from the national service' using errcode = 'insufficient_privilege';
  end if;
  select i.patient_id into patient from people_patientidentity i where i.bsn = p_bsn;
  if p_holder_ura <> '' then
    select o.id into holder from people_organisation o where o.ura = p_holder_ura;
  end if;
  if patient is null or (holder is null) = (coalesce(p_holder_domain, '') = '') then
    patient := null; outcome := 'unknown'; return next; return;
  end if;
  perform 1 from people_patient p where p.id = patient for update;
  foreach kind in array p_reader_domains loop
    mask := p_categories;
    for a in select * from trust_nationalanswer n where n.patient_id = patient and n.reader_domain = kind
        and not isempty(n.period) and (upper(n.period) is null or upper(n.period) > now())
        and n.holder_id is not distinct from holder and n.holder_domain = coalesce(p_holder_domain, '') and (n.permitted | n.refused) & p_categories <> 0
    loop
      if a.told_at > told or (a.told_at = told and p_permit) then
        older := older or a.told_at > told;
        mask := mask & ~(a.permitted | a.refused);
      elsif a.told_at = told and a.refused & mask <> 0 then
        mask := mask & ~a.refused;
      end if;
    end loop;
    continue when mask = 0;
    -- What this choice speaks of ends in what was told or asked before it; the rest of that stays.
    for a in select n.* from trust_nationalanswer n left join people_organisation r on r.id = n.reader_id left join people_organisation h on h.id = n.holder_id
        where n.patient_id = patient and not isempty(n.period) and (upper(n.period) is null or upper(n.period) > now()) and (n.permitted | n.refused) & mask <> 0
          and ((n.reader_domain = kind and n.holder_id is not distinct from holder and n.holder_domain = coalesce(p_holder_domain, ''))
               or (r.domain = kind and (h.id = holder or h.domain = p_holder_domain) and n.told_at <= told))
    loop
      if lower(a.period) < now() then
        update trust_nationalanswer set period = tstzrange(lower(period), now()) where id = a.id;
      else
        delete from trust_nationalanswer where id = a.id;
      end if;
      insert into trust_nationalanswer (patient_id, holder_id, holder_domain, reader_id, reader_domain, permitted, refused, told_at, period)
        select patient, a.holder_id, a.holder_domain, a.reader_id, a.reader_domain, a.permitted & ~mask, a.refused & ~mask, a.told_at, tstzrange(now(), upper(a.period))
        where (a.permitted | a.refused) & ~mask <> 0;
    end loop;
    insert into trust_nationalanswer (patient_id, holder_id, holder_domain, reader_domain, permitted, refused, told_at, period)
      values (patient, holder, coalesce(p_holder_domain, ''), kind, case when p_permit then mask else 0 end, case when p_permit then 0 else mask end,
              told, tstzrange(now(), null));
    kept := true;
  end loop;
  outcome := case when kept then 'kept' when older then 'older' else 'repeated' end;
  return next;
end $$;

create function trust_registration(p_event bigint, p_at timestamptz) returns table (bsn varchar, birth_date date, organisation bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select i.bsn, p.birth_date, e.organisation_id from events_event e
  join people_patient p on p.id = e.patient_id join people_patientidentity i on i.patient_id = p.id
  where e.id = p_event and e.at = p_at and e.verb = 'relation.stated' and actor_kind() = 'system' and actor_name() in ('national', 'deliveries')
$$;
"""

MERGE = r"""
-- Two participants become one: relations and memberships go over to the successor, choices keep counting as far as they protect.
create function trust_merge(p_from bigint, p_into bigint) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not trust_has_permission(actor_organisation(), 'manage_admission') then
    raise exception 'only who manages admissions joins participants' using errcode = 'insufficient_privilege';
  end if;
  perform 1 from people_organisation where id in (p_from, p_into) order by id for update;
  if p_from = p_into or trust_successor(p_into) = p_from then return 'same'; end if;
  if not exists (select 1 from people_organisation where id = p_from and merged_into_id is null and admission in ('admitted', 'suspended')) then return 'gone'; end if;
  if not exists (select 1 from people_organisation f, people_organisation t
                 where f.id = p_from and t.id = p_into and t.admission = 'admitted' and t.domain = f.domain and (t.may_process_bsn or not f.may_process_bsn)) then
    return 'unfit';
  end if;
  if exists (select 1 from events_workitem where organisation_id = p_from and done_at is null) then return 'open_work'; end if;

  insert into people_membership (user_id, organisation_id, role, period, uzi, agb)
    select m.user_id, p_into, m.role, tstzrange(now(), upper(m.period)), m.uzi, m.agb from people_membership m
    where m.organisation_id = p_from and m.period @> now()
  on conflict (user_id, organisation_id, role) do update
    set period = tstzrange(least(lower(people_membership.period), now()), greatest(upper(people_membership.period), upper(excluded.period)))
    where not people_membership.period @> now();
  update people_membership set period = case when coalesce(lower(period), '-infinity') < now() then tstzrange(lower(period), now()) else 'empty' end
    where organisation_id = p_from and (upper(period) is null or upper(period) > now());
  insert into trust_carerelation (patient_id, organisation_id, source, reference, reason, stated_by_id, period)
    select r.patient_id, p_into, 'merger', 'organisation:' || p_from, '', actor_user(), tstzrange(now(), case when bool_or(upper(r.period) is null) then null else max(upper(r.period)) end)
    from trust_carerelation r where r.organisation_id = p_from and r.source <> 'consultation' and r.period @> now() group by r.patient_id;
  update trust_carerelation set period = case when coalesce(lower(period), '-infinity') < now() then tstzrange(lower(period), now()) else 'empty' end
    where organisation_id = p_from and (upper(period) is null or upper(period) > now());
  update people_organisation set merged_into_id = p_into, admission = 'ended' where id = p_from;
  return 'merged';
end $$;
"""

EXECUTE = r"""
revoke execute on function trust_stands_behind, trust_start_relation, trust_end_relation, trust_register, trust_tend_relation, trust_unseen,
  trust_may_choose, trust_acting_mask, trust_choose, trust_is_guardian, trust_withdraw, trust_confirm, trust_outcomes, trust_speaks_for,
  trust_give_mandate, trust_take_up, trust_end_mandate, trust_start_emergency, trust_end_emergency, trust_review_emergency, trust_has_permission,
  trust_state_policy, trust_state_need, trust_restrict, trust_lift, trust_keep_national_answer, trust_keep_national_choice, trust_registration,
  trust_merge from public;
grant execute on function trust_start_relation, trust_end_relation, trust_register, trust_tend_relation, trust_unseen, trust_may_choose,
  trust_acting_mask, trust_choose, trust_is_guardian, trust_withdraw, trust_confirm, trust_outcomes, trust_speaks_for, trust_give_mandate,
  trust_take_up, trust_end_mandate, trust_start_emergency, trust_end_emergency, trust_review_emergency, trust_has_permission, trust_state_policy,
  trust_state_need, trust_restrict, trust_lift, trust_keep_national_answer, trust_keep_national_choice, trust_registration, trust_merge to nis_app;
"""

# The masks written into two doors: what a care relation opens of itself, and what the national service's catalogue speaks of.
NETWORK = sum(1 << c for c in (0, 1, 8, 9, 11, 12, 13))
ABOUT = ((1 << 20) - 1) & ~sum(1 << c for c in (0, 1, 12, 13, 15, 16))


class Migration(migrations.Migration):
    dependencies = [("trust", "0002_rules"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.RunSQL(
            [
                RELATION,
                CONSENT.replace(":network", str(NETWORK)),
                MANDATE,
                EMERGENCY,
                TERMS,
                NATIONAL.replace(":national", str(ABOUT)),
                MERGE,
                EXECUTE,
            ],
            migrations.RunSQL.noop,
        ),
    ]
