"""Signals and ended watches go when the lines they are about have gone, unless a legal hold covers them."""

from django.db import migrations

SQL = r"""
create function oversight_forget_signals(p_years int) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare gone bigint; more bigint;
begin
  if actor_kind() <> 'system' or p_years is null or p_years < 5 then
    raise exception 'signals are kept as long as the log, and only the clock removes what is older' using errcode = 'insufficient_privilege';
  end if;
  delete from oversight_signal s
    where s.day < current_date - make_interval(years => p_years) and not rights_held(s.patient_id, s.organisation_id);
  get diagnostics gone = row_count;
  delete from oversight_watch w
    where upper(w.period) < now() - make_interval(years => p_years) and not rights_held(w.patient_id, w.organisation_id);
  get diagnostics more = row_count;
  return gone + more;
end $$;
revoke execute on function oversight_forget_signals(int) from public;
grant execute on function oversight_forget_signals(int) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("oversight", "0003_retention"), ("rights", "0002_protection")]
    operations = [migrations.RunSQL(SQL, "drop function oversight_forget_signals(int);")]
