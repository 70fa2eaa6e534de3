"""The elfproef, the words by which a name is found, and the rights of the application role on accounts."""

from django.db import migrations

SQL = r"""
create function people_elfproef(bsn text) returns boolean language sql immutable parallel safe as $$
  select bsn ~ '^\d{9}$' and bsn <> '000000000' and (
    9 * substr(bsn, 1, 1)::int + 8 * substr(bsn, 2, 1)::int + 7 * substr(bsn, 3, 1)::int + 6 * substr(bsn, 4, 1)::int
    + 5 * substr(bsn, 5, 1)::int + 4 * substr(bsn, 6, 1)::int + 3 * substr(bsn, 7, 1)::int + 2 * substr(bsn, 8, 1)::int
    - substr(bsn, 9, 1)::int) % 11 = 0
$$;
alter table people_patientidentity add constraint patient_bsn_elfproef check (people_elfproef(bsn));

create function people_plain(words text) returns text language sql immutable parallel safe as
  $$ select lower(public.unaccent('public.unaccent'::regdictionary, coalesce(words, ''))) $$;
-- A name as words to be found by: without accents and marks, ij written as y, so that Meijer and Meyer are one word.
create function people_split(words text) returns text[] language sql immutable parallel safe as $$
  select array_remove(string_to_array(translate(replace(lower(public.unaccent('public.unaccent'::regdictionary, coalesce(words, ''))), 'ij', 'y'),
    '.,;:/()-_''"`’‘+&', '               '), ' '), '')
$$;
-- Each name and prefix, prefix and name written as one (vandenberg), all initials (jpm) and each letter that a name begins with.
create function people_name_words(call_name text, first_names text, initials text, own_prefix text, own_name text, partner_prefix text, partner_name text)
returns text[] language plpgsql immutable parallel safe as $$
declare first text[] := public.people_split(call_name || ' ' || first_names); rest text[]; name text;
begin
  rest := public.people_split(concat_ws(' ', initials, replace(initials, '.', ''), own_prefix, own_name, partner_prefix, partner_name,
    translate(own_prefix || own_name, ' ''’', ''), translate(partner_prefix || partner_name, ' ''’', '')));
  foreach name in array first loop rest := rest || left(name, 1); end loop;
  return array(select distinct w from unnest(first || rest) w order by w);
end $$;
create function people_letters(word text) returns text language sql immutable parallel safe as
  $$ select string_agg(c, '' order by c) from regexp_split_to_table(word, '') c $$;
alter table people_patient add column words text[] generated always as
  (people_name_words(call_name, first_names, initials, own_prefix, own_name, partner_prefix, partner_name)) stored;
create index people_patient_words on people_patient using gin (words) with (fastupdate = off);
create index people_patientidentity_postcode on people_patientidentity (postcode text_pattern_ops);

-- Every word of any name once, and nobody's: what was typed is held against these few, and only what fits against the people.
create table people_nameword (word text collate "C" primary key, letters text not null generated always as (people_letters(word)) stored);
call trust_protect_index('people_nameword');
create function people_learn_words() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op <> 'INSERT' then
    delete from people_nameword n where n.word collate "C" = any(array(select distinct unnest(o.words) from before o))
      and not exists (select 1 from people_patient p where p.words @> array[n.word collate "default"]);
  end if;
  if tg_op <> 'DELETE' then
    insert into people_nameword (word) select distinct w from fresh f cross join unnest(f.words) w order by 1 on conflict do nothing;
  end if;
  return null;
end $$;
create trigger learn_new after insert on people_patient referencing new table as fresh for each statement execute function people_learn_words();
create trigger learn_changed after update on people_patient referencing old table as before new table as fresh for each statement execute function people_learn_words();
create trigger forget after delete on people_patient referencing old table as before for each statement execute function people_learn_words();

-- The words of names that one typed word may stand for: the word itself, what begins with it, and forgiving those that differ by a letter or two.
create function people_resembling(p_word text, p_forgiving boolean) returns text[]
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare found text[] := array[p_word]; size int := length(p_word); far int := case when length(p_word) >= 5 then 2 else 1 end;
begin
  if size < 3 then return found; end if;
  found := found || array(select n.word from people_nameword n where n.word collate "C" like regexp_replace(p_word, '([\\%_])', '\\\1', 'g') || '%' limit 3000);
  if p_forgiving and size between 4 and 40 then
    found := found || array(
      select n.word from people_nameword n
      where length(n.word) between size - far and size + far
        and (levenshtein_less_equal(p_word, n.word, far) <= far or n.letters = people_letters(p_word))
      order by levenshtein(p_word, n.word), n.word limit 200);
  end if;
  return found;
end $$;
-- How far the words of a name are from what was typed, for the order of what was found: the word itself 0, beginning with it 1,
-- its letters in another order 2, other letters 3 or more; summed over the words typed.
create function people_distance(p_words text[], p_typed text[]) returns int language plpgsql immutable parallel safe as $$
declare total int := 0; typed text; word text; here int; nearest int;
begin
  foreach typed in array p_typed loop
    nearest := 9;
    foreach word in array p_words loop
      here := case when word = typed then 0 when starts_with(word, typed) then 1
        when length(typed) > 40 or length(word) > 200 then 7 else 1 + 2 * public.levenshtein_less_equal(word, typed, 2) end;
      if here > 2 and length(word) = length(typed) and public.people_letters(word) = public.people_letters(typed) then here := 2; end if;
      nearest := least(nearest, here);
      exit when nearest = 0;
    end loop;
    total := total + nearest;
  end loop;
  return total;
end $$;
revoke execute on function people_learn_words, people_resembling from public;

call trust_grant_app('people_organisation');
call trust_grant_app('people_membership');
call trust_grant_app('people_user');
call trust_grant_app('people_organisationpermission');
revoke insert, update, delete on people_organisation, people_membership, people_user, people_organisationpermission from nis_app;
grant update (admission, admitted_at) on people_organisation to nis_app;
grant update (last_login, theme, density, language) on people_user to nis_app;
grant select on people_organisation to nis_region;
grant select on django_content_type, auth_permission to nis_app;
"""

THIRD_PARTY = [
    "django_session",
    "account_emailaddress",
    "account_emailconfirmation",
    "mfa_authenticator",
    "socialaccount_socialaccount",
    "socialaccount_socialtoken",
    "socialaccount_socialapp",
    "usersessions_usersession",
]


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_participants"),
        ("events", "0001_log"),
        ("sessions", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("usersessions", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        *[migrations.RunSQL(f"call trust_grant_app('{table}')", migrations.RunSQL.noop) for table in THIRD_PARTY],
    ]
