"""Where a citizen is told that something changed: the address in the record, given to the worker for one fresh event."""

from django.db import migrations

SQL = r"""
create function exchange_mail_of(p_event bigint, p_at timestamptz) returns table (patient bigint, address text, language text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if actor_kind() <> 'system' then
    raise exception 'the address of a citizen is for the worker that tells of an event' using errcode = 'insufficient_privilege';
  end if;
  return query
    select p.id, coalesce(nullif(i.email, ''), nullif(u.email, ''))::text, coalesce(u.language, 'nl')::text
    from events_event e join people_patient p on p.id = e.patient_id
    left join people_patientidentity i on i.patient_id = p.id left join people_user u on u.id = p.account_id
    where e.id = p_event and e.at = p_at and e.at > now() - interval '2 days' and p.deceased_on is null
      and split_part(e.verb, '.', 1) in ('consent', 'mandate', 'emergency', 'restriction', 'request', 'export', 'network', 'referral')
      -- Of a referral by e-mail only to who is told of it in the portal.
      and (e.subject_type <> 'referral' or exists (select 1 from referrals_referral r where r.id = e.subject_id and r.channel = 'portal'))
      and not (e.actor_kind = 'citizen' and e.user_id is not distinct from p.account_id)
      and coalesce(nullif(i.email, ''), nullif(u.email, '')) is not null;
end $$;
revoke execute on function exchange_mail_of(bigint, timestamptz) from public;
grant execute on function exchange_mail_of(bigint, timestamptz) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0004_request_news"),
        ("people", "0002_search_and_checks"),
        ("events", "0001_log"),
        ("referrals", "0001_referrals"),
    ]
    operations = [migrations.RunSQL(SQL, "drop function exchange_mail_of(bigint, timestamptz)")]
