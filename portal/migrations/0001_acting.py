"""What was read, accounts for who acts for another without a record, and what ends soon."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = r"""
call trust_protect_index('portal_seen');
call trust_grant_app('portal_seen');
revoke delete on portal_seen from nis_app;
create policy own on portal_seen to nis_app
  using ((select actor_kind()) = 'citizen' and user_id = (select actor_user()) and patient_id = any((select trust_reach())::bigint[]))
  with check ((select actor_kind()) = 'citizen' and user_id = (select actor_user()) and patient_id = any((select trust_reach())::bigint[]));
"""

CARER = r"""
create function portal_carer_account(p_username text, p_digest text) returns table (account bigint, outcome text)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() <> 'anonymous' or p_username not like 'digid:_%' then
    raise exception 'an account is made while signing in and at no other moment' using errcode = 'insufficient_privilege';
  end if;
  select u.id into account from people_user u where u.username = p_username;
  if account is not null then
    outcome := 'known';
    if exists (select 1 from people_patient p where p.account_id = account) then account := null; outcome := 'differs'; end if;
    return next; return;
  end if;
  if coalesce(p_digest, '') = '' then outcome := 'unknown'; return next; return; end if;
  if not exists (select 1 from trust_mandate m where m.code_digest = p_digest and m.holder_id is null and m.code_until > now() and m.period @> now()) then
    outcome := 'code'; return next; return;
  end if;
  insert into people_user (username, password, name, email, is_active, language, theme, density)
    values (p_username, '!', '', '', true, 'nl', '', 'roomy')
    on conflict (username) do nothing returning id into account;
  outcome := case when account is null then 'unknown' else 'made' end;
  return next;
end $$;
"""

ENDING = r"""
create function portal_ending(p_days int) returns table (kind text, number bigint, patient bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() <> 'system' then
    raise exception 'reminders are the work of the clock' using errcode = 'insufficient_privilege';
  end if;
  return query
    with ends as (
      select 'consent' as kind, c.id, c.patient_id, lower(c.period) as begins, upper(c.period) as at
        from trust_consent c where not c.awaits and c.origin <> 'national' and c.period @> now()
      union all
      select 'mandate', m.id, m.patient_id, lower(m.period),
             least(upper(m.period), case when m.kind = 'parent' then (p.birth_date + interval '16 years')::timestamp at time zone 'Europe/Amsterdam' end)
        from trust_mandate m join people_patient p on p.id = m.patient_id where m.holder_id is not null and m.period @> now()
    )
    select e.kind, e.id, e.patient_id from ends e join people_patient p on p.id = e.patient_id
    where e.at > now() and e.at <= now() + make_interval(days => p_days)
      and coalesce(e.at - e.begins > make_interval(days => p_days + 1), true)
      and p.deceased_on is null
      and not exists (select 1 from events_event v where v.subject_type = e.kind and v.subject_id = e.id and v.verb = e.kind || '.expiring')
    order by e.kind, e.id;
end $$;
"""

EXECUTE = r"""
revoke execute on function portal_carer_account(text, text), portal_ending(int) from public;
grant execute on function portal_carer_account(text, text), portal_ending(int) to nis_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("people", "0003_citizen_account"),
        ("trust", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Seen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "patient"), name="seen_once")],
            },
        ),
        migrations.RunSQL([PROTECT, CARER, ENDING, EXECUTE], migrations.RunSQL.noop),
    ]
