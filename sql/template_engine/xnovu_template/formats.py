"""The filters that write numbers, amounts, dates and plurals as a language does, by Babel.

Babel is imported when a template first needs it. Its caches have no bound, and a locale takes about a megabyte, so what
templates ask for is counted, and forgotten when it is too much.
"""

import math
import re
import time as clocks
from copy import copy
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn
from zoneinfo import ZoneInfo

from xnovu_template.problem import MISSING, Problem, endless, refuse_missing
from xnovu_template.scene import is_locale, is_zone, scene
from xnovu_template.values import clock, load

if TYPE_CHECKING:
    from babel import Locale

MAX_PATTERN: Final = 80
MAX_LOCALES: Final = 16
MAX_DIGITS: Final = 20
_MAX_TEXT: Final = 64
_LARGEST: Final = 10**24
_STYLES: Final = frozenset(("short", "medium", "long", "full"))
_NUMBER: Final = re.compile(r"[-+]?\d{1,24}(?:\.\d{1,24})?")

Moment = datetime | date | time


def _refuse(name: str, what: str, line: object) -> NoReturn:
    raise Problem("template_error", f"the filter {name} {what}.", line if isinstance(line, int) else None)


def _take(value: object, name: str, line: object) -> object:
    if isinstance(value, str) and value.startswith(MISSING):
        refuse_missing(value)
    if clock.late():
        raise endless()
    if value is None:
        _refuse(name, "is given none; write default() before it", line)
    return value


# --- languages


@lru_cache(maxsize=MAX_LOCALES)
def _locale(chain: tuple[str, ...]) -> "Locale":
    load("babel.numbers")
    from babel import Locale, UnknownLocaleError, localedata

    known = getattr(localedata, "_cache", {})
    if len(known) > 4 * MAX_LOCALES:
        known.clear()
    for name in chain:
        try:
            return Locale.parse(name, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale("en")


def _language(name: str, locale: object, line: object) -> "Locale":
    """Return the locale that a template names, or the notification's."""
    if locale is None:
        return _locale(scene.locales)
    if not is_locale(locale):
        _refuse(name, 'takes a locale such as "da" or "en-GB"', line)
    return _locale((str(locale).replace("_", "-"), *scene.locales))


# --- numbers


def _number(value: object, name: str, line: object) -> int | float | Decimal:
    value = _take(value, name, line)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        _refuse(name, "takes a number", line)
    if abs(value) > _LARGEST:
        _refuse(name, f"takes numbers up to 10^{len(str(_LARGEST)) - 1}", line)
    return value


def _pattern(name: str, format: object, line: object) -> str | None:
    if format is not None and (not isinstance(format, str) or len(format) > MAX_PATTERN):
        _refuse(name, f"takes a format of up to {MAX_PATTERN} characters", line)
    return format


def _write(
    name: str, value: object, *, digits: object, format: object, locale: object, line: object, code: str | None = None
) -> str:
    load("babel.numbers")
    from babel import numbers

    language = _language(name, locale, line)
    format = _pattern(name, format, line)
    if digits is not None and (
        isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MAX_DIGITS
    ):
        _refuse(name, f"takes digits from 0 to {MAX_DIGITS}", line)

    number = _number(value, name, line)
    try:
        # a copy: the language's own is the same object for everybody
        pattern = copy(numbers.parse_pattern(format or _own_format(name, language)))
        if digits is not None:
            pattern.frac_prec = (digits, digits)
        elif name == "percent" and not format:
            pattern.frac_prec = (0, 0)
        its_digits = digits is None and not format
        return str(pattern.apply(number, language, currency=code, currency_digits=its_digits))
    except Exception:
        _refuse(name, "can't use this format", line)


def _own_format(name: str, language: "Locale") -> Any:
    """Return the format that a language has for numbers, percentages or amounts."""
    if name == "currency":
        return language.currency_formats["standard"]
    return (language.decimal_formats if name == "number" else language.percent_formats)[None]


def number(
    value: object, digits: object = None, format: object = None, locale: object = None, xnovu_line: object = None
) -> str:
    """Filter: a number as the language writes it: 1,234.5 or 1.234,5."""
    return _write("number", value, digits=digits, format=format, locale=locale, line=xnovu_line)


def percent(
    value: object, digits: object = None, format: object = None, locale: object = None, xnovu_line: object = None
) -> str:
    """Filter: a share as a percentage: 0.25 is 25%."""
    return _write("percent", value, digits=digits, format=format, locale=locale, line=xnovu_line)


def currency(
    value: object,
    code: object = None,
    digits: object = None,
    format: object = None,
    locale: object = None,
    *,
    xnovu_line: object = None,
) -> str:
    """Filter: an amount of money in the currency of an ISO code: €1,234.50 or 1.234,50 €."""
    if not isinstance(code, str) or re.fullmatch("[A-Z]{3}", code) is None:
        _refuse("currency", 'takes the code of a currency: currency("EUR")', xnovu_line)
    return _write("currency", value, digits=digits, format=format, locale=locale, line=xnovu_line, code=code)


def plural(
    value: object,
    other: object = None,
    *,
    zero: object = None,
    one: object = None,
    two: object = None,
    few: object = None,
    many: object = None,
    locale: object = None,
    xnovu_line: object = None,
) -> str:
    """Filter: the text for a number's grammatical category in the language; `other` where there is none for it."""
    if other is None:
        _refuse("plural", 'needs other="…", and one="…" and so on as the language has them', xnovu_line)
    amount = _number(value, "plural", xnovu_line)
    texts = {"zero": zero, "one": one, "two": two, "few": few, "many": many, "other": other}
    size: Any = abs(amount)
    chosen = texts.get(_language("plural", locale, xnovu_line).plural_form(size))
    return str(other if chosen is None else chosen)


# --- dates and times


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def _zone_for(name: str, time_zone: object, line: object) -> ZoneInfo:
    if time_zone is not None:
        found = _zone(str(time_zone)) if is_zone(time_zone) else None
        if found is None:
            _refuse(name, 'takes the name of a time zone such as "Europe/Copenhagen"', line)
        return found
    for candidate in scene.zones:
        found = _zone(str(candidate)) if is_zone(candidate) else None
        if found is not None:
            return found
    return ZoneInfo("UTC")


def _moment(value: object, name: str, line: object) -> Moment:
    """Read what a payload holds: seconds since 1970, or a date, a time or both in ISO form."""
    value = _take(value, name, line)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            _refuse(name, "is given seconds that are no date", line)
    text = value.strip() if isinstance(value, str) and len(value) <= _MAX_TEXT else ""
    for read in (date.fromisoformat, datetime.fromisoformat, time.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    _refuse(name, "takes a date or a time in ISO form (2026-03-01T09:30:00Z) or seconds since 1970", line)


def _local(moment: Moment, zone: ZoneInfo) -> datetime:
    """Return a moment in a time zone. What names no zone is meant there."""
    if isinstance(moment, datetime):
        try:
            return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
        except (OverflowError, ValueError):
            return moment.replace(tzinfo=zone)
    if isinstance(moment, date):
        return datetime(moment.year, moment.month, moment.day, tzinfo=zone)
    today = datetime.fromtimestamp(clocks.time(), UTC).date()
    stands = datetime.combine(today, moment)
    return stands.astimezone(zone) if moment.tzinfo else stands.replace(tzinfo=zone)


def _write_moment(name: str, value: object, *, format: object, time_zone: object, locale: object, line: object) -> str:
    load("babel.dates")
    from babel import dates

    pattern = _pattern(name, format, line) or "medium"
    language = _language(name, locale, line)
    zone = _zone_for(name, time_zone, line)
    moment = _moment(value, name, line)
    if name != "time" and isinstance(moment, time):
        _refuse(name, "is given a time without a date", line)
    local = _local(moment, zone)
    try:
        if pattern not in _STYLES:
            return str(dates.parse_pattern(pattern).apply(local, language))
        if name == "date":
            return dates.format_date(local.date(), pattern, locale=language)
        if name == "time":
            return dates.format_time(local, pattern, tzinfo=zone, locale=language)
        return dates.format_datetime(local, pattern, tzinfo=zone, locale=language)
    except Exception:
        _refuse(name, "can't use this format", line)


def format_date(
    value: object, format: object = None, time_zone: object = None, locale: object = None, xnovu_line: object = None
) -> str:
    """Filter: the date of a moment, in the notification's time zone and language."""
    return _write_moment("date", value, format=format, time_zone=time_zone, locale=locale, line=xnovu_line)


def format_time(
    value: object, format: object = None, time_zone: object = None, locale: object = None, xnovu_line: object = None
) -> str:
    """Filter: the time of day of a moment."""
    return _write_moment("time", value, format=format, time_zone=time_zone, locale=locale, line=xnovu_line)


def format_datetime(
    value: object, format: object = None, time_zone: object = None, locale: object = None, xnovu_line: object = None
) -> str:
    """Filter: date and time of a moment."""
    return _write_moment("datetime", value, format=format, time_zone=time_zone, locale=locale, line=xnovu_line)
