"""Renders one channel of a notification: body, subject and, for an in-app message, its extras."""

from typing import Any, Final

from xnovu_template.bundle import is_link
from xnovu_template.item import Item
from xnovu_template.problem import Place, Problem
from xnovu_template.rules import check_link, check_push, check_sms, one_line
from xnovu_template.scene import scene
from xnovu_template.values import without_nul

# What Novu's steps take, by channel: the name in the content, and whether it has a subject (if there is a template for
# it).
STEPS: Final = {
    "EMAIL": ("email", True),
    "IN_APP": ("in_app", True),
    "SMS": ("sms", False),
    "PUSH": ("push", True),
    "CHAT": ("chat", False),
}


def render_channel(item: Item, channel: str) -> dict[str, Any] | None:
    """Return what a channel's step gets, or None when its body is blank. Raises Problem."""
    if channel not in STEPS:
        raise Problem("template_missing", f"There is no channel {channel}.", channel=channel)
    body = without_nul(item.render(channel, "body"))
    if not body.strip():
        return None
    entry = item.entry(channel)
    content: dict[str, Any] = {"body": body}
    if STEPS[channel][1] and item.bundle.has(f"{entry}/subject"):
        content = {"subject": _render_subject(item, channel), "body": body}
    if channel == "SMS":  # before it says that it is a test, so that a test goes if the real one would
        check_sms(content["body"], scene.settings.get("sms_segment_limit"))
    if scene.notification.get("is_test") is True:
        marked = "subject" if "subject" in content else "body"
        content[marked] = f"[TEST] {content[marked]}"
    if channel == "PUSH":
        check_push(content)
    elif channel == "IN_APP" and (entry in item.bundle.extras or f"{entry}/extras" in item.bundle.problems):
        content |= _read_extras(item, entry)
    return content


def _render_subject(item: Item, channel: str) -> str:
    try:
        return one_line(without_nul(item.render(channel, "subject")))
    except Problem as problem:
        _forgive(item, problem)
        return ""


def _read_extras(item: Item, entry: str) -> dict[str, Any]:
    try:
        if f"{entry}/extras" in item.bundle.problems:
            raise item.bundle.problems[f"{entry}/extras"].again()
        extras: dict[str, Any] = _render_extras(
            item, item.bundle.extras[entry], "extras", Place.parse(f"{entry}/extras")
        )
        return extras
    except Problem as problem:
        _forgive(item, problem)
        return {}


def _forgive(item: Item, problem: Problem) -> None:
    """Note what an emergency can do without; raise it for any other."""
    if not item.is_lenient:
        raise problem
    scene.note(problem)


def _render_extras(item: Item, value: Any, path: str, place: Place) -> Any:
    """Return a part of extras with its texts rendered. What is a link and comes out blank is left out."""
    if isinstance(value, str):
        text = without_nul(item.render("IN_APP", path))
        if is_link(path):
            text = one_line(text)
            check_link(f"{place}: {path}", text)
        return text
    if isinstance(value, dict):
        members = {name: _render_extras(item, member, f"{path}.{name}", place) for name, member in value.items()}
        if path == "extras" or path.startswith(("extras.redirect", "extras.primaryAction", "extras.secondaryAction")):
            members = {name: member for name, member in members.items() if member not in ("", None, {})}
        if path.endswith("redirect") and not path.startswith("extras.data") and "url" not in members:
            return {}
        return members
    if isinstance(value, list):
        return [_render_extras(item, member, f"{path}.{number}", place) for number, member in enumerate(value)]
    return value
