"""What goes back to the own system: which system takes what, and each copy on its way, with its words apart."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
-- Which system takes what is no secret; who connects the systems of an organisation says it, and the network keeps what a system says of itself.
call trust_protect_index('dossier_sourcecopying');
call trust_grant_app('dossier_sourcecopying');
revoke delete on dossier_sourcecopying from nis_app;
create policy everybody on dossier_sourcecopying for select to nis_app using (true);
create policy state on dossier_sourcecopying for insert to nis_app
  with check (trust_has_permission((select s.organisation_id from dossier_source s where s.id = source_id), 'manage_sources'));
create policy change on dossier_sourcecopying for update to nis_app
  using ((select actor_kind()) = 'system' or trust_has_permission((select s.organisation_id from dossier_source s where s.id = source_id), 'manage_sources'));

-- The index: who works with this category at the organisation whose system it goes to, as far as the patient kept nobody out; the worker; the person.
call trust_protect_index('dossier_copy');
call trust_grant_app('dossier_copy');
revoke insert, update, delete on dossier_copy from nis_app;
grant update (status, reason, asked_at, tried_at, attempts, uncertain, source_type, source_key, source_version, settled_at, handled_by_id, handled_name)
  on dossier_copy to nis_app;
alter table dossier_copy add constraint dossier_copy_category check (category between 0 and 63);
create policy own on dossier_copy to nis_app using (
  (select trust_meets_patients()) and organisation_id = any((select trust_owned())::bigint[])
  and exists (select 1 from trust_roleneed n where n.role = (select actor_role()) and n.period @> now() and (n.categories >> category) & 1 = 1)
  and not exists (select 1 from trust_grant g where g.patient_id = dossier_copy.patient_id and g.grantee = (select actor_member())
                  and g.period @> now() and (g.own_categories >> category) & 1 = 0));
create policy worker on dossier_copy to nis_app using ((select actor_kind()) = 'system');
create policy own_record on dossier_copy for select to nis_app using (
  (select actor_kind()) = 'citizen' and (patient_id * 64 + category) = any((select trust_reach_keys())::bigint[]));

-- The words: opened like everything else that the own organisation holds.
call trust_protect_index('dossier_copytext');
call trust_grant_app('dossier_copytext');
revoke insert, update, delete on dossier_copytext from nis_app;
alter table dossier_copytext add constraint dossier_copytext_category check (category between 0 and 63);
create policy opened on dossier_copytext for select to nis_app using (
  (organisation_id = any((select trust_owned())::bigint[]) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))
  or ((select actor_kind()) = 'citizen' and (patient_id * 64 + category) = any((select trust_opened())::bigint[])));

-- What was written is put ready for a system of an organisation that may hold it: its own writer's, or the other party of the process it came from.
create function dossier_copy_ask(p_patient bigint, p_organisation bigint, p_source bigint, p_category int, p_kind text, p_reference text,
                                 p_title text, p_text text, p_on_date date, p_name text, p_role text, p_status text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  may boolean := false; number bigint; former dossier_copy%rowtype; about bigint := nullif(split_part(p_reference, ':', 2), '')::bigint;
  written dossier_entry%rowtype;
begin
  if actor_kind() = 'professional' and p_status in ('waiting', 'listed') and exists (
       select 1 from dossier_source s where s.id = p_source and s.organisation_id = p_organisation and s.active) then
    if p_reference ~ '^entry:[0-9]{1,18}$' then
      select * into written from dossier_entry where id = about and patient_id = p_patient and organisation_id = actor_organisation() and category = p_category;
      may := written.id is not null and p_organisation = actor_organisation();
    elsif p_reference ~ '^consultation:[0-9]{1,18}:' and p_category = 13 then
      execute 'select consultations_may_copy($1, $2, $3)' into may using p_patient, p_organisation, about;
    elsif p_reference ~ '^referral:[0-9]{1,18}:' and p_category = 12 then
      execute 'select referrals_may_copy($1, $2, $3)' into may using p_patient, p_organisation, about;
    end if;
  end if;
  if not coalesce(may, false) then
    raise exception 'only what an organisation may hold goes to its system' using errcode = 'insufficient_privilege';
  end if;
  -- Who does not help this person any more gets nothing more of it.
  if p_organisation <> actor_organisation() and not exists (
       select 1 from trust_grant g where g.patient_id = p_patient and g.grantee = 'organisation:' || p_organisation and g.period @> now()) then
    return null;
  end if;
  if written.replaces_id is not null then
    select c.* into former from dossier_copy c where c.entry_id = written.replaces_id and trust_successor(c.organisation_id) = p_organisation
      order by c.id desc limit 1 for update;
    update dossier_copy set status = 'dropped', settled_at = now()
      where id = former.id and (status in ('failed', 'listed') or (status = 'waiting' and attempts = 0));
  end if;
  insert into dossier_copy (key, patient_id, organisation_id, source_id, category, kind, reference, entry_id, replaces_id, status, reason, author_id,
      author_organisation_id, author_name, author_role, author_role_code, made_at, asked_at, attempts, uncertain, source_type, source_key, source_version,
      handled_name)
    values (gen_random_uuid(), p_patient, p_organisation, p_source, p_category, p_kind, p_reference, written.id, former.id, p_status, '', actor_user(),
      actor_organisation(), left(p_name, 160), left(p_role, 60), actor_role(), now(), now(), 0, false, '', '', '', '')
    on conflict (reference, organisation_id) do nothing returning id into number;
  if number is not null then
    insert into dossier_copytext (copy_id, patient_id, organisation_id, category, title, text, on_date)
      values (number, p_patient, p_organisation, p_category, left(p_title, 200), p_text, p_on_date);
  end if;
  return number;
end $$;

-- What sort of entry somebody just signed, where the record itself was not opened for it: a correction that was granted.
create function dossier_signed(p_patient bigint, p_entry bigint) returns table (kind varchar, category smallint, done boolean, on_date date)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.kind, e.category, e.done, e.on_date from dossier_entry e
  where e.id = p_entry and e.patient_id = p_patient and e.organisation_id = actor_organisation() and e.author_id = actor_user()
$$;

-- What the worker needs to bring one copy to its system: the words, and the number by which that system knows the person.
create function dossier_copy_content(p_copy bigint)
returns table (bsn varchar, birth_date date, title varchar, text text, on_date date, uzi varchar, ura varchar, restricted boolean, reader bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select case when h.may_process_bsn then i.bsn end, p.birth_date, t.title, t.text, t.on_date,
         coalesce((select m.uzi from people_membership m where m.user_id = c.author_id and m.organisation_id = c.author_organisation_id
                   and m.role = c.author_role_code order by m.id desc limit 1), ''), a.ura,
         (trust_restricted(c.patient_id, c.organisation_id, now()) >> c.category) & 1 = 1, h.id
  from dossier_copy c join dossier_copytext t on t.copy_id = c.id join dossier_source s on s.id = c.source_id
  join people_organisation h on h.id = s.organisation_id and h.id = trust_successor(c.organisation_id)
  join people_organisation a on a.id = c.author_organisation_id
  join people_patient p on p.id = c.patient_id left join people_patientidentity i on i.patient_id = p.id
  where c.id = p_copy and c.status = 'waiting' and actor_kind() = 'system' and actor_name() = 'deliveries'
$$;

-- Whether somebody of the organisation still has to copy by hand what did not reach this system.
create function dossier_copies_left(p_source bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from dossier_copy c where c.source_id = p_source and c.status in ('failed', 'listed')
    and (actor_kind() = 'system' or c.organisation_id = any(trust_owned())))
$$;

create function dossier_drop_copied_texts() returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from dossier_copytext t using dossier_copy c where c.id = t.copy_id and c.status = 'copied' and c.settled_at < now() - interval '7 days'
                and actor_kind() = 'system' returning 1) select count(*) from gone
$$;

create function dossier_copy_settled() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from dossier_copytext where copy_id = new.id;
  return null;
end $$;
create trigger settled after update of status on dossier_copy for each row when (new.status in ('arrived', 'dropped'))
  execute function dossier_copy_settled();
revoke execute on function dossier_copy_ask, dossier_copy_content, dossier_copies_left, dossier_drop_copied_texts, dossier_signed, dossier_copy_settled from public;
grant execute on function dossier_copy_ask, dossier_copy_content, dossier_copies_left, dossier_drop_copied_texts, dossier_signed to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dossier", "0009_documents"),
        ("people", "0003_citizen_account"),
        ("trust", "0003_doors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Copy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("matters", "wat telt"),
                            ("goal", "doel"),
                            ("action", "actie"),
                            ("agreement", "afspraak"),
                            ("wish", "wens of behandelgrens"),
                            ("note", "notitie"),
                            ("conclusion", "conclusie van een consult"),
                            ("measurement", "meting"),
                            ("social", "sociale situatie"),
                            ("answer", "antwoord op een consult"),
                            ("reply", "bericht over een verwijzing"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reference", models.CharField(max_length=60)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "wacht op uw systeem"),
                            ("arrived", "staat in uw systeem"),
                            ("failed", "niet gelukt: zelf overnemen"),
                            ("listed", "zelf overnemen"),
                            ("copied", "zelf overgenomen"),
                            ("dropped", "vervallen: er is een nieuwere versie"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("author_name", models.CharField(max_length=160)),
                ("author_role", models.CharField(max_length=60)),
                ("author_role_code", models.CharField(max_length=40)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tried_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("uncertain", models.BooleanField(default=False)),
                ("source_type", models.CharField(blank=True, max_length=40)),
                ("source_key", models.CharField(blank=True, max_length=120)),
                ("source_version", models.CharField(blank=True, max_length=80)),
                ("settled_at", models.DateTimeField(null=True)),
                ("handled_name", models.CharField(blank=True, max_length=160)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "author_organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dossier.entry",
                    ),
                ),
                (
                    "handled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dossier.copy",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dossier.source"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SourceCopying",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="copying",
                        serialize=False,
                        to="dossier.source",
                    ),
                ),
                (
                    "written",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("matters", "wat telt"),
                                ("goal", "doel"),
                                ("action", "actie"),
                                ("agreement", "afspraak"),
                                ("wish", "wens of behandelgrens"),
                                ("note", "notitie"),
                                ("conclusion", "conclusie van een consult"),
                                ("measurement", "meting"),
                                ("social", "sociale situatie"),
                                ("answer", "antwoord op een consult"),
                                ("reply", "bericht over een verwijzing"),
                            ],
                            max_length=12,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "by_hand",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("matters", "wat telt"),
                                ("goal", "doel"),
                                ("action", "actie"),
                                ("agreement", "afspraak"),
                                ("wish", "wens of behandelgrens"),
                                ("note", "notitie"),
                                ("conclusion", "conclusie van een consult"),
                                ("measurement", "meting"),
                                ("social", "sociale situatie"),
                                ("answer", "antwoord op een consult"),
                                ("reply", "bericht over een verwijzing"),
                            ],
                            max_length=12,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("abilities", models.JSONField(default=dict)),
                ("abilities_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("written__overlap", models.F("by_hand")), _negated=True),
                        name="copying_one_way_per_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CopyText",
            fields=[
                (
                    "copy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="dossier.copy",
                    ),
                ),
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
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("on_date", models.DateField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
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
        migrations.AddIndex(
            model_name="copy",
            index=models.Index(fields=["organisation", "status", "-made_at"], name="copy_organisation"),
        ),
        migrations.AddIndex(
            model_name="copy",
            index=models.Index(fields=["entry"], name="copy_entry"),
        ),
        migrations.AddIndex(
            model_name="copy",
            index=models.Index(
                condition=models.Q(("status", "waiting")), fields=["patient", "source"], name="copy_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.UniqueConstraint(fields=("reference", "organisation"), name="copy_once_per_organisation"),
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["waiting", "arrived", "failed", "listed", "copied", "dropped"])),
                name="copy_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "arrived"), _negated=True),
                    models.Q(("source_key", ""), _negated=True),
                    _connector="OR",
                ),
                name="copy_arrived_has_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "copied"), _negated=True), ("handled_by__isnull", False), _connector="OR"
                ),
                name="copy_by_hand_by_whom",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
