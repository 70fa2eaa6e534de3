"""What a holder wrote in referrals that have ended can be removed; that there was a referral stays, without what was said."""

from django.db import migrations

SQL = r"""
create function referrals_erase(p_patient bigint, p_organisation bigint, p_categories bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare may boolean; gone bigint; removed bigint := 0; ended bigint[]; own bigint[];
begin
  execute 'select rights_may_erase($1, $2, $3)' into may using p_patient, p_organisation, p_categories;
  if not coalesce(may, false) then
    raise exception 'nothing is removed without a granted request or an ended term' using errcode = 'insufficient_privilege';
  end if;
  ended := array(select r.id from referrals_referral r where r.patient_id = p_patient and r.closed_at is not null
                 and (p_organisation in (r.sending_organisation_id, r.receiving_organisation_id)
                      or exists (select 1 from referrals_round k where k.referral_id = r.id and k.organisation_id = p_organisation))
                 and p_categories >> r.sensitivity & 1 = 1);
  -- What the person said is kept by the parties, not by who was asked before.
  own := array(select r.id from referrals_referral r where r.id = any(ended) and p_organisation in (r.sending_organisation_id, r.receiving_organisation_id));
  delete from referrals_letteritem i where i.referral_id = any(ended) and i.organisation_id = p_organisation;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from referrals_report p where p.referral_id = any(ended) and p.organisation_id = p_organisation;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from referrals_questionnaireresponse q where q.referral_id = any(ended) and q.organisation_id = p_organisation;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from referrals_remark m where m.referral_id = any(ended) and (m.organisation_id = p_organisation or (m.organisation_id is null and m.referral_id = any(own)));
  get diagnostics gone = row_count; removed := removed + gone;
  delete from referrals_supplement u where u.referral_id = any(ended) and u.organisation_id = p_organisation;
  get diagnostics gone = row_count; removed := removed + gone;
  if p_categories >> 12 & 1 = 1 then
    delete from events_workitem w where w.subject_type = 'draft'
      and w.subject_id in (select d.id from referrals_draft d where d.patient_id = p_patient and d.organisation_id = p_organisation);
    delete from referrals_draft d where d.patient_id = p_patient and d.organisation_id = p_organisation;
    delete from referrals_batchpatient one using referrals_batch b
      where b.id = one.batch_id and one.patient_id = p_patient and b.organisation_id = p_organisation;
    get diagnostics gone = row_count; removed := removed + gone;
  end if;
  delete from referrals_letter l where l.referral_id = any(ended) and l.organisation_id = p_organisation;
  get diagnostics gone = row_count; removed := removed + gone;
  update referrals_step s set note = '' where s.referral_id = any(ended) and (s.organisation_id = p_organisation or (s.organisation_id is null and s.referral_id = any(own))) and s.note <> '';
  get diagnostics gone = row_count; removed := removed + gone;
  delete from referrals_appointment a where a.referral_id = any(ended) and a.organisation_id = p_organisation;
  get diagnostics gone = row_count; removed := removed + gone;
  delete from referrals_seat e using square_session m, square_healthcareservice v
    where e.referral_id = any(ended) and m.id = e.session_id and v.id = m.service_id and v.organisation_id = p_organisation;
  get diagnostics gone = row_count; removed := removed + gone;
  update referrals_referral r set notice = '' where r.id = any(ended) and r.sending_organisation_id = p_organisation and r.notice <> '';
  delete from events_workitem w where w.subject_type = 'referral' and w.subject_id = any(ended) and w.organisation_id = p_organisation;
  return removed;
end $$;
create function referrals_running(p_patient bigint, p_organisation bigint) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*) from referrals_referral r where r.patient_id = p_patient and r.closed_at is null
    and p_organisation in (r.sending_organisation_id, r.receiving_organisation_id) and p_organisation = actor_organisation()
    and actor_role() in ('privacy_officer', 'manager')
$$;
revoke execute on function referrals_erase(bigint, bigint, bigint), referrals_running(bigint, bigint) from public;
grant execute on function referrals_erase(bigint, bigint, bigint), referrals_running(bigint, bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0002_rights")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
