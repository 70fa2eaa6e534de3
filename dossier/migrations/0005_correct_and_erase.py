"""What stands beside an entry, how a granted correction enters the record, and how a holder's part of it is removed."""

from django.db import migrations

SQL = r"""
call trust_protect_index('dossier_statement');
call trust_grant_app('dossier_statement');
revoke update, delete on dossier_statement from nis_app;
alter table dossier_statement add constraint dossier_statement_category check (category between 0 and 63);
create policy opened on dossier_statement for select to nis_app using (
  (entry_id is not null and ((organisation_id << 40) + patient_id * 64 + category) = any((select trust_opened_entries())::bigint[]))
  or (entry_id is null and ((organisation_id << 40) + patient_id * 64 + category) = any((select trust_opened_facts())::bigint[]))
  or (organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))
  or ((select actor_kind()) = 'citizen' and (patient_id * 64 + category) = any((select trust_opened())::bigint[])));
create policy attach on dossier_statement for insert to nis_app with check (
  (select actor_kind()) = 'citizen' and author_id = (select actor_user()) and patient_id = any((select trust_reach())::bigint[])
  and (patient_id * 64 + category) = any((select trust_opened())::bigint[]));

-- A correction that the holder granted enters as a new version, signed by who decided; opening is not needed, the request told what it says.
create function dossier_correct(p_patient bigint, p_entry bigint, p_text text, p_reference text, p_name text, p_role text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare former dossier_entry%rowtype; number bigint; stands boolean; about bigint;
begin
  select * into former from dossier_entry where id = p_entry and patient_id = p_patient and organisation_id = actor_organisation() for update;
  execute 'select rights_granted(''correction'', $1, $2, $3)' into stands using p_patient, actor_organisation(), split_part(p_reference, ':', 2)::bigint;
  execute 'select split_part(q.reference, '':'', 2)::bigint from rights_request q where q.id = $1 and q.kind = ''correction'' and q.reference ~ ''^entry:[0-9]{1,18}$'''
    into about using split_part(p_reference, ':', 2)::bigint;
  if not coalesce(stands, false) or btrim(p_text) = '' or about is null or p_entry <> dossier_newest(p_patient, about) then
    raise exception 'a correction follows from a request that was granted' using errcode = 'insufficient_privilege';
  end if;
  if former.id is null or exists (select 1 from dossier_entry where replaces_id = former.id) then return null; end if;
  insert into dossier_entry (patient_id, organisation_id, category, kind, text, on_date, done, author_id, author_name, author_role, at, reference, replaces_id)
    values (former.patient_id, former.organisation_id, former.category, former.kind, p_text, current_date, former.done, actor_user(),
            left(p_name, 160), left(p_role, 60), now(), left(p_reference, 60), former.id) returning id into number;
  return number;
end $$;

-- What the holder's entry says was sent along by the person; this tells whether it is still that holder's newest version.
create function dossier_newest(p_patient bigint, p_entry bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  with recursive line as (
    select id, organisation_id from dossier_entry where id = p_entry and patient_id = p_patient
    union all select e.id, e.organisation_id from line l join dossier_entry e on e.replaces_id = l.id)
  select max(id) filter (where organisation_id = actor_organisation()) from line
  where actor_kind() = 'professional' and actor_role() in ('privacy_officer', 'manager')
    and (select organisation_id from dossier_entry where id = p_entry) = actor_organisation()
$$;

-- The state of a fact at its source as last fetched: a digest, '' when the source no longer gives it, null when not asked since.
create function dossier_fact_state(p_patient bigint, p_source bigint, p_type text, p_key text, p_category int, p_since timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select case
    when actor_kind() <> 'system' and not (p_patient * 64 + p_category) = any(trust_reach_keys()) then null
    when a.id is null or a.answered_at is null or a.answered_at <= p_since or (a.asked_categories >> p_category) & 1 = 0
      or (a.failed_categories >> p_category) & 1 = 1 then null
    else coalesce((select encode(sha256(convert_to(f.resource::text, 'UTF8')), 'hex') from dossier_fact f
                   where f.patient_id = p_patient and f.source_id = p_source and f.resource_type = p_type and f.source_key = p_key limit 1), '') end
  from (select 1) one left join dossier_sourceanswer a on a.patient_id = p_patient and a.source_id = p_source
$$;

create function dossier_erase(p_patient bigint, p_organisation bigint, p_categories bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare may boolean; gone bigint; removed bigint := 0; goes bigint[];
begin
  execute 'select rights_may_erase($1, $2, $3)' into may using p_patient, p_organisation, p_categories;
  if not coalesce(may, false) then
    raise exception 'nothing is removed without a granted request or an ended term' using errcode = 'insufficient_privilege';
  end if;
  -- What is on its way to a system of the holder does not go any more; what arrived there is the holder's to clear.
  goes := array(select c.id from dossier_copy c left join dossier_entry e on e.id = c.entry_id
    where c.patient_id = p_patient and (c.organisation_id = p_organisation and p_categories >> c.category & 1 = 1
      or e.organisation_id = p_organisation and p_categories >> e.category & 1 = 1));
  delete from dossier_copytext where copy_id = any(goes);
  update dossier_copy set replaces_id = null where replaces_id = any(goes) and id <> all(goes);
  delete from dossier_copy where id = any(goes);
  delete from dossier_statement s where s.patient_id = p_patient and s.organisation_id = p_organisation and p_categories >> s.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_statement s using dossier_entry e where s.entry_id = e.id and e.patient_id = p_patient
    and e.organisation_id = p_organisation and p_categories >> e.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  update dossier_entry n set replaces_id = null from dossier_entry o where n.replaces_id = o.id and o.patient_id = p_patient
    and o.organisation_id = p_organisation and p_categories >> o.category & 1 = 1 and n.organisation_id <> p_organisation;
  delete from dossier_entry e where e.patient_id = p_patient and e.organisation_id = p_organisation and p_categories >> e.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_proposal q where q.patient_id = p_patient and q.organisation_id = p_organisation and p_categories >> q.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_proposal q using dossier_relatedperson r where q.related_person_id = r.id and r.patient_id = p_patient
    and r.organisation_id = p_organisation and p_categories >> r.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_proposal q using dossier_participant m where q.participant_id = m.id and m.patient_id = p_patient
    and m.organisation_id = p_organisation and p_categories >> m.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_formerversion v where v.patient_id = p_patient and p_categories >> v.category & 1 = 1 and (v.organisation_id = p_organisation
    or exists (select 1 from dossier_relatedperson r where r.id = v.related_person_id and r.organisation_id = p_organisation)
    or exists (select 1 from dossier_participant m where m.id = v.participant_id and m.organisation_id = p_organisation));
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_residence w where w.patient_id = p_patient and w.organisation_id = p_organisation and p_categories >> w.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_relatedperson r where r.patient_id = p_patient and r.organisation_id = p_organisation and p_categories >> r.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_participant m where m.patient_id = p_patient and m.organisation_id = p_organisation and p_categories >> m.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from dossier_documentpart p where p.patient_id = p_patient and p.organisation_id = p_organisation and p_categories >> p.category & 1 = 1;
  update dossier_document n set replaces_id = null from dossier_document o where n.replaces_id = o.id and o.patient_id = p_patient
    and o.organisation_id = p_organisation and p_categories >> o.category & 1 = 1 and n.organisation_id <> p_organisation;
  delete from dossier_document d where d.patient_id = p_patient and d.organisation_id = p_organisation and p_categories >> d.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  -- Kept of the holder's own systems for a day at most; the systems themselves are the holder's to clear.
  delete from dossier_fact f where f.patient_id = p_patient and f.organisation_id = p_organisation and p_categories >> f.category & 1 = 1;
  get diagnostics gone = row_count; removed := removed + gone;
  return removed;
end $$;

revoke execute on function dossier_correct(bigint, bigint, text, text, text, text), dossier_newest(bigint, bigint),
  dossier_fact_state(bigint, bigint, text, text, int, timestamptz), dossier_erase(bigint, bigint, bigint) from public;
grant execute on function dossier_correct(bigint, bigint, text, text, text, text), dossier_newest(bigint, bigint),
  dossier_fact_state(bigint, bigint, text, text, int, timestamptz), dossier_erase(bigint, bigint, bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("dossier", "0004_statements"), ("trust", "0003_doors")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
