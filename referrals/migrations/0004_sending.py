"""What sending needs besides: a letter that follows, supplements, documents along, drafts, templates, and in whose name it went."""

import django.contrib.postgres.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SENDING = r"""
grant update (letter_due) on referrals_referral to nis_app;
-- Nobody sends in another's name without saying so, and only in that of who works there.
drop policy send on referrals_referral;
create policy send on referrals_referral for insert to nis_app with check (
  sending_organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and exists (select 1 from trust_grant g where g.patient_id = referrals_referral.patient_id and g.grantee = (select actor_grantee()) and g.period @> now())
  and coalesce(entered_by_id, sender_id) = (select actor_user())
  and (entered_by_id is null or exists (
    select 1 from people_membership m where m.user_id = sender_id and m.organisation_id = sending_organisation_id and m.period @> now())));

-- Who came by himself, of his own accord: the organisation that helps writes it down, and nobody referred.
create policy walk_in on referrals_referral for insert to nis_app with check (
  origin = 'walk_in' and receiving_organisation_id = (select actor_organisation()) and (select trust_meets_patients()) and status = 'in_progress'
  and entered_by_id = (select actor_user()) and receiver_id = (select actor_user())
  and exists (select 1 from trust_grant g where g.patient_id = referrals_referral.patient_id and g.grantee = (select actor_grantee()) and g.period @> now()
              and g.basis <> 'care_relation:consultation'));

call referrals_protect_content('referrals_supplement');
revoke update, delete on referrals_supplement from nis_app;
call trust_protect_restricted('referrals_supplement');
"""

DOCUMENTS = r"""
alter table referrals_letteritem add constraint letteritem_document foreign key (document_id)
  references dossier_document (id) on delete set null deferrable initially deferred;
-- Only a document of the own organisation, about the same person, that the sender has opened.
create policy own_document on referrals_letteritem as restrictive for insert to nis_app with check (
  document_id is null or exists (
    select 1 from dossier_document d where d.id = document_id and d.patient_id = referrals_letteritem.patient_id
      and d.organisation_id = referrals_letteritem.organisation_id and d.category = referrals_letteritem.kind));
-- The one document that this transaction asks for by what went along, for the parties of that referral, and
-- who explores with them, as far as they may open its letter.
create function referrals_sent_document() returns bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare wanted bigint := nullif(current_setting('nis.sent_item', true), '')::bigint;
begin
  if wanted is null then return null; end if;
  return (
    select d.id from referrals_letteritem i join referrals_referral r on r.id = i.referral_id join dossier_document d on d.id = i.document_id
    where i.id = wanted and d.patient_id = r.patient_id and d.organisation_id = i.organisation_id and d.category = i.kind
      and (r.sending_organisation_id = actor_organisation()
           or (r.receiving_organisation_id = actor_organisation() and not (r.outcome in ('advised', 'consulted') and r.accepted_at is null)
               and r.status in ('accepted', 'in_progress', 'completed')
               and r.left_out >> i.kind & 1 = 0)
           or exists (select 1 from referrals_exploring e where e.referral_id = r.id and e.organisation_id = actor_organisation()
                      and e.status = 'agreed' and r.status in ('accepted', 'in_progress') and e.left_out >> i.kind & 1 = 0))
      and (r.patient_id * 64 + 12) = any(trust_opened())
      and (d.organisation_id << 40) + d.patient_id * 64 + d.category <> all(trust_closed()));
end $$;
revoke execute on function referrals_sent_document() from public;
grant execute on function referrals_sent_document() to nis_app;
create policy sent on dossier_document for select to nis_app using (id = (select referrals_sent_document()));
create policy sent on dossier_documentpart for select to nis_app using (document_id = (select referrals_sent_document()));
"""

DRAFTS = r"""
call trust_protect_index('referrals_draft');
grant select on referrals_draft to nis_app;
create policy own on referrals_draft for select to nis_app using (
  user_id = (select actor_user()) and organisation_id = (select actor_organisation()) and until > now()
  and (patient_id * 64 + 12) = any((select trust_opened())::bigint[]));

-- How the draft that a form goes on with stands, held for the rest of the transaction: 'own' when it is as the form knows it, 'changed'
-- when another window kept something else since; nothing for one that is there no more, and for a form that goes on with none.
create function referrals_hold_draft(p_patient bigint, p_token uuid, p_draft bigint, p_seen timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- Of one form: what is kept while it is sent must find it sent, also where there was no draft to hold.
  perform pg_advisory_xact_lock(hashtextextended(p_token::text, 0));
  perform 1 from referrals_draft d where d.patient_id = p_patient and d.user_id = actor_user() and d.organisation_id = actor_organisation()
    and (d.token = p_token or d.id = p_draft) order by d.id for update;
  if referrals_own_draft(p_patient, p_token, p_draft, p_seen) is not null then return 'own'; end if;
  return (select 'changed' from referrals_draft d where d.id = p_draft and d.patient_id = p_patient and d.user_id = actor_user()
          and d.organisation_id = actor_organisation());
end $$;
-- The draft that this form kept last, else the one it goes on with as long as nobody else kept it since.
create function referrals_own_draft(p_patient bigint, p_token uuid, p_draft bigint, p_seen timestamptz) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select d.id from referrals_draft d where d.patient_id = p_patient and d.user_id = actor_user() and d.organisation_id = actor_organisation()
    and (d.token = p_token or (d.id = p_draft and d.saved_at = p_seen)) order by d.token = p_token desc limit 1
$$;
-- Keeping opens nothing and reads nothing of the record; of a form that was sent nothing is kept any more. What another window kept
-- is not written over: it becomes a draft of its own then.
create function referrals_keep_draft(p_patient bigint, p_token uuid, p_typed jsonb, p_until timestamptz, p_draft bigint, p_seen timestamptz)
returns table (number bigint, saved_at timestamptz, beside text)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare own bigint;
begin
  if actor_kind() <> 'professional' or not trust_meets_patients()
     or not exists (select 1 from trust_grant g where g.patient_id = p_patient and g.grantee = actor_grantee() and g.period @> now()) then
    raise exception 'only who may refer keeps a draft' using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(p_token::text, 0));
  if exists (select 1 from referrals_referral r where r.token = p_token) then return; end if;
  beside := coalesce(referrals_hold_draft(p_patient, p_token, p_draft, p_seen), case when p_draft is not null then 'gone' end);
  own := referrals_own_draft(p_patient, p_token, p_draft, p_seen);
  if own is not null then
    return query update referrals_draft d set typed = p_typed, token = p_token, saved_at = clock_timestamp(), until = p_until
      where d.id = own returning d.id, d.saved_at, ''::text;
    return;
  end if;
  return query insert into referrals_draft as d (patient_id, organisation_id, user_id, handed_by_id, token, typed, saved_at, until)
    values (p_patient, actor_organisation(), actor_user(),
            (select o.handed_by_id from referrals_draft o where o.id = p_draft and o.user_id = actor_user() and o.patient_id = p_patient),
            p_token, p_typed, clock_timestamp(), p_until)
    on conflict (user_id, organisation_id, patient_id, token) do update
      set typed = excluded.typed, saved_at = excluded.saved_at, until = excluded.until
    returning d.id, d.saved_at, nullif(beside, 'own');
end $$;
create function referrals_drafts() returns table (number bigint, patient_id bigint, saved_at timestamptz, until timestamptz, handed_by_id bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select d.id, d.patient_id, d.saved_at, d.until, d.handed_by_id from referrals_draft d
    where d.user_id = actor_user() and d.organisation_id = actor_organisation() and d.until > now() and trust_meets_patients()
    order by d.saved_at desc;
end $$;
create function referrals_drop_draft(p_patient bigint, p_token uuid, p_draft bigint, p_seen timestamptz) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare own bigint;
begin
  perform referrals_hold_draft(p_patient, p_token, p_draft, p_seen);
  own := referrals_own_draft(p_patient, p_token, p_draft, p_seen);
  delete from referrals_draft where id = own;
  return own;
end $$;
create function referrals_hand_draft(p_patient bigint, p_draft bigint, p_user bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare number bigint;
begin
  if p_user = actor_user() or not exists (
       select 1 from people_membership m where m.user_id = p_user and m.organisation_id = actor_organisation() and m.period @> now()) then
    raise exception 'a draft goes to a colleague' using errcode = 'insufficient_privilege';
  end if;
  update referrals_draft set user_id = p_user, handed_by_id = actor_user()
    where id = p_draft and patient_id = p_patient and user_id = actor_user() and organisation_id = actor_organisation()
      and not exists (select 1 from referrals_draft o where o.user_id = p_user and o.organisation_id = actor_organisation()
                      and o.patient_id = p_patient)
    returning id into number;
  return number;
end $$;
-- Who worked at a participant that merged finds the own drafts at its successor.
create function referrals_drafts_follow_merger(p_from bigint) returns bigint
language sql security definer set search_path = public, pg_temp as $$
  with moved as (
    update referrals_draft set organisation_id = trust_successor(p_from)
    where organisation_id = p_from and trust_successor(p_from) <> p_from and actor_kind() = 'system' returning id)
  select count(*) from moved
$$;
create function referrals_drop_drafts() returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare gone bigint[];
begin
  if actor_kind() <> 'system' then
    raise exception 'only the clock drops drafts' using errcode = 'insufficient_privilege';
  end if;
  with over as (delete from referrals_draft where until < now() returning id) select array_agg(id) from over into gone;
  delete from events_workitem w where w.subject_type = 'draft' and w.subject_id = any(gone);
  return coalesce(cardinality(gone), 0);
end $$;
revoke execute on function referrals_keep_draft, referrals_hold_draft, referrals_own_draft, referrals_drafts, referrals_drop_draft,
  referrals_hand_draft, referrals_drop_drafts, referrals_drafts_follow_merger from public;
grant execute on function referrals_keep_draft, referrals_hold_draft, referrals_drafts, referrals_drop_draft, referrals_hand_draft,
  referrals_drop_drafts, referrals_drafts_follow_merger to nis_app;

call trust_protect_index('referrals_template');
call trust_grant_app('referrals_template');
create policy own on referrals_template to nis_app using (
  organisation_id = (select actor_organisation()) and (select trust_meets_patients()) and (user_id is null or user_id = (select actor_user())));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dossier", "0010_copies"),
        ("people", "0003_citizen_account"),
        ("referrals", "0003_erase"),
        ("square", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False),
                ),
                ("typed", models.JSONField()),
                ("saved_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Supplement",
            fields=[
                (
                    "step",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="supplement",
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
                ("text", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(blank=True, max_length=40)),
                ("title", models.CharField(max_length=80)),
                ("text", models.TextField()),
            ],
            options={
                "ordering": ["title", "id"],
            },
        ),
        migrations.AddField(
            model_name="letteritem",
            name="document",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="dossier.document",
            ),
        ),
        migrations.AddField(
            model_name="letteritem",
            name="step",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="items",
                to="referrals.step",
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="entered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="letter_due",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("entered_by__isnull", True),
                    models.Q(("entered_by", models.F("sender")), _negated=True),
                    _connector="OR",
                ),
                name="entered_for_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("origin__in", ["sent", "consultation"]),
                        ("sender__isnull", False),
                        ("sending_organisation__isnull", False),
                    ),
                    models.Q(("origin", "system"), ("sender__isnull", True), ("sending_organisation__isnull", False)),
                    models.Q(("origin", "walk_in"), ("sender__isnull", True), ("sending_organisation__isnull", True)),
                    models.Q(
                        ("entered_by__isnull", True),
                        ("origin", "self"),
                        ("sender__isnull", True),
                        ("sending_organisation__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="sent_as_its_origin_says",
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="handed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.organisation"
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="patient",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"),
        ),
        migrations.AddField(
            model_name="draft",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="supplement",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
            ),
        ),
        migrations.AddField(
            model_name="supplement",
            name="patient",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"),
        ),
        migrations.AddField(
            model_name="supplement",
            name="referral",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="supplements", to="referrals.referral"
            ),
        ),
        migrations.AddField(
            model_name="template",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.organisation"
            ),
        ),
        migrations.AddField(
            model_name="template",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="draft",
            index=models.Index(fields=["until"], name="draft_until"),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(fields=("user", "organisation", "patient", "token"), name="draft_once"),
        ),
        migrations.AddIndex(
            model_name="template",
            index=models.Index(fields=["organisation"], name="template_of_organisation"),
        ),
        migrations.RunSQL([SENDING, DOCUMENTS, DRAFTS], migrations.RunSQL.noop),
    ]
