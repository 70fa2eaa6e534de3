"""The elfproef, searching by name as people type it, and the rights of the application role on accounts."""

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
create function people_pattern(words text) returns text language sql immutable parallel safe as
  $$ select replace(replace(replace(public.people_plain(words), '\', '\\'), '%', '\%'), '_', '\_') $$;
alter table people_patient add column searched text generated always as (people_plain(
  call_name || ' ' || first_names || ' ' || initials || ' ' || own_prefix || ' ' || own_name || ' ' || partner_prefix || ' ' || partner_name)) stored;
create index people_patient_searched on people_patient using gin (searched gin_trgm_ops);

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
