"""Who sees a request and what was said in it, who places holds, what may be removed, and the copy for the person."""

from django.db import migrations

WHO = r"""
-- A citizen reads and asks about the own record, or in the name of whom the mandate covers with all that the request is about.
create function rights_speaks_for(p_patient bigint, p_categories bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select actor_kind() = 'citizen' and p_patient = any(trust_reach()) and p_categories & ~trust_acting_mask(p_patient) = 0
$$;
create function rights_answers() returns boolean language plpgsql stable set search_path = public, pg_temp as $$
begin
  return actor_kind() = 'professional' and actor_organisation() is not null and actor_role() in ('privacy_officer', 'manager');
end $$;
-- The organisations that have somebody who handles requests; those to any other reach the region's privacy officer.
create function rights_staffed() returns bigint[] language plpgsql stable set search_path = public, pg_temp as $$
begin
  return (
    select coalesce(array_agg(distinct m.organisation_id), '{}') from people_membership m
    join people_organisation o on o.id = m.organisation_id join people_user u on u.id = m.user_id
    where m.role in ('privacy_officer', 'manager') and m.period @> now() and o.admission = 'admitted' and u.is_active);
end $$;
create function rights_handles(p_organisation bigint) returns boolean language sql stable set search_path = public, pg_temp as $$
  select rights_answers() and p_organisation = actor_organisation() or trust_oversees() and p_organisation <> all(rights_staffed())
$$;
"""

REQUESTS = r"""
create sequence rights_number;
grant usage on sequence rights_number to nis_app;

call trust_protect_index('rights_request');
call trust_grant_app('rights_request');
revoke update, delete on rights_request from nis_app;
grant update (status, reason, result, handler_id, taken_up_at, due, extended_at, closed_at, carried_out_at) on rights_request to nis_app;
create policy parties on rights_request for select to nis_app using (
  ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]) and rights_speaks_for(patient_id, categories))
  or ((select rights_answers()) and organisation_id = (select actor_organisation()))
  or ((select trust_oversees()) and organisation_id <> all((select rights_staffed())::bigint[]))
  or (select actor_kind()) = 'system');
create policy send on rights_request for insert to nis_app with check (
  (select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]) and rights_speaks_for(patient_id, categories)
  and asker_id = (select actor_user()) and status = 'sent');
create policy move on rights_request for update to nis_app using (
  ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]) and rights_speaks_for(patient_id, categories))
  or ((select rights_answers()) and organisation_id = (select actor_organisation()))
  or ((select trust_oversees()) and organisation_id <> all((select rights_staffed())::bigint[]))
  or (select actor_kind()) = 'system')
  with check (((select actor_kind()) <> 'citizen' or status in ('answered', 'withdrawn'))
    -- What changes data or closes it is granted by the organisation itself; the region explains and gives insight for it.
    and ((select actor_kind()) <> 'professional' or organisation_id = (select actor_organisation())
         or status not in ('granted', 'partly_granted') or kind in ('question', 'insight')));

-- To read what was said is to open the request, which writes the line that the person sees in the own log.
create function rights_open(p_request bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare r record; may boolean;
begin
  select q.id, q.patient_id, q.organisation_id, q.categories into r from rights_request q where q.id = p_request;
  may := r.id is not null and case actor_kind() when 'citizen' then rights_speaks_for(r.patient_id, r.categories)
    when 'professional' then rights_handles(r.organisation_id) else false end;
  if actor_kind() <> 'anonymous' then
    insert into events_event (verb, subject_type, subject_id, patient_id, outcome, reason, basis)
      values (case when may then 'request.opened' else 'record.denied' end, 'request', p_request, r.patient_id,
              case when may then 'allowed' else 'denied' end, case when may then '' else 'no_relation' end,
              case when may then 'request:' || p_request else '' end);
  end if;
  return may;
end $$;
create function rights_opened() returns bigint[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (
    select coalesce(array_agg(distinct e.subject_id), '{}') from events_event e
    where e.xact = pg_current_xact_id_if_assigned() and e.at = now() and e.verb = 'request.opened' and e.outcome = 'allowed'
      and e.user_id is not distinct from actor_user() and e.organisation_id is not distinct from actor_organisation());
end $$;
call trust_protect_index('rights_message');
call trust_grant_app('rights_message');
revoke update, delete on rights_message from nis_app;
create policy opened on rights_message for select to nis_app using (request_id = any((select rights_opened())::bigint[]));
create policy say on rights_message for insert to nis_app with check (
  request_id = any((select rights_opened())::bigint[]) and author_id = (select actor_user()));

create function rights_granted(p_kind text, p_patient bigint, p_organisation bigint, p_request bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select rights_answers() and exists (select 1 from rights_request q where q.id = p_request and q.patient_id = p_patient and q.kind = p_kind
    and q.organisation_id = actor_organisation() and q.status in ('granted', 'partly_granted')
    and (p_organisation is null or p_organisation = q.organisation_id))
$$;
create function objections_stand_behind(p_patient bigint, p_organisation bigint, p_request bigint) returns boolean
language sql stable as $$ select rights_granted('objection', p_patient, p_organisation, p_request) $$;
create function restrictions_stand_behind(p_patient bigint, p_organisation bigint, p_request bigint) returns boolean
language sql stable as $$ select rights_granted('restriction', p_patient, p_organisation, p_request) $$;

create policy requests on events_workitem for select to nis_app using (
  kind = 'request' and (organisation_id = (select actor_organisation()) and (select rights_answers())
    or (select trust_oversees()) and organisation_id <> all((select rights_staffed())::bigint[])));
"""

HOLDS = r"""
call trust_protect_index('rights_hold');
call trust_grant_app('rights_hold');
revoke insert, update, delete on rights_hold from nis_app;
grant update (period, ended_by_id) on rights_hold to nis_app;
create policy region on rights_hold for select to nis_app using ((select trust_oversees()) or (select actor_kind()) = 'system');
create policy finish on rights_hold for update to nis_app using ((select trust_oversees()));

create function rights_hold_place(p_key uuid, p_organisation bigint, p_reference text, p_reason text, p_until timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint; person bigint;
begin
  if not trust_oversees() then
    raise exception 'the region''s privacy officer places a hold' using errcode = 'insufficient_privilege';
  end if;
  if p_key is not null then
    select id into person from people_patient where key = p_key;
    if person is null then return null; end if;
  end if;
  insert into rights_hold (patient_id, organisation_id, reference, reason, placed_by_id, period)
    values (person, p_organisation, p_reference, p_reason, actor_user(), tstzrange(now(), p_until)) returning id into number;
  return number;
end $$;

-- For functions that have judged already who asks; the application asks the one below.
create function rights_under_hold(p_patient bigint, p_organisation bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from rights_hold h where h.period @> now()
    and (h.patient_id is null or h.patient_id = p_patient) and (h.organisation_id is null or h.organisation_id = p_organisation))
$$;
create function rights_held(p_patient bigint, p_organisation bigint) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not (actor_kind() = 'system' or trust_oversees() or (rights_answers() and p_organisation = actor_organisation())) then
    raise exception 'this actor asks nothing about holds' using errcode = 'insufficient_privilege';
  end if;
  return rights_under_hold(p_patient, p_organisation);
end $$;
"""

REMOVAL = r"""
create function rights_last_change(p_patient bigint, p_organisation bigint) returns timestamptz
language sql stable security definer set search_path = public, pg_temp as $$
  select max(at) from (
    select max(e.at) from dossier_entry e where e.patient_id = p_patient and e.organisation_id = p_organisation
    union all select max(d.at) from dossier_document d where d.patient_id = p_patient and d.organisation_id = p_organisation
    union all select max(s.at) from dossier_statement s where s.patient_id = p_patient and s.organisation_id = p_organisation
    union all select max(r.since)::timestamptz from dossier_relatedperson r where r.patient_id = p_patient and r.organisation_id = p_organisation
    union all select max(m.since)::timestamptz from dossier_participant m where m.patient_id = p_patient and m.organisation_id = p_organisation
    union all select max(coalesce(f.closed_at, now())) from referrals_referral f
      where f.patient_id = p_patient and p_organisation in (f.sending_organisation_id, f.receiving_organisation_id)
    union all select max(coalesce(c.closed_at, now())) from consultations_consultation c where c.patient_id = p_patient
      and (c.asking_organisation_id = p_organisation
           or exists (select 1 from consultations_invitation i where i.consultation_id = c.id and i.organisation_id = p_organisation))
    union all select max(coalesce(n.ended_at, now())) from journeys_enrolment n where n.patient_id = p_patient and n.organisation_id = p_organisation
    union all select max(least(coalesce(upper(t.period), now()), now())) from trust_carerelation t
      where t.patient_id = p_patient and t.organisation_id = p_organisation and not isempty(t.period)
  ) moments(at)
$$;

-- Each app's erasing asks this: a granted request for deletion, or the retention worker after the shortest legal term; never under a hold.
create function rights_may_erase(p_patient bigint, p_organisation bigint, p_categories bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select not rights_under_hold(p_patient, p_organisation) and (
    exists (select 1 from rights_request q where q.patient_id = p_patient and q.organisation_id = p_organisation and q.kind = 'deletion'
            and p_categories & ~q.categories = 0
            and q.status in ('granted', 'partly_granted')
            and ((rights_answers() and q.organisation_id = actor_organisation() and q.carried_out_at is null)
                 or (actor_kind() = 'system' and q.closed_at > now() - interval '7 days')))
    or (actor_kind() = 'system' and coalesce(rights_last_change(p_patient, p_organisation) < now() - interval '7 years', true)))
$$;

-- Whose record at an organisation has reached the end of its term: nothing runs, nothing changed since, no hold.
create function rights_ended(p_domains text[], p_categories bigint, p_minors boolean, p_before timestamptz, p_limit int)
returns table (patient bigint, organisation bigint, found bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  with piece as (
    select patient_id, organisation_id, category from dossier_entry where at < p_before
    union all select patient_id, organisation_id, category from dossier_document where at < p_before
    union all select patient_id, organisation_id, category from dossier_relatedperson where since < p_before::date
    union all select patient_id, organisation_id, category from dossier_participant where since < p_before::date
    union all select l.patient_id, l.organisation_id, f.sensitivity from referrals_letter l
      join referrals_referral f on f.id = l.referral_id where f.closed_at < p_before
    union all select c.patient_id, c.organisation_id, c.category from consultations_contribution c where c.at < p_before
  )
  select p.patient_id, p.organisation_id, count(*)
  from piece p join people_organisation o on o.id = p.organisation_id join people_patient w on w.id = p.patient_id
  where actor_kind() = 'system' and o.domain = any(p_domains) and p_categories >> p.category & 1 = 1
    and rights_last_change(p.patient_id, p.organisation_id) < p_before and not rights_under_hold(p.patient_id, p.organisation_id)
    and (p_minors is null or p_minors = (w.birth_date + interval '18 years' > rights_last_change(p.patient_id, p.organisation_id)))
  group by p.patient_id, p.organisation_id order by p.patient_id, p.organisation_id limit p_limit
$$;

create function rights_requests_ended(p_before timestamptz, p_remove boolean) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare ended bigint[];
begin
  if actor_kind() <> 'system' or p_before > now() - interval '2 years' then
    raise exception 'requests are kept for at least two years' using errcode = 'insufficient_privilege';
  end if;
  ended := array(select q.id from rights_request q where q.closed_at < p_before and not rights_under_hold(q.patient_id, q.organisation_id));
  if p_remove then
    delete from rights_message where request_id = any(ended);
    delete from rights_request where id = any(ended);
  end if;
  return cardinality(ended);
end $$;
"""

COPIES = r"""
call trust_protect_index('rights_export');
call trust_grant_app('rights_export');
revoke update on rights_export from nis_app;
grant update (status, reason, progress, begun_at, ready_at, until, size) on rights_export to nis_app;
create policy person on rights_export to nis_app
  using ((select actor_kind()) = 'citizen' and user_id = (select actor_user()) and patient_id = any((select trust_reach())::bigint[]));
create policy worker on rights_export to nis_app using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');
call trust_protect_index('rights_exportfile');
call trust_grant_app('rights_exportfile');
revoke update on rights_exportfile from nis_app;
-- Readable for as long as who asked may see all that was read for it.
create policy person on rights_exportfile to nis_app using (
  (select actor_kind()) = 'citizen' and user_id = (select actor_user()) and patient_id = any((select trust_reach())::bigint[])
  and array(select patient_id * 64 + c from generate_series(0, 31) c where (rights_exportfile.categories >> c) & 1 = 1) <@ (select trust_reach_keys())::bigint[]);
create function rights_drop_exports() returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with over as (select e.id from rights_export e where e.until < now() and actor_kind() = 'system'),
  files as (delete from rights_exportfile f using over where f.export_id = over.id returning 1),
  gone as (delete from rights_export e using over where e.id = over.id returning 1)
  select count(*) from gone
$$;
"""

EXECUTE = r"""
revoke execute on function rights_speaks_for(bigint, bigint), rights_answers(), rights_staffed(), rights_handles(bigint), rights_open(bigint), rights_opened(),
  rights_granted(text, bigint, bigint, bigint), rights_hold_place(uuid, bigint, text, text, timestamptz), rights_held(bigint, bigint), rights_under_hold(bigint, bigint),
  rights_last_change(bigint, bigint), rights_may_erase(bigint, bigint, bigint), rights_ended(text[], bigint, boolean, timestamptz, int),
  rights_requests_ended(timestamptz, boolean), rights_drop_exports() from public;
grant execute on function rights_speaks_for(bigint, bigint), rights_answers(), rights_staffed(), rights_handles(bigint), rights_open(bigint), rights_opened(),
  rights_hold_place(uuid, bigint, text, text, timestamptz), rights_held(bigint, bigint),
  rights_ended(text[], bigint, boolean, timestamptz, int), rights_requests_ended(timestamptz, boolean), rights_drop_exports() to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0001_requests_and_holds"),
        ("trust", "0003_doors"),
        ("dossier", "0009_documents"),
        ("referrals", "0003_erase"),
        ("consultations", "0003_erase"),
        ("journeys", "0003_erase"),
    ]
    operations = [migrations.RunSQL([WHO, REQUESTS, HOLDS, REMOVAL, COPIES, EXECUTE], migrations.RunSQL.noop)]
