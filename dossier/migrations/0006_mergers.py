"""The source systems of a participant that merged are its successor's."""

from django.db import migrations

SQL = r"""
create function dossier_follow_merger(p_from bigint) returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with moved as (
    update dossier_source set organisation_id = trust_successor(p_from)
    where organisation_id = p_from and trust_successor(p_from) <> p_from and actor_kind() = 'system' returning 1)
  select count(*) from moved
$$;
revoke execute on function dossier_follow_merger(bigint) from public;
grant execute on function dossier_follow_merger(bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("dossier", "0005_correct_and_erase"), ("trust", "0003_doors")]
    operations = [migrations.RunSQL(SQL, "drop function dossier_follow_merger(bigint)")]
