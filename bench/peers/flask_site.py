"""Flask-Admin over the same tables: what a team writes first. Served by gunicorn as flask_site:app.

Without a log-in: it has none of its own, and here that is in its favour.
"""

import os

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.secret_key = "bench"
app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://{PGUSER}@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**os.environ)
db = SQLAlchemy(app)


class Row:
    id = db.Column(db.BigInteger, primary_key=True)


class Subscriber(Row, db.Model):
    __tablename__ = "subscribers"
    name = db.Column(db.Text)

    def __str__(self):
        return self.name


class Certificate(Row, db.Model):
    __tablename__ = "certificates"
    common_name = db.Column(db.Text)
    validation = db.Column(db.Text)
    not_after = db.Column(db.DateTime(timezone=True))

    def __str__(self):
        return self.common_name


class Case(Row, db.Model):
    __tablename__ = "revocation_cases"
    reception_number = db.Column(db.Text)
    subscriber_id = db.Column(db.ForeignKey("subscribers.id"))
    source_certificate_id = db.Column(db.ForeignKey("certificates.id"))
    state = db.Column(db.Text)
    requested_on = db.Column(db.Date)
    due_on = db.Column(db.Date)
    lease_holder_name = db.Column(db.Text)
    opened_at = db.Column(db.DateTime(timezone=True))
    subscriber = db.relationship(Subscriber)
    source_certificate = db.relationship(Certificate)


class CaseView(ModelView):
    page_size = 50
    column_list = ["reception_number", "subscriber", "source_certificate", "requested_on", "due_on", "state", "lease_holder_name"]
    column_auto_select_related = True
    column_searchable_list = ["reception_number", "subscriber.name", "source_certificate.common_name"]
    column_filters = ["state", "due_on"]
    column_default_sort = [("due_on", False), ("id", False)]
    form_ajax_refs = {"subscriber": {"fields": ["name"]}, "source_certificate": {"fields": ["common_name"]}}


admin = Admin(app, name="desk")
admin.add_view(CaseView(Case, db, name="cases", endpoint="cases"))
