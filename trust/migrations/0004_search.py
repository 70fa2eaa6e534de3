"""Finding a person within reach: by what somebody typed, by what they opened a moment ago, and by whom they and their team work with."""

from django.db import migrations

SEARCH = r"""
-- Dutch and other prefixes tell people apart less than they are mistyped: beside another word they only bring who has them to the top.
-- The longest four words are sought; a letter alone is an initial, and is let go when nobody fits exactly. Who fits best comes first:
-- by the words of the whole name, then by prefixes, then by the names that the person is called by. Accents are slow to take off: only
-- from the names that have one.
create function trust_search(p_names text[], p_birth_date date, p_postcode text, p_bsn text, p_limit int) returns setof bigint
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  prefixes constant text[] := '{van,der,den,de,vd,vdr,vder,vden,het,ter,ten,te,tot,in,op,uit,aan,by,la,le,les,du,des,di,da,do,dos,das,del,della,von,vom,zu,zum,zur,el,al,bin,ben,s,t,d}';
  typed text[] := (people_split(array_to_string(p_names, ' ')))[1:12];
  prefer text[]; letters text[]; sought text[]; one text[]; two text[]; three text[]; four text[]; forgiving boolean;
  who text[] := actor_grantees();
begin
  if not trust_meets_patients() then return; end if;
  if p_bsn is not null and actor_kind() <> 'citizen'
     and not exists (select 1 from people_organisation o where o.id = actor_organisation() and o.may_process_bsn) then return; end if;
  prefer := array(select w from unnest(typed) w where w = any(prefixes));
  letters := array(select w from unnest(typed) w where w <> all(prefixes) and length(w) = 1);
  sought := array(select w from unnest(typed) w where w <> all(prefixes) and length(w) > 1 order by length(w) desc, w limit 4);
  if cardinality(sought) = 0 then sought := prefer[1:4]; prefer := '{}'; end if;
  if cardinality(sought) + cardinality(letters) = 0 and p_birth_date is null and p_postcode is null and p_bsn is null then return; end if;
  foreach forgiving in array array[false, true] loop
    if cardinality(sought) >= 1 then one := people_resembling(sought[1], forgiving); end if;
    if cardinality(sought) >= 2 then two := people_resembling(sought[2], forgiving); end if;
    if cardinality(sought) >= 3 then three := people_resembling(sought[3], forgiving); end if;
    if cardinality(sought) >= 4 then four := people_resembling(sought[4], forgiving); end if;
    return query
      select p.id from people_patient p left join people_patientidentity i on i.patient_id = p.id
      where exists (select 1 from trust_grant g where g.patient_id = p.id and g.grantee = any(who) and g.period @> now())
        and (p_birth_date is null or p.birth_date = p_birth_date)
        and (p_bsn is null or i.bsn = p_bsn)
        and (p_postcode is null or i.postcode like p_postcode || '%')
        and (one is null or p.words && one) and (two is null or p.words && two)
        and (three is null or p.words && three) and (four is null or p.words && four)
        and (forgiving and cardinality(sought) > 0 or p.words @> letters)
      order by case when forgiving then people_distance(p.words, sought) else (not p.words @> sought)::int end,
        cardinality(array(select unnest(p.words) intersect select unnest(prefer))) desc,
        case when forgiving then people_distance(people_split(concat_ws(' ', p.call_name, p.own_name, p.partner_name)), sought)
          else -cardinality(array(select n from unnest(array[p.call_name, p.own_name, p.partner_name]) n
            where replace(case when octet_length(n) = length(n) then lower(n) else people_plain(n) end, 'ij', 'y') = any(sought))) end,
        p.own_name, p.initials, p.id
      limit p_limit;
    exit when found or cardinality(typed) = 0;
  end loop;
end $$;

create function trust_log_search(p_data jsonb) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into events_event (verb, subject_type, outcome, data) values ('record.searched', 'patient', 'done', p_data)
$$;

-- Nobody looks through the people within reach one by one: the own lines of the log are what is counted, whichever door was used.
-- Moments are put in variables, here and below, so that only the months of the log that are asked are planned for.
create function trust_searched_often() returns boolean
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare me bigint := actor_user(); lately timestamptz := now() - interval '10 minutes'; since timestamptz := now() - interval '1 hour'; until timestamptz := now();
begin
  return (select count(*) >= :hourly or count(*) filter (where s.at > lately) >= :often from (
    select e.at from events_event e where e.user_id = me and e.at > since and e.at <= until and e.verb = 'record.searched'
    order by e.at desc limit :hourly) s);
end $$;
"""

KNOWN = r"""
-- Whose record the actor opened last for this organisation, newest first: from the own lines alone, so many and no further back.
create function trust_recent(p_limit int) returns table (patient bigint, at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare me bigint := actor_user(); here bigint := actor_organisation(); who text[] := actor_grantees(); since timestamptz := now() - interval '30 days'; until timestamptz := now();
begin
  if actor_kind() <> 'professional' or not trust_meets_patients() then return; end if;
  return query
    with line as materialized (
      select e.patient_id, e.at from events_event e
      where e.user_id = me and e.at > since and e.at <= until and e.organisation_id = here and e.verb = 'record.opened' and e.patient_id is not null
      order by e.at desc limit 1000)
    select l.patient_id, max(l.at) from line l
    where exists (select 1 from trust_grant g where g.patient_id = l.patient_id and g.grantee = any(who) and g.period @> now() offset 0)
    group by l.patient_id order by 2 desc limit least(p_limit, 50);
end $$;

-- For whom the actor (mine), or anybody of the organisation, did something that is more than looking: wrote, referred, answered, agreed.
create function trust_worked_with(p_mine boolean, p_limit int) returns table (patient bigint, at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  me bigint := case when p_mine then actor_user() end; here bigint := actor_organisation(); who text[] := actor_grantees();
  since timestamptz := now() - case when p_mine then interval '180 days' else interval '14 days' end; until timestamptz := now();
begin
  if actor_kind() <> 'professional' or here is null or not trust_meets_patients() then return; end if;
  return query
    with line as materialized (
      select e.patient_id, e.verb, e.at from events_event e
      where e.at > since and e.at <= until and e.organisation_id = here and (me is null or e.user_id = me)
      order by e.at desc limit 4000)
    select l.patient_id, max(l.at) from line l
    where l.patient_id is not null and l.verb !~ '^(record|log|export|emergency)[.]'
      and exists (select 1 from trust_grant g where g.patient_id = l.patient_id and g.grantee = any(who) and g.period @> now() offset 0)
    group by l.patient_id order by 2 desc limit least(p_limit, 200);
end $$;

revoke execute on function trust_search, trust_log_search, trust_searched_often, trust_recent, trust_worked_with from public;
grant execute on function trust_search, trust_log_search, trust_searched_often, trust_recent, trust_worked_with to nis_app;
"""

OFTEN, HOURLY = 60, 240
"""So many searches in ten minutes and in an hour are more than a desk needs."""


class Migration(migrations.Migration):
    dependencies = [("trust", "0003_doors"), ("people", "0002_search_and_checks")]
    operations = [
        migrations.RunSQL(
            [SEARCH.replace(":often", str(OFTEN)).replace(":hourly", str(HOURLY)), KNOWN], migrations.RunSQL.noop
        )
    ]
