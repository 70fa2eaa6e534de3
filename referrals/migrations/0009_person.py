"""What the person, or who acts for the person, does with a referral: say, cannot, withdraw, ask for help oneself and look further."""

import django.db.models.deletion
from django.db import migrations, models

REMARKS = r"""
-- What was said is read by the person, the sender, and the receiver once it accepted, of the time since it was asked; by nobody else.
call trust_protect_index('referrals_remark');
call trust_grant_app('referrals_remark');
revoke update, delete on referrals_remark from nis_app;
create policy thread on referrals_remark for select to nis_app using (
  (patient_id * 64 + 12) = any((select trust_opened())::bigint[])
  and (((select actor_kind()) = 'citizen' and (patient_id * 64 + category) = any((select trust_opened())::bigint[]))
    or exists (select 1 from referrals_referral r where r.id = referral_id and r.patient_id = referrals_remark.patient_id
       and (r.sending_organisation_id = (select actor_organisation())
            or (r.receiving_organisation_id = (select actor_organisation()) and r.accepted_at is not null
                and r.status in ('accepted', 'in_progress', 'completed') and exists (select 1 from referrals_step s where s.id = step_id and s.round = r.round))))));
create policy say on referrals_remark for insert to nis_app with check (
  organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and (patient_id * 64 + 12) = any((select trust_opened())::bigint[])
  and exists (select 1 from referrals_referral r join referrals_step s on s.referral_id = r.id
              where r.id = referrals_remark.referral_id and r.patient_id = referrals_remark.patient_id and s.id = step_id
                and s.organisation_id = (select actor_organisation()) and s.verb = 'say' and s.round = r.round
                and ((r.sending_organisation_id = (select actor_organisation()) and r.status in ('requested', 'asked_back', 'accepted', 'in_progress'))
                  or (r.receiving_organisation_id = (select actor_organisation()) and r.status in ('accepted', 'in_progress')))));
-- What its holder restricted is read by nobody but the person; what the person wrote has no holder.
create policy restricted on referrals_remark as restrictive for select to nis_app using (
  organisation_id is null or (organisation_id << 40) + patient_id * 64 + category <> all((select trust_closed())::bigint[]));
"""

PERSON = r"""
-- Whether this citizen acts here: in the own record, or by a mandate that lets act and covers referrals of this kind.
create function referrals_person_acts(p_patient bigint, p_sensitivity int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select trust_acting_mask(p_patient) & ((1::bigint << 12) | (1::bigint << p_sensitivity)) = ((1::bigint << 12) | (1::bigint << p_sensitivity))
    and exists (select 1 from people_patient p where p.id = p_patient and p.deceased_on is null)
$$;
-- Holds a referral for the rest of the transaction, for who acts for the person; false for anybody else.
create function referrals_person_holds(p_number bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare r referrals_referral%rowtype;
begin
  select * into r from referrals_referral where id = p_number;
  if r.id is null or not referrals_person_acts(r.patient_id, r.sensitivity) then return false; end if;
  perform 1 from referrals_referral where id = p_number for update;
  return true;
end $$;

-- The only way in which the person, or who acts for the person, takes a step with a referral: judged and done here. Returns the step,
-- and none for a form that was pressed twice. What is said besides is content (p_text); an answer is a note,
-- which the receiver reads before it knows who it is about.
create function referrals_person_step(p_number bigint, p_verb text, p_code text, p_note text, p_text text, p_token uuid,
                                      p_service bigint, p_due timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare r referrals_referral%rowtype; made bigint; state text;
begin
  select * into r from referrals_referral where id = p_number for update;
  if r.id is null or not referrals_person_acts(r.patient_id, r.sensitivity) then
    raise exception 'the person takes this step, or who acts for the person' using errcode = 'insufficient_privilege';
  end if;
  select m.step_id into made from referrals_remark m where m.token = p_token and m.referral_id = r.id;
  if made is not null then return null; end if;
  if not coalesce(case p_verb
      when 'say' then r.status in ('requested', 'asked_back', 'accepted', 'in_progress') and btrim(p_text) <> ''
      when 'cannot' then r.status in ('accepted', 'in_progress') and referrals_person_acts(r.patient_id, 18) and p_due > now() and p_due < now() + interval '30 days'
        and exists (select 1 from referrals_appointment a where a.referral_id = r.id and a.status = 'booked' and a.starts > now())
        and not exists (select 1 from referrals_seat e where e.referral_id = r.id and e.status = 'placed')
      when 'cancel' then r.status in ('requested', 'asked_back', 'accepted')
        and p_code in ('not_needed', 'unwanted', 'elsewhere', 'too_long', 'otherwise')
      when 'answer' then r.sending_organisation_id is null and r.status = 'asked_back' and btrim(p_note) <> '' and p_due > now()
      when 'settle' then r.sending_organisation_id is null and r.status = 'rejected' and r.settled_at is null
      when 'redirect' then r.sending_organisation_id is null and r.status = 'requested' and r.asked_at = now() and p_service = r.service_id
        and not exists (select 1 from referrals_step s where s.referral_id = r.id and s.round = r.round)
      else false end, false) then
    raise exception 'the person does not take this step now' using errcode = 'check_violation';
  end if;
  state := case p_verb when 'cancel' then 'cancelled' when 'answer' then 'requested' else r.status end;
  if p_verb in ('cannot', 'cancel') then
    update referrals_appointment set status = case when starts <= now() then 'fulfilled' else 'cancelled' end, sequence = sequence + 1,
        changed_at = now() where referral_id = r.id and status = 'booked';
  end if;
  update referrals_referral set status = state, level = case when p_verb = 'say' or (p_verb = 'cannot' and status = 'in_progress') then level else 0 end,
      due = case when p_verb in ('cancel', 'settle') then null when p_verb = 'answer' or (p_verb = 'cannot' and status = 'accepted') then p_due else due end,
      ask_reason = case when p_verb = 'answer' then '' else ask_reason end,
      settled_at = case when p_verb = 'settle' then now() else settled_at end,
      closed_at = case when p_verb = 'cancel' then now() else closed_at end,
      letter_due = case when p_verb = 'cancel' then null else letter_due end
    where id = r.id;
  if p_verb = 'cancel' then
    update trust_carerelation set period = tstzrange(lower(period), now())
      where patient_id = r.patient_id and reference = 'referral:' || r.id and period @> now() and lower(period) < now();
  end if;
  insert into referrals_step (referral_id, patient_id, verb, status, party, round, code, service_id, note, at)
    select r.id, r.patient_id, p_verb, state, case when p.account_id = actor_user() then 'citizen' else 'carer' end, r.round,
           case when p_verb = 'cancel' then p_code else '' end, case when p_verb = 'redirect' then p_service end,
           case when p_verb = 'answer' then left(btrim(p_note), 300) else '' end, clock_timestamp()
    from people_patient p where p.id = r.patient_id
    returning id into made;
  if p_verb in ('say', 'cannot', 'cancel') and btrim(coalesce(p_text, '')) <> '' then
    insert into referrals_remark (step_id, token, referral_id, patient_id, category, text)
      values (made, p_token, r.id, r.patient_id, r.sensitivity, left(btrim(p_text), 4000));
  end if;
  return made;
end $$;

-- Which services a person may ask without anybody who refers.
create function referrals_takes_self(p_service bigint, p_age int, p_municipality text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from square_healthcareservice s join people_organisation o on o.id = s.organisation_id
    where s.id = p_service and s.active and s.self_referral and s.open_for_new and o.admission = 'admitted'
      and (s.minimum_age is null or s.minimum_age <= p_age) and (s.maximum_age is null or s.maximum_age >= p_age)
      and (s.municipalities = '{}' or p_municipality = '' or p_municipality = any(s.municipalities)))
$$;
-- The person asks for help oneself. Nothing where that service cannot be asked (any more), is asked already, or too much is.
create function referrals_refer_self(p_number text, p_token uuid, p_patient bigint, p_service bigint, p_question text, p_wish text,
                                     p_items jsonb, p_due timestamptz, p_responsible text, p_form text, p_answers jsonb, p_kinds bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare p people_patient%rowtype; s square_healthcareservice%rowtype; made bigint; guarded smallint; withheld bigint; years int;
begin
  select * into p from people_patient where id = p_patient for update;
  select v.* into s from square_healthcareservice v where v.id = p_service;
  guarded := referrals_guard(s.id);
  if p.id is null or s.id is null or not referrals_person_acts(p.id, guarded) then
    raise exception 'the person asks, or who acts for the person' using errcode = 'insufficient_privilege';
  end if;
  select r.id into made from referrals_referral r where r.token = p_token and r.patient_id = p.id and r.origin = 'self';
  if made is not null then return made; end if;
  years := date_part('year', age((now() at time zone 'Europe/Amsterdam')::date, p.birth_date));
  -- The form of the service is filled in, and no other: of the record it holds nothing that may not go.
  if (split_part(p_form, '|', 1) <> s.questionnaire and not (p_form = '' and s.process = 'training')) or (p_form <> '') <> (jsonb_array_length(p_answers) > 0) then
    raise exception 'the form is that of the service' using errcode = 'check_violation';
  end if;
  if (btrim(p_question) = '' and p_form = '') or p_due <= now() or not referrals_takes_self(s.id, years, p.municipality)
     or exists (select 1 from referrals_referral r where r.patient_id = p.id and r.origin = 'self' and r.service_id = s.id
                and r.status in ('requested', 'asked_back', 'accepted', 'in_progress'))
     or (select count(*) from referrals_referral r where r.patient_id = p.id and r.origin = 'self'
         and r.status in ('requested', 'asked_back', 'accepted', 'in_progress')) >= 10 then
    return null;
  end if;
  withheld := referrals_left_out(p.id, s.organisation_id) | ~trust_acting_mask(p.id);
  if p_kinds & withheld & ((1::bigint << 20) - 1) <> 0 or exists (select 1 from jsonb_to_recordset(p_items) i(kind int) where withheld >> i.kind & 1 = 1 or i.kind not between 0 and 19) then
    raise exception 'what goes along may go to this receiver' using errcode = 'insufficient_privilege';
  end if;
  insert into referrals_referral (number, token, patient_id, service_id, origin, receiving_organisation_id, status, urgency, sensitivity, age,
      gender, municipality, responsible, notice, rejection_reason, ask_reason, outcome, round, left_out, sent_at, due, level)
    values (p_number, p_token, p.id, s.id, 'self', s.organisation_id, 'requested', 'routine', guarded, years,
      p.gender, p.municipality, left(p_responsible, 80), '', '', '', '', 1, 0, now(), p_due, 0)
    returning id into made;
  insert into referrals_letter (referral_id, patient_id, organisation_id, category, question, wish, agreed)
    values (made, p.id, s.organisation_id, guarded, left(btrim(p_question), 4000), left(btrim(p_wish), 2000), true);
  insert into referrals_letteritem (referral_id, patient_id, organisation_id, category, kind, title, detail, on_date, origin)
    select made, p.id, s.organisation_id, i.kind, i.kind, left(i.title, 300), left(i.detail, 600), left(i.on_date, 25), left(i.origin, 160)
    from jsonb_to_recordset(p_items) i(kind smallint, title text, detail text, on_date text, origin text);
  insert into referrals_questionnaireresponse (referral_id, patient_id, organisation_id, category, questionnaire, answers, kinds, at)
    select made, p.id, s.organisation_id, guarded, left(p_form, 60), p_answers, p_kinds, now() where p_form <> '';
  insert into referrals_step (referral_id, patient_id, verb, status, party, round, code, note, at)
    values (made, p.id, 'send', 'requested', case when p.account_id = actor_user() then 'citizen' else 'carer' end, 1, '', '', now());
  return made;
end $$;
revoke execute on function referrals_person_acts(bigint, int), referrals_person_holds(bigint), referrals_takes_self(bigint, int, text),
  referrals_person_step(bigint, text, text, text, text, uuid, bigint, timestamptz),
  referrals_refer_self(text, uuid, bigint, bigint, text, text, jsonb, timestamptz, text, text, jsonb, bigint) from public;
grant execute on function referrals_person_acts(bigint, int), referrals_person_holds(bigint),
  referrals_person_step(bigint, text, text, text, text, uuid, bigint, timestamptz),
  referrals_refer_self(text, uuid, bigint, bigint, text, text, jsonb, timestamptz, text, text, jsonb, bigint) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_citizen_account"),
        ("referrals", "0008_batches"),
        ("trust", "0003_doors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Remark",
            fields=[
                (
                    "step",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="remark",
                        serialize=False,
                        to="referrals.step",
                    ),
                ),
                ("token", models.UUIDField(editable=False, unique=True)),
                (
                    "category",
                    models.SmallIntegerField(
                        choices=[
                            (0, "personalia en contact"),
                            (1, "zorgnetwerk en contactpersonen"),
                            (2, "problemen en diagnoses"),
                            (3, "medicatie"),
                            (4, "allergieën en overgevoeligheden"),
                            (5, "uitslagen en metingen"),
                            (6, "verrichtingen en contacten"),
                            (7, "functioneren en leefsituatie"),
                            (8, "wensen en behandelgrenzen"),
                            (9, "waarschuwingen"),
                            (10, "documenten"),
                            (11, "plan, doelen en afspraken"),
                            (12, "verwijzingen"),
                            (13, "consulten"),
                            (14, "geestelijke gezondheid"),
                            (15, "sociale situatie en ondersteuning"),
                            (16, "geldzaken"),
                            (17, "vaccinaties"),
                            (18, "afspraken"),
                            (19, "hulpmiddelen"),
                        ]
                    ),
                ),
                ("text", models.TextField()),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="remarks", to="referrals.referral"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(f"{REMARKS}{PERSON}", migrations.RunSQL.noop),
    ]
