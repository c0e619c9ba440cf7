"""Who may do what: the table of roles of docs/security.md, written down once, as data for the matrix test.

Every table and view stands here with a decision about each of its columns, and every function of schema notify,
worker_v1 and http_v1 with who calls it; what is missing makes the matrix red. Nothing here is read from the database.
"""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from tests.cluster import A, B, C

SHARED = UUID(int=0)
ROLES = (
    "notify_platform", "notify_manager", "notify_admin", "notify_analyst", "notify_analyst_all", "notify_worker",
    "notify_http",
)  # fmt: skip
ANALYSTS = ("notify_analyst", "notify_analyst_all")


@dataclass(frozen=True)
class Login:
    """A login of the matrix: its role, whether it may choose any enterprise, and what it is bound to otherwise."""

    name: str
    role: str | None
    is_trusted: bool = False
    bound: frozenset[UUID] = frozenset()

    @property
    def reads_all(self) -> bool:
        return self.role in ("notify_admin", "notify_analyst_all")

    @property
    def is_listed(self) -> bool:
        return self.is_trusted or self.reads_all or bool(self.bound)


LOGINS = (
    Login("test_platform", "notify_platform", is_trusted=True),
    Login("test_bound_platform", "notify_platform", bound=frozenset({A})),
    Login("test_manager", "notify_manager", bound=frozenset({A})),
    Login("test_admin", "notify_admin"),
    Login("test_analyst", "notify_analyst", bound=frozenset({A})),
    Login("test_analyst_of_two", "notify_analyst", bound=frozenset({A, C})),
    Login("test_analyst_all", "notify_analyst_all"),
    Login("test_worker", "notify_worker"),
    Login("test_http", "notify_http"),
    Login("test_stranger", None),
    Login("test_unlisted_platform", "notify_platform"),
    Login("test_unlisted_manager", "notify_manager"),
    Login("test_unlisted_analyst", "notify_analyst"),
)

# The contexts of the matrix: the value of app.current_enterprise_id, None for never set, and the enterprise it means.
CONTEXTS: dict[str, tuple[str | None, UUID | None]] = {
    "unset": (None, None),
    "empty": ("", None),
    "own": (str(A), A),
    "other": (str(B), B),
    "unknown": (str(UUID(int=9)), UUID(int=9)),
    "reserved": (str(SHARED), None),
    "garbage": ("aaaaaaaa' or true --", None),
}


def reach(login: Login, context: str) -> frozenset[UUID]:
    """The enterprises whose rows a login with that context may see at most."""
    value, enterprise = CONTEXTS[context]
    if value and enterprise is None:
        return frozenset()
    if login.reads_all:
        return frozenset({A, B, C}) if enterprise is None else frozenset({enterprise})
    if login.is_trusted:
        return frozenset() if enterprise is None else frozenset({enterprise})
    if enterprise is not None:
        return login.bound & {enterprise}
    return login.bound if login.role in ANALYSTS else frozenset()


Kind = Literal["tenant", "with shared", "company", "reference", "totals", "closed"]


@dataclass(frozen=True)
class Table:
    """What may be done with a table or view.

    `kind` says which rows a role sees that may read it:
      tenant       those of the enterprises that the login reaches
      with shared  these, and what is shared
      company      all, for an admin: of the enterprises that it reaches, and what is of no enterprise
      reference    all, for every login that is listed
      totals       rows without an enterprise, whose counts are of what the login reaches
      closed       none: only the engine, the owner and the migrator touch it
    `hidden` are the columns that no role in `shown_to` may read but those in `hidden_shown_to`.
    """

    kind: Kind
    shown: str = ""
    shown_to: tuple[str, ...] = ()
    hidden: str = ""
    hidden_shown_to: tuple[str, ...] = ()
    insert: dict[str, str] = field(default_factory=dict)
    update: dict[str, str] = field(default_factory=dict)
    delete: tuple[str, ...] = ()

    def columns(self) -> set[str]:
        return {*self.shown.split(), *self.hidden.split()}

    def readable(self, role: str | None) -> set[str]:
        shown = self.shown.split() if role in self.shown_to else []
        hidden = self.hidden.split() if role in self.hidden_shown_to else []
        return {*shown, *hidden}


READERS = ("notify_platform", "notify_admin", *ANALYSTS)
READERS_OF_ALL = ("notify_admin", "notify_analyst_all")
MANAGERS = ("notify_manager", "notify_admin")

_WORKFLOW = "workflow_key name description category priority default_channels template_overrides payload_schema"
_WORKFLOW += " expires_after fallback_text tags deactivated"
_TEMPLATE = "template_key channel_type locale name description subject_template body_template extras"
_TEMPLATE += " variables_description"
_NOTIFICATION = "enterprise_id id name workflow_key workflow_enterprise_id workflow_id payload recipients channels"
_NOTIFICATION += " recipient_payload recipient_attributes overrides tags priority building time_zone locale is_drill"
_NOTIFICATION += " is_test scheduled_for expires_at"
_NOTIFICATION += " idempotency_key"
_SETTING = "locale time_zone sms_segment_limit"

TABLES = {
    "notify.ent_notification": Table(
        "tenant",
        shown="enterprise_id id name workflow_key workflow_version priority channels rendered_channels tags building"
        " time_zone locale is_drill is_test scheduled_for expires_at notification_status transaction_id rendered_at"
        " processed_at retracted_at retraction_reason correction_ids corrects_id error_details warnings created_at"
        " render_seconds",
        shown_to=READERS,
        hidden="workflow_enterprise_id workflow_id rule_id payload recipients recipient_payload"
        " recipient_attributes overrides idempotency_key correction",
        hidden_shown_to=("notify_platform",),
        insert={"notify_platform": _NOTIFICATION},
    ),
    "notify.notification_delivery": Table(
        "tenant",
        shown="enterprise_id notification_id number transaction_id lane recipient_count delivery_status due_at attempt"
        " failure_count http_status latency_ms error_details finished_at receipts_asked_at",
        shown_to=READERS,
        hidden="recipients payload attributes claim_id strike_count is_alone target doubtful_ids",
    ),
    "notify.notification_cancellation": Table(
        "tenant",
        shown="enterprise_id notification_id transaction_id number lane cancellation_status requested_at due_at attempt"
        " failure_count http_status error_details finished_at",
        shown_to=READERS,
        hidden="target claimed_by is_handed_over",
        hidden_shown_to=("notify_admin",),
    ),
    "notify.notification_receipt": Table(
        "tenant",
        shown="enterprise_id notification_id number channel_type receipt_status happened_at source recorded_at",
        shown_to=READERS,
        hidden="recipient transaction_id detail",
        hidden_shown_to=("notify_platform",),
    ),
    "notify.notification_daily": Table(
        "tenant",
        shown="enterprise_id day workflow_key workflow_version channel_type is_drill notification_count"
        " failed_notification_count warned_notification_count render_seconds last_rendered_at created_count sent_count"
        " failed_count retracted_count open_count",
        shown_to=READERS,
    ),
    "notify.notification_daily_state": Table(
        "tenant", shown="enterprise_id counted_until open_ids due_at", shown_to=READERS
    ),
    "notify.notification_daily_stale": Table("tenant", shown="enterprise_id day marked_at", shown_to=READERS),
    "notify.notification_receipt_count": Table(
        "tenant",
        shown="enterprise_id day workflow_key channel_type is_drill is_total dispatched_count delivered_count"
        " seen_count skipped_count undelivered_count",
        shown_to=READERS,
    ),
    "notify.notification_latency_count": Table(
        "tenant", shown="enterprise_id minute lane stage bucket is_total delivery_count", shown_to=READERS
    ),
    "notify.notification_latency_minute": Table(
        "tenant",
        shown="enterprise_id minute lane stage delivery_count p50_bucket p95_bucket p99_bucket",
        shown_to=READERS,
    ),
    "notify.notification_failed": Table("tenant", shown="enterprise_id notification_id failed_at", shown_to=READERS),
    "notify.notification_content": Table(
        "tenant",
        shown="enterprise_id notification_id variant rendered_at workflow_enterprise_id workflow_id workflow_version"
        " content warnings",
        shown_to=("notify_platform",),
    ),
    "notify.notification_history": Table(
        "tenant",
        shown="enterprise_id notification_id happened_at from_status to_status actor reason",
        shown_to=READERS,
    ),
    "notify.ent_notification_workflow": Table(
        "with shared",
        shown=f"enterprise_id id workflow_type publish_status published_version created_at updated_at {_WORKFLOW}",
        shown_to=("notify_platform", *MANAGERS),
        insert=dict.fromkeys(MANAGERS, f"enterprise_id id workflow_type {_WORKFLOW}"),
        update=dict.fromkeys(MANAGERS, _WORKFLOW),
        delete=("notify_admin",),
    ),
    "notify.ent_notification_template": Table(
        "with shared",
        shown=f"enterprise_id id created_at updated_at inlined_template {_TEMPLATE}",
        shown_to=MANAGERS,
        insert=dict.fromkeys(MANAGERS, f"enterprise_id id {_TEMPLATE}"),
        update=dict.fromkeys(MANAGERS, _TEMPLATE),
        delete=("notify_admin",),
    ),
    "notify.notification_workflow_version": Table(
        "with shared",
        shown="enterprise_id workflow_id version name description priority tags default_channels expires_after"
        " fallback_text published_at",
        shown_to=("notify_platform", *MANAGERS),
        hidden="bundle bundle_hash note rolled_back_to published_by",
        hidden_shown_to=MANAGERS,
    ),
    "notify.notification_setting": Table(
        "tenant",
        shown=f"enterprise_id updated_at {_SETTING}",
        shown_to=MANAGERS,
        insert=dict.fromkeys(MANAGERS, f"enterprise_id {_SETTING}"),
        update=dict.fromkeys(MANAGERS, _SETTING),
        delete=("notify_admin",),
    ),
    "notify.ent_notification_rule": Table(
        "closed",
        hidden="enterprise_id id name workflow_enterprise_id workflow_id trigger_type trigger_config rule_payload"
        " publish_status deactivated created_at updated_at",
    ),
    "notify.notification_audit": Table(
        "company",
        shown="enterprise_id id changed_at login application_user table_name action row_key before after",
        shown_to=MANAGERS,
    ),
    "notify.notification_target": Table(
        "company",
        shown="enterprise_id target has_plain_ids note created_at",
        shown_to=("notify_admin",),
        insert={"notify_admin": "enterprise_id target has_plain_ids note"},
        update={"notify_admin": "target has_plain_ids note"},
        delete=("notify_admin",),
    ),
    "notify.notification_critical_workflow": Table(
        "with shared",
        shown="enterprise_id workflow_id note granted_at granted_by",
        shown_to=MANAGERS,
        insert={"notify_admin": "enterprise_id workflow_id note"},
        delete=("notify_admin",),
    ),
    "notify.notification_target_limit": Table(
        "company",
        shown="target tokens_per_second burst bulk_cost critical_share polls_per_second note",
        shown_to=("notify_admin",),
        insert={"notify_admin": "target tokens_per_second burst bulk_cost critical_share polls_per_second note"},
        update={"notify_admin": "tokens_per_second burst bulk_cost critical_share polls_per_second note"},
        delete=("notify_admin",),
    ),
    "notify.notification_receipt_schedule": Table(
        "company",
        shown="lane ask_after note",
        shown_to=("notify_admin",),
        insert={"notify_admin": "lane ask_after note"},
        update={"notify_admin": "ask_after note"},
        delete=("notify_admin",),
    ),
    "notify.notification_poll": Table(
        "closed",
        hidden="enterprise_id poll_id lane target sent_at due_at notification_ids numbers question page is_incomplete"
        " is_chosen attempt claimed_by is_handed_over failure_count",
    ),
    "notify.notification_target_state": Table(
        "company",
        shown="target failure_count open_until last_verdict last_error failed_at tokens refilled_at",
        shown_to=("notify_admin",),
    ),
    "notify.notification_probe": Table(
        "company",
        shown="target created_at due_at attempt claimed_by asked_at reported_at answered_at failure_count http_status"
        " error_kind",
        shown_to=("notify_admin",),
    ),
    "notify.notification_bridge": Table(
        "company",
        shown="target bridge_url note created_at due_at attempt claimed_by asked_at asked_for discovered is_in_step"
        " failure_count http_status error_details answered_at",
        shown_to=("notify_admin",),
        insert={"notify_admin": "target bridge_url note"},
        update={"notify_admin": "bridge_url note"},
        delete=("notify_admin",),
    ),
    "notify.notification_webhook": Table(
        "company",
        shown="target webhook_id received_at event_type transaction_id outcome",
        shown_to=("notify_admin",),
    ),
    "notify.notification_bridge_key": Table("closed", hidden="id inner_key outer_key made_at accepted_until"),
    "notify.notification_pause": Table(
        "company",
        shown="enterprise_id kind name reason paused_at paused_by",
        shown_to=("notify_admin",),
        insert={"notify_admin": "enterprise_id kind name reason"},
        delete=("notify_admin",),
    ),
    "notify.notification_enterprise_limit": Table(
        "company",
        shown="enterprise_id recipients_per_minute burst note",
        shown_to=("notify_admin",),
        insert={"notify_admin": "enterprise_id recipients_per_minute burst note"},
        update={"notify_admin": "recipients_per_minute burst note"},
        delete=("notify_admin",),
    ),
    "notify.notification_enterprise_state": Table(
        "company",
        shown="enterprise_id allowance refilled_at",
        shown_to=("notify_admin",),
    ),
    "notify.notification_retry_policy": Table(
        "company",
        shown="enterprise_id lane failure_limit first_delay longest_delay jitter",
        shown_to=("notify_admin",),
        insert={"notify_admin": "enterprise_id lane failure_limit first_delay longest_delay jitter"},
        update={"notify_admin": "failure_limit first_delay longest_delay jitter"},
        delete=("notify_admin",),
    ),
    "notify.notification_retention": Table(
        "company",
        shown="enterprise_id content_days history_days notification_days",
        shown_to=("notify_admin",),
        insert={"notify_admin": "enterprise_id content_days history_days notification_days"},
        update={"notify_admin": "content_days history_days notification_days"},
        delete=("notify_admin",),
    ),
    "notify.notification_api_key": Table(
        "company",
        shown="enterprise_id id name key_start scopes bound_enterprises created_at created_by expires_at revoked_at"
        " revoked_by revocation_reason",
        shown_to=MANAGERS,
        hidden="key_hash",
    ),
    "notify.notification_api_limit": Table(
        "company",
        shown="enterprise_id key_id requests_per_second burst emergencies_per_second emergency_burst note",
        shown_to=("notify_admin",),
        insert={
            "notify_admin": "enterprise_id key_id requests_per_second burst emergencies_per_second emergency_burst note"
        },
        update={"notify_admin": "requests_per_second burst emergencies_per_second emergency_burst note"},
        delete=("notify_admin",),
    ),
    "notify.notification_api_key_state": Table(
        "company",
        shown="enterprise_id key_id tokens refilled_at emergency_tokens emergency_refilled_at",
        shown_to=MANAGERS,
    ),
    "notify.login_enterprise": Table(
        "company",
        shown="enterprise_id login",
        shown_to=("notify_admin", "notify_analyst"),
        insert={"notify_admin": "enterprise_id login"},
        delete=("notify_admin",),
    ),
    "notify.notification_worker": Table(
        "company",
        shown="worker version started_at beaten_at idle_lanes facts is_draining paused_lanes",
        shown_to=("notify_admin",),
        update={"notify_admin": "is_draining paused_lanes"},
    ),
    "notify.notification_tick": Table(
        "company",
        shown="is_only ticked_at partitioned_at pruned_at last_polled_enterprise_id counted_at settled_at settling_at"
        " settling_transactions count_failure",
        shown_to=("notify_admin",),
    ),
    "notify.typ_notification_category": Table(
        "reference",
        shown="category description",
        shown_to=("notify_manager", *READERS),
        insert={"notify_admin": "category description"},
        update={"notify_admin": "category description"},
        delete=("notify_admin",),
    ),
    "notify.typ_notification_priority": Table(
        "reference",
        shown="priority lane rank description",
        shown_to=("notify_manager", *READERS),
        update={"notify_admin": "lane rank description"},
    ),
    "notify.notification_sync": Table(
        "with shared",
        shown="enterprise_id workflow_enterprise_id workflow_key target wanted_version wanted_active wanted_deleted"
        " novu_version novu_active is_in_step changed_at step is_check due_at is_handed_over failure_count http_status"
        " error_details answered_at",
        shown_to=MANAGERS,
        hidden="attempt claimed_by asked found",
    ),
    "notify.notification_claim": Table(
        "closed", hidden="claim_id worker lane claimed_at leased_until rendered_at open_count keys"
    ),
    "notify.notification_measure": Table(
        "closed",
        hidden="backend lane claim_count claimed_count sent_count retry_count failed_count retracted_count dead_count"
        " cache_hit_count cache_miss_count render_buckets render_seconds wait_buckets wait_seconds post_buckets"
        " post_seconds total_buckets total_seconds answered_poll_count retried_poll_count dropped_poll_count",
    ),
    "notify.notification_lane": Table("closed", hidden="lane last_enterprise_id"),
    "notify.migration_file": Table("closed", hidden="path sha256 applied_at applied_by"),
    "notify.migration_fact": Table("closed", hidden="name value recorded_at"),
    "notify.alembic_version": Table("closed", hidden="version_num"),
    # --- views
    "notify.notification_overview": Table(
        "tenant",
        shown="enterprise_id notification_id name workflow_key workflow_version priority building is_drill tags"
        " notification_status channels created_at scheduled_for expires_at rendered_at final_at age lane"
        " recipient_count delivery_count sent_count failed_count open_count attempts next_attempt_at reason error_code"
        " is_test corrects_id warning_codes",
        shown_to=READERS,
    ),
    "notify.notification_retractions": Table(
        "tenant",
        shown="enterprise_id notification_id workflow_key retracted_at reason sent_count open_count cancellation_count"
        " stopped_count nothing_to_stop_count given_up_count waiting_count next_attempt_at last_error correction_ids",
        shown_to=READERS,
    ),
    "notify.notification_channel_status": Table(
        "tenant",
        shown="enterprise_id notification_id name workflow_key building is_drill is_test created_at channel_type"
        " recipient_count dispatched_count delivered_count seen_count read_count skipped_count failed_count"
        " unknown_count silent_count unasked_count has_failed_everywhere",
        shown_to=READERS,
    ),
    "notify.notification_timeline": Table(
        "tenant",
        shown="enterprise_id notification_id happened_at event number channel_type recipient_count actor detail",
        shown_to=READERS,
    ),
    "notify.notification_counted": Table(
        "tenant",
        shown="enterprise_id day workflow_key workflow_version channel_type is_drill notification_count"
        " failed_notification_count warned_notification_count render_seconds last_rendered_at created_count sent_count"
        " failed_count retracted_count open_count",
        shown_to=READERS,
    ),
    "notify.notification_funnel": Table(
        "tenant",
        shown="enterprise_id day workflow_key channel_type is_drill notification_count"
        " failed_notification_count created_count sent_count dispatched_count delivered_count seen_count failed_count"
        " skipped_count undelivered_count retracted_count open_count",
        shown_to=READERS,
    ),
    "notify.notification_latency": Table(
        "tenant",
        shown="enterprise_id minute lane stage delivery_count p50_seconds p95_seconds p99_seconds",
        shown_to=READERS,
    ),
    "notify.notification_stuck": Table(
        "tenant",
        shown="enterprise_id lane state delivery_count example_id since age worker leased_until",
        shown_to=READERS,
    ),
    "notify.template_status": Table(
        "tenant",
        shown="enterprise_id day workflow_key workflow_version channel_type render_count warning_count"
        " mean_render_seconds last_rendered_at",
        shown_to=READERS,
    ),
    "notify.enterprise_status": Table(
        "tenant",
        shown="enterprise_id target is_paused waiting_count queued_count claimed_count oldest_age"
        " recipients_per_minute recipient_burst recipients_left requests_per_second request_burst requests_left"
        " limit_used",
        shown_to=READERS,
    ),
    "notify.worker_status": Table(
        "company",
        shown="worker version state started_at beaten_at heartbeat_age in_flight_count idle_lanes is_draining"
        " paused_lanes",
        shown_to=READERS_OF_ALL,
    ),
    "notify.target_status": Table(
        "company",
        shown="target owner_enterprise_id breaker open_until failure_count last_verdict last_error failed_at"
        " tokens_per_second burst tokens_left",
        shown_to=READERS_OF_ALL,
    ),
    "notify.workflow_sync_status": Table(
        "with shared",
        shown="enterprise_id workflow_key is_shared target novu_workflow_id wanted wanted_version novu_version"
        " novu_active is_in_step state http_status answer since answered_at next_attempt_at",
        shown_to=MANAGERS,
    ),
    "notify.notification_failures": Table(
        "tenant",
        shown="enterprise_id workflow_key error_code notification_count failed_delivery_count first_failed_at"
        " last_failed_at example_id example_message",
        shown_to=READERS,
    ),
    "notify.api_key_status": Table(
        "company",
        shown="enterprise_id key_id name key_start state scopes bound_enterprises created_at created_by expires_at"
        " used_at revoked_at revoked_by revocation_reason",
        shown_to=MANAGERS,
    ),
    "notify.lane_status": Table(
        "totals",
        shown="lane waiting_count scheduled_count queued_count claimed_count oldest_age",
        shown_to=READERS,
    ),
}
# The partitions of content and history, and all that is pgmq's or stands in another schema of ours, are closed.
CLOSED_SCHEMAS = ("notify_partition", "pgmq", "engine", "template", "worker_v1", "http_v1")

_PEOPLE = frozenset({"notify_platform", "notify_manager", "notify_admin", *ANALYSTS})
_NOBODY: frozenset[str] = frozenset()

# Who may call what. Functions of the schemas engine and template that are not named here are for nobody.
FUNCTIONS: dict[str, frozenset[str]] = {
    "notify.set_enterprise": _PEOPLE,
    "notify.current_enterprise_id": _PEOPLE,
    "notify.reachable_enterprises": _PEOPLE,
    "notify.reached_enterprise_id": _PEOPLE,
    "notify.bound_enterprise_id": _PEOPLE,
    "notify.same_enterprise": _PEOPLE,
    "notify.same_login": _PEOPLE,
    "notify.reaches_all": _PEOPLE,
    "notify.is_listed": _PEOPLE,
    "notify.is_admin": frozenset({"notify_platform", *MANAGERS}),
    "notify.lowest_reached": frozenset({"notify_analyst_all", "notify_admin"}),
    "notify.highest_reached": frozenset({"notify_analyst_all", "notify_admin"}),
    "notify.now": _PEOPLE,
    "notify.raise_error": _PEOPLE,
    "notify.raise_not_bound": _PEOPLE,
    "notify.new_id": frozenset({"notify_platform", *MANAGERS}),
    "notify.new_transaction_id": _NOBODY,
    "notify.send": frozenset({"notify_platform"}),
    "notify.retract": frozenset({"notify_platform"}),
    "notify.replay": frozenset({"notify_platform", "notify_admin"}),
    "notify.pause": frozenset({"notify_admin"}),
    "notify.resume": frozenset({"notify_admin"}),
    "notify.read_pause": frozenset({"notify_admin"}),
    "notify.resolve_workflow": frozenset({"notify_platform", *MANAGERS}),
    "notify.publish": frozenset(MANAGERS),
    "notify.rollback": frozenset(MANAGERS),
    "notify.list_changes": frozenset(MANAGERS),
    "notify.list_dependents": frozenset(MANAGERS),
    "notify.publish_dependents": frozenset(MANAGERS),
    "notify.preview": frozenset(MANAGERS),
    "notify.check_template": frozenset(MANAGERS),
    "notify.validate_payload": frozenset(MANAGERS),
    "notify.test_send": frozenset({"notify_platform", "notify_manager"}),
    "notify.novu_workflow_id": frozenset(MANAGERS),
    "notify.sync_workflow": frozenset(MANAGERS),
    "engine.lane_depths": frozenset(READERS),
    "engine.counted_enterprises": frozenset(READERS),
    "engine.enterprise_figures": frozenset(READERS),
    "engine.explain": frozenset(READERS),
    "engine.stuck_deliveries": frozenset(READERS),
    "engine.target_figures": frozenset(READERS_OF_ALL),
    "engine.worker_figures": frozenset(READERS_OF_ALL),
    "notify.count_notifications": frozenset(READERS),
    "notify.explain": frozenset(READERS),
    "notify.list_minutes": frozenset(READERS),
    "notify.read_status": frozenset(READERS),
    "engine.show_fleet": frozenset(READERS_OF_ALL),
    "notify.create_api_key": frozenset({"notify_admin"}),
    "notify.revoke_api_key": frozenset(MANAGERS),
    "notify.rotate_bridge_key": frozenset({"notify_admin"}),
    "http_v1.ready": frozenset({"notify_http"}),
    "http_v1.admit": frozenset({"notify_http"}),
    "http_v1.trigger": frozenset({"notify_http"}),
    "http_v1.trigger_bulk": frozenset({"notify_http"}),
    "http_v1.show_notification": frozenset({"notify_http"}),
    "http_v1.list_notifications": frozenset({"notify_http"}),
    "http_v1.retract": frozenset({"notify_http"}),
    "http_v1.bridge": frozenset({"notify_http"}),
    "http_v1.check_health": frozenset({"notify_http"}),
    "http_v1.list_metrics": frozenset({"notify_http"}),
    "http_v1.receive_webhook": frozenset({"notify_http"}),
    "http_v1.show_status": frozenset({"notify_http"}),
    "http_v1.show_all_status": frozenset({"notify_http"}),
    "worker_v1.beat": frozenset({"notify_worker"}),
    "worker_v1.claim": frozenset({"notify_worker"}),
    "worker_v1.extend": frozenset({"notify_worker"}),
    "worker_v1.render": frozenset({"notify_worker"}),
    "worker_v1.report": frozenset({"notify_worker"}),
    "worker_v1.tick": frozenset({"notify_worker"}),
    # called by other functions and by triggers only
    "http_v1.enter": _NOBODY,
    "http_v1.find_malformed": _NOBODY,
    "http_v1.find_mistake": _NOBODY,
    "http_v1.find_payload_faults": _NOBODY,
    "http_v1.find_query_faults": _NOBODY,
    "http_v1.holds_emergency": _NOBODY,
    "http_v1.is_time": _NOBODY,
    "http_v1.is_uuid": _NOBODY,
    "http_v1.list_content": _NOBODY,
    "http_v1.list_deliveries": _NOBODY,
    "http_v1.list_history": _NOBODY,
    "http_v1.member_name": _NOBODY,
    "http_v1.read_cursor": _NOBODY,
    "http_v1.read_event": _NOBODY,
    "http_v1.read_text": _NOBODY,
    "http_v1.refuse": _NOBODY,
    "http_v1.refuse_enterprise": _NOBODY,
    "http_v1.refuse_event": _NOBODY,
    "http_v1.refuse_malformed": _NOBODY,
    "http_v1.refuse_notification": _NOBODY,
    "http_v1.refuse_workflow": _NOBODY,
    "http_v1.say": _NOBODY,
    "http_v1.show_earlier": _NOBODY,
    "http_v1.show_line": _NOBODY,
    "http_v1.show_triggered": _NOBODY,
    "http_v1.trigger_again": _NOBODY,
    "http_v1.trigger_events": _NOBODY,
    "http_v1.write_cursor": _NOBODY,
    "notify.key_enterprises": _NOBODY,
    "notify.actor": _NOBODY,
    "notify.add_version": _NOBODY,
    "notify.bundle_workflow": _NOBODY,
    "notify.check_correction": _NOBODY,
    "notify.follow_retraction": _NOBODY,
    "notify.replace_correction": _NOBODY,
    "notify.check_context": _NOBODY,
    "notify.check_text": _NOBODY,
    "notify.check_time_zone": _NOBODY,
    "notify.clean_locale": _NOBODY,
    "notify.collect_templates": _NOBODY,
    "notify.describe_settings": _NOBODY,
    "notify.describe_version": _NOBODY,
    "notify.draft_version": _NOBODY,
    "notify.fallback_content": _NOBODY,
    "notify.fill_workflow": _NOBODY,
    "notify.find_including": _NOBODY,
    "notify.find_problems": _NOBODY,
    "notify.find_workflow": _NOBODY,
    "notify.warn_of_fallback": _NOBODY,
    "notify.warn_of_workflow": _NOBODY,
    "notify.inline_template": _NOBODY,
    "notify.lock_workflow": _NOBODY,
    "notify.drop_partition": _NOBODY,
    "notify.partitions_before": _NOBODY,
    "notify.make_partition": _NOBODY,
    "notify.make_partitions": _NOBODY,
    "notify.managed_enterprise_id": _NOBODY,
    "notify.managed_workflow": _NOBODY,
    "notify.may_become": _NOBODY,
    "notify.preview_context": _NOBODY,
    "notify.published_workflow": _NOBODY,
    "notify.raise_warning": _NOBODY,
    "notify.record_change": _NOBODY,
    "notify.refresh_statistics": _NOBODY,
    "notify.refuse_rename": _NOBODY,
    "notify.refuse_transition": _NOBODY,
    "notify.stored_version": _NOBODY,
    "notify.template_bundle": _NOBODY,
    "notify.touch_updated_at": _NOBODY,
    "notify.visible_workflow": _NOBODY,
    "notify.warn_of_problems": _NOBODY,
}
