"""Everything that changes what people and other systems were told: notifications, e-mail, subscriptions, choices told of nationally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossier.access.health import need_manager
from dossier.sources.address import fault_of_address
from dossier.sources.secret_files import SecretMissing, names, read_secret
from events.actions import Errand, Later, ask, done, record, wake
from events.actor import Actor
from events.errors import Refused
from events.models import Delivery, Destination, Event
from exchange import access, cloud, mail
from exchange.models import Notification, NotificationChoice, Subscription
from exchange.moves import NEWS, Kind, Rhythm, Skipped, Topic, citizen_news
from people.access import need_professional
from people.models import Organisation, Patient, User
from trust.access import registration_of
from trust.actions import keep_national_choice
from trust.national.client import connected, send_subscription
from trust.national.codes import takes_part
from trust.national.subscription import Choice, write_subscription

TOLD_EVERY = timedelta(minutes=1)
"""How exactly a subscription says when its system was told last; writing it each time would make workers wait for each other."""
KEPT_DAYS = 90
"""Days that somebody can read back what they were told; the log of events remains."""


@transaction.atomic
def notify(*, event: Event, by: Actor) -> list[Notification]:
    """Tell everybody who must hear of an event; returns what is new, so that hearing of it twice tells nobody twice.

    No e-mail is sent here. Each direct one is an event of its own, with its own delivery: one mailbox that refuses keeps
    nobody else waiting, and a try again reaches only who was not reached.
    """
    number, users = access.hearers_of(event)
    kind = NEWS[event.verb].kind
    rhythms = access.rhythms_of(kind, users)
    # An entry of the register shows on the page of its person only.
    about = ("patient", event.patient_id) if kind == Kind.NETWORK else (event.subject_type, event.subject_id)
    values = {"kind": kind, "subject_type": about[0], "subject_id": about[1], "number": number, "event_id": event.id}
    told = set(Notification.objects.filter(event_id=event.id, user__in=users).values_list("user_id", flat=True))
    new = [
        Notification(user=user, rhythm=rhythms[user.pk] if user.email else Rhythm.OFF, **values)
        for user in users
        if user.pk not in told
    ]
    made = Notification.objects.bulk_create(new, batch_size=100)
    for notification in made:
        if notification.rhythm == Rhythm.DIRECT:
            record("notification.made", subject=notification, by=by)
    return made


@transaction.atomic
def send(*, pk: int, by: Actor) -> None:
    """Send the e-mail of one notification, unless it was sent; who may no longer sign in gets none."""
    notification = Notification.objects.select_for_update().filter(pk=pk, sent_at=None).first()
    if notification is None:
        return
    user = User.objects.get(pk=notification.user_id)
    if not user.is_active or not user.email:
        return
    mail.post(user, [notification], name=f"notification.{notification.pk}")
    notification.sent_at = timezone.now()
    notification.save(update_fields=["sent_at"])


@transaction.atomic
def tell_citizen(*, event: Event, by: Actor) -> None:
    """Tell by e-mail, when the record holds an address, that something changed; never about what the person did self.

    The line ``citizen.told`` proves that the person was told (AVG art. 34 asks the same of a breach).
    """
    told = access.citizen_mail_of(event)
    if told is None:
        return
    patient, address, language = told
    mail.post_citizen(address, language, citizen_news(event.verb), name=f"told.{event.id}")
    record("citizen.told", subject=Patient(pk=patient), patient_id=patient, data={"of": event.verb}, by=by)


@transaction.atomic
def ask_digests(*, by: Actor) -> int:
    """Begin the daily e-mail of everybody for whom something waits, each with its own delivery; returns how many."""
    waiting = Notification.objects.waiting_for_digest().values("user_id")
    users = list(User.objects.filter(pk__in=waiting, is_active=True).exclude(email=""))
    for user in users:
        record("digest.due", subject=user, by=by)
    return len(users)


@transaction.atomic
def send_digest(*, user_id: int, name: str, by: Actor) -> None:
    """Send one person one e-mail about everything that waits for it; when nothing waits any more, none."""
    waiting = list(
        Notification.objects.select_for_update().waiting_for_digest().filter(user_id=user_id).order_by("made_at", "pk")
    )
    user = User.objects.get(pk=user_id)
    if not waiting or not user.is_active or not user.email:
        return
    mail.post(user, waiting, name=f"digest.{name}")
    Notification.objects.filter(pk__in=[one.pk for one in waiting]).update(sent_at=timezone.now())


def forget_old(*, by: Actor) -> int:
    """Remove what people were told longer than 90 days ago; returns how many."""
    return Notification.objects.filter(made_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()[0]


@transaction.atomic
def choose(*, rhythms: Mapping[str, str], by: Actor) -> None:
    """Keep the rhythm at which the person wants to hear, per kind of news; what waits for a digest still goes with it."""
    need_professional(by)
    for kind, rhythm in rhythms.items():
        NotificationChoice.objects.update_or_create(user_id=by.user_id, kind=kind, defaults={"rhythm": rhythm})


@transaction.atomic
def keep_choices(*, choices: Sequence[Choice], by: Actor) -> int:
    """Keep what the national consent service told of, all of it or nothing; returns how many changed something here.

    Telling twice, late or in another order is harmless: the newest word counts. A person whom the network does not know is
    passed over in silence.
    """
    outcomes = [
        keep_national_choice(
            bsn=one.bsn,
            holder_ura=one.holder_ura,
            holder_domain=one.holder_domain,
            reader_domains=sorted(one.reader_domains),
            categories=one.categories,
            permit=one.permit,
            at=one.at,
            by=by,
        )
        for one in choices
    ]
    return outcomes.count("kept")


def subscribe(*, event: Event, by: Actor) -> Later | None:
    """Ask the national consent service to tell of the choices of somebody whom a participant registered.

    Only where the service is connected and can tell, and for participants that take part; asking twice is harmless. Gives back
    ``Later`` where the service did not take it; a refusal of this one request (400, 422) holds up no other.
    """
    if not connected() or not settings.NATIONAL_CONSENT_NOTIFY_SECRET:
        return None
    who = registration_of(event)
    if who is None or not takes_part(who.organisation):
        return None
    body = write_subscription(bsn=who.bsn, birth_date=who.birth_date, organisation=who.organisation)
    reason = send_subscription(body)
    return Later(reason, whole=reason not in {"status-400", "status-422"}) if reason else None


def note_log_search(*, fields: list[str], found: int, by: Actor) -> None:
    """Write that the log was looked in by the open interface: by which fields and how many lines, not what was asked for."""
    record("log.searched", subject=User.objects.get(pk=by.user_id), data={"fields": fields, "found": found}, by=by)


@transaction.atomic
def add_subscription(
    *, endpoint: str, secret: str, topics: Sequence[str] = (Topic.NETWORK,), by: Actor
) -> Subscription:
    """Have a system of the own organisation told of what it wants to hear: changes in the care networks that the organisation
    may see, steps of the referrals to which it is a party.

    Raises ``Refused`` for an address where the network may not go, a secret that is not there, and one that is told already.
    """
    organisation = need_manager(by)
    if fault_of_address(endpoint):
        raise Refused(
            _("Naar dit adres mag het netwerk niet sturen. Gebruik een adres met https://."), field="endpoint"
        )
    if secret and secret not in names(organisation.pk):
        raise Refused(_("Dit bestand staat niet bij de geheimen van uw organisatie."), field="secret")
    try:
        read_secret(organisation.pk, secret)
    except SecretMissing:
        words = _("Dit bestand is een sleutel of een certificaat. Kies een bestand met een geheim in gewone tekst.")
        raise Refused(words, field="secret") from None
    if Subscription.objects.filter(organisation=organisation, endpoint=endpoint, active=True).exists():
        raise Refused(_("Dit adres krijgt al bericht."), field="endpoint")
    made = Subscription.objects.create(
        organisation=organisation, endpoint=endpoint, secret=secret, topics=sorted(topics), made_by_id=by.user_id or 0
    )
    record("subscription.made", subject=made, by=by)
    return made


@transaction.atomic
def stop_subscription(*, subscription: Subscription, by: Actor) -> None:
    """Tell a system nothing more."""
    need_manager(by)
    _stop(subscription, by)


def _stop(subscription: Subscription, by: Actor) -> None:
    subscription.active, subscription.stopped_at = False, timezone.now()
    subscription.save(update_fields=["active", "stopped_at"])
    record("subscription.stopped", subject=subscription, by=by)


@transaction.atomic
def tell_systems(*, event: Event, by: Actor) -> int:
    """Begin to tell each system that subscribed, each with its own delivery: one that is down keeps no other waiting.

    A system hears in order of one referral, and of the care network of one person.
    """
    told = access.subscribers_of(event)
    lane = f"referral:{event.subject_id}" if event.subject_type == "referral" else f"patient:{event.patient_id}"
    for number in told:
        about = {"event": event.id, "at": event.at.isoformat()}
        here = Subscription(pk=number)
        record("subscription.due", subject=here, patient_id=event.patient_id, data=about, lane=lane, by=by)
    return len(told)


def send_cloud_event(*, event: Event, by: Actor) -> Errand | None:
    """Tell one system of a change, if its organisation may still see it; the telling itself is outside any transaction."""
    subscription = Subscription.objects.filter(pk=event.subject_id, active=True).first()
    happened = Event.objects.filter(pk=event.data["event"], at=datetime.fromisoformat(event.data["at"])).first()
    reference = access.reference_for(subscription, happened) if subscription and happened else ""
    if subscription is None or happened is None or not reference:
        return None
    message = cloud.cloud_event(happened, reference, access.step_of(subscription, happened))

    def go() -> bool | Later:
        try:
            return cloud.post(subscription, message)
        except cloud.NotTaken as missed:
            return Later(str(missed), whole=missed.whole)

    def back(wants_more: bool, worker: Actor) -> None:
        if not wants_more:
            _stop(subscription, worker)
        elif not subscription.told_at or timezone.now() - subscription.told_at > TOLD_EVERY:
            Subscription.objects.filter(pk=subscription.pk).update(told_at=timezone.now())

    return Errand(go, back)


@transaction.atomic
def ask_to_look(*, event: Event, by: Actor) -> None:
    """Put on the list of who a destination belongs to that messages do not arrive there; asking twice leaves one line."""
    name = str(event.data["to"])
    place, _new = Destination.objects.get_or_create(name=name)
    title = gettext_noop("Berichten komen niet aan: %(name)s") % {"name": access.label_of(name)[:100]}
    for organisation in access.owners_of(name):
        ask("delivery", subject=place, organisation_id=organisation, title=title, by=by)


@transaction.atomic
def no_more_to_look(*, event: Event, by: Actor) -> None:
    """Take that off the list when the destination answers again and nothing is parked there."""
    name = str(event.data["to"])
    if not Delivery.objects.parked().filter(destination=name).exists():
        _settle_work(name, by)


def _settle_work(name: str, by: Actor) -> None:
    place = Destination.objects.filter(name=name).first()
    if place is not None:
        done(subject=place, kind="delivery", by=by)


@transaction.atomic
def try_again(*, destination: str, by: Actor) -> int:
    """Try a destination again now: its rest ends and what was parked waits again; returns how many that were.

    Raises ``Refused`` for a destination where nothing waits, which is all that another organisation's is.
    """
    _need_tended(destination, by)
    with connection.cursor() as cursor:
        cursor.execute("select again, place, failing from exchange_retry(%s)", [destination])
        again, place, failing = cursor.fetchone()
    if place and not failing:
        done(subject=Destination(pk=place), kind="delivery", by=by)
    record("delivery.retried", subject=Organisation(pk=by.organisation_id), data={"to": destination}, by=by)
    transaction.on_commit(wake)
    return int(again)


@transaction.atomic
def skip(*, delivery: int, destination: str, reason: str, by: Actor) -> None:
    """Give up a parked message for a reason, so that what came after it goes on; raises ``Refused`` when it is not parked."""
    _need_tended(destination, by)
    with connection.cursor() as cursor:
        cursor.execute(
            "select destination, place, left_over from exchange_skip(%s, %s)", [delivery, Skipped(reason).value]
        )
        row = cursor.fetchone()
    if row is None:
        raise Refused(_("Dit bericht wacht niet meer op u. Vernieuw de pagina."))
    led, place, left = row
    if place and not left:
        done(subject=Destination(pk=place), kind="delivery", by=by)
    record("delivery.skipped", subject=Delivery(pk=delivery), data={"to": led, "reason": reason}, by=by)
    transaction.on_commit(wake)


def _need_tended(destination: str, by: Actor) -> None:
    if all(one.name != destination for one in access.duties_for(by)):
        raise Refused(_("Hier wacht niets meer. Vernieuw de pagina."))
