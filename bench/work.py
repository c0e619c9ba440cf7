"""The work that every contender does: notifications of 20 enterprises, and what must have been posted for each.

One notification has one recipient, an email of 20 values, a loop of 10, header and footer included, and an in-app
message. Everything about it follows from its number, so that what a contender posts can be checked afterwards."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any
from uuid import UUID

from bench.filling import enterprise

WORKFLOW = "bench-alarm"
ENTERPRISES = tuple(enterprise(number) for number in range(20))

SUBJECT = "{{ title | upper }}, floor {{ floor }}"
HEADER = """<!doctype html>
<html><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body style="margin:0;font-family:Arial,sans-serif">
<table width="100%" cellpadding="16"><tr><td style="background:#1f4e79;color:#fff">{{ building }}</td></tr>
<tr><td>
"""
_ROW = '<tr><td>{{ row.name }}</td><td align="right">{{ row.state }}</td></tr>\n'
_BEFORE = """<h1 style="color:#1f4e79">{{ title | upper }}</h1>
<p>Dear {{ first_name }} {{ last_name }}, at {{ time }} on {{ date }} the alarm {{ alarm }} was raised on floor
<strong>{{ floor }}</strong> of {{ building }}, in the zone {{ zone }}.</p>
<p>{{ reference }}: {{ cause | default("the cause is not known yet") }}. Go to {{ assembly_point }} by the
stairs of {{ stairs }}. Priority {{ priority }}.</p>
<table cellpadding="4">
"""
_AFTER = """</table>
<p>Ask {{ contact }}, <a href="tel:{{ phone }}">{{ phone }}</a>, or see
<a href="{{ url }}">the plan of {{ site | upper }}</a>.</p>
"""
BODY = _BEFORE + "{% for row in rows %}" + _ROW + "{% endfor %}" + _AFTER
FOOTER = """</td></tr><tr><td style="font-size:12px">
Sent to {{ email }} because {{ reason | default("you work here") }}.
</td></tr></table></body></html>
"""
IN_APP_SUBJECT = "{{ title }}"
IN_APP_BODY = """<p>Floor <strong>{{ floor }}</strong> of {{ building }}: {{ alarm }}. Go to {{ assembly_point }} by the
stairs of {{ stairs }}. <a href="{{ url }}">{{ site }}</a></p>
"""


@dataclass(frozen=True)
class Notification:
    """One notification of the work; `number` counts from 0."""

    number: int

    @property
    def enterprise(self) -> UUID:
        return ENTERPRISES[self.number % len(ENTERPRISES)]

    @property
    def id(self) -> UUID:
        """In the order of the numbers, as ids that begin with the time are."""
        return UUID(int=0x0198_C0DE_0000_7000_8000_0000_0000_0000 + self.number)

    @property
    def recipient(self) -> UUID:
        return UUID(int=_RECIPIENTS + self.number)

    @property
    def payload(self) -> dict[str, Any]:
        """Twenty values, two of them left to what the templates fall back on, and ten rows."""
        names = ("title", "last_name", "time", "date", "alarm", "zone", "assembly_point", "stairs", "site", "building")
        values: dict[str, Any] = {name: f"{name.replace('_', ' ')} {self.number}" for name in names}
        return values | {
            "first_name": "Siân O'Neill",
            "floor": self.number % 40,
            "reference": f"A-{self.number}",
            "priority": "NORMAL",
            "contact": "R & D <desk>",
            "phone": "+4512345678",
            "email": f"person{self.number}@example.com",
            "url": f"https://example.com/plans/{self.number}?view=1&floor={self.number % 40}",
            "rows": [{"name": f"Lift {row}", "state": "out of service"} for row in range(10)],
        }

    def expected(self, own: Mapping[str, Any] | None = None) -> bytes:
        """The digest of what must be posted, made without any template engine; `own` are a recipient's own values."""
        values = self.payload | dict(own or {})
        body = "".join(
            [
                _fill(HEADER + _BEFORE, values),
                *(_fill(_ROW.replace("row.", ""), row) for row in values["rows"]),
                _fill(_AFTER + FOOTER, values),
            ]
        )
        return digest(
            self.enterprise,
            _fill(SUBJECT, values, is_html=False),
            body,
            _fill(IN_APP_SUBJECT, values, is_html=False),
            _fill(IN_APP_BODY, values),
        )


_RECIPIENTS = 0x5EC1_0000_0000_4000_8000_0000_0000_0000


def notifications(count: int) -> Iterator[Notification]:
    """The first `count` notifications; the enterprises take turns."""
    return map(Notification, range(count))


def number_of(recipient: str) -> int:
    """The number of the notification with that recipient; below 0 or of any size for other UUIDs. Raises ValueError."""
    return UUID(recipient).int - _RECIPIENTS


@cache
def expected_digest(number: int) -> bytes:
    """`Notification.expected`, remembered for the next round."""
    return Notification(number).expected()


# The notification that goes to many: the recipients are those of the first notifications of the work.
FAN_OUT = Notification(7)


def own_values(number: int) -> dict[str, Any]:
    """What only that recipient of the fan-out has."""
    return {"first_name": f"Person {number}"}


@cache
def _shared_digest() -> bytes:
    return FAN_OUT.expected()


@cache
def _own_digest(number: int) -> bytes:
    return FAN_OUT.expected(own_values(number))


@dataclass(frozen=True)
class Expected:
    """What is counted, one for each recipient, and which digest each must have."""

    what: str
    digest: Callable[[int], bytes]


EXPECTED = {
    "each": Expected("notification", expected_digest),
    "shared": Expected("recipient", lambda number: _shared_digest()),
    "own": Expected("recipient", _own_digest),
}


def digest(enterprise_id: UUID, *texts: str) -> bytes:
    """What two postings have in common that mean the same: the tenant, and the texts as `normalise` leaves them."""
    parts = [str(enterprise_id), *(normalise(text) for text in texts)]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


def normalise(text: str) -> str:
    """The text with blanks made one, none between tags, and quotes and slashes plain, which some engines escape.

    `&amp;`, `&lt;` and `&gt;` stay: a contender that does not escape HTML does less than the others."""
    return _ESCAPED.sub(lambda match: _PLAIN[match[1].lower()], " ".join(text.split()).replace("> <", "><"))


_PLAIN = {
    **dict.fromkeys(("quot", "#34", "#x22"), '"'),
    **dict.fromkeys(("apos", "#39", "#x27", "#039"), "'"),
    **dict.fromkeys(("#47", "#x2f"), "/"),
}
_ESCAPED = re.compile("&(" + "|".join(_PLAIN) + ");", re.IGNORECASE)
_MARK = re.compile(r'{{ (\w+)( \| upper)?(?: \| default\("(.*?)"\))? }}')


def _fill(text: str, values: dict[str, Any], is_html: bool = True) -> str:
    def value_of(match: re.Match[str]) -> str:
        value = str(values.get(match[1], match[3]))
        value = value.upper() if match[2] else value
        return escape(value, quote=False) if is_html else value

    return _MARK.sub(value_of, text)


def jinja_templates() -> dict[str, str]:
    """The templates for a plain Jinja engine, by name."""
    return {
        "subject": SUBJECT,
        "body": "{% include 'header' %}" + BODY + "{% include 'footer' %}",
        "header": HEADER,
        "footer": FOOTER,
        "in_app_subject": IN_APP_SUBJECT,
        "in_app_body": IN_APP_BODY,
    }


def liquid_templates() -> dict[str, str]:
    """The same templates in Liquid, which the peers speak."""
    return {
        name: re.sub(r"default\((.*?)\)", r"default: \1", text.replace("| upper", "| upcase"))
        for name, text in jinja_templates().items()
    }
