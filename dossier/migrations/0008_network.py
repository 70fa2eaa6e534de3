"""The care network as a register: contact persons and care team, what they said before, what is proposed, and who covers."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
create procedure dossier_protect_register(p_table text) language plpgsql as $$
declare
  own text := '(organisation_id = any((select trust_owned())::bigint[]) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))';
  -- What the person keeps has no holder whose policy or choice could close it.
  kept_by_person text := '(organisation_id is null and (patient_id * 64 + category) = any((select trust_opened())::bigint[]))';
  seen text := format('(((organisation_id << 40) + patient_id * 64 + category) = any((select trust_opened_entries())::bigint[]) or %s or %s)', own, kept_by_person);
begin
  call trust_protect_index(p_table);
  call trust_grant_app(p_table);
  execute format('revoke insert, update, delete on %I from nis_app', p_table);
  execute format('alter table %I add constraint %I check (category between 0 and 63)', p_table, p_table || '_category');
  execute format('create index %I on %I (((organisation_id << 40) + patient_id * 64 + category))', p_table || '_opened', p_table);
  execute format('create policy opened on %I for select to nis_app using %s', p_table, seen);
end $$;
call dossier_protect_register('dossier_relatedperson');
call dossier_protect_register('dossier_participant');
call dossier_protect_register('dossier_formerversion');
call dossier_protect_register('dossier_proposal');
drop procedure dossier_protect_register(text);

-- Whether a keeper has nothing to do with the person any more; told of an opened record alone, and "no" of any other.
create function dossier_has_left(p_patient bigint, p_organisation bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select (p_patient * 64 + 1) = any(trust_opened()) and not exists (select 1 from trust_carerelation r
    where r.patient_id = p_patient and r.period @> now() and trust_successor(r.organisation_id) = trust_successor(p_organisation))
$$;
create function dossier_is_legal(p_roles varchar[]) returns boolean language sql immutable parallel safe as $$
  select p_roles && '{03,11,14,15,24}'::varchar[]
$$;

-- The keeper changes its entry. Who keeps an entry of a person with whom it has nothing to do any more, leaves it to who changes it. The person
-- takes over the contact persons that organisations wrote down, but for those whose role a judge or the law gave.
grant insert, update (organisation_id, name, relationship, roles, phone, other_phone, email, address, note, since, until, author_id, author_name, author_role)
  on dossier_relatedperson to nis_app;
grant insert, update (organisation_id, membership_id, party_id, name, place_name, function, capacity, phone, email, since, until, author_id, author_name, author_role)
  on dossier_participant to nis_app;
create policy write on dossier_relatedperson for insert to nis_app with check (author_id = (select actor_user()) and version = 1 and (
  (organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))
  or (organisation_id is null and (select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[])
      and (patient_id * 64 + category) = any((select trust_opened())::bigint[]) and not dossier_is_legal(roles))));
create policy change on dossier_relatedperson for update to nis_app using (
  ((select actor_kind()) = 'professional' and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[])
    and organisation_id is not null and (organisation_id = any((select trust_owned())::bigint[]) or dossier_has_left(patient_id, organisation_id)))
  or ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[])
    and (patient_id * 64 + category) = any((select trust_opened())::bigint[]) and not dossier_is_legal(roles)))
  with check (author_id = (select actor_user()) and (
  (organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))
  or (organisation_id is null and (select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[])
      and (patient_id * 64 + category) = any((select trust_opened())::bigint[]) and not dossier_is_legal(roles))));
create policy write on dossier_participant for insert to nis_app with check (author_id = (select actor_user()) and version = 1 and not coordinates
  and organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]));
create policy change on dossier_participant for update to nis_app using (
  (select actor_kind()) = 'professional' and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[])
    and (organisation_id = any((select trust_owned())::bigint[]) or dossier_has_left(patient_id, organisation_id)))
  with check (author_id = (select actor_user()) and organisation_id = (select actor_organisation())
    and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]));

-- What an entry said before a change; number and moment of the version are the database's.
create function dossier_keep_version() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into dossier_formerversion (patient_id, organisation_id, category, related_person_id, participant_id, version, at, author_id, author_name, author_role, said)
    values (old.patient_id, old.organisation_id, old.category, case tg_table_name when 'dossier_relatedperson' then old.id end,
            case tg_table_name when 'dossier_participant' then old.id end, old.version, old.at, old.author_id, old.author_name, old.author_role,
            to_jsonb(old) - '{id,key,patient_id,category,version,at,author_id,author_name,author_role}'::text[]);
  new.version := old.version + 1;
  new.at := now();
  return new;
end $$;
create trigger keep_version before update on dossier_relatedperson for each row
  when (to_jsonb(old) - '{version,at}'::text[] <> to_jsonb(new) - '{version,at}'::text[]) execute function dossier_keep_version();
create trigger keep_version before update on dossier_participant for each row
  when (to_jsonb(old) - '{version,at}'::text[] <> to_jsonb(new) - '{version,at}'::text[]) execute function dossier_keep_version();

-- A proposal is about an entry of this person and goes from who may see it to who keeps it; the keeper decides, the proposer may take it back.
grant insert, update (status, decided_by_id, decided_name, decided_at, reply) on dossier_proposal to nis_app;
create policy proposer on dossier_proposal for select to nis_app using (
  by_organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]));
create policy propose on dossier_proposal for insert to nis_app with check (author_id = (select actor_user()) and status = 'open' and (
  (by_organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))
  or (by_organisation_id is null and (select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[])
      and (patient_id * 64 + category) = any((select trust_opened())::bigint[]))));
create policy about on dossier_proposal as restrictive for insert to nis_app with check (exists (
  select 1 from dossier_relatedperson r where r.id = related_person_id and r.patient_id = dossier_proposal.patient_id
    and r.organisation_id is not distinct from dossier_proposal.organisation_id
  union all select 1 from dossier_participant m where m.id = participant_id and m.patient_id = dossier_proposal.patient_id
    and m.organisation_id = dossier_proposal.organisation_id));
create policy decide on dossier_proposal for update to nis_app using (status = 'open' and (
  ((select actor_kind()) = 'professional' and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[])
    and (by_organisation_id = (select actor_organisation()) or organisation_id = any((select trust_owned())::bigint[])
      or (organisation_id is not null and dossier_has_left(patient_id, organisation_id))))
  or ((select actor_kind()) = 'citizen' and patient_id = any((select trust_reach())::bigint[]) and (patient_id * 64 + category) = any((select trust_opened())::bigint[]))))
  with check (decided_by_id = (select actor_user()));

-- One coordinates. Who coordinates now hands over; where nobody does, or the one who did works there no more or is not involved any more, who is involved says who will.
create function dossier_coordinate(p_patient bigint, p_from bigint, p_to bigint, p_name text, p_role text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare now_one dossier_participant%rowtype; place bigint;
begin
  if actor_kind() <> 'professional' or not (p_patient * 64 + 1) = any(trust_opened_own()) then
    raise exception 'who coordinates is said by who is involved' using errcode = 'insufficient_privilege';
  end if;
  perform 1 from dossier_participant where patient_id = p_patient order by id for update;
  select * into now_one from dossier_participant where patient_id = p_patient and coordinates;
  if now_one.id is distinct from p_from then return 'changed'; end if;
  if p_to is not null and not exists (select 1 from dossier_participant where id = p_to and patient_id = p_patient and (until is null or until >= current_date)) then
    return 'changed';
  end if;
  if now_one.id is not null then
    select m.organisation_id into place from people_membership m where m.id = now_one.membership_id and m.period @> now();
    place := coalesce(place, case when now_one.membership_id is null then coalesce(now_one.party_id, now_one.organisation_id) end);
    if place is not null and place <> all(trust_owned()) and not dossier_has_left(p_patient, place) then return 'other'; end if;
  end if;
  update dossier_participant set coordinates = false, author_id = actor_user(), author_name = left(p_name, 160), author_role = left(p_role, 60)
    where id = p_from;
  update dossier_participant set coordinates = true, author_id = actor_user(), author_name = left(p_name, 160), author_role = left(p_role, 60)
    where id = p_to;
  return '';
end $$;

-- Who covers: an absence of the person, else a closing, else the standing cover outside opening hours. Nothing where the participant can be reached.
call trust_grant_app('dossier_openinghours');
call trust_grant_app('dossier_cover');
alter table dossier_openinghours enable row level security;
alter table dossier_openinghours force row level security;
create policy owner_all on dossier_openinghours to current_user using (true) with check (true);
create policy everybody on dossier_openinghours for select to nis_app using (true);
create policy own on dossier_openinghours to nis_app using (organisation_id = (select actor_organisation())) with check (organisation_id = (select actor_organisation()));
alter table dossier_cover enable row level security;
alter table dossier_cover force row level security;
create policy owner_all on dossier_cover to current_user using (true) with check (true);
create policy everybody on dossier_cover for select to nis_app using ((select actor_kind()) <> '');
create policy own on dossier_cover to nis_app using (organisation_id = (select actor_organisation())) with check (organisation_id = (select actor_organisation())
  and (membership_id is null or exists (select 1 from people_membership m where m.id = membership_id and m.organisation_id = (select actor_organisation()))));

create function dossier_cover_now(p_organisation bigint, p_membership bigint, p_at timestamptz) returns jsonb
language plpgsql stable set search_path = public, pg_temp as $$
declare here timestamp := p_at at time zone 'Europe/Amsterdam'; found dossier_cover%rowtype; opens timestamp; closed boolean; named text; number text;
begin
  if p_organisation is null then return null; end if;
  select c.* into found from dossier_cover c where c.organisation_id = p_organisation and c.period @> p_at
    and (c.membership_id is null or c.membership_id = p_membership) order by c.membership_id nulls last, lower(c.period) desc limit 1;
  if found.id is null then
    closed := exists (select 1 from dossier_openinghours h where h.organisation_id = p_organisation)
      and not exists (select 1 from dossier_openinghours h where h.organisation_id = p_organisation
                      and h.weekday = extract(isodow from here) - 1 and here::time >= h.opens and here::time < h.closes);
    if not closed then return null; end if;
    select c.* into found from dossier_cover c where c.organisation_id = p_organisation and c.period is null;
    select min(d.day + h.opens) into opens from generate_series(here::date, here::date + 7, interval '1 day') d(day)
      join dossier_openinghours h on h.organisation_id = p_organisation and h.weekday = extract(isodow from d.day) - 1 where d.day + h.opens > here;
  end if;
  if found.stand_in_id is not null then
    select u.name, coalesce(nullif(found.phone, ''), o.phone) into named, number from people_membership m
      join people_user u on u.id = m.user_id join people_organisation o on o.id = m.organisation_id where m.id = found.stand_in_id;
  elsif found.covered_by_id is not null then
    select o.name, coalesce(nullif(found.phone, ''), o.phone) into named, number from people_organisation o where o.id = found.covered_by_id;
  else
    named := found.name; number := found.phone;
  end if;
  return jsonb_build_object('absent', found.membership_id is not null, 'until', coalesce(upper(found.period), opens at time zone 'Europe/Amsterdam'),
                            'by', coalesce(named, ''), 'phone', coalesce(number, ''));
end $$;

-- In whose record a contact person stands, for who has that person in reach; opening it is another thing.
create function dossier_person_of(p_key uuid) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select p.key from dossier_relatedperson r join people_patient p on p.id = r.patient_id where r.key = p_key
    and exists (select 1 from trust_grant g where g.patient_id = p.id and g.grantee = any(actor_grantees()) and g.period @> now())
$$;

-- Whom the deliveries tell of a change in the network: who takes part by name and is at work; of a proposal who wrote the entry, of its outcome
-- who proposed. Always with the network of this person in reach.
create function dossier_network_hearers(p_event bigint, p_at timestamptz) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
  with happened as (select e.* from events_event e where actor_kind() = 'system' and e.id = p_event and e.at = p_at
                    and split_part(e.verb, '.', 1) in ('network', 'related_person', 'participant')),
  concerned as (
    select p.membership_id, null::bigint as user_id from happened e join dossier_participant p on p.patient_id = e.patient_id
      where e.verb not in ('network.proposed', 'network.accepted', 'network.declined') and (p.until is null or p.until >= current_date)
    union all select null, q.author_id from happened e join dossier_proposal q on q.id = e.subject_id where e.verb in ('network.accepted', 'network.declined')
    union all select null, coalesce(r.author_id, m.author_id) from happened e join dossier_proposal q on q.id = e.subject_id
      left join dossier_relatedperson r on r.id = q.related_person_id left join dossier_participant m on m.id = q.participant_id
      where e.verb = 'network.proposed')
  select distinct m.user_id from happened e cross join concerned c
    join people_membership m on (m.id = c.membership_id or m.user_id = c.user_id) and m.period @> now()
  where m.user_id is distinct from e.user_id
    and exists (select 1 from trust_grant g where g.patient_id = e.patient_id and g.period @> now() and (g.own_categories >> 1) & 1 = 1
                and g.grantee in ('organisation:' || m.organisation_id, 'member:' || m.organisation_id || ':' || m.user_id))
$$;

revoke execute on function dossier_has_left(bigint, bigint), dossier_person_of(uuid), dossier_coordinate(bigint, bigint, bigint, text, text), dossier_keep_version(),
  dossier_network_hearers(bigint, timestamptz) from public;
grant execute on function dossier_has_left(bigint, bigint), dossier_person_of(uuid), dossier_coordinate(bigint, bigint, bigint, text, text), dossier_network_hearers(bigint, timestamptz) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dossier", "0007_sources"),
        ("people", "0003_citizen_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Participant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("category", models.SmallIntegerField(default=1)),
                ("since", models.DateField(default=django.utils.timezone.localdate)),
                ("until", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("author_name", models.CharField(blank=True, max_length=160)),
                ("author_role", models.CharField(blank=True, max_length=60)),
                ("taken_from", models.CharField(blank=True, max_length=200)),
                ("name", models.CharField(blank=True, max_length=160)),
                ("place_name", models.CharField(blank=True, max_length=160)),
                ("function", models.CharField(max_length=80)),
                (
                    "capacity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("RESP", "hoofdbehandelaar"),
                            ("ATND", "behandelaar"),
                            ("768832004", "casemanager"),
                            ("PRF", "uitvoerder"),
                            ("SPRF", "tweede uitvoerder"),
                            ("CON", "consulent"),
                            ("REF", "verwijzer"),
                            ("OTH", "anders"),
                        ],
                        max_length=10,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("coordinates", models.BooleanField(default=False)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="people.membership",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "party",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RelatedPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("category", models.SmallIntegerField(default=1)),
                ("since", models.DateField(default=django.utils.timezone.localdate)),
                ("until", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("author_name", models.CharField(blank=True, max_length=160)),
                ("author_role", models.CharField(blank=True, max_length=60)),
                ("taken_from", models.CharField(blank=True, max_length=200)),
                ("name", models.CharField(max_length=160)),
                (
                    "relationship",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("DOMPART", "partner"),
                            ("HUSB", "echtgenoot"),
                            ("WIFE", "echtgenote"),
                            ("DAUC", "dochter"),
                            ("SONC", "zoon"),
                            ("MTH", "moeder"),
                            ("FTH", "vader"),
                            ("SIS", "zus"),
                            ("BRO", "broer"),
                            ("DAUINLAW", "schoondochter"),
                            ("SONINLAW", "schoonzoon"),
                            ("GRNDDAU", "kleindochter"),
                            ("GRNDSON", "kleinzoon"),
                            ("NIECE", "nicht (dochter van broer of zus)"),
                            ("NEPHEW", "neef (zoon van broer of zus)"),
                            ("COUSN", "neef of nicht (kind van oom of tante)"),
                            ("SISINLAW", "schoonzus"),
                            ("BROINLAW", "zwager"),
                            ("MTHINLAW", "schoonmoeder"),
                            ("FTHINLAW", "schoonvader"),
                            ("AUNT", "tante"),
                            ("UNCLE", "oom"),
                            ("GRMTH", "oma"),
                            ("GRFTH", "opa"),
                            ("GGRMTH", "overgrootmoeder"),
                            ("GGRFTH", "overgrootvader"),
                            ("STPMTH", "stiefmoeder"),
                            ("STPFTH", "stiefvader"),
                            ("ADOPTM", "adoptiemoeder"),
                            ("ADOPTF", "adoptievader"),
                            ("MTHFOST", "pleegmoeder"),
                            ("FTHFOST", "pleegvader"),
                            ("DAUFOST", "pleegdochter"),
                            ("SONFOST", "pleegzoon"),
                            ("OTH", "anders"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("01", "eerste contactpersoon"),
                                ("02", "tweede contactpersoon"),
                                ("23", "contactpersoon"),
                                ("100001", "mantelzorger"),
                                ("19", "buur"),
                                ("20", "vriend(in) of kennis"),
                                ("15", "mentor"),
                                ("03", "curator"),
                                ("14", "bewindvoerder"),
                                ("11", "voogd"),
                                ("24", "wettelijk vertegenwoordiger"),
                                ("04", "financieel gemachtigd"),
                                ("05", "financieel (toetsing)"),
                                ("21", "cliëntondersteuner"),
                                ("07", "hulpverlener"),
                                ("06", "leefeenheid"),
                                ("100002", "geestelijk verzorger"),
                                ("100003", "tolk"),
                                ("100004", "advocaat"),
                                ("09", "anders"),
                            ],
                            max_length=6,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("other_phone", models.CharField(blank=True, max_length=20)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("note", models.CharField(blank=True, max_length=120)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.SmallIntegerField(default=1)),
                ("seen_version", models.PositiveIntegerField()),
                ("changes", models.JSONField()),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "wacht op de beheerder"),
                            ("accepted", "overgenomen"),
                            ("declined", "niet overgenomen"),
                            ("withdrawn", "ingetrokken"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("author_name", models.CharField(max_length=160)),
                ("author_role", models.CharField(blank=True, max_length=60)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_name", models.CharField(blank=True, max_length=160)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reply", models.CharField(blank=True, max_length=300)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "by_organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="dossier.participant",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "related_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="dossier.relatedperson",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FormerVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.SmallIntegerField(default=1)),
                ("version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("author_name", models.CharField(blank=True, max_length=160)),
                ("author_role", models.CharField(blank=True, max_length=60)),
                ("said", models.JSONField()),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former",
                        to="dossier.participant",
                    ),
                ),
                (
                    "related_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former",
                        to="dossier.relatedperson",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Cover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(blank=True, null=True)),
                ("name", models.CharField(blank=True, max_length=160)),
                ("phone", models.CharField(blank=True, max_length=20)),
                (
                    "covered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.membership",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="covers", to="people.organisation"
                    ),
                ),
                (
                    "stand_in",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("period", None)),
                        fields=("organisation",),
                        name="one_standing_cover_per_organisation",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("membership", None), ("period__isnull", False), _connector="OR"),
                        name="absence_has_a_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpeningHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.SmallIntegerField(
                        choices=[
                            (0, "maandag"),
                            (1, "dinsdag"),
                            (2, "woensdag"),
                            (3, "donderdag"),
                            (4, "vrijdag"),
                            (5, "zaterdag"),
                            (6, "zondag"),
                        ]
                    ),
                ),
                ("opens", models.TimeField()),
                ("closes", models.TimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opening_hours",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["weekday", "opens"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "weekday", "opens"), name="opening_hours_once"),
                    models.CheckConstraint(
                        condition=models.Q(("closes__gt", models.F("opens"))), name="opening_hours_forward"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weekday__range", (0, 6))), name="opening_hours_weekday"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(fields=["patient"], name="participant_patient"),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("coordinates", True)), fields=("patient",), name="one_coordinator_per_patient"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None), models.Q(("membership", None), _negated=True)),
                fields=("patient", "organisation", "membership"),
                name="participant_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None),
                    models.Q(("coordinates", False), ("until__gte", models.F("since"))),
                    _connector="OR",
                ),
                name="participant_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("capacity", ""),
                    ("capacity__in", ["RESP", "ATND", "768832004", "PRF", "SPRF", "CON", "REF", "OTH"]),
                    _connector="OR",
                ),
                name="participant_capacity_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(("membership", None), models.Q(("name", ""), ("place_name", "")), _connector="OR"),
                name="participant_is_one",
            ),
        ),
        migrations.AddIndex(
            model_name="relatedperson",
            index=models.Index(fields=["patient"], name="related_person_patient"),
        ),
        migrations.AddConstraint(
            model_name="relatedperson",
            constraint=models.UniqueConstraint(
                models.F("patient"),
                models.F("organisation"),
                django.db.models.functions.text.Lower("name"),
                models.F("relationship"),
                condition=models.Q(("until", None)),
                name="related_person_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="relatedperson",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                name="related_person_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="relatedperson",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("relationship", ""),
                    (
                        "relationship__in",
                        [
                            "DOMPART",
                            "HUSB",
                            "WIFE",
                            "DAUC",
                            "SONC",
                            "MTH",
                            "FTH",
                            "SIS",
                            "BRO",
                            "DAUINLAW",
                            "SONINLAW",
                            "GRNDDAU",
                            "GRNDSON",
                            "NIECE",
                            "NEPHEW",
                            "COUSN",
                            "SISINLAW",
                            "BROINLAW",
                            "MTHINLAW",
                            "FTHINLAW",
                            "AUNT",
                            "UNCLE",
                            "GRMTH",
                            "GRFTH",
                            "GGRMTH",
                            "GGRFTH",
                            "STPMTH",
                            "STPFTH",
                            "ADOPTM",
                            "ADOPTF",
                            "MTHFOST",
                            "FTHFOST",
                            "DAUFOST",
                            "SONFOST",
                            "OTH",
                        ],
                    ),
                    _connector="OR",
                ),
                name="related_person_relationship_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="relatedperson",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "roles__contained_by",
                        [
                            "01",
                            "02",
                            "23",
                            "100001",
                            "19",
                            "20",
                            "15",
                            "03",
                            "14",
                            "11",
                            "24",
                            "04",
                            "05",
                            "21",
                            "07",
                            "06",
                            "100002",
                            "100003",
                            "100004",
                            "09",
                        ],
                    )
                ),
                name="related_person_roles_known",
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["patient"], name="proposal_patient"),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("participant__isnull", False), ("related_person", None)),
                    models.Q(("participant", None), ("related_person__isnull", False)),
                    _connector="OR",
                ),
                name="proposal_about_one_entry",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "accepted", "declined", "withdrawn"])),
                name="proposal_status_known",
            ),
        ),
        migrations.AddIndex(
            model_name="formerversion",
            index=models.Index(fields=["patient"], name="former_version_patient"),
        ),
        migrations.AddConstraint(
            model_name="formerversion",
            constraint=models.UniqueConstraint(fields=("related_person", "version"), name="former_person_once"),
        ),
        migrations.AddConstraint(
            model_name="formerversion",
            constraint=models.UniqueConstraint(fields=("participant", "version"), name="former_participant_once"),
        ),
        migrations.AddConstraint(
            model_name="formerversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("participant__isnull", False), ("related_person", None)),
                    models.Q(("participant", None), ("related_person__isnull", False)),
                    _connector="OR",
                ),
                name="former_version_of_one_entry",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
