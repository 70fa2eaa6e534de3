"""The log, deliveries and work items, with the functions that alone may write them."""

import uuid

import django.utils.timezone
from django.db import migrations, models

ACTOR = r"""
create extension if not exists pgcrypto;
create extension if not exists pg_trgm;
create extension if not exists unaccent;
create extension if not exists fuzzystrmatch;
create extension if not exists btree_gist;

-- Policies ask these in every statement: plpgsql keeps its plan, where sql would be planned anew each time.
create function actor_kind() returns text language plpgsql stable parallel safe as
  $$ begin return coalesce(nullif(current_setting('nis.kind', true), ''), 'anonymous'); end $$;
create function actor_user() returns bigint language plpgsql stable parallel safe as
  $$ begin return nullif(current_setting('nis.user', true), '')::bigint; end $$;
create function actor_organisation() returns bigint language plpgsql stable parallel safe as
  $$ begin return nullif(current_setting('nis.organisation', true), '')::bigint; end $$;
create function actor_role() returns text language plpgsql stable parallel safe as
  $$ begin return coalesce(current_setting('nis.role', true), ''); end $$;
create function actor_purpose() returns text language plpgsql stable parallel safe as
  $$ begin return coalesce(current_setting('nis.purpose', true), ''); end $$;
create function actor_name() returns text language plpgsql stable parallel safe as
  $$ begin return coalesce(current_setting('nis.name', true), ''); end $$;
create function actor_grantee() returns text language plpgsql stable parallel safe as
  $$ begin return case actor_kind() when 'professional' then 'organisation:' || actor_organisation()
                                    when 'citizen' then 'person:' || actor_user() end; end $$;
"""

LOG = r"""
create sequence events_event_id_seq;
create table events_event (
  id bigint not null default nextval('events_event_id_seq'),
  at timestamptz not null default now(),
  verb varchar(60) not null,
  subject_type varchar(40) not null default '',
  subject_id bigint,
  patient_id bigint,
  actor_kind varchar(20) not null default actor_kind(),
  actor_name varchar(60) not null default actor_name(),
  user_id bigint default actor_user(),
  organisation_id bigint default actor_organisation(),
  role varchar(40) not null default actor_role(),
  purpose varchar(20) not null default actor_purpose(),
  categories bigint not null default 0,
  own_categories bigint not null default 0,
  consented bigint not null default 0,
  withheld bigint not null default 0,
  basis varchar(80) not null default '',
  outcome varchar(10) not null check (outcome in ('allowed', 'denied', 'done')),
  reason varchar(80) not null default '',
  request_id varchar(64) not null default coalesce(current_setting('nis.request', true), ''),
  place varchar(64) not null default coalesce(current_setting('nis.place', true), ''),
  data jsonb not null default '{}',
  grounds jsonb not null default '{}',
  xact xid8 not null default pg_current_xact_id(),
  primary key (id, at)
) partition by range (at);
alter sequence events_event_id_seq owned by events_event.id;
create index events_event_xact on events_event (xact);
create index events_event_patient on events_event (patient_id, at desc) where patient_id is not null;
create index events_event_subject on events_event (subject_type, subject_id, at);
create index events_event_organisation on events_event (organisation_id, at desc);
-- Partial where one value makes up most of the log: for that value the plain index finds the newest lines soon enough.
create index events_event_at on events_event (at desc);
create index events_event_user on events_event (user_id, at desc) where user_id is not null;
create index events_event_verb on events_event (verb, at desc) where verb <> 'record.opened';
create index events_event_organisation_verb on events_event (organisation_id, verb, at desc) where verb <> 'record.opened';
create index events_event_purpose on events_event (purpose, at desc) where purpose <> 'TREAT';
create index events_event_organisation_purpose on events_event (organisation_id, purpose, at desc) where purpose <> 'TREAT';
create index events_event_denied on events_event (at desc) where outcome = 'denied';
create index events_event_organisation_denied on events_event (organisation_id, at desc) where outcome = 'denied';
create table events_event_other partition of events_event default;

create function events_partitions(first_month date, months int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare m date; part text;
begin
  for i in 0 .. months - 1 loop
    m := (date_trunc('month', first_month) + make_interval(months => i))::date;
    part := 'events_event_' || to_char(m, 'YYYY_MM');
    if to_regclass(part) is null then
      execute format('create table %I partition of events_event for values from (%L) to (%L)',
                     part, m::timestamp at time zone 'UTC', (m + interval '1 month')::timestamp at time zone 'UTC');
    end if;
  end loop;
end $$;
select events_partitions((date_trunc('month', now()) - interval '37 months')::date, 50);

create function events_unchanging() returns trigger language plpgsql as $$
begin
  raise exception 'the log is written once: % is refused', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger events_event_unchanging before update or delete on events_event
  for each row execute function events_unchanging();
"""

WRITE = r"""
create function events_record(p_verb text, p_subject_type text, p_subject_id bigint, p_patient bigint, p_data jsonb,
                              p_listeners text[], p_by_kind text, p_by_user bigint,
                              p_destinations text[] default '{}', p_lane text default '') returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint; moment timestamptz;
begin
  if p_verb like 'record.%' then
    raise exception 'lines about opening a record are written by opening it' using errcode = 'insufficient_privilege';
  end if;
  if p_by_kind is distinct from actor_kind() or p_by_user is distinct from actor_user() then
    raise exception 'the line names another actor than the transaction' using errcode = 'insufficient_privilege';
  end if;
  insert into events_event (verb, subject_type, subject_id, patient_id, outcome, data)
    values (p_verb, p_subject_type, p_subject_id, p_patient, 'done', p_data) returning id, at into number, moment;
  insert into events_delivery (event_id, event_at, listener, subject, destination, status, made_at, due_at, attempts, last_error, skipped)
    select number, moment, l.name, coalesce(nullif(p_lane, ''), p_subject_type || ':' || p_subject_id), coalesce(l.destination, ''),
           'waiting', moment, moment, 0, '', ''
    from unnest(p_listeners, p_destinations) l(name, destination);
  return number;
end $$;

create function events_ask(p_kind text, p_subject_type text, p_subject_id bigint, p_patient bigint, p_organisation bigint,
                           p_user bigint, p_title text, p_sender text, p_due timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into events_workitem (id, kind, subject_type, subject_id, patient_id, organisation_id, user_id, title, sender, since, due)
    select gen_random_uuid(), p_kind, p_subject_type, p_subject_id, p_patient, p_organisation, p_user, p_title, p_sender, now(), p_due
    where actor_kind() <> 'anonymous'
  on conflict (kind, subject_type, subject_id, organisation_id) where done_at is null
    do update set title = excluded.title, due = excluded.due, user_id = excluded.user_id
$$;

create function events_done(p_subject_type text, p_subject_id bigint, p_kind text, p_organisation bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  update events_workitem set done_at = now()
  where subject_type = p_subject_type and subject_id = p_subject_id and done_at is null and actor_kind() <> 'anonymous'
    and (p_kind is null or kind = p_kind) and (p_organisation is null or organisation_id = p_organisation)
$$;

create function events_pick_up(p_subject_type text, p_subject_id bigint, p_organisation bigint, p_user bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  update events_workitem set user_id = p_user
  where subject_type = p_subject_type and subject_id = p_subject_id and done_at is null
    and organisation_id = p_organisation and organisation_id = actor_organisation()
$$;
"""

RIGHTS = r"""
create procedure trust_protect_index(p_table text) language plpgsql as $$
begin
  execute format('alter table %I enable row level security', p_table);
  execute format('alter table %I force row level security', p_table);
  execute format('create policy owner_all on %I to current_user using (true) with check (true)', p_table);
end $$;
create procedure trust_grant_app(p_table text) language plpgsql as $$
declare seq text;
begin
  execute format('grant select, insert, update, delete on %I to nis_app', p_table);
  for seq in select s.relname from pg_class s join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i')
             where s.relkind = 'S' and d.refobjid = to_regclass(quote_ident(p_table)) loop
    execute format('grant usage on sequence %I to nis_app', seq);
  end loop;
end $$;

grant usage on schema public to nis_app, nis_region;
call trust_protect_index('events_event');
call trust_protect_index('events_delivery');
call trust_protect_index('events_destination');
call trust_protect_index('events_workitem');
grant select on events_event to nis_app;
grant select, update on events_delivery to nis_app;
grant select, insert, update on events_destination to nis_app;
grant usage on sequence events_destination_id_seq to nis_app;
grant select on events_workitem to nis_app;
create policy worker on events_event for select to nis_app using ((select actor_kind()) = 'system');
create policy worker on events_delivery to nis_app using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');
create policy worker on events_destination to nis_app using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');
revoke execute on function events_partitions(date, int), events_record(text, text, bigint, bigint, jsonb, text[], text, bigint, text[], text),
  events_ask(text, text, bigint, bigint, bigint, bigint, text, text, timestamptz),
  events_done(text, bigint, text, bigint), events_pick_up(text, bigint, bigint, bigint) from public;
grant execute on function events_partitions(date, int), events_record(text, text, bigint, bigint, jsonb, text[], text, bigint, text[], text),
  events_ask(text, text, bigint, bigint, bigint, bigint, text, text, timestamptz),
  events_done(text, bigint, text, bigint), events_pick_up(text, bigint, bigint, bigint) to nis_app;
"""

DOWN = r"""
drop table events_event cascade;
drop procedure trust_protect_index(text);
drop procedure trust_grant_app(text);
drop function events_unchanging(), events_partitions(date, int),
  events_record(text, text, bigint, bigint, jsonb, text[], text, bigint, text[], text),
  events_ask(text, text, bigint, bigint, bigint, bigint, text, text, timestamptz),
  events_done(text, bigint, text, bigint), events_pick_up(text, bigint, bigint, bigint),
  actor_grantee(), actor_kind(), actor_user(), actor_organisation(), actor_role(), actor_purpose(), actor_name();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("event_id", models.BigIntegerField()),
                ("event_at", models.DateTimeField()),
                ("listener", models.CharField(max_length=120)),
                ("subject", models.CharField(max_length=80)),
                ("destination", models.CharField(blank=True, default="", max_length=80)),
                ("status", models.CharField(default="waiting", max_length=10)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("taken_until", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("skipped", models.CharField(blank=True, default="", max_length=20)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("event_id", "listener"), name="delivery_once_per_listener"),
                    models.CheckConstraint(
                        condition=models.Q(status__in=["waiting", "done", "parked", "skipped"]),
                        name="delivery_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(status="skipped") ^ models.Q(skipped=""),
                        name="delivery_skipped_for_a_reason",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(status="waiting"),
                        fields=["destination", "due_at", "id"],
                        name="delivery_due",
                    ),
                    models.Index(
                        condition=models.Q(status__in=["waiting", "parked"]),
                        fields=["subject", "listener", "destination", "id"],
                        name="delivery_order",
                    ),
                    models.Index(condition=models.Q(status="parked"), fields=["destination"], name="delivery_parked"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Destination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("rests_until", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("told", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="WorkItem",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("subject_type", models.CharField(max_length=40)),
                ("subject_id", models.BigIntegerField()),
                ("patient_id", models.BigIntegerField(null=True)),
                ("organisation_id", models.BigIntegerField()),
                ("user_id", models.BigIntegerField(null=True)),
                ("title", models.CharField(max_length=160)),
                ("sender", models.CharField(blank=True, max_length=160)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("due", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(done_at=None),
                        fields=("kind", "subject_type", "subject_id", "organisation_id"),
                        name="work_item_asked_once",
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(done_at=None),
                        fields=["organisation_id", "due", "since"],
                        name="work_item_team",
                    ),
                    models.Index(fields=["subject_type", "subject_id"], name="work_item_subject"),
                    models.Index(
                        condition=models.Q(done_at=None), fields=["organisation_id", "kind"], name="work_item_kind"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "events_event", "managed": False, "ordering": ["-at", "-id"]},
        ),
        migrations.RunSQL([ACTOR, LOG, WRITE, RIGHTS], DOWN),
    ]
