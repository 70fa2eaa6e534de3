"""The addresses of the pages about the rights of the person."""

from __future__ import annotations

from django.urls import path

from rights.views import copies, desk, holds, person, register, thread

app_name = "rights"
urlpatterns = [
    path("", person.mine, name="mine"),
    path("new/", person.new, name="new"),
    path("<int:pk>/", thread.thread, name="request"),
    path("<int:pk>/status/", thread.status, name="status"),
    path("<int:pk>/answer/", person.answer, name="answer"),
    path("<int:pk>/withdraw/", person.withdraw, name="withdraw"),
    path("<int:pk>/statement/", person.statement, name="statement"),
    path("<int:pk>/take-up/", desk.take_up, name="take_up"),
    path("<int:pk>/ask-back/", desk.ask_back, name="ask_back"),
    path("<int:pk>/extend/", desk.extend, name="extend"),
    path("<int:pk>/decide/", desk.decide, name="decide"),
    path("<int:pk>/lift/", desk.lift, name="lift"),
    path("inbox/", desk.inbox, name="inbox"),
    path("copy/", copies.export, name="export"),
    path("copy/<int:pk>/progress/", copies.progress, name="progress"),
    path("copy/<int:pk>/file/", copies.take, name="take"),
    path("holds/", holds.holds, name="holds"),
    path("holds/<int:pk>/end/", holds.end, name="end_hold"),
    path("register/", register.page, name="register"),
    path("register.json", register.as_json, name="register_json"),
    path("register.csv", register.as_csv, name="register_csv"),
]
