"""Row-level security of enrolments, and the first journeys of the region (transformation plan Gooi en Vechtstreek, 5.2)."""

from django.db import migrations

SQL = r"""
call trust_grant_app('journeys_journey');
call trust_grant_app('journeys_journeystep');
call trust_grant_app('journeys_journeytrigger');
revoke insert, delete on journeys_journey from nis_app;
revoke insert, update, delete on journeys_journeystep, journeys_journeytrigger from nis_app;

call trust_protect_index('journeys_enrolment');
call trust_grant_app('journeys_enrolment');
revoke update, delete on journeys_enrolment from nis_app;
grant update (ended_at) on journeys_enrolment to nis_app;
create policy parties on journeys_enrolment for select to nis_app using (
  ((select trust_meets_patients()) and organisation_id = (select actor_organisation()))
  or (patient_id * 64 + category) = any((select trust_reach_keys())::bigint[])
  or (patient_id * 64 + category) = any((select trust_opened())::bigint[])
  or (select actor_kind()) = 'system');
create policy include on journeys_enrolment for insert to nis_app with check ((select actor_kind()) = 'system');
create policy finish on journeys_enrolment for update to nis_app using (organisation_id = (select actor_organisation()));
create policy figures on journeys_enrolment for select to nis_region using (true);
grant select (id, journey_id, organisation_id, started_at, ended_at) on journeys_enrolment to nis_region;
grant select on journeys_journey to nis_region;

-- An enrolment brings a care relation that lasts as long as the enrolment.
create function enrolments_stand_behind(p_patient bigint, p_organisation bigint, p_enrolment bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from journeys_enrolment e where e.id = p_enrolment and e.patient_id = p_patient
    and case when p_organisation is null then actor_organisation() = e.organisation_id and e.ended_at is not null
             else p_organisation = e.organisation_id and e.ended_at is null and actor_kind() = 'system' end)
$$;
revoke execute on function enrolments_stand_behind(bigint, bigint, bigint) from public;
"""

JOURNEYS = [
    (
        "Verkennend gesprek",
        "Wie vastloopt, krijgt eerst een gesprek met iemand van het wijkteam, ggz en welzijn samen, zodat hulp past en niemand onnodig op een wachtlijst komt.",
        "Volwassenen met psychische klachten of zorgen, bij wie niet duidelijk is welke hulp past. De inwoner weet van de aanmelding en is het ermee eens.",
        ["exploratory_talk"],
        [
            ("Aanmelding bekijken en bellen", "social_worker", 5),
            ("Verkennend gesprek bij de inwoner", "social_worker", 14),
            ("Samen besluiten wat helpt, en verslag", "social_worker", 21),
            ("Eerste stap gezet: verwijzing of eigen steun", "gp", 35),
            ("Bellen hoe het gaat", "social_worker", 90),
        ],
    ),
    (
        "Zorg en welzijn samen",
        "Klachten waar meedoen, bewegen of gezelschap meer helpt dan een behandeling, krijgen een antwoord in de buurt; de huisarts hoort hoe het gaat.",
        "Inwoners die met klachten bij de huisarts komen die samenhangen met eenzaamheid, verlies, weinig bewegen of zorgen voor een ander.",
        ["eating_together", "buddy", "grief_group", "fall_prevention", "carer_support"],
        [
            ("Kennismaken met de welzijnswerker", "welfare_worker", 10),
            ("Samen kiezen en plannen", "welfare_worker", 14),
            ("Eerste keer meegedaan", "welfare_worker", 35),
            ("Terugkoppeling aan de huisarts", "welfare_worker", 56),
            ("Evaluatie met de inwoner", "practice_nurse", 180),
        ],
    ),
    (
        "Kwetsbare ouderen en ACP",
        "Ouderen die steeds meer hulp nodig hebben, houden regie: één plan, één coördinator, en wensen voor de laatste fase die iedereen kent voordat het nodig is.",
        "Thuiswonend, 75 jaar of ouder, op meer gebieden kwetsbaar, of met een beperkte levensverwachting.",
        ["frail_elderly", "dementia_case", "palliative_night"],
        [
            ("Huisbezoek en in kaart brengen", "practice_nurse", 14),
            ("Coördinator afspreken", "practice_nurse", 21),
            ("Gesprek over wensen en grenzen (PZP)", "gp", 42),
            ("Overleg van alle betrokkenen (MDO)", "gp", 60),
            ("Plan bijstellen", "district_nurse", 180),
        ],
    ),
    (
        "Verwijzing naar het sociaal domein",
        "Vragen over geld, wonen, opvoeden en meedoen komen in één keer op de goede plek, met een vaste hulpverlener en een antwoord aan wie verwees.",
        "Inwoners met vragen op meer gebieden tegelijk die niet (alleen) met zorg te beantwoorden zijn.",
        ["broad_support", "debt_help", "wmo_report", "youth_access"],
        [
            ("Aanmelding bekijken en bellen", "social_worker", 5),
            ("Gesprek thuis", "social_worker", 20),
            ("Plan met de inwoner", "social_worker", 42),
            ("Terugkoppeling aan de verwijzer", "social_worker", 45),
            ("Evaluatie", "social_worker", 180),
        ],
    ),
]


def begin(apps, schema_editor):
    """Set up the journeys with which the region begins; they are live."""
    journey, step, trigger = (apps.get_model("journeys", name) for name in ("Journey", "JourneyStep", "JourneyTrigger"))
    for name, purpose, criteria, kinds, steps in JOURNEYS:
        made = journey.objects.create(name=name, version=1, status="live", purpose=purpose, criteria=criteria)
        trigger.objects.bulk_create([trigger(journey=made, service_kind=kind) for kind in kinds])
        step.objects.bulk_create(
            [
                step(journey=made, position=position, title=title, role=role, days=days)
                for position, (title, role, days) in enumerate(steps, 1)
            ]
        )


class Migration(migrations.Migration):
    dependencies = [("journeys", "0001_journeys"), ("trust", "0002_rules")]
    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
