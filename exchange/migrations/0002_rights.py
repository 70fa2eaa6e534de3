"""Row-level security of notifications: a person sees and chooses the own ones; the worker that tells people sees all."""

from django.db import migrations

SQL = r"""
call trust_protect_index('exchange_notification');
call trust_grant_app('exchange_notification');
create policy own on exchange_notification for select to nis_app using (user_id = (select actor_user()));
create policy worker on exchange_notification to nis_app
  using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');

call trust_protect_index('exchange_notificationchoice');
call trust_grant_app('exchange_notificationchoice');
revoke delete on exchange_notificationchoice from nis_app;
create policy own on exchange_notificationchoice to nis_app
  using (user_id = (select actor_user())) with check (user_id = (select actor_user()));
create policy worker on exchange_notificationchoice for select to nis_app using ((select actor_kind()) = 'system');
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_notifications"), ("events", "0001_log")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
