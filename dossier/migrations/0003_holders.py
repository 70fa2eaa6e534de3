"""Facts and entries open by their holder: what one holder's policy or a choice about that holder closes stays closed."""

from django.db import migrations

SQL = r"""
create procedure dossier_open_by_holder(p_table text, p_opened text) language plpgsql as $$
declare
  own text := '(organisation_id = any((select trust_owned())::bigint[]) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))';
  seen text := format('(((organisation_id << 40) + patient_id * 64 + category) = any((select %s())::bigint[]) or %s)', p_opened, own);
  written text := '(organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))';
begin
  call trust_protect_index(p_table);
  call trust_grant_app(p_table);
  execute format('alter table %I add constraint %I check (category between 0 and 63)', p_table, p_table || '_category');
  execute format('create index %I on %I (((organisation_id << 40) + patient_id * 64 + category))', p_table || '_opened', p_table);
  if p_table = 'dossier_fact' then
    execute format('create policy opened on %I to nis_app using %s with check %s', p_table, seen, seen);
  else
    execute format('create policy opened on %I for select to nis_app using %s', p_table, seen);
    execute format('create policy write on %I for insert to nis_app with check %s', p_table, written);
    execute format('create policy lock on %I for update to nis_app using %s', p_table, seen);
  end if;
end $$;
call dossier_open_by_holder('dossier_fact', 'trust_opened_facts');
call dossier_open_by_holder('dossier_entry', 'trust_opened_entries');
drop procedure dossier_open_by_holder(text, text);
-- Written once, in the own organisation's name; to lock a row asks the right to update one of its columns.
revoke update, delete on dossier_entry from nis_app;
grant update (id) on dossier_entry to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("dossier", "0002_rights"), ("trust", "0002_rules")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
