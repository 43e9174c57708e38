"""Django admin over the same tables: what a team writes first. Served by gunicorn as django_site:application.

The list is the admin's own change list with a filter by state, a search over organisation, common name and number, and
select_related for the columns of other tables.
"""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],
            "USER": os.environ["PGUSER"],
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
            "CONN_MAX_AGE": None,
            # Tables of its own beside ours.
            "OPTIONS": {"options": "-c search_path=public,django"},
        }
    },
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
        "django.contrib.staticfiles", "bench",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
application = get_wsgi_application()

from django.contrib import admin  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402


class Subscriber(models.Model):
    name = models.TextField()

    class Meta:
        app_label, managed, db_table = "bench", False, "subscribers"

    def __str__(self):
        return self.name


class Certificate(models.Model):
    common_name = models.TextField()
    validation = models.TextField()
    not_after = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "bench", False, "certificates"

    def __str__(self):
        return self.common_name


class Case(models.Model):
    reception_number = models.TextField()
    subscriber = models.ForeignKey(Subscriber, models.DO_NOTHING)
    source_certificate = models.ForeignKey(Certificate, models.DO_NOTHING)
    state = models.TextField()
    requested_on = models.DateField()
    due_on = models.DateField()
    lease_holder_name = models.TextField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "bench", False, "revocation_cases"


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    list_display = ["reception_number", "subscriber", "source_certificate", "requested_on", "due_on", "state", "lease_holder_name"]
    list_select_related = ["subscriber", "source_certificate"]
    list_filter = ["state"]
    list_per_page = 50
    ordering = ["due_on", "id"]
    search_fields = ["reception_number", "subscriber__name", "source_certificate__common_name"]
    raw_id_fields = ["subscriber", "source_certificate"]


urlpatterns = [path("admin/", admin.site.urls)]


def prepare() -> None:
    """Makes Django's own tables and prints the cookie of a logged-in administrator."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS django")
        cursor.execute("SET search_path TO django, public")
    call_command("migrate", verbosity=0)
    user, _ = User.objects.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print(f"sessionid={session.session_key}")


if __name__ == "__main__":
    django.setup()
    prepare()
