"""The tables of the register, the plans and the people, the same on SQLite and PostgreSQL.

No spatial extension: a place is longitude, latitude and a 62-bit Morton key in a B-tree. A resource's own attributes
stand in one JSON column, whose schema is the catalogue.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON, TypeDecorator

schema_version = 2
"""Raised whenever a table changes; a register of a newer version is refused, an older one is upgraded on opening."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_Id = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone of what it keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back with its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _id() -> Column[int]:
    return Column("id", _Id, primary_key=True, autoincrement=True)


setting = Table("setting", metadata, Column("key", String(60), primary_key=True), Column("value", Text, nullable=False))
"""Facts about the register itself: its schema version, the city's name, the as-of day of a demonstration."""

area = Table(
    "area",
    metadata,
    _id(),
    Column("code", String(12), nullable=False),
    Column("name", String(100), nullable=False),
    Column("level", String(12), nullable=False),  # city, district, subdistrict, community
    Column("parent_id", ForeignKey("area.id")),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("geometry", LargeBinary),  # WKB, WGS 84
    Index(None, "code"),
    Index(None, "parent_id"),
)
"""Tree of areas; a code may stand in several rows with different validity."""

area_change = Table(
    "area_change",
    metadata,
    _id(),
    Column("from_id", ForeignKey("area.id"), nullable=False),
    Column("to_id", ForeignKey("area.id"), nullable=False),
    Column("on", Date, nullable=False),
    Column("kind", String(8), nullable=False),  # split, merge, rename
)
"""Splits, merges and renamings: which area became which on what day."""

unit = Table(
    "unit",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),  # department, district_government, operator, company, other
    Column("parent_id", ForeignKey("unit.id")),
    Column("area_id", ForeignKey("area.id")),
    Column("valid_from", Date),
    Column("valid_to", Date),
)
"""Departments, district governments, operators and companies."""

unit_alias = Table(
    "unit_alias",
    metadata,
    Column("alias", String(200), primary_key=True),
    Column("unit_id", ForeignKey("unit.id"), nullable=False, index=True),
)
"""Other names under which documents and spreadsheets know a unit."""

account = Table(
    "account",
    metadata,
    _id(),
    Column("name", String(100), nullable=False, unique=True),
    Column("password_hash", Text),
    Column("oidc_subject", String(200), unique=True),
    Column("role", String(12), nullable=False),  # city, district, operator, viewer
    Column("area_id", ForeignKey("area.id")),
    Column("unit_id", ForeignKey("unit.id")),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", Moment(), nullable=False),
)
"""People and programs that may sign in."""

sign_in = Table(
    "sign_in",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),  # session, token
    Column("label", String(100), nullable=False, default=""),
    Column("created_at", Moment(), nullable=False),
    Column("expires_at", Moment()),
    Column("used_at", Moment()),
)
"""Sessions of the browser and tokens of programs, by the SHA-256 of their secret."""

change_set = Table(
    "change_set",
    metadata,
    _id(),
    Column("request", String(36), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(20), nullable=False),  # create, update, delete, import, bind …
    Column("message", Text, nullable=False, default=""),
    Column("rows", Integer, nullable=False, default=0),
    Column("at", Moment(), nullable=False),
)
"""One request that changed something; its rows are in ``change``, what an import creates points here instead."""

change = Table(
    "change",
    metadata,
    _id(),
    Column("change_set_id", ForeignKey("change_set.id"), nullable=False),
    Column("record", String(20), nullable=False),  # table name
    Column("record_id", BigInteger, nullable=False),
    Column("before", _Json),
    Column("after", _Json),
    Index(None, "record", "record_id"),
    Index(None, "change_set_id"),
)
"""One record before and after one change set; a field that did not change stands in neither."""

resource = Table(
    "resource",
    metadata,
    _id(),
    Column("code", String(19), nullable=False, unique=True),
    Column("kind", String(4), nullable=False),  # Kind.code
    Column("name", String(200), nullable=False),
    Column("owner_id", ForeignKey("unit.id"), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("state", SmallInteger, nullable=False),  # place in Catalogue.states, from 1
    Column("planned_on", Date),
    Column("approved_on", Date),
    Column("building_on", Date),
    Column("in_service_on", Date),
    Column("retired_on", Date),
    Column("longitude", Float),
    Column("latitude", Float),
    Column("morton", BigInteger),  # qipan.engines.tiling key of longitude and latitude
    Column("geometry", LargeBinary),  # WKB, WGS 84, for lines and polygons
    Column("attributes", _Json, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("created_in", ForeignKey("change_set.id"), nullable=False),
    Column("changed_in", ForeignKey("change_set.id"), nullable=False),
    Index(None, "kind", "code"),
    Index(None, "kind", "morton"),
    Index(None, "kind", "area_id", "owner_id"),
    Index(None, "changed_in"),
)
"""Everything that is or will be built, of every kind, and the yearly figures of areas."""

search_entry = Table(
    "search_entry",
    metadata,
    Column("gram", String(2), primary_key=True),
    Column("resource_id", _Id, primary_key=True),
    sqlite_with_rowid=False,
)
"""Pairs of neighbouring characters of the names of searchable resources, so that two-character words are found."""

link = Table(
    "link",
    metadata,
    _id(),
    Column("kind", String(20), nullable=False),  # LinkKind.key
    Column("from_id", ForeignKey("resource.id"), nullable=False),
    Column("to_id", ForeignKey("resource.id"), nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Index(None, "from_id", "kind"),
    Index(None, "to_id", "kind"),
)
"""How two resources belong together, and since and until when."""

plan = Table(
    "plan",
    metadata,
    _id(),
    Column("title", String(300), nullable=False),
    Column("issuers", _Json, nullable=False),
    Column("period_from", SmallInteger),
    Column("period_to", SmallInteger),
    Column("created_in", ForeignKey("change_set.id"), nullable=False),
)
"""An action plan; its text is in its documents, the newest of which counts."""

document = Table(
    "document",
    metadata,
    _id(),
    Column("plan_id", ForeignKey("plan.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("filename", String(300), nullable=False),
    Column("format", String(10), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("pages", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_in", ForeignKey("change_set.id"), nullable=False),
    UniqueConstraint("plan_id", "version"),
)
"""One version of a plan's document, as read."""

clause = Table(
    "clause",
    metadata,
    _id(),
    Column("document_id", ForeignKey("document.id"), nullable=False, index=True),
    Column("path", String(60), nullable=False),  # such as 二/（四）
    Column("title", String(300), nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("page", Integer),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
)
"""A heading of a document with the stretch of text it covers, as offsets into ``document.text``."""

target = Table(
    "target",
    metadata,
    _id(),
    Column("document_id", ForeignKey("document.id"), nullable=False, index=True),
    Column("clause_id", ForeignKey("clause.id")),
    Column("parent_id", ForeignKey("target.id")),
    Column("kind", String(10), nullable=False),  # target, baseline, measure, coverage
    Column("name", String(300), nullable=False),
    Column("section", String(60), nullable=False),
    Column("quote", Text, nullable=False),
    Column("start", Integer),
    Column("end", Integer),
    Column("page", Integer),
    Column("comparator", String(6), nullable=False),  # >=, >, <=, =, range
    Column("value", Float, nullable=False),
    Column("value_to", Float),
    Column("unit", String(20), nullable=False),
    Column("year", SmallInteger),
    Column("scope", String(100), nullable=False, default=""),
    Column("level", String(8), nullable=False, default="aim"),  # floor, aim, stretch
    Column("basis", String(12), nullable=False, default="cumulative"),  # cumulative, in_period
    Column("confidence", Float, nullable=False, default=1.0),
    Column("status", String(10), nullable=False, default="read"),  # read, confirmed, changed, added, dismissed
    Column("indicator", String(60), index=True),  # Indicator.key
    Column("binding_confidence", Float),
    Column("binding_status", String(10), nullable=False, default="none"),  # none, proposed, confirmed, refused
    Column("area_id", ForeignKey("area.id")),
    Column("owner_id", ForeignKey("unit.id")),
)
"""One number of a plan with its place in the text and, once bound, the indicator that measures it."""

task = Table(
    "task",
    metadata,
    _id(),
    Column("document_id", ForeignKey("document.id"), nullable=False, index=True),
    Column("clause_id", ForeignKey("clause.id")),
    Column("section", String(60), nullable=False),
    Column("heading", String(300), nullable=False),
    Column("text", Text, nullable=False),
    Column("start", Integer),
    Column("end", Integer),
    Column("page", Integer),
    Column("deadline", String(40), nullable=False, default=""),
    Column("confidence", Float, nullable=False, default=1.0),
    Column("status", String(10), nullable=False, default="read"),
)
"""One item of a plan that someone is responsible for."""

assignment = Table(
    "assignment",
    metadata,
    _id(),
    Column("task_id", ForeignKey("task.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),  # as the plan writes it, prefix restored
    Column("unit_id", ForeignKey("unit.id"), index=True),
    Column("role", String(12), nullable=False),  # lead, responsible, support
    Column("confidence", Float, nullable=False, default=0.0),
    Column("reviewer", String(100)),
)
"""Who answers for a task, as written and as the unit it was resolved to."""

contribution = Table(
    "contribution",
    metadata,
    Column("task_id", ForeignKey("task.id"), primary_key=True),
    Column("target_id", ForeignKey("target.id"), primary_key=True),
)
"""Which tasks serve which targets."""

correction = Table(
    "correction",
    metadata,
    _id(),
    Column("plan_id", ForeignKey("plan.id"), nullable=False, index=True),
    Column("record", String(8), nullable=False),  # target, task
    Column("kind", String(10), nullable=False),  # added, changed, dismissed, confirmed
    Column("anchor", _Json, nullable=False),  # quote, section and surrounding words by which it is found again
    Column("fields", _Json, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("at", Moment(), nullable=False),
    Column("found", Boolean, nullable=False, default=True),
)
"""What a person changed in a reading; applied again to every newer version of the document."""

measurement = Table(
    "measurement",
    metadata,
    _id(),
    Column("indicator", String(60), nullable=False),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("owner_id", ForeignKey("unit.id")),
    Column("period_end", Date, nullable=False),
    Column("value", Float),
    Column("status", String(12), nullable=False, default="reported"),  # reported, estimated, corrected, withdrawn
    Column("source", Text, nullable=False, default=""),
    Column("entered_in", ForeignKey("change_set.id"), nullable=False),
    Column("supersedes_id", ForeignKey("measurement.id")),
    Column("evidence_id", ForeignKey("evidence.id")),
    Index(None, "indicator", "area_id", "period_end"),
)
"""Figures that people report; append-only, a correction supersedes."""

evidence = Table(
    "evidence",
    metadata,
    _id(),
    Column("sha256", String(64), nullable=False, index=True),
    Column("filename", String(300), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("area_id", ForeignKey("area.id")),
    Column("unit_id", ForeignKey("unit.id")),
    Column("content", LargeBinary, nullable=False),
    Column("created_in", ForeignKey("change_set.id"), nullable=False),
)
"""A file that backs a figure."""

job = Table(
    "job",
    metadata,
    _id(),
    Column("kind", String(40), nullable=False),
    Column("title", String(300), nullable=False),
    Column("account_id", ForeignKey("account.id")),
    Column("state", String(10), nullable=False),  # waiting, running, done, failed, cancelled
    Column("progress", Float, nullable=False, default=0.0),
    Column("stage", String(200), nullable=False, default=""),
    Column("log", Text, nullable=False, default=""),
    Column("result", _Json),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("created_at", Moment(), nullable=False),
    Column("started_at", Moment()),
    Column("finished_at", Moment()),
)
"""Anything longer than a second."""

scenario = Table(
    "scenario",
    metadata,
    _id(),
    Column("kind", String(24), nullable=False),  # coverage, build, merging
    Column("subject", String(60), nullable=False),  # what is placed or computed, by its key in the catalogue
    Column("name", String(200), nullable=False),
    Column("area_id", ForeignKey("area.id")),  # None: the whole city
    Column("owner_id", ForeignKey("unit.id")),  # None: all operators
    Column("based_on_id", ForeignKey("scenario.id")),
    Column("published", Boolean, nullable=False, default=False),
    Column("state", String(12), nullable=False, default="draft"),  # draft, computing, ready, failed
    Column("reason", Text, nullable=False, default=""),
    Column("parameters", _Json, nullable=False),
    Column("summary", _Json),
    Column("job_id", BigInteger),
    Column("version", Integer, nullable=False, default=1),
    Column("created_in", ForeignKey("change_set.id"), nullable=False),
    Column("changed_in", ForeignKey("change_set.id"), nullable=False),
    Index(None, "kind", "subject"),
)
"""A computation with its parameters and result: a coverage study, a build plan. Its arrays are files in its folder."""

rate = Table(
    "rate",
    metadata,
    Column("key", String(80), primary_key=True),  # Rate.key of the catalogue
    Column("value", Float, nullable=False),
    Column("changed_in", ForeignKey("change_set.id"), nullable=False),
)
"""Costs, fees and rewards that the office has set in place of the catalogue's defaults."""

approval = Table(
    "approval",
    metadata,
    _id(),
    Column("resource_id", ForeignKey("resource.id"), nullable=False, index=True),
    Column("step", String(40), nullable=False),  # ApprovalStep.key of the catalogue
    Column("position", SmallInteger, nullable=False),
    Column("days_allowed", SmallInteger, nullable=False),
    Column("begun_on", Date),
    Column("decided_on", Date),
    Column("decision", String(10), nullable=False, default="waiting"),  # waiting, approved, refused
    Column("note", Text, nullable=False, default=""),
    Column("changed_in", ForeignKey("change_set.id"), nullable=False),
    UniqueConstraint("resource_id", "step"),
)
"""The steps that a planned resource passes before it is approved, each with the working days allowed for it."""
