"""Facts and entries open by their holder: what one holder's policy or a choice about that holder closes stays closed."""

from django.db import migrations

SQL = r"""
create procedure dossier_open_by_holder(p_table text, p_opened text) language plpgsql as $$
declare
  own text := '(organisation_id = any((select trust_owned())::bigint[]) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))';
  seen text := format('(((organisation_id << 40) + patient_id * 64 + category) = any((select %s())::bigint[]) or %s)', p_opened, own);
begin
  execute format('alter policy opened on %I using %s', p_table, seen);
  if exists (select 1 from pg_policies where tablename = p_table and policyname = 'lock') then
    execute format('alter policy lock on %I using %s', p_table, seen);
  else
    execute format('alter policy opened on %I with check %s', p_table, seen);
  end if;
  execute format('drop index %I', p_table || '_opened');
  execute format('create index %I on %I (((organisation_id << 40) + patient_id * 64 + category))', p_table || '_opened', p_table);
end $$;
call dossier_open_by_holder('dossier_fact', 'trust_opened_facts');
call dossier_open_by_holder('dossier_entry', 'trust_opened_entries');
call dossier_open_by_holder('dossier_relatedperson', 'trust_opened_entries');
call dossier_open_by_holder('dossier_participant', 'trust_opened_entries');
drop procedure dossier_open_by_holder(text, text);
drop procedure trust_protect_facts(text);
drop function trust_opened_consented();
"""


class Migration(migrations.Migration):
    dependencies = [("dossier", "0002_rights"), ("trust", "0005_rules")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
