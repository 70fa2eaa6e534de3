"""The addresses of signing in; of allauth's own pages only these exist."""

from django.urls import include, path

from nis import signin

switching = ([path("", signin.switch, name="switch")], "people")

urlpatterns = [
    path("sign-in/", signin.doors, name="account_login"),
    path("sign-in/second-factor/", signin.give_second_factor, name="mfa_authenticate"),
    path("sign-in/second-factor/new/", signin.add_second_factor, name="mfa_activate_totp"),
    path("sign-in/code/", signin.with_code, name="sign_in_with_code"),
    path("sign-in/<slug:provider_id>/", signin.begin, name="openid_connect_login"),
    path("sign-in/<slug:provider_id>/return/", signin.come_back, name="openid_connect_callback"),
    path("sign-out/", signin.sign_out, name="account_logout"),
    path("choose/", include(switching)),
    path("preferences/", signin.preferences, name="preferences"),
    path("preferences/sessions/", signin.sessions, name="usersessions_list"),
]
