"""Requests stand on the list of who answers them and on nobody else's; the law for the young counts by age at the last change."""

from django.db import migrations

SQL = r"""
alter policy team on events_workitem
  using (organisation_id = (select actor_organisation()) and (select trust_meets_patients()) and kind <> 'request');

create or replace function rights_may_erase(p_patient bigint, p_organisation bigint, p_categories bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select not rights_under_hold(p_patient, p_organisation) and (
    exists (select 1 from rights_request q where q.patient_id = p_patient and q.organisation_id = p_organisation and q.kind = 'deletion'
            and p_categories & ~q.categories = 0
            and q.status in ('granted', 'partly_granted')
            and ((rights_answers() and q.organisation_id = actor_organisation() and q.carried_out_at is null)
                 or (actor_kind() = 'system' and q.closed_at > now() - interval '7 days')))
    or (actor_kind() = 'system' and coalesce(rights_last_change(p_patient, p_organisation) < now() - interval '7 years', true)))
$$;

drop function rights_ended(text[], bigint, timestamptz, int);
create function rights_ended(p_domains text[], p_categories bigint, p_minors boolean, p_before timestamptz, p_limit int)
returns table (patient bigint, organisation bigint, found bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  with piece as (
    select patient_id, organisation_id, category from dossier_entry where at < p_before
    union all select patient_id, organisation_id, category from dossier_relatedperson where since < p_before::date
    union all select patient_id, organisation_id, category from dossier_participant where since < p_before::date
    union all select l.patient_id, l.organisation_id, f.sensitivity from referrals_letter l
      join referrals_referral f on f.id = l.referral_id where f.closed_at < p_before
    union all select c.patient_id, c.organisation_id, c.category from consultations_contribution c where c.at < p_before
  )
  select p.patient_id, p.organisation_id, count(*)
  from piece p join people_organisation o on o.id = p.organisation_id join people_patient w on w.id = p.patient_id
  where actor_kind() = 'system' and o.domain = any(p_domains) and p_categories >> p.category & 1 = 1
    and rights_last_change(p.patient_id, p.organisation_id) < p_before and not rights_under_hold(p.patient_id, p.organisation_id)
    and (p_minors is null or p_minors = (w.birth_date + interval '18 years' > rights_last_change(p.patient_id, p.organisation_id)))
  group by p.patient_id, p.organisation_id order by p.patient_id, p.organisation_id limit p_limit
$$;
revoke execute on function rights_ended(text[], bigint, boolean, timestamptz, int) from public;
grant execute on function rights_ended(text[], bigint, boolean, timestamptz, int) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0002_protection")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
