"""Row-level security of the answers of source systems, and the end of what was fetched from them."""

from django.db import migrations

SQL = r"""
call trust_grant_app('dossier_source');
revoke insert, update, delete on dossier_source from nis_app;
call trust_protect_content('dossier_sourceanswer');

-- What a source had is remembered as long as any source may be left alone for having had nothing.
create function dossier_drop_expired() returns bigint language sql security definer set search_path = public, pg_temp as $$
  with old as (delete from dossier_sourceanswer where asked_at < now() - interval '31 days'),
  dropped as (delete from dossier_fact where expires_at < now() returning 1) select count(*) from dropped
$$;
revoke execute on function dossier_drop_expired() from public;
grant execute on function dossier_drop_expired() to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("dossier", "0001_record"), ("trust", "0002_rules")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
