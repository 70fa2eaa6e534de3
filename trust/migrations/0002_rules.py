"""The one rule of access in the database: derived grants, the decision, opening a record, and row-level security."""

from django.db import migrations

CONSENTED = r"""
create function trust_consented(p_patient bigint, p_domain text, p_organisation bigint, p_at timestamptz, p_start bigint) returns bigint
language plpgsql stable set search_path = public, pg_temp as $$
declare mask bigint := p_start; level record;
begin
  for level in
    select case when c.reader_organisation_id is not null then 2 when c.reader_domain <> '' then 1 else 0 end as specificity,
           coalesce(bit_or(c.categories) filter (where c.permit), 0) as permits,
           coalesce(bit_or(c.categories) filter (where not c.permit), 0) as objections
    from trust_consent c
    where c.patient_id = p_patient and c.period @> p_at
      and (c.reader_domain = '' or c.reader_domain = p_domain)
      and (c.reader_organisation_id is null or c.reader_organisation_id = p_organisation)
    group by 1 order by 1
  loop
    mask := (mask | level.permits) & ~level.objections;
  end loop;
  return mask;
end $$;
"""

DERIVE = r"""
create function trust_derive(p_patients bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_patients is not null then
    perform 1 from people_patient where id = any(p_patients) order by id for update;
  end if;
  delete from trust_grant where p_patients is null or patient_id = any(p_patients);
  insert into trust_grant (patient_id, grantee, categories, own_categories, consented, basis, source_id, period)
  with relation as (
    select r.id, r.patient_id, r.organisation_id, o.domain, r.source, r.period,
           coalesce(lower(r.period), '-infinity') as begins, coalesce(upper(r.period), 'infinity') as ends
    from trust_carerelation r join people_organisation o on o.id = r.organisation_id
    where (p_patients is null or r.patient_id = any(p_patients)) and not isempty(r.period)
  ), bound as (
    select r.id, r.begins as at from relation r
    union
    select r.id, b.at from relation r
      join trust_consent c on c.patient_id = r.patient_id and c.period && r.period
      cross join lateral (values (lower(c.period)), (upper(c.period))) b(at)
      where b.at > r.begins and b.at < r.ends
  ), segment as (
    select r.*, b.at as seg_begins, lead(b.at, 1, r.ends) over (partition by r.id order by b.at) as seg_ends
    from relation r join bound b on b.id = r.id
  )
  select s.patient_id, 'organisation:' || s.organisation_id,
         case when s.source = 'consultation' then %(network)s & %(asked)s
              else trust_consented(s.patient_id, s.domain, s.organisation_id, s.seg_begins, %(network)s) end,
         case when s.source = 'consultation' then %(asked)s else %(everything)s end,
         case when s.source = 'consultation' then 0
              else trust_consented(s.patient_id, s.domain, s.organisation_id, s.seg_begins, 0) end,
         'care_relation:' || s.source, s.id,
         tstzrange(nullif(s.seg_begins, '-infinity'), nullif(s.seg_ends, 'infinity'))
  from segment s
  union all
  select p.id, 'person:' || p.account_id, %(everything)s, %(everything)s, %(everything)s, 'self', null, tstzrange(null, null)
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
create function trust_account_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform trust_derive(array[new.id]);
  return null;
end $$;
create trigger derive_new after insert on people_patient for each row when (new.account_id is not null) execute function trust_account_changed();
create trigger derive_changed after update of account_id on people_patient for each row
  when (new.account_id is distinct from old.account_id) execute function trust_account_changed();
"""

DECIDE = r"""
create function trust_meets_patients() returns boolean language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from trust_roleneed r where r.role = actor_role() and r.categories & 1 = 1 and r.period @> now())
$$;
create function trust_reach() returns bigint[] language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not trust_meets_patients() then return '{}'; end if;
  return (select coalesce(array_agg(patient_id), '{}') from trust_grant where grantee = actor_grantee() and period @> now());
end $$;

create function trust_decide(p_patient bigint, p_wanted bigint)
returns table (related boolean, allowed bigint, own bigint, consented bigint, not_needed bigint, not_consented bigint, basis text, reason text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare may bigint; may_own bigint; may_consented bigint; need bigint; fits boolean;
begin
  select coalesce(bit_or(g.categories), 0), coalesce(bit_or(g.own_categories), 0), coalesce(bit_or(g.consented), 0), string_agg(distinct g.basis, ',' order by g.basis), count(*) > 0
    into may, may_own, may_consented, basis, related
    from trust_grant g where g.grantee = actor_grantee() and g.patient_id = p_patient and g.period @> now();
  select r.categories into need from trust_roleneed r where r.role = actor_role() and r.period @> now();
  need := coalesce(need, 0);
  fits := case actor_kind() when 'professional' then actor_purpose() in ('TREAT', 'COC') when 'citizen' then actor_purpose() = 'PATRQT' else false end;
  basis := coalesce(basis, '');
  allowed := case when fits then p_wanted & may & need else 0 end;
  own := case when fits then p_wanted & (may | may_own) & need else 0 end;
  consented := case when fits then p_wanted & may_consented & need else 0 end;
  not_needed := p_wanted & ~need;
  not_consented := p_wanted & need & ~may_consented;
  reason := case when not related then 'no_relation' when not fits then 'purpose' when own = 0 and p_wanted & need = 0 then 'role'
                 when own = 0 then 'consent' else '' end;
  return next;
end $$;

create function trust_open(p_key uuid, p_wanted bigint)
returns table (patient bigint, related boolean, allowed bigint, own bigint, consented bigint, not_needed bigint, not_consented bigint, basis text, reason text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare d record;
begin
  if pg_is_in_recovery() then raise exception 'records are opened on the primary'; end if;
  select id into patient from people_patient where key = p_key;
  select * into d from trust_decide(patient, p_wanted);
  related := coalesce(d.related, false); allowed := d.allowed; own := d.own; consented := d.consented; not_needed := d.not_needed;
  not_consented := d.not_consented; basis := d.basis; reason := case when patient is null then 'unknown' else d.reason end;
  insert into events_event (verb, subject_type, subject_id, patient_id, categories, own_categories, consented, withheld, basis, outcome, reason)
    values (case when own <> 0 then 'record.opened' else 'record.denied' end, 'patient', patient, patient, allowed, own, consented,
            p_wanted & ~own, left(basis, 80), case when own <> 0 then 'allowed' else 'denied' end, reason);
  if not related then patient := null; end if;
  return next;
end $$;

create function trust_opened_mask(p_which text) returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (
    select coalesce(array_agg(distinct e.patient_id * 64 + c), '{}')
    from events_event e cross join lateral generate_series(0, 31) c
    where e.xact = pg_current_xact_id_if_assigned() and e.at = now() and e.verb = 'record.opened'
      and e.user_id is not distinct from actor_user() and e.organisation_id is not distinct from actor_organisation()
      and ((case p_which when 'own' then e.own_categories when 'consented' then e.consented else e.categories end) >> c) & 1 = 1);
end $$;
create function trust_opened() returns bigint[] language sql stable as $$ select trust_opened_mask('shared') $$;
create function trust_opened_own() returns bigint[] language sql stable as $$ select trust_opened_mask('own') $$;
create function trust_opened_consented() returns bigint[] language sql stable as $$ select trust_opened_mask('consented') $$;

create function trust_log_search(p_data jsonb) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into events_event (verb, subject_type, outcome, data) values ('record.searched', 'patient', 'done', p_data)
$$;
"""

PROTECT = r"""
create procedure trust_protect_with(p_table text, p_opened text) language plpgsql as $$
declare rule text := '((patient_id * 64 + category) = any((select ' || p_opened || '())::bigint[])
  or (organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[])))';
begin
  call trust_protect_index(p_table);
  call trust_grant_app(p_table);
  execute format('alter table %I add constraint %I check (category between 0 and 63)', p_table, p_table || '_category');
  execute format('create policy opened on %I to nis_app using %s with check %s', p_table, rule, rule);
  execute format('create index %I on %I ((patient_id * 64 + category))', p_table || '_opened', p_table);
end $$;
create procedure trust_protect_content(p_table text) language sql as $$ call trust_protect_with(p_table, 'trust_opened') $$;
create procedure trust_protect_facts(p_table text) language sql as $$ call trust_protect_with(p_table, 'trust_opened_consented') $$;

call trust_protect_index('people_patient');
grant select on people_patient to nis_app;
create policy reach on people_patient for select to nis_app using ((select trust_meets_patients())
  and exists (select 1 from trust_grant g where g.patient_id = people_patient.id and g.grantee = (select actor_grantee()) and g.period @> now()));
call trust_protect_content('people_patientidentity');
revoke insert, update, delete on people_patientidentity from nis_app;

call trust_protect_index('trust_grant');
grant select on trust_grant to nis_app;
create policy grantee on trust_grant for select to nis_app using (grantee = (select actor_grantee()));

call trust_protect_index('trust_carerelation');
grant select on trust_carerelation to nis_app;
create policy parties on trust_carerelation for select to nis_app
  using (organisation_id = (select actor_organisation()) or (select trust_meets_patients()) and exists (select 1 from trust_grant g where g.patient_id = trust_carerelation.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()));

call trust_protect_index('trust_consent');
call trust_grant_app('trust_consent');
revoke update, delete on trust_consent from nis_app;
grant update (period) on trust_consent to nis_app;
create policy reach on trust_consent for select to nis_app
  using ((select trust_meets_patients()) and exists (select 1 from trust_grant g where g.patient_id = trust_consent.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()));
create policy choose on trust_consent for insert to nis_app with check ((select actor_kind()) = 'citizen'
  and (select trust_meets_patients()) and exists (select 1 from trust_grant g where g.patient_id = trust_consent.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()));
create policy choose_again on trust_consent for update to nis_app using ((select actor_kind()) = 'citizen'
  and (select trust_meets_patients()) and exists (select 1 from trust_grant g where g.patient_id = trust_consent.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()));

grant select on trust_roleneed to nis_app;

alter policy team on events_workitem
  using (organisation_id = (select actor_organisation()) and (select trust_meets_patients()));

create policy own_record on events_event for select to nis_app
  using ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]));
create policy own_organisation on events_event for select to nis_app
  using ((select actor_role()) = 'privacy_officer' and organisation_id = (select actor_organisation()));
"""

SEARCH = r"""
create function trust_search(p_names text[], p_birth_date date, p_postcode text, p_bsn text, p_limit int) returns setof bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare forgiving boolean;
begin
  foreach forgiving in array array[false, true] loop
    return query
      select p.id from people_patient p left join people_patientidentity i on i.patient_id = p.id
      where trust_meets_patients()
        and p.id in (select g.patient_id from trust_grant g where g.grantee = actor_grantee() and g.period @> now())
        and (p_birth_date is null or p.birth_date = p_birth_date)
        and (p_bsn is null or i.bsn = p_bsn)
        and (p_bsn is null or actor_kind() = 'citizen'
             or exists (select 1 from people_organisation o where o.id = actor_organisation() and o.may_process_bsn))
        and (p_postcode is null or i.postcode like p_postcode || '%')
        and not exists (
          select 1 from unnest(p_names) n(word)
          where p.searched not like '%' || people_pattern(n.word) || '%'
            and not (forgiving and exists (
              select 1 from unnest(string_to_array(p.searched, ' ')) w(word)
              where abs(length(w.word) - length(n.word)) <= 2 and length(n.word) between 4 and 60
                and levenshtein(people_plain(n.word), w.word) <= case when length(n.word) >= 5 then 2 else 1 end)))
      order by p.own_name, p.initials, p.id limit p_limit;
    exit when found or cardinality(p_names) = 0;
  end loop;
end $$;
"""

REGISTER = r"""
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
                 and r.source <> 'consultation' and r.period @> now()) then
    insert into trust_carerelation (patient_id, organisation_id, source, reference, reason, stated_by_id, period)
      values (number, actor_organisation(), 'stated', '', p_reason, actor_user(), tstzrange(now(), null));
  end if;
  insert into events_event (verb, subject_type, subject_id, patient_id, outcome, basis)
    values ('relation.stated', 'patient', number, number, 'done', 'care_relation:stated');
  return next;
end $$;
"""

RELATE = r"""
create function trust_stands_behind(p_patient bigint, p_organisation bigint, p_reference text) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare process text := split_part(p_reference, ':', 1); fits boolean;
begin
  if process not in ('referral', 'consultation') or split_part(p_reference, ':', 2) !~ '^[0-9]{1,18}$' or actor_kind() <> 'professional' then
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
  insert into trust_carerelation (patient_id, organisation_id, source, reference, reason, stated_by_id, period)
    select p_patient, p_organisation, p_source, p_reference, '', actor_user(), tstzrange(now(), p_ends)
    where not exists (select 1 from trust_carerelation r where r.patient_id = p_patient and r.organisation_id = p_organisation
                      and r.reference = p_reference and r.period @> now());
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
"""

EXECUTE = r"""
revoke execute on function trust_consented(bigint, text, bigint, timestamptz, bigint), trust_derive(bigint[]), trust_meets_patients(), trust_reach(), trust_decide(bigint, bigint),
  trust_open(uuid, bigint), trust_opened_mask(text), trust_opened(), trust_opened_own(), trust_opened_consented(), trust_log_search(jsonb),
  trust_search(text[], date, text, text, int), trust_inputs_changed(), trust_account_changed(),
  trust_stands_behind(bigint, bigint, text), trust_start_relation(bigint, bigint, text, text, timestamptz), trust_end_relation(bigint, text),
  trust_register(text, date, text, text, text, text, text, text, text, text, text, text) from public;
grant execute on function trust_meets_patients(), trust_start_relation(bigint, bigint, text, text, timestamptz), trust_end_relation(bigint, text),
  trust_reach(), trust_decide(bigint, bigint), trust_open(uuid, bigint), trust_opened_mask(text), trust_opened(),
  trust_opened_own(), trust_opened_consented(), trust_log_search(jsonb), trust_search(text[], date, text, text, int),
  trust_register(text, date, text, text, text, text, text, text, text, text, text, text) to nis_app;
grant execute on function trust_reach(), trust_opened_mask(text), trust_opened(), trust_opened_own(), trust_opened_consented() to nis_region;
"""

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


def derive(apps, schema_editor):
    """Make the deriving function with the masks written into it."""
    values = {"network": NETWORK, "asked": ASKED, "everything": EVERYTHING}
    sql = DERIVE
    for name, mask in values.items():
        sql = sql.replace(f"%({name})s", str(mask))
    schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("trust", "0001_inputs"), ("events", "0001_log"), ("people", "0002_search_and_checks")]
    operations = [
        migrations.RunSQL(CONSENTED, migrations.RunSQL.noop),
        migrations.RunPython(derive, migrations.RunPython.noop),
        migrations.RunSQL([DECIDE, PROTECT, SEARCH, REGISTER, RELATE, EXECUTE], migrations.RunSQL.noop),
        migrations.RunPython(state_needs, migrations.RunPython.noop),
    ]
