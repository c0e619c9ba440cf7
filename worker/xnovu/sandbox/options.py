"""What the sandbox can be told: where it listens, which workflows it knows, how slow and how faulty it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xnovu.errors import UserError

RESET_BEFORE = "reset-before"
RESET_AFTER = "reset-after"
HANG = "hang"
MALFORMED = "malformed"
FAULT_KINDS = {
    RESET_BEFORE: "the connection is reset before the request is handled",
    RESET_AFTER: "the request is handled, then the connection is reset without an answer",
    HANG: "the request is handled, and its answer comes after hang_seconds, or never if the client leaves",
    MALFORMED: "the request is handled, and its answer is broken JSON",
}
CHANNELS = ("in_app", "email", "sms", "push", "chat")
NOT_NEGATIVE = (
    "latency_ms", "latency_jitter_ms", "hang_seconds", "delay_seconds", "feedback_delay_seconds", "keep_rows",
    "keep_bytes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """The sandbox's options.

    workflows: the identifiers it knows; none means that it knows every one. inactive: those that answer
    `trigger_not_active` (they are known, whether named in workflows or not). What is made through its API it knows
    beside these; strict: and nothing else.
    latency_ms, latency_jitter_ms: every event call takes latency_ms, plus between nothing and latency_jitter_ms.
    faults: (kind, probability) pairs, as `parse_faults` makes them; at most one fault strikes a request.
    seed: makes the draws of faults and jitter repeatable.
    delay_seconds: what is accepted waits so long before it is delivered, and can be cancelled until then.
    feedback_delay_seconds: it tells of an event so long after it was accepted, and of nothing before.
    fail_channels: every step for such a channel (email, in_app, sms, push, chat) fails. skip_channels: is left out.
    keep_rows, keep_bytes: how many deliveries, and how many characters of their text, stay listed. Counts stay exact.
    """

    host: str = "127.0.0.1"
    port: int = 8900
    api_key: str = "sandbox-key"
    workflows: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()
    strict: bool = False
    latency_ms: float = 0.0
    latency_jitter_ms: float = 0.0
    faults: tuple[tuple[str, float], ...] = ()
    seed: int | None = None
    hang_seconds: float = 300.0
    delay_seconds: float = 0.0
    feedback_delay_seconds: float = 0.0
    fail_channels: tuple[str, ...] = ()
    skip_channels: tuple[str, ...] = ()
    keep_rows: int = 200_000
    keep_bytes: int = 128 * 1024 * 1024

    def __post_init__(self) -> None:
        """Raises UserError for a duration or a limit that is negative, or a channel that Novu does not have."""
        for name in NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise UserError(f"The sandbox's {name} is negative.", "Give 0 or more.")
        for channel in (*self.fail_channels, *self.skip_channels):
            if channel not in CHANNELS:
                raise UserError(f'The channel "{channel}" is unknown.', f"Give one of {', '.join(CHANNELS)}.")


def parse_faults(specs: Iterable[str]) -> tuple[tuple[str, float], ...]:
    """Parse fault specifications such as "503=0.01" and "reset-after=0.02".

    A kind is an HTTP status from 400 to 599 (answered instead of handling the request) or one of FAULT_KINDS.
    Raises UserError naming what is wrong: no "=", an unknown kind, a probability outside 0 to 1, a kind given twice,
    or probabilities that together exceed 1.
    """
    faults: dict[str, float] = {}
    for spec in specs:
        kind, probability = _parse_fault(spec)
        if kind in faults:
            raise UserError(f"The fault {kind} is given twice.", "Give each kind once.")
        faults[kind] = probability
    if sum(faults.values()) > 1 + 1e-9:
        raise UserError(
            f"The probabilities of the faults add up to {sum(faults.values()):g}, which is more than 1.",
            "At most one fault strikes a request: lower some of them.",
        )
    return tuple(faults.items())


def _parse_fault(spec: str) -> tuple[str, float]:
    kind, equals, text = (part.strip() for part in spec.partition("="))
    if not equals:
        raise UserError(f'The fault "{spec}" has no probability.', 'Write KIND=PROBABILITY, for example "503=0.01".')
    if kind not in FAULT_KINDS and not (kind.isascii() and kind.isdigit() and 400 <= int(kind) <= 599):
        raise UserError(
            f'The fault "{spec}" is of an unknown kind, "{kind}".',
            f"Give an HTTP status from 400 to 599, or one of {', '.join(FAULT_KINDS)}.",
        )
    try:
        probability = float(text)
    except ValueError:
        probability = -1.0
    if not 0 <= probability <= 1:
        raise UserError(f'The fault "{spec}" has the probability "{text}".', "Give a number from 0 to 1.")
    return kind, probability
