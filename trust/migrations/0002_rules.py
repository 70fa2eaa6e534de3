"""The one rule of access: choices by holder and reader, derived grants, the decision with the holders' policies, opening, row-level security.

Before it comes the log, for every opening writes a line and what reaches log and work is said here. After it comes every app that
holds content, for its tables are protected by the procedures made here.
"""

from django.db import migrations

CHOICES = r"""
create function trust_successor(p_organisation bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  with recursive line as (
    select id, merged_into_id, 0 as step from people_organisation where id = p_organisation
    union all
    select o.id, o.merged_into_id, l.step + 1 from line l join people_organisation o on o.id = l.merged_into_id where l.step < 20)
  select id from line order by step desc limit 1
$$;

-- Plain functions, so that the planner takes them into the statements of the guarded functions that alone ask them: deriving is three times as fast.
create function trust_choices(p_patient bigint, p_holder_domain text, p_holder bigint, p_reader_domain text, p_reader bigint,
                              p_person bigint, p_at timestamptz)
returns table (touched bigint, permitted bigint, personal bigint)
language sql stable as $$
  with fitting as (
    select c.permit, c.categories,
           case when c.reader_user_id is not null then 3 when c.reader_organisation_id is not null then 2 when c.reader_domain <> '' then 1 else 0 end as r,
           case when c.holder_organisation_id is not null then 2 when c.holder_domain <> '' then 1 else 0 end as h
    from trust_consent c
    where c.patient_id = p_patient and c.period @> p_at and not c.awaits
      and (c.reader_domain = '' or c.reader_domain = p_reader_domain)
      and (c.reader_organisation_id is null or c.reader_organisation_id = p_reader
           or (not c.permit and trust_successor(c.reader_organisation_id) = p_reader))
      and (c.reader_user_id is null or c.reader_user_id = p_person)
      and (c.holder_domain = '' or c.holder_domain = p_holder_domain)
      and (c.holder_organisation_id is null or c.holder_organisation_id = p_holder
           or (not c.permit and trust_successor(c.holder_organisation_id) = p_holder))
  ), unbeaten as (
    select f.permit, f.categories, f.r, f.categories & ~coalesce((
        select bit_or(b.categories) from fitting b where b.r >= f.r and b.h >= f.h and (b.r > f.r or b.h > f.h)), 0) as counts
    from fitting f
  )
  select coalesce(bit_or(categories), 0),
         coalesce(bit_or(counts) filter (where permit), 0) & ~coalesce(bit_or(counts) filter (where not permit), 0),
         coalesce(bit_or(counts) filter (where not permit and r = 3), 0)
  from unbeaten
$$;

create function trust_holders(p_patient bigint) returns setof bigint
language sql stable rows 6 as $$
  select organisation_id from trust_carerelation where patient_id = p_patient
  union select organisation_id from trust_emergency where patient_id = p_patient
$$;

create function trust_restricted(p_patient bigint, p_holder bigint, p_at timestamptz) returns bigint
language sql stable as $$
  select coalesce(bit_or(r.categories), 0) from trust_restriction r
  where r.patient_id = p_patient and r.organisation_id = p_holder and r.period @> p_at
$$;
"""

GRANTS = r"""
create function trust_derive(p_patients bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_patients is not null then
    perform 1 from people_patient where id = any(p_patients) order by id for update;
  end if;
  delete from trust_grant where p_patients is null or patient_id = any(p_patients);
  insert into trust_grant (patient_id, grantee, categories, own_categories, consented, exceptions, basis, source_id, period)
  with named as (
    select distinct c.patient_id, c.reader_user_id as person from trust_consent c
    where c.reader_user_id is not null and not c.awaits and (p_patients is null or c.patient_id = any(p_patients))
  ), apart as materialized (
    select c.patient_id from trust_consent c
    where (c.holder_domain <> '' or c.holder_organisation_id is not null) and not c.awaits and (p_patients is null or c.patient_id = any(p_patients))
    union select r.patient_id from trust_restriction r where p_patients is null or r.patient_id = any(p_patients)
    union select n.patient_id from trust_nationalanswer n where p_patients is null or n.patient_id = any(p_patients)
  ), base as (
    select 'care_relation:' || r.source as basis, r.id, r.patient_id, r.organisation_id, r.period,
           :network::bigint as start_shared, 0::bigint as start_facts, r.source = 'consultation' as lent
    from trust_carerelation r where (p_patients is null or r.patient_id = any(p_patients)) and not isempty(r.period)
  ), reading as (
    select b.*, null::bigint as person from base b
    union all
    select b.*, n.person from base b join named n on n.patient_id = b.patient_id
    union all
    select 'emergency', e.id, e.patient_id, e.organisation_id, e.period, :everything, :everything, false, e.user_id
    from trust_emergency e where (p_patients is null or e.patient_id = any(p_patients)) and not isempty(e.period)
  ), reader as (
    select r.*, o.domain, coalesce(lower(r.period), '-infinity') as begins, coalesce(upper(r.period), 'infinity') as ends
    from reading r join people_organisation o on o.id = r.organisation_id
  ), turn as (
    select r.basis, r.id, r.person, r.begins as at from reader r
    union
    select r.basis, r.id, r.person, b.at from reader r
      join (select patient_id, period from trust_consent where not awaits
            union all select patient_id, period from trust_restriction
            union all select patient_id, period from trust_nationalanswer) c on c.patient_id = r.patient_id and c.period && r.period
      cross join lateral (values (lower(c.period)), (upper(c.period))) b(at)
      where b.at > r.begins and b.at < r.ends
  ), segment as (
    select r.*, t.at as seg_begins, lead(t.at, 1, r.ends) over (partition by r.basis, r.id, r.person order by t.at) as seg_ends
    from reader r join turn t on t.basis = r.basis and t.id = r.id and t.person is not distinct from r.person
  )
  select s.patient_id,
         case when s.person is null then 'organisation:' || s.organisation_id else 'member:' || s.organisation_id || ':' || s.person end,
         case when s.lent then :network & :asked & ~c.personal else (s.start_shared & ~c.touched) | c.permitted end,
         case when s.lent then :asked else :everything end & ~kept.restricted & ~own.personal,
         case when s.lent then 0 else (s.start_facts & ~c.touched) | c.permitted end,
         case when s.patient_id in (select patient_id from apart) then (
           select jsonb_object_agg(h.holder, jsonb_build_array(h.shared, h.facts))
           from (
             select o.id as holder,
                    case when s.lent then :network & :asked & ~k.personal else (s.start_shared & ~k.touched) | k.permitted end & ~kept.restricted as shared,
                    case when s.lent then 0 else (((s.start_facts | n.permitted) & ~k.touched) | k.permitted) & ~n.refused end & ~kept.restricted as facts
             from trust_holders(s.patient_id) known(organisation_id)
             join people_organisation o on o.id = known.organisation_id
             cross join lateral trust_choices(s.patient_id, o.domain, o.id, s.domain, s.organisation_id, s.person, s.seg_begins) k
             cross join lateral (select trust_restricted(s.patient_id, o.id, s.seg_begins) as restricted) kept
             cross join lateral (
               select coalesce(bit_or(a.permitted & ~later.told), 0) as permitted, coalesce(bit_or(a.refused & ~later.told), 0) as refused
               from trust_nationalanswer a
               cross join lateral (
                 -- What was asked about these two counts over what was told of their kinds before, category by category.
                 select coalesce(bit_or(b.permitted | b.refused), 0) as told from trust_nationalanswer b
                 where a.reader_id is null and b.patient_id = s.patient_id and b.holder_id = o.id and b.reader_id = s.organisation_id
                   and b.period @> s.seg_begins and b.told_at > a.told_at) later
               where a.patient_id = s.patient_id and a.period @> s.seg_begins
                 and (a.holder_id = o.id or a.holder_domain = o.domain) and (a.reader_id = s.organisation_id or a.reader_domain = s.domain)) n
           ) h
           where h.shared <> case when s.lent then :network & :asked & ~c.personal else (s.start_shared & ~c.touched) | c.permitted end
              or h.facts <> case when s.lent then 0 else (s.start_facts & ~c.touched) | c.permitted end) end,
         s.basis, s.id, tstzrange(nullif(s.seg_begins, '-infinity'), nullif(s.seg_ends, 'infinity'))
  from segment s
  cross join lateral trust_choices(s.patient_id, null, null, s.domain, s.organisation_id, s.person, s.seg_begins) c
  cross join lateral (
    select case when s.patient_id in (select patient_id from apart) then trust_restricted(s.patient_id, s.organisation_id, s.seg_begins) else 0 end as restricted) kept
  cross join lateral (
    select case when s.person is null then 0 else
      (select k.personal from trust_choices(s.patient_id, s.domain, s.organisation_id, s.domain, s.organisation_id, s.person, s.seg_begins) k) end as personal) own
  union all
  select m.patient_id, 'person:' || m.holder_id, m.categories, m.categories, m.categories, null, 'mandate:' || m.kind, m.id,
         m.period * tstzrange(null, least(
           p.deceased_on::timestamp at time zone 'Europe/Amsterdam', h.deceased_on::timestamp at time zone 'Europe/Amsterdam',
           case when m.kind = 'parent' then (p.birth_date + interval '16 years')::timestamp at time zone 'Europe/Amsterdam' end))
  from trust_mandate m join people_patient p on p.id = m.patient_id left join people_patient h on h.account_id = m.holder_id
  where m.holder_id is not null and (p_patients is null or m.patient_id = any(p_patients))
    and not isempty(m.period * tstzrange(null, least(
           p.deceased_on::timestamp at time zone 'Europe/Amsterdam', h.deceased_on::timestamp at time zone 'Europe/Amsterdam',
           case when m.kind = 'parent' then (p.birth_date + interval '16 years')::timestamp at time zone 'Europe/Amsterdam' end)))
  union all
  select p.id, 'person:' || p.account_id, :everything, :everything, :everything, null, 'self', null,
         tstzrange(null, p.deceased_on::timestamp at time zone 'Europe/Amsterdam')
  from people_patient p where p.account_id is not null and (p_patients is null or p.id = any(p_patients));
end $$;

create function trust_inputs_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then perform trust_derive(array[old.patient_id]);
  elsif tg_op = 'INSERT' then perform trust_derive(array[new.patient_id]);
  else perform trust_derive(array[old.patient_id, new.patient_id]);
  end if;
  return null;
end $$;
create trigger derive after insert or update or delete on trust_carerelation for each row execute function trust_inputs_changed();
create trigger derive after insert or update or delete on trust_consent for each row execute function trust_inputs_changed();
create trigger derive after insert or update or delete on trust_restriction for each row execute function trust_inputs_changed();
create trigger derive after insert or update or delete on trust_nationalanswer for each row execute function trust_inputs_changed();
create trigger derive after insert or update or delete on trust_mandate for each row execute function trust_inputs_changed();
create trigger derive after insert or update or delete on trust_emergency for each row execute function trust_inputs_changed();

create function trust_account_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform trust_derive(array(select new.id union select m.patient_id from trust_mandate m
                             where m.holder_id = new.account_id or tg_op = 'UPDATE' and m.holder_id = old.account_id));
  return null;
end $$;
create trigger derive_new after insert on people_patient for each row when (new.account_id is not null) execute function trust_account_changed();
create trigger derive_changed after update of account_id, deceased_on, birth_date on people_patient for each row
  when (new.account_id is distinct from old.account_id or new.deceased_on is distinct from old.deceased_on or new.birth_date <> old.birth_date)
  execute function trust_account_changed();

create function trust_merged() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform trust_derive(array(select distinct c.patient_id from trust_consent c
                             where trust_successor(c.reader_organisation_id) = trust_successor(new.id)
                                or trust_successor(c.holder_organisation_id) = trust_successor(new.id)));
  return null;
end $$;
create trigger derive_merged after update of merged_into_id on people_organisation for each row
  when (new.merged_into_id is distinct from old.merged_into_id) execute function trust_merged();

create function trust_admitted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint;
begin
  if not exists (select 1 from trust_policy where organisation_id = new.id) then
    insert into trust_policy (organisation_id, version, note, stated_at, period)
      values (new.id, 1, '', now(), tstzrange(now(), null)) returning id into number;
    insert into trust_policyline (policy_id, categories, purposes, reader_domain, roles, relations)
      values (number, :everything, '{TREAT,COC,ETREAT}', '', '{}', '{}');
  end if;
  return null;
end $$;
create trigger first_policy after insert or update of admission on people_organisation for each row
  when (new.admission = 'admitted') execute function trust_admitted();
"""

WHO = r"""
create function actor_member() returns text language plpgsql stable parallel safe as
  $$ begin return case actor_kind() when 'professional' then 'member:' || actor_organisation() || ':' || actor_user() end; end $$;
create function actor_grantees() returns text[] language plpgsql stable parallel safe as
  $$ begin return array_remove(array[actor_grantee(), actor_member()], null); end $$;

create function trust_meets_patients() returns boolean language plpgsql stable as $$
begin
  return exists (select 1 from trust_roleneed r where r.role = actor_role() and r.categories & 1 = 1 and r.period @> now());
end $$;

create function trust_reach() returns bigint[] language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not trust_meets_patients() then return '{}'; end if;
  return (select coalesce(array_agg(distinct g.patient_id), '{}') from trust_grant g
          where g.grantee = any(actor_grantees()) and g.period @> now()
            and (g.basis not like 'mandate:%' or exists (select 1 from trust_mandate m where m.id = g.source_id and m.acts)));
end $$;

create function trust_reach_keys() returns bigint[] language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() <> 'citizen' then return '{}'; end if;
  return (select coalesce(array_agg(distinct g.patient_id * 64 + c), '{}')
          from trust_grant g cross join lateral generate_series(0, 31) c
          where g.grantee = actor_grantee() and g.period @> now() and (g.categories >> c) & 1 = 1);
end $$;

create function trust_owned() returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return array_remove(array[actor_organisation()], null)
    || array(select o.id from people_organisation o where o.merged_into_id is not null and trust_successor(o.id) = actor_organisation());
end $$;

create function trust_oversees() returns boolean language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return actor_kind() = 'professional' and actor_role() = 'privacy_officer'
    and exists (select 1 from people_organisation o where o.id = actor_organisation() and o.domain = 'region' and o.admission = 'admitted');
end $$;
"""

DECIDE = r"""
create function trust_decide(p_patient bigint, p_wanted bigint)
returns table (related boolean, allowed bigint, own bigint, consented bigint, not_needed bigint, not_consented bigint, basis text, reason text,
               emergency boolean, sights jsonb, grounds jsonb)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  may bigint; may_own bigint; may_facts bigint; need bigint; need_id bigint; fits boolean; kind text := actor_kind(); purpose text := actor_purpose();
  organisation bigint := actor_organisation(); owned bigint[] := trust_owned(); field text;
begin
  select r.id, r.categories into need_id, need from trust_roleneed r where r.role = actor_role() and r.period @> now();
  need := coalesce(need, 0);
  fits := case kind when 'professional' then purpose in ('TREAT', 'COC') when 'citizen' then purpose = 'PATRQT' else false end;
  select o.domain into field from people_organisation o where o.id = organisation;

  with mine as materialized (
    select g.categories, g.own_categories, g.consented, g.exceptions, g.basis
    from trust_grant g
    where g.patient_id = p_patient and g.grantee = any(actor_grantees()) and g.period @> now()
      and not (kind = 'professional' and g.grantee = actor_grantee() and exists (
        select 1 from trust_grant m where m.patient_id = p_patient and m.grantee = actor_member() and m.period @> now()
          and m.basis = g.basis and m.source_id = g.source_id))
  ), told as (
    select coalesce(bit_or(g.categories), 0) as shared, coalesce(bit_or(g.own_categories), 0) as own, coalesce(bit_or(g.consented), 0) as facts,
           string_agg(distinct g.basis, ',' order by g.basis) as basis, count(*) > 0 as related, coalesce(bool_or(g.basis = 'emergency'), false) as emergency,
           coalesce(array_agg(distinct split_part(g.basis, ':', 2)) filter (where g.basis like 'care_relation:%'), '{}') as sources
    from mine g
  ), holder as (
    select h.id from trust_holders(p_patient) h(id) where fits and exists (select 1 from mine)
  ), offered as (
    select h.id, min(p.id) as policy,
           coalesce(bit_or(l.categories) filter (where purpose = any(l.purposes)), 0) as ordinary,
           coalesce(bit_or(l.categories) filter (where 'ETREAT' = any(l.purposes)), 0) as urgent
    from holder h
    left join trust_policy p on p.organisation_id = h.id and p.period @> now()
    left join trust_policyline l on l.policy_id = p.id
      and (l.reader_domain = '' or l.reader_domain = field) and (l.reader_organisation_id is null or l.reader_organisation_id = organisation)
      and (l.roles = '{}' or actor_role() = any(l.roles)) and (l.relations = '{}' or l.relations && (select t.sources::varchar[] from told t))
    group by h.id
  ), sight as (
    select o.id, o.policy,
           bit_or(coalesce((g.exceptions -> o.id::text ->> 0)::bigint, g.categories)) & p_wanted & need as shared,
           bit_or(case when kind = 'citizen' then g.consented when o.id = any(owned) then g.own_categories
                  else coalesce((g.exceptions -> o.id::text ->> 1)::bigint, g.consented) & case when g.basis = 'emergency' then o.urgent else o.ordinary end end)
             & p_wanted & need as facts,
           bit_or(case when kind = 'citizen' or o.id = any(owned) then ~0::bigint when g.basis = 'emergency' then o.urgent else o.ordinary end) & p_wanted & need as offered,
           bit_or(case when kind = 'citizen' or o.id = any(owned) then g.own_categories else coalesce((g.exceptions -> o.id::text ->> 1)::bigint, g.consented) end)
             & p_wanted & need as chosen
    from offered o cross join mine g group by o.id, o.policy
  ), all_sights as (
    select jsonb_object_agg(s.id, jsonb_build_array(s.shared, s.facts, s.policy, s.offered, s.chosen)) as sights,
           jsonb_object_agg(s.id, jsonb_build_array(s.shared, s.facts, s.policy)) filter (where s.shared | s.facts <> 0) as opened,
           coalesce(bit_or(s.facts) filter (where s.id <> all(owned)), 0) as facts,
           coalesce(bit_or(s.chosen) filter (where s.id <> all(owned)), 0) as chosen
    from sight s
  )
  select t.shared, t.own, t.basis, t.related, t.emergency, coalesce(a.sights, '{}'), coalesce(a.opened, '{}'), a.facts, a.chosen | t.facts
    into may, may_own, basis, related, emergency, sights, grounds, consented, may_facts
    from told t cross join all_sights a;

  basis := coalesce(basis, '');
  allowed := case when fits then p_wanted & may & need else 0 end;
  own := case when fits then p_wanted & may_own & need else 0 end;
  consented := case when fits then consented else 0 end;
  not_needed := p_wanted & ~need;
  not_consented := p_wanted & need & ~may_facts;
  grounds := jsonb_build_object('need', need_id, 'holders', grounds);
  reason := case when not related then 'no_relation' when p_wanted & need = 0 then 'role' when not fits then 'purpose'
                 when allowed | own | consented <> 0 then '' else 'consent' end;
  return next;
end $$;
"""

OPEN = r"""
-- What the running transaction opened, written with its line in the log: the log itself has a partition for each month, too many to ask in every
-- statement. It holds nothing beyond the transaction, so it is not logged, and emptied behind what has ended. A number of a transaction comes
-- again in a copy that was restored; its moment does not.
create unlogged table trust_opening (
  xact xid8 not null default pg_current_xact_id(),
  at timestamptz not null default now(),
  patient_id bigint not null,
  user_id bigint default actor_user(),
  organisation_id bigint default actor_organisation(),
  categories bigint not null,
  own_categories bigint not null,
  grounds jsonb not null
);
create index trust_opening_xact on trust_opening (xact);
call trust_protect_index('trust_opening');

create function trust_forget_openings() returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from trust_opening where xact < pg_snapshot_xmin(pg_current_snapshot()) or at < now() - interval '1 day' returning 1) select count(*) from gone
$$;

create function trust_open(p_key uuid, p_wanted bigint)
returns table (patient bigint, related boolean, allowed bigint, own bigint, consented bigint, not_needed bigint, not_consented bigint, basis text, reason text,
               emergency boolean, sights jsonb)
language plpgsql security definer set search_path = public, pg_temp as $$
declare d record;
begin
  if pg_is_in_recovery() then raise exception 'records are opened on the primary'; end if;
  select id into patient from people_patient where key = p_key;
  select * into d from trust_decide(patient, p_wanted);
  related := coalesce(d.related, false); allowed := d.allowed; own := d.own; consented := d.consented; not_needed := d.not_needed;
  not_consented := d.not_consented; basis := d.basis; emergency := d.emergency; sights := d.sights;
  reason := case when patient is null then 'unknown' else d.reason end;
  insert into events_event (verb, subject_type, subject_id, patient_id, purpose, categories, own_categories, consented, withheld, basis, outcome, reason, grounds)
    values (case when reason = '' then 'record.opened' else 'record.denied' end, 'patient', patient, patient,
            case when emergency then 'ETREAT' else actor_purpose() end, allowed, own, consented,
            p_wanted & ~(allowed | own | consented), left(basis, 80), case when reason = '' then 'allowed' else 'denied' end, reason, d.grounds);
  if reason = '' then
    insert into trust_opening (patient_id, categories, own_categories, grounds) values (patient, allowed, own, d.grounds);
  end if;
  if not related then patient := null; end if;
  return next;
end $$;

create function trust_opened_mask(p_which text) returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (
    select coalesce(array_agg(distinct o.patient_id * 64 + c), '{}')
    from trust_opening o cross join lateral generate_series(0, 31) c
    where o.xact = pg_current_xact_id_if_assigned() and o.at = now() and o.user_id is not distinct from actor_user() and o.organisation_id is not distinct from actor_organisation()
      and ((case p_which when 'own' then o.own_categories else o.categories end) >> c) & 1 = 1);
end $$;

create function trust_opened() returns bigint[] language plpgsql stable as $$ begin return trust_opened_mask('shared'); end $$;
create function trust_opened_own() returns bigint[] language plpgsql stable as $$ begin return trust_opened_mask('own'); end $$;

create function trust_opened_of(p_place int) returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (
    select coalesce(array_agg(distinct (h.holder << 40) + o.patient_id * 64 + c), '{}')
    from trust_opening o
    cross join lateral (select j.key::bigint as holder, (j.value ->> p_place)::bigint as mask from jsonb_each(o.grounds -> 'holders') j) h
    cross join lateral generate_series(0, 31) c
    where o.xact = pg_current_xact_id_if_assigned() and o.at = now() and o.user_id is not distinct from actor_user() and o.organisation_id is not distinct from actor_organisation()
      and (h.mask >> c) & 1 = 1);
end $$;

create function trust_opened_entries() returns bigint[] language plpgsql stable as $$ begin return trust_opened_of(0); end $$;
create function trust_opened_facts() returns bigint[] language plpgsql stable as $$ begin return trust_opened_of(1); end $$;

create function trust_closed() returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() = 'citizen' then return '{}'; end if;
  return (select coalesce(array_agg((r.organisation_id << 40) + r.patient_id * 64 + c), '{}')
          from trust_restriction r cross join lateral generate_series(0, 31) c
          where r.patient_id = any(array(select k / 64 from unnest(trust_opened() || trust_opened_own()) k)) and r.period @> now() and (r.categories >> c) & 1 = 1);
end $$;
"""

SENDING = r"""
-- What of a patient's record may be sent along to another organisation: role need and the patient's choices, asked before sending.
create function trust_sharing(p_patient bigint, p_organisation bigint, p_start bigint, p_roles text[])
returns table (needed bigint, consented bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select (select coalesce(bit_or(r.categories), 0) from trust_roleneed r where r.role = any(p_roles) and r.period @> now()),
         coalesce((select (p_start & ~c.touched) | c.permitted
                   from people_organisation o, trust_choices(p_patient, null, null, o.domain, o.id, null, now()) c
                   where o.id = p_organisation and p_patient = any(trust_reach())), 0)
$$;
"""

PROTECT = r"""
create procedure trust_protect_content(p_table text) language plpgsql as $$
declare rule text := '((patient_id * 64 + category) = any((select trust_opened())::bigint[])
  or (organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[])))';
begin
  call trust_protect_index(p_table);
  call trust_grant_app(p_table);
  execute format('alter table %I add constraint %I check (category between 0 and 63)', p_table, p_table || '_category');
  execute format('create policy opened on %I to nis_app using %s with check %s', p_table, rule, rule);
  execute format('create index %I on %I ((patient_id * 64 + category))', p_table || '_opened', p_table);
end $$;
-- What is restricted stays closed in letters and conversations too, whoever received them.
create procedure trust_protect_restricted(p_table text) language plpgsql as $$
begin
  execute format('create policy restricted on %I as restrictive for select to nis_app
    using ((organisation_id << 40) + patient_id * 64 + category <> all((select trust_closed())::bigint[]))', p_table);
end $$;

call trust_protect_index('people_patient');
grant select on people_patient to nis_app;
-- "offset 0" keeps the question by the patient's key: without it fifty names may be looked up by hashing every grant of a large holder.
create policy reach on people_patient for select to nis_app using ((select trust_meets_patients())
  and exists (select 1 from trust_grant g where g.patient_id = people_patient.id and g.grantee = any((select actor_grantees())::text[]) and g.period @> now() offset 0));
call trust_protect_content('people_patientidentity');
revoke insert, update, delete on people_patientidentity from nis_app;

grant select on trust_roleneed, trust_policy, trust_policyline, trust_grant, trust_carerelation, trust_consent,
  trust_nationalanswer, trust_restriction, trust_mandate, trust_emergency to nis_app;

call trust_protect_index('trust_grant');
create policy grantee on trust_grant for select to nis_app using (grantee = any((select actor_grantees())::text[]));

call trust_protect_index('trust_carerelation');
create policy parties on trust_carerelation for select to nis_app using ((organisation_id = (select actor_organisation()) and (select trust_meets_patients()))
  or ((select trust_meets_patients()) and exists (select 1 from trust_grant g where g.patient_id = trust_carerelation.patient_id
      and g.grantee = any((select actor_grantees())::text[]) and g.period @> now() and (g.categories >> 1) & 1 = 1)));

call trust_protect_index('trust_consent');
create policy reach on trust_consent for select to nis_app using (
  ((select actor_kind()) = 'professional' and (select trust_meets_patients()) and exists (select 1 from trust_grant g
    where g.patient_id = trust_consent.patient_id and g.grantee = (select actor_grantee()) and g.period @> now() and g.basis <> 'care_relation:consultation'))
  or ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[])));

call trust_protect_index('trust_nationalanswer');
create policy own_record on trust_nationalanswer for select to nis_app
  using ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]));
create policy reader on trust_nationalanswer for select to nis_app
  using (reader_id = (select actor_organisation()) and (select trust_meets_patients()));

call trust_protect_index('trust_restriction');
create policy own_record on trust_restriction for select to nis_app
  using ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]));
create policy holder on trust_restriction for select to nis_app using ((select actor_role()) in ('privacy_officer', 'manager')
  and organisation_id = (select actor_organisation()));

call trust_protect_index('trust_mandate');
create policy own_record on trust_mandate for select to nis_app
  using ((select actor_kind()) = 'citizen' and (patient_id = any((select trust_reach())::bigint[]) or holder_id = (select actor_user())));
create policy care on trust_mandate for select to nis_app
  using ((select actor_kind()) = 'professional' and (select trust_meets_patients()) and exists (select 1 from trust_grant g
    where g.patient_id = trust_mandate.patient_id and g.grantee = (select actor_grantee()) and g.period @> now() and g.basis <> 'care_relation:consultation'));

call trust_protect_index('trust_emergency');
create policy own on trust_emergency for select to nis_app using ((select actor_kind()) = 'professional' and user_id = (select actor_user()));
create policy own_record on trust_emergency for select to nis_app
  using ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]));
create policy oversight on trust_emergency for select to nis_app using ((select trust_oversees())
  or ((select actor_role()) = 'privacy_officer' and organisation_id = (select actor_organisation())));

-- Work waits for who meets patients; a request stands on the list of who answers it, which `rights` says.
create policy team on events_workitem for select to nis_app
  using (organisation_id = (select actor_organisation()) and (select trust_meets_patients()) and kind <> 'request');
create policy own_record on events_event for select to nis_app
  using ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]));
create policy own_organisation on events_event for select to nis_app
  using ((select actor_role()) = 'privacy_officer' and organisation_id = (select actor_organisation()));
"""

EXECUTE = r"""
revoke execute on function trust_successor, trust_choices, trust_holders, trust_restricted, trust_derive, trust_inputs_changed, trust_account_changed,
  trust_merged, trust_admitted, trust_meets_patients, trust_reach, trust_reach_keys, trust_owned, trust_oversees, trust_decide, trust_forget_openings,
  trust_open, trust_opened_mask, trust_opened, trust_opened_own, trust_opened_of, trust_opened_entries, trust_opened_facts, trust_closed,
  trust_sharing from public;
grant execute on function trust_meets_patients, trust_reach, trust_reach_keys, trust_owned, trust_oversees, trust_decide, trust_forget_openings,
  trust_open, trust_opened_mask, trust_opened, trust_opened_own, trust_opened_of, trust_opened_entries, trust_opened_facts, trust_closed,
  trust_sharing to nis_app;
grant execute on function trust_reach, trust_reach_keys, trust_oversees, trust_opened_mask, trust_opened, trust_opened_own, trust_opened_of,
  trust_opened_entries, trust_opened_facts to nis_region;
"""

# The masks of trust.categories as they are written into the rule; the network is what a care relation opens of itself, asked what a question lends.
NETWORK = sum(1 << c for c in (0, 1, 8, 9, 11, 12, 13))
ASKED = sum(1 << c for c in (0, 13))
EVERYTHING = (1 << 20) - 1
GENERAL = EVERYTHING & ~sum(1 << c for c in (14, 15, 16))

NEEDS = {
    "gp": EVERYTHING & ~(1 << 16),
    "practice_nurse": EVERYTHING & ~(1 << 16),
    "district_nurse": GENERAL,
    "social_worker": sum(1 << c for c in (0, 1, 7, 8, 9, 11, 12, 13, 15, 16, 18)),
    "welfare_worker": sum(1 << c for c in (0, 1, 11, 12, 13, 15, 18)),
    "psychologist": sum(1 << c for c in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 18)),
    "specialist": GENERAL,
    "pharmacist": sum(1 << c for c in (0, 1, 2, 3, 4, 5, 8, 9, 12, 13)),
    "citizen": EVERYTHING,
}


def state_needs(apps, schema_editor):
    """The first version of which categories each role needs."""
    for role, categories in NEEDS.items():
        schema_editor.execute(
            "insert into trust_roleneed (role, categories, period) values (%s, %s, tstzrange(null, null))",
            [role, categories],
        )


def with_masks(sql):
    """The statement with the masks written into it, so that the planner sees numbers."""
    for name, mask in {"network": NETWORK, "asked": ASKED, "everything": EVERYTHING}.items():
        sql = sql.replace(f":{name}", str(mask))
    return sql


class Migration(migrations.Migration):
    dependencies = [("trust", "0001_inputs"), ("events", "0001_log"), ("people", "0002_search_and_checks")]
    operations = [
        migrations.RunSQL(
            [CHOICES, with_masks(GRANTS), WHO, DECIDE, OPEN, SENDING, PROTECT, EXECUTE], migrations.RunSQL.noop
        ),
        migrations.RunPython(state_needs, migrations.RunPython.noop),
    ]
