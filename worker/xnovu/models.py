"""SQLAlchemy 2 classes for the tables and views that a platform may touch, for platforms that use SQLAlchemy.

Insert a `Notification`, read the rest. The database fills in what is marked `_given`: it is left out of every INSERT
and read back. tests/models keeps them in step with the database.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Double,
    FetchedValue,
    Interval,
    MetaData,
    SmallInteger,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, REAL
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

Json = dict[str, Any]
Count = Annotated[int, mapped_column(BigInteger)]
Seconds = Annotated[float, mapped_column(Double)]
ViewKey = Annotated[UUID, mapped_column(primary_key=True)]


def _given(**options: Any) -> Any:
    """A column that the database alone writes: a platform may not insert it."""
    return mapped_column(server_default=FetchedValue(), info={"read_only": True}, **options)


def _default(**options: Any) -> Any:
    """A column that has a default in the database."""
    return mapped_column(server_default=FetchedValue(), **options)


def _json_or_null() -> Any:
    """A column of JSON in which None is SQL's null, not JSON's."""
    return mapped_column(JSONB(none_as_null=True))


class Base(DeclarativeBase):
    """What all of them share: the schema, and the type of the database for each type of Python."""

    metadata = MetaData(schema="notify")
    type_annotation_map: ClassVar = {
        str: Text(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        timedelta: Interval(),
        Json: JSONB(),
        list[Json]: JSONB(),
        list[str]: ARRAY(Text()),
        list[UUID]: ARRAY(Uuid()),
    }


def set_enterprise(session: Session, enterprise_id: UUID) -> None:
    """Choose the enterprise for the session's present transaction; the next one has none again.

    Raises sqlalchemy.exc.DBAPIError with the SQLSTATE XN003 when the login is not bound to it.
    """
    session.execute(select(func.notify.set_enterprise(enterprise_id)))


def send(
    session: Session, workflow_key: str, recipients: list[UUID], payload: Json | None = None, **columns: Any
) -> UUID:
    """Call notify.send and return the id of the notification; where `idempotency_key` was used before, of that one.

    `columns` are others of `Notification`, such as building. Raises KeyError for a name that is none.
    """
    values = {"workflow_key": workflow_key, "recipients": recipients, "payload": payload or {}} | columns
    types = Notification.__table__.columns
    arguments = [bindparam(name, value, type_=types[name].type) for name, value in values.items()]
    named = ", ".join(f"p_{name} => :{name}" for name in values)
    sent: UUID = session.execute(text(f"select notify.send({named})").bindparams(*arguments)).scalar_one()
    return sent


class Notification(Base):
    """One row a notification: a workflow, a payload, recipients. Insert one, and it is sent."""

    __tablename__ = "ent_notification"

    enterprise_id: Mapped[UUID] = _default(primary_key=True)
    id: Mapped[UUID] = _default(primary_key=True)
    workflow_key: Mapped[str]
    recipients: Mapped[list[UUID]]
    payload: Mapped[Json] = _default()
    recipient_payload: Mapped[Json | None] = _json_or_null()
    recipient_attributes: Mapped[Json | None] = _json_or_null()
    name: Mapped[str | None]
    workflow_enterprise_id: Mapped[UUID | None] = _default()
    workflow_id: Mapped[UUID | None]
    channels: Mapped[list[str] | None]
    overrides: Mapped[Json] = _default()
    tags: Mapped[list[str]] = _default()
    priority: Mapped[str | None]
    building: Mapped[str | None]
    time_zone: Mapped[str | None]
    locale: Mapped[str | None]
    is_drill: Mapped[bool] = _default()
    is_test: Mapped[bool] = _default()
    scheduled_for: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    idempotency_key: Mapped[str | None]

    rule_id: Mapped[UUID | None] = _given()
    notification_status: Mapped[str] = _given()
    workflow_version: Mapped[int | None] = _given()
    rendered_channels: Mapped[list[str] | None] = _given()
    rendered_at: Mapped[datetime | None] = _given()
    render_seconds: Mapped[float | None] = mapped_column(REAL, server_default=FetchedValue(), info={"read_only": True})
    transaction_id: Mapped[str | None] = _given()
    processed_at: Mapped[datetime | None] = _given()
    retracted_at: Mapped[datetime | None] = _given()
    retraction_reason: Mapped[str | None] = _given()
    correction: Mapped[Json | None] = _given()
    correction_ids: Mapped[list[UUID] | None] = _given()
    corrects_id: Mapped[UUID | None] = _given()
    error_details: Mapped[Json | None] = _given()
    warnings: Mapped[list[Json] | None] = _given()
    created_at: Mapped[datetime] = _given()


class NotificationOverview(Base):
    """Each notification with its status, age, attempts and reason. A view: read it."""

    __tablename__ = "notification_overview"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    name: Mapped[str | None]
    workflow_key: Mapped[str]
    workflow_version: Mapped[int | None]
    priority: Mapped[str | None]
    building: Mapped[str | None]
    is_drill: Mapped[bool]
    tags: Mapped[list[str]]
    notification_status: Mapped[str]
    channels: Mapped[list[str] | None]
    created_at: Mapped[datetime]
    scheduled_for: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    rendered_at: Mapped[datetime | None]
    final_at: Mapped[datetime | None]
    age: Mapped[timedelta]
    lane: Mapped[str | None]
    recipient_count: Mapped[Count]
    delivery_count: Mapped[Count]
    sent_count: Mapped[Count]
    failed_count: Mapped[Count]
    open_count: Mapped[Count]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    error_code: Mapped[str | None]
    is_test: Mapped[bool]
    corrects_id: Mapped[UUID | None]
    warning_codes: Mapped[list[str] | None]


class _Counted:
    """What is counted of notifications, by day, enterprise, workflow, version, channel and drill."""

    enterprise_id: Mapped[ViewKey]
    day: Mapped[date] = mapped_column(primary_key=True)
    workflow_key: Mapped[str] = mapped_column(primary_key=True)
    workflow_version: Mapped[int] = mapped_column(primary_key=True)
    channel_type: Mapped[str] = mapped_column(primary_key=True)
    is_drill: Mapped[bool] = mapped_column(primary_key=True)
    notification_count: Mapped[Count]
    failed_notification_count: Mapped[Count]
    warned_notification_count: Mapped[Count]
    render_seconds: Mapped[Seconds]
    last_rendered_at: Mapped[datetime | None]
    created_count: Mapped[Count]
    sent_count: Mapped[Count]
    failed_count: Mapped[Count]
    retracted_count: Mapped[Count]
    open_count: Mapped[Count]


class NotificationDaily(_Counted, Base):
    """The funnel's roll-up. Read NotificationFunnel instead."""

    __tablename__ = "notification_daily"


class NotificationCounted(_Counted, Base):
    """The roll-up with what is not in it yet. A view; read NotificationFunnel instead."""

    __tablename__ = "notification_counted"


class NotificationDailyState(Base):
    """How far the funnel's roll-up has come, an enterprise a row."""

    __tablename__ = "notification_daily_state"

    enterprise_id: Mapped[ViewKey]
    counted_until: Mapped[datetime]
    open_ids: Mapped[list[UUID]]
    due_at: Mapped[datetime]


class NotificationDailyStale(Base):
    """Days that changed after they were counted."""

    __tablename__ = "notification_daily_stale"

    enterprise_id: Mapped[ViewKey]
    day: Mapped[date] = mapped_column(primary_key=True)
    marked_at: Mapped[datetime]


class NotificationReceiptCount(Base):
    """Receipts, counted: changes and totals. Read NotificationFunnel instead."""

    __tablename__ = "notification_receipt_count"

    enterprise_id: Mapped[ViewKey]
    day: Mapped[date] = mapped_column(primary_key=True)
    workflow_key: Mapped[str] = mapped_column(primary_key=True)
    channel_type: Mapped[str] = mapped_column(primary_key=True)
    is_drill: Mapped[bool] = mapped_column(primary_key=True)
    is_total: Mapped[bool] = mapped_column(primary_key=True)
    dispatched_count: Mapped[Count]
    delivered_count: Mapped[Count]
    seen_count: Mapped[Count]
    skipped_count: Mapped[Count]
    undelivered_count: Mapped[Count]


class NotificationLatencyCount(Base):
    """Latencies, counted in buckets: changes and totals. Read NotificationLatency instead."""

    __tablename__ = "notification_latency_count"

    enterprise_id: Mapped[ViewKey]
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    is_total: Mapped[bool] = mapped_column(primary_key=True)
    delivery_count: Mapped[Count]


class NotificationLatencyMinute(Base):
    """Percentiles of latencies by minute, as buckets. Read NotificationLatency instead."""

    __tablename__ = "notification_latency_minute"

    enterprise_id: Mapped[ViewKey]
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    delivery_count: Mapped[Count]
    p50_bucket: Mapped[int] = mapped_column(SmallInteger)
    p95_bucket: Mapped[int] = mapped_column(SmallInteger)
    p99_bucket: Mapped[int] = mapped_column(SmallInteger)


class NotificationFailed(Base):
    """Which notifications are FAILED. Read NotificationFailure instead."""

    __tablename__ = "notification_failed"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    failed_at: Mapped[datetime]


class NotificationFunnel(Base):
    """How far notifications came, by day, enterprise, workflow, channel and drill. A view: read it."""

    __tablename__ = "notification_funnel"

    enterprise_id: Mapped[ViewKey]
    day: Mapped[date] = mapped_column(primary_key=True)
    workflow_key: Mapped[str] = mapped_column(primary_key=True)
    channel_type: Mapped[str | None] = mapped_column(primary_key=True)
    is_drill: Mapped[bool] = mapped_column(primary_key=True)
    notification_count: Mapped[Count]
    failed_notification_count: Mapped[Count]
    created_count: Mapped[Count]
    sent_count: Mapped[Count]
    dispatched_count: Mapped[Count]
    delivered_count: Mapped[Count]
    seen_count: Mapped[Count]
    failed_count: Mapped[Count]
    skipped_count: Mapped[Count]
    undelivered_count: Mapped[Count]
    retracted_count: Mapped[Count]
    open_count: Mapped[Count]


class NotificationFailure(Base):
    """What ended FAILED, by enterprise, workflow and reason. A view: read it."""

    __tablename__ = "notification_failures"

    enterprise_id: Mapped[ViewKey]
    workflow_key: Mapped[str] = mapped_column(primary_key=True)
    error_code: Mapped[str | None] = mapped_column(primary_key=True)
    notification_count: Mapped[Count]
    failed_delivery_count: Mapped[Count]
    first_failed_at: Mapped[datetime]
    last_failed_at: Mapped[datetime]
    example_id: Mapped[UUID]
    example_message: Mapped[str | None]


class NotificationRetraction(Base):
    """What became of each retraction: what Novu could still stop, and what corrected it. A view: read it."""

    __tablename__ = "notification_retractions"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    workflow_key: Mapped[str]
    retracted_at: Mapped[datetime]
    reason: Mapped[str | None]
    sent_count: Mapped[Count]
    open_count: Mapped[Count]
    cancellation_count: Mapped[Count]
    stopped_count: Mapped[Count]
    nothing_to_stop_count: Mapped[Count]
    given_up_count: Mapped[Count]
    waiting_count: Mapped[Count]
    next_attempt_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    correction_ids: Mapped[list[UUID] | None]


class NotificationChannelStatus(Base):
    """What Novu says became of a notification on each of its channels, in recipients. A view: read it."""

    __tablename__ = "notification_channel_status"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    channel_type: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    workflow_key: Mapped[str]
    building: Mapped[str | None]
    is_drill: Mapped[bool]
    is_test: Mapped[bool]
    created_at: Mapped[datetime]
    recipient_count: Mapped[Count]
    dispatched_count: Mapped[Count]
    delivered_count: Mapped[Count]
    seen_count: Mapped[Count]
    read_count: Mapped[Count]
    skipped_count: Mapped[Count]
    failed_count: Mapped[Count]
    unknown_count: Mapped[Count]
    silent_count: Mapped[Count]
    unasked_count: Mapped[Count]
    has_failed_everywhere: Mapped[bool]


class LaneStatus(Base):
    """Depth and oldest age of each lane, of the enterprises that the login reaches. A view: read it."""

    __tablename__ = "lane_status"

    lane: Mapped[str] = mapped_column(primary_key=True)
    waiting_count: Mapped[Count]
    scheduled_count: Mapped[Count]
    queued_count: Mapped[Count]
    claimed_count: Mapped[Count]
    oldest_age: Mapped[timedelta | None]


class NotificationTimeline(Base):
    """What happened to notifications, an event a row. A view: read it, of one notification at a time."""

    __tablename__ = "notification_timeline"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    happened_at: Mapped[datetime] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(primary_key=True)
    channel_type: Mapped[str | None] = mapped_column(primary_key=True)
    recipient_count: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str | None]
    detail: Mapped[str | None]


class NotificationLatency(Base):
    """How long accepted deliveries took, by enterprise, minute, lane and stage. A view: read it."""

    __tablename__ = "notification_latency"

    enterprise_id: Mapped[ViewKey]
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    delivery_count: Mapped[Count]
    p50_seconds: Mapped[Seconds]
    p95_seconds: Mapped[Seconds]
    p99_seconds: Mapped[Seconds]


class NotificationStuck(Base):
    """What should have moved by now, by enterprise, lane, state and worker. A view: read it."""

    __tablename__ = "notification_stuck"

    enterprise_id: Mapped[ViewKey]
    lane: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    delivery_count: Mapped[Count]
    example_id: Mapped[UUID | None]
    since: Mapped[datetime | None]
    age: Mapped[timedelta | None]
    worker: Mapped[str | None] = mapped_column(primary_key=True)
    leased_until: Mapped[datetime | None]


class TemplateStatus(Base):
    """How templates are used, by day, enterprise, workflow, version and channel. A view: read it."""

    __tablename__ = "template_status"

    enterprise_id: Mapped[ViewKey]
    day: Mapped[date] = mapped_column(primary_key=True)
    workflow_key: Mapped[str] = mapped_column(primary_key=True)
    workflow_version: Mapped[int] = mapped_column(primary_key=True)
    channel_type: Mapped[str] = mapped_column(primary_key=True)
    render_count: Mapped[Count]
    warning_count: Mapped[Count]
    mean_render_seconds: Mapped[Seconds]
    last_rendered_at: Mapped[datetime | None]


class EnterpriseStatus(Base):
    """How near enterprises are to their limits, and how much they have under way. A view: read it."""

    __tablename__ = "enterprise_status"

    enterprise_id: Mapped[ViewKey]
    target: Mapped[str]
    is_paused: Mapped[bool]
    waiting_count: Mapped[Count]
    queued_count: Mapped[Count]
    claimed_count: Mapped[Count]
    oldest_age: Mapped[timedelta | None]
    recipients_per_minute: Mapped[int | None]
    recipient_burst: Mapped[int | None]
    recipients_left: Mapped[int | None] = mapped_column(BigInteger)
    requests_per_second: Mapped[float | None] = mapped_column(REAL)
    request_burst: Mapped[int | None]
    requests_left: Mapped[int | None] = mapped_column(BigInteger)
    limit_used: Mapped[float | None] = mapped_column(Double)


class NotificationHistory(Base):
    """The transitions of notifications: when, from, to, who, why. Read it."""

    __tablename__ = "notification_history"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    happened_at: Mapped[datetime] = mapped_column(primary_key=True)
    to_status: Mapped[str] = mapped_column(primary_key=True)
    from_status: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str | None]


class NotificationDelivery(Base):
    """One event at Novu: at most 100 recipients of a notification, with its attempts. Read it."""

    __tablename__ = "notification_delivery"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    number: Mapped[int] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID]
    lane: Mapped[str]
    recipient_count: Mapped[int]
    delivery_status: Mapped[str]
    due_at: Mapped[datetime | None]
    attempt: Mapped[int]
    failure_count: Mapped[int] = mapped_column(SmallInteger)
    http_status: Mapped[int | None]
    latency_ms: Mapped[float | None] = mapped_column(REAL)
    error_details: Mapped[Json | None]
    finished_at: Mapped[datetime | None]
    receipts_asked_at: Mapped[datetime | None]


class NotificationCancellation(Base):
    """What Novu is asked to stop of a retracted notification: one row an event. Read it."""

    __tablename__ = "notification_cancellation"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    transaction_id: Mapped[ViewKey]
    number: Mapped[int]
    lane: Mapped[str]
    cancellation_status: Mapped[str]
    requested_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    attempt: Mapped[int]
    failure_count: Mapped[int]
    http_status: Mapped[int | None]
    error_details: Mapped[Json | None]
    finished_at: Mapped[datetime | None]


class NotificationReceipt(Base):
    """What Novu says became of a delivery, for one recipient and channel. Read it."""

    __tablename__ = "notification_receipt"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    number: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[ViewKey]
    channel_type: Mapped[str] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID]
    receipt_status: Mapped[str]
    happened_at: Mapped[datetime]
    detail: Mapped[str | None]
    source: Mapped[str]
    recorded_at: Mapped[datetime]


class NotificationContent(Base):
    """What was rendered for a notification, exactly as it was handed to Novu. Read it."""

    __tablename__ = "notification_content"

    enterprise_id: Mapped[ViewKey]
    notification_id: Mapped[ViewKey]
    variant: Mapped[str] = mapped_column(primary_key=True)
    rendered_at: Mapped[datetime] = mapped_column(primary_key=True)
    workflow_enterprise_id: Mapped[UUID]
    workflow_id: Mapped[UUID]
    workflow_version: Mapped[int]
    content: Mapped[Json] = mapped_column(JSON)
    warnings: Mapped[list[Json] | None] = mapped_column(JSON)


class Workflow(Base):
    """What a kind of notification is: key, channels, payload schema. The enterprise's own and the shared. Read it."""

    __tablename__ = "ent_notification_workflow"

    enterprise_id: Mapped[ViewKey]
    id: Mapped[ViewKey]
    workflow_key: Mapped[str]
    workflow_type: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str | None]
    priority: Mapped[str]
    default_channels: Mapped[list[str]]
    template_overrides: Mapped[Json]
    payload_schema: Mapped[Json | None]
    expires_after: Mapped[timedelta | None]
    fallback_text: Mapped[str | None]
    tags: Mapped[list[str]]
    publish_status: Mapped[str]
    published_version: Mapped[int | None]
    deactivated: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WorkflowVersion(Base):
    """A workflow as it was published, without its texts. Read it."""

    __tablename__ = "notification_workflow_version"

    enterprise_id: Mapped[ViewKey]
    workflow_id: Mapped[ViewKey]
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    priority: Mapped[str]
    tags: Mapped[list[str]]
    default_channels: Mapped[list[str]]
    expires_after: Mapped[timedelta | None]
    fallback_text: Mapped[str | None]
    published_at: Mapped[datetime]


class Category(Base):
    """What a workflow is about. Reference data: read it."""

    __tablename__ = "typ_notification_category"

    category: Mapped[str] = mapped_column(primary_key=True)
    description: Mapped[str]


class Priority(Base):
    """The priorities, and the lane that each travels in. Reference data: read it."""

    __tablename__ = "typ_notification_priority"

    priority: Mapped[str] = mapped_column(primary_key=True)
    lane: Mapped[str]
    rank: Mapped[int]
    description: Mapped[str]
