"""What of a patient's record may be sent along to another organisation: role need and the patient's choices, asked before sending."""

from django.db import migrations

SQL = r"""
create function trust_sharing(p_patient bigint, p_organisation bigint, p_start bigint, p_roles text[])
returns table (needed bigint, consented bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select (select coalesce(bit_or(r.categories), 0) from trust_roleneed r where r.role = any(p_roles) and r.period @> now()),
         case when p_patient = any(trust_reach())
              then (select trust_consented(p_patient, o.domain, o.id, now(), p_start) from people_organisation o where o.id = p_organisation)
              else 0 end
$$;
revoke execute on function trust_sharing(bigint, bigint, bigint, text[]) from public;
grant execute on function trust_sharing(bigint, bigint, bigint, text[]) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("trust", "0002_rules")]
    operations = [migrations.RunSQL(SQL, "drop function trust_sharing(bigint, bigint, bigint, text[])")]
