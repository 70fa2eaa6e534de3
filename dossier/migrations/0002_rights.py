"""Row-level security of the record."""

from django.db import migrations

SQL = r"""
call trust_grant_app('dossier_source');
revoke insert, update, delete on dossier_source from nis_app;
call trust_protect_content('dossier_sourceanswer');
call trust_protect_facts('dossier_fact');
call trust_protect_content('dossier_entry');
call trust_protect_content('dossier_relatedperson');
call trust_protect_content('dossier_participant');
-- Written once, in the own organisation's name; to lock a row asks the right to update one of its columns.
revoke update, delete on dossier_entry, dossier_relatedperson, dossier_participant from nis_app;
grant update (id) on dossier_entry to nis_app;
create procedure dossier_write_in_own_name(p_table text) language plpgsql as $$
declare
  own text := '(organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))';
  seen text := '((patient_id * 64 + category) = any((select trust_opened())::bigint[]) or ' || own || ')';
begin
  execute format('drop policy opened on %I', p_table);
  execute format('create policy opened on %I for select to nis_app using %s', p_table, seen);
  execute format('create policy write on %I for insert to nis_app with check %s', p_table, own);
  execute format('create policy lock on %I for update to nis_app using %s', p_table, seen);
end $$;
call dossier_write_in_own_name('dossier_entry');
call dossier_write_in_own_name('dossier_relatedperson');
call dossier_write_in_own_name('dossier_participant');
drop procedure dossier_write_in_own_name(text);

create function dossier_drop_expired() returns bigint language sql security definer set search_path = public, pg_temp as $$
  with dropped as (delete from dossier_fact where expires_at < now() returning 1) select count(*) from dropped
$$;
revoke execute on function dossier_drop_expired() from public;
grant execute on function dossier_drop_expired() to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("dossier", "0001_record"), ("trust", "0002_rules")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
