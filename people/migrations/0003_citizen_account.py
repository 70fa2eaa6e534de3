"""Signing in as a citizen: the account that belongs to a BSN, without the application ever reading a BSN.

Who first signed in to act for somebody, and is registered later, keeps the account: it becomes that of the own record.
"""

from django.db import migrations

ACCOUNT = r"""
create function people_citizen_account(p_bsn text, p_username text) returns table (account bigint, outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare person record;
begin
  if actor_kind() <> 'anonymous' or p_username not like 'digid:_%' then
    raise exception 'an account is looked up by BSN while signing in and at no other moment' using errcode = 'insufficient_privilege';
  end if;
  select p.id, p.account_id, p.deceased_on into person
    from people_patientidentity i join people_patient p on p.id = i.patient_id where i.bsn = p_bsn for update of p;
  if person.id is null then outcome := 'unknown'; return next; return; end if;
  if person.deceased_on is not null then outcome := 'deceased'; return next; return; end if;
  if person.account_id is not null then account := person.account_id; outcome := 'known'; return next; return; end if;
  insert into people_user (username, password, name, email, is_active, language, theme, density)
    values (p_username, '!', '', '', true, 'nl', '', 'roomy')
    on conflict (username) do nothing returning id into account;
  if account is null then
    select u.id into account from people_user u
      where u.username = p_username and not exists (select 1 from people_patient p where p.account_id = u.id) for update of u;
    if account is null then outcome := 'differs'; return next; return; end if;
  end if;
  update people_patient set account_id = account where id = person.id;
  outcome := 'made';
  return next;
end $$;
revoke execute on function people_citizen_account(text, text) from public;
grant execute on function people_citizen_account(text, text) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0002_search_and_checks"), ("events", "0001_log")]
    operations = [migrations.RunSQL(ACCOUNT, "drop function people_citizen_account(text, text)")]
