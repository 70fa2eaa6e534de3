"""Places on the meetings of a training: taken on asking, one after another, given to who waits longest, and gone with the referral."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

SQL = r"""
call trust_protect_index('referrals_seat');
grant select on referrals_seat to nis_app;
-- The parties of the referral, and the person; who acts for the person where the mandate holds appointments. Nobody else who takes part.
create policy parties on referrals_seat for select to nis_app using (
  ((select trust_meets_patients()) and exists (select 1 from referrals_referral r join square_session s on s.id = session_id
     where r.id = referral_id and (r.sending_organisation_id = (select actor_organisation())
       or (r.receiving_organisation_id = (select actor_organisation()) and r.service_id = s.service_id))))
  or ((patient_id * 64 + 18) = any((select trust_reach_keys())::bigint[]) and (select actor_kind()) = 'citizen'
      and exists (select 1 from referrals_referral r where r.id = referral_id))
  or (select actor_kind()) = 'system');

-- How many places are taken and how many wait, counted anew by who holds the meeting.
create function referrals_count_places() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from square_session where id = new.session_id for update;
  update square_session s set
      taken = (select coalesce(sum(e.seats), 0) from referrals_seat e where e.session_id = s.id and e.status = 'placed'),
      waiting = (select count(*) from referrals_seat e where e.session_id = s.id and e.status = 'waiting')
    where s.id = new.session_id;
  return null;
end $$;
create trigger count_places after insert or update of status on referrals_seat for each row execute function referrals_count_places();

-- A place ends with the referral, by whatever door; who attended keeps it.
create function referrals_place_over() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update referrals_seat e set status = 'left', ended_at = now()
    where e.referral_id = new.id and e.status in ('placed', 'waiting')
      and (new.status <> 'completed' or e.status = 'waiting' or exists (select 1 from square_session s where s.id = e.session_id and s.starts > now()));
  return null;
end $$;
create trigger place_over after update of status, round on referrals_referral for each row
  when (old.status in ('requested', 'asked_back', 'accepted', 'in_progress')
        and (new.status in ('rejected', 'cancelled', 'completed') or new.round <> old.round))
  execute function referrals_place_over();

-- The appointment of who was taken on is that of the meeting.
create function referrals_book(p_number bigint) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare r referrals_referral%rowtype; s square_session%rowtype;
begin
  select * into r from referrals_referral where id = p_number;
  select m.* into s from square_session m join referrals_seat e on e.session_id = m.id where e.referral_id = r.id and e.status = 'placed';
  if s.id is null or r.status <> 'accepted' then return; end if;
  update referrals_appointment set starts = s.starts, ends = s.ends, way = case when s.online then 'VR' else 'AMB' end, place = s.place,
      note = s.note, sequence = sequence + 1, changed_at = now() where referral_id = r.id and status = 'booked';
  if not found then
    insert into referrals_appointment (referral_id, patient_id, organisation_id, starts, ends, way, place, note, status, sequence, made_by_id, changed_at)
      values (r.id, r.patient_id, r.receiving_organisation_id, s.starts, s.ends, case when s.online then 'VR' else 'AMB' end, s.place, s.note, 'booked', 0,
              s.made_by_id, now());
  end if;
end $$;

-- The only way to a place: for the sender and the person of a referral, and for who receives it. The meeting is held meanwhile, so that of
-- two who ask for the last place at once one gets it and the other the first turn. Returns how it went: placed, waiting, full (only for who
-- was taken on and has a place to keep), double (this person has a place or a turn on this training by another referral), or nothing where one cannot enrol (any more).
create function referrals_enrol(p_number bigint, p_session bigint, p_who text, p_due timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare r referrals_referral%rowtype; s square_session%rowtype; former referrals_seat%rowtype; side text; given text;
  needed int := case when p_who = 'both' then 2 else 1 end;
begin
  select * into r from referrals_referral where id = p_number for update;
  side := case when actor_kind() = 'citizen' and referrals_person_acts(r.patient_id, r.sensitivity) and referrals_person_acts(r.patient_id, 18) then 'person'
    when actor_kind() <> 'professional' or not trust_meets_patients() then null
    when r.receiving_organisation_id = actor_organisation() then 'receiver'
    when r.sending_organisation_id = actor_organisation() and r.status = 'requested' then 'sender' end;
  if r.id is null or side is null then
    raise exception 'a place is asked by the parties of the referral or by the person' using errcode = 'insufficient_privilege';
  end if;
  -- Of one person one at a time; of meetings the lowest number first, for who changes over gives a place up too.
  perform 1 from people_patient where id = r.patient_id for no key update;
  select * into former from referrals_seat e where e.referral_id = r.id and e.status in ('placed', 'waiting');
  perform 1 from square_session where id in (p_session, former.session_id) order by id for update;
  select * into s from square_session where id = p_session;
  if s.id is null or s.service_id <> r.service_id or s.cancelled_at is not null or s.starts <= now() or (side <> 'receiver' and s.enrol_until <= now())
     or r.status not in ('requested', 'accepted') or p_who not in ('person', 'carer', 'both') or needed > s.places
     or p_due is null or p_due <= now() or p_due > now() + interval '400 days' then
    return null;
  end if;
  if former.session_id = s.id then return former.status; end if;
  if exists (select 1 from referrals_seat e join square_session m on m.id = e.session_id
             where e.patient_id = r.patient_id and e.referral_id <> r.id and m.service_id = s.service_id and e.status in ('placed', 'waiting')
               and (m.id = s.id or (m.starts > now() and m.cancelled_at is null))) then
    return 'double';
  end if;
  given := case when s.waiting = 0 and s.taken + needed <= s.places then 'placed' else 'waiting' end;
  if given = 'waiting' and (r.status = 'accepted' or former.status = 'placed') then return 'full'; end if;
  update referrals_seat set status = 'left', ended_at = now() where id = former.id;
  insert into referrals_seat (referral_id, patient_id, session_id, who, seats, status, at, told_at)
    values (r.id, r.patient_id, s.id, p_who, needed, given, clock_timestamp(), clock_timestamp());
  -- Who waits for a place waits until one can no longer enrol; only then the receiver has to say something else.
  update referrals_referral set due = case when given = 'waiting' then greatest(s.enrol_until, p_due) else p_due end, level = 0 where id = r.id;
  perform referrals_book(r.id);
  insert into referrals_step (referral_id, patient_id, verb, status, party, organisation_id, user_id, round, code, note, at)
    select r.id, r.patient_id, 'enrol', r.status,
           case when side <> 'person' then 'organisation' when p.account_id = actor_user() then 'citizen' else 'carer' end,
           case when side <> 'person' then actor_organisation() end, case when side <> 'person' then actor_user() end,
           r.round, given, '', clock_timestamp()
    from people_patient p where p.id = r.patient_id;
  return given;
end $$;

-- The referrals whose place could change, held in one order by every worker, before the meeting itself is.
create function referrals_hold_enrolled(p_session bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  select count(*) from (
    select 1 from referrals_referral r where r.id in (select e.referral_id from referrals_seat e where e.session_id = p_session and e.status in ('placed', 'waiting'))
    order by r.id for update) held
$$;

-- A place that came free goes to who waits longest, as long as it is enough for who comes; for a worker alone.
create function referrals_give_places(p_session bigint, p_due timestamptz) returns setof bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare s square_session%rowtype; e referrals_seat%rowtype; used int;
begin
  if actor_kind() <> 'system' then return; end if;
  perform referrals_hold_enrolled(p_session);
  select * into s from square_session where id = p_session for update;
  if s.id is null or s.cancelled_at is not null or s.starts <= now() then return; end if;
  used := s.taken;
  for e in select * from referrals_seat x where x.session_id = s.id and x.status = 'waiting' order by x.at, x.id loop
    exit when used + e.seats > s.places;
    used := used + e.seats;
    update referrals_seat set status = 'placed', told_at = clock_timestamp() where id = e.id;
    update referrals_referral set due = case when status = 'requested' then p_due else due end, level = 0 where id = e.referral_id;
    insert into referrals_step (referral_id, patient_id, verb, status, party, round, code, note, at)
      select r.id, r.patient_id, 'enrol', r.status, 'system', r.round, 'moved_up', '', clock_timestamp() from referrals_referral r where r.id = e.referral_id;
    return next e.referral_id;
  end loop;
end $$;

-- What a provider changed of a meeting goes to the appointment of each who is enrolled; one that was called off leaves them without a place.
-- Gives the referrals that are to be told, each once for each change; for a worker alone.
create function referrals_follow_session(p_session bigint, p_due timestamptz) returns setof bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare s square_session%rowtype; e referrals_seat%rowtype;
begin
  if actor_kind() <> 'system' then return; end if;
  perform referrals_hold_enrolled(p_session);
  select * into s from square_session where id = p_session for update;
  for e in select * from referrals_seat x where x.session_id = s.id and x.status in ('placed', 'waiting')
             and (x.told_at < s.changed_at or s.cancelled_at is not null) order by x.referral_id loop
    if s.cancelled_at is not null then
      update referrals_seat set status = 'left', ended_at = now(), told_at = clock_timestamp() where id = e.id;
      update referrals_appointment set status = 'cancelled', sequence = sequence + 1, changed_at = now() where referral_id = e.referral_id and status = 'booked';
      update referrals_referral set due = p_due, level = 0 where id = e.referral_id and status in ('requested', 'accepted');
    else
      update referrals_seat set told_at = clock_timestamp() where id = e.id;
      if e.status = 'placed' then
        perform referrals_book(e.referral_id);
        update referrals_referral set due = p_due, level = 0 where id = e.referral_id and status = 'accepted';
      end if;
    end if;
    insert into referrals_step (referral_id, patient_id, verb, status, party, round, code, note, at)
      select r.id, r.patient_id, 'enrol', r.status, 'system', r.round, case when s.cancelled_at is null then 'changed' else 'called_off' end, '', clock_timestamp()
      from referrals_referral r where r.id = e.referral_id;
    return next e.referral_id;
  end loop;
end $$;
revoke execute on function referrals_count_places(), referrals_place_over(), referrals_book(bigint), referrals_hold_enrolled(bigint),
  referrals_enrol(bigint, bigint, text, timestamptz), referrals_give_places(bigint, timestamptz), referrals_follow_session(bigint, timestamptz) from public;
grant execute on function referrals_enrol(bigint, bigint, text, timestamptz), referrals_give_places(bigint, timestamptz),
  referrals_follow_session(bigint, timestamptz) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_citizen_account"),
        ("referrals", "0009_person"),
        ("square", "0003_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("person", "de inwoner zelf"),
                            ("carer", "een mantelzorger"),
                            ("both", "de inwoner en een mantelzorger"),
                        ],
                        default="person",
                        max_length=10,
                    ),
                ),
                ("seats", models.PositiveSmallIntegerField(default=1)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("placed", "heeft een plek"),
                            ("waiting", "op de wachtlijst"),
                            ("left", "geen plek meer"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("told_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="referrals.referral"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seats", to="square.session"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "indexes": [models.Index(fields=["session", "status", "at"], name="seat_of_session")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["placed", "waiting"])),
                        fields=("referral",),
                        name="seat_one_runs",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["placed", "waiting"])),
                        fields=("patient", "session"),
                        name="seat_once_a_session",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["placed", "waiting", "left"]), ("who__in", ["person", "carer", "both"])
                        ),
                        name="seat_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("seats", 2), ("who", "both")),
                            models.Q(("seats", 1), ("who__in", ["person", "carer"])),
                            _connector="OR",
                        ),
                        name="seat_seats_as_who_comes",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
