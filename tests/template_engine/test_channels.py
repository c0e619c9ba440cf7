"""The rules of channels, the variants by locale, and the filters that follow language and time zone."""

import json
from typing import Any

import pytest
from tests.template_engine.support import attempt, bundle_of, fail, problems

from xnovu_template import preview

SETTINGS = {"settings": {"locale": "de", "time_zone": "Europe/Berlin", "sms_segment_limit": 2}}


def sms(body: str, limit: int = 2) -> dict[str, Any] | None:
    return attempt(bundle_of({"SMS/main": body}), context={"settings": {"sms_segment_limit": limit}})[2]


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 152 + "€" + "x" * 152, 3),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 67, 3),
    ],
)
def test_segments_are_counted_as_a_telephone_does(body: str, segments: int) -> None:
    assert sms(body, segments) is None
    if segments > 1:
        error = sms(body, segments - 1)
        assert error is not None
        assert error["code"] == "sms_too_long"
        assert f"{segments} segments" in error["message"]
        assert f"limit is {segments - 1}" in error["message"]


def test_a_push_message_has_a_limit_in_bytes() -> None:
    def push(size: int) -> Any:
        return attempt(bundle_of({"PUSH/main": ("S", "x" * size)}), channels="PUSH")[2]

    frame = len(json.dumps({"subject": "S", "body": ""}, separators=(",", ":")))
    assert push(4096 - frame) is None
    assert push(4097 - frame)["code"] == "push_too_long"


def test_a_subject_has_no_line_breaks_and_no_control_characters() -> None:
    content, _, _ = attempt(
        bundle_of({"EMAIL/main": ("{{ s }}", "B")}), {"s": "a\r\nBcc: x@y\x00\x07\x1b\u2028b"}, "EMAIL"
    )
    assert content is not None
    assert content["email"]["subject"] == "a Bcc: x@y b"


def test_a_test_says_so() -> None:
    bundle = bundle_of(
        {"EMAIL/main": ("S", "B"), "IN_APP/main": "B", "SMS/main": "B", "PUSH/main": ("S", "B"), "CHAT/main": "B"}
    )
    content, _, _ = attempt(bundle, channels="EMAIL,IN_APP,SMS,PUSH,CHAT", context={"is_test": True})
    both, body = {"subject": "[TEST] S", "body": "B"}, {"body": "[TEST] B"}
    assert content == {"email": both, "in_app": body, "sms": body, "push": both, "chat": body}


def test_a_test_is_not_refused_for_saying_so() -> None:
    context = {"is_test": True, "settings": {"sms_segment_limit": 1}}
    content, _, error = attempt(bundle_of({"SMS/main": "x" * 157}), context=context)
    assert error is None
    assert content == {"sms": {"body": "[TEST] " + "x" * 157}}
    assert attempt(bundle_of({"SMS/main": "x" * 161}), context=context)[2] is not None


def test_a_preview_without_a_payload_is_one_of_an_empty_payload() -> None:
    seen = preview(bundle_of({"SMS/main": "x{{ y | default('') }}"}), None, None, "SMS")
    assert seen["channels"]["SMS"]["body"] == "x"
    seen = preview(bundle_of({"SMS/main": "x"}), "[]", "{}", "SMS")
    assert seen["error"]["code"] == "payload_invalid"


def test_what_is_certain_to_break_a_rule_is_told_when_it_is_published() -> None:
    bundle = json.loads(bundle_of({"SMS/main": "ж" * 71, "PUSH/main": ("a\nb", "x" * 4097)}))
    bundle["settings"] = {"sms_segment_limit": 1}
    from xnovu_template import check_bundle

    found = {(problem["code"], problem["severity"]) for problem in check_bundle(json.dumps(bundle))}
    expected = {("push_too_long", "error"), ("sms_too_long", "warning"), ("sms_not_gsm", "warning")}
    assert found == {*expected, ("subject_lines", "warning")}


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("da-DK", "dk head-da"),
        ("da_DK", "dk head-da"),
        ("da-GL", "da head-da"),
        ("fr-FR", "de head"),
        (None, "de head"),
        ("en", "de head"),
    ],
)
def test_the_first_locale_that_has_a_variant_is_taken_each_include_for_itself(
    locale: str | None, expected: str
) -> None:
    templates = {
        "SMS/main": "default",
        "SMS/main@da": "da {{ xnovu_render('head') }}",
        "SMS/main@da-DK": "dk {{ xnovu_render('head') }}",
        "SMS/main@de": "de {{ xnovu_render('head') }}",
        "SMS/head": "head",
        "SMS/head@da": "head-da",
    }
    content, _, _ = attempt(bundle_of(templates), context=SETTINGS | {"locale": locale})
    assert content == {"sms": {"body": expected}}


def test_a_locale_falls_back_part_by_part() -> None:
    templates = {"SMS/main": "none", "SMS/main@zh": "zh", "SMS/main@zh-Hant": "zh-Hant"}
    bodies = []
    for locale in ("zh_Hant_HK", "zh-Hant", "zh-Hans-CN", "zh", "yue-Hant"):
        content, _, _ = attempt(bundle_of(templates), context={"locale": locale})
        bodies.append(content and content["sms"]["body"])
    assert bodies == ["zh-Hant", "zh-Hant", "zh", "zh", "none"]


def test_templates_do_not_see_the_settings() -> None:
    _, _, error = attempt(bundle_of({"SMS/main": "{{ notification.settings }}"}), context=SETTINGS)
    assert error is not None
    assert error["variable"] == "notification.settings"


def test_variants_that_include_each_other_are_a_circle() -> None:
    found = problems({"SMS/main": "x", "SMS/main@da": "{{ xnovu_render('main') }}"})
    assert [problem["code"] for problem in found] == ["template_cycle"]


MOMENT = "2026-03-01T23:30:00Z"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 1234567.891 | number }}", "1.234.567,891"),
        ("{{ 2 | number(2) }} {{ 0.5 | number(digits=0) }} {{ 1.5 | number(format='000.00') }}", "2,00 0 001,50"),
        ("{{ '12.5' | number(locale='en') }}", "12.5"),
        ("{{ 1234.5 | currency('EUR') }} {{ 9 | currency('JPY', locale='ja') }}", "1.234,50\xa0€ ￥9"),
        ("{{ 9.5 | currency('USD', locale='en-US') }} {{ 9 | currency('EUR', digits=0) }}", "$9.50 9\xa0€"),
        ("{{ 0.256 | percent }} {{ 0.256 | percent(1) }}", "26\xa0% 25,6\xa0%"),
        # what one template asks for changes nothing for the others
        ("{{ 2 | number(2) }} {{ '12.5' | number }} {{ 7 | number(1) }} {{ 7 | number }}", "2,00 12,5 7,0 7"),
        ("{{ 1 | percent(2) }} {{ 1 | percent }} {{ 1 | percent(format='#0.0%') }}", "100,00\xa0% 100\xa0% 100,0%"),
        ("{{ 9 | currency('EUR', digits=0) }} {{ 9 | currency('EUR') }}", "9\xa0€ 9,00\xa0€"),
        ("{{ m | date }} {{ m | date('full', locale='en') }}", "02.03.2026 Monday, March 2, 2026"),
        ("{{ m | time('short') }} {{ m | time('short', time_zone='UTC') }}", "00:30 23:30"),
        ("{{ m | datetime('short') }}", "02.03.26, 00:30"),
        ("{{ 1772407800 | datetime('yyyy-MM-dd HH:mm') }}", "2026-03-02 00:30"),
        ("{{ '2026-03-01' | date('d. MMMM') }} {{ '09:05' | time('short') }}", "1. März 09:05"),
        ("{{ '2026-03-01T09:30' | time('short') }}", "09:30"),
        ("{{ 1 | plural(one='Aufzug', other='Aufzüge') }} {{ 2 | plural('Aufzüge', one='Aufzug') }}", "Aufzug Aufzüge"),
        ("{{ 3 | plural(one='a', few='b', other='c', locale='pl') }}", "b"),
        ("{{ '<h1>A</h1><ul><li>b</li></ul><script>c</script>' | html_to_text | trim }}", "A\n\n  * b"),
        ("{{ {'a': [1]} | json }} {{ 'a b/c' | urlencode }}", '{"a":[1]} a%20b/c'),
    ],
)
def test_filters_follow_language_and_time_zone(template: str, expected: str) -> None:
    content, _, error = attempt(bundle_of({"SMS/main": template}), {"m": MOMENT}, context=SETTINGS)
    assert error is None
    assert content == {"sms": {"body": expected}}


def test_the_time_zone_is_the_notifications_then_the_payloads_then_the_enterprises() -> None:
    def hour(context: dict[str, Any], **payload: Any) -> str:
        body = "{{ m | datetime('HH') }}"
        content, _, _ = attempt(bundle_of({"SMS/main": body}), {"m": MOMENT, **payload}, context=context)
        assert content is not None
        return str(content["sms"]["body"])

    assert hour(SETTINGS | {"time_zone": "Asia/Tokyo"}, time_zone="Asia/Dubai") == "08"
    assert hour(SETTINGS, time_zone="Asia/Dubai") == "03"
    assert hour(SETTINGS, time_zone="../../etc/passwd") == "00"
    assert hour({}) == "23"


@pytest.mark.parametrize(
    "use",
    [
        "'x' | number",
        "'1e999999' | number",
        "(10.0 ** 40) | number",
        "none | number",
        "1 | number(digits=99)",
        "1 | number(format='#' * 99)",
        "1 | currency",
        "1 | currency('euro')",
        "'soon' | date",
        "(10 ** 15) | date",
        "'09:05' | date",
        "1 | date(time_zone='Moon/Base')",
        "1 | time(locale='../x')",
        "1 | plural(one='x')",
    ],
)
def test_a_filter_that_gets_what_it_can_not_take_is_named_with_template_and_line(use: str) -> None:
    error = fail("\n{{ " + use + " }}")
    name = use.split("| ")[1].partition("(")[0]
    assert (error["code"], error["line"]) == ("template_error", 2)
    assert error["message"].startswith(f'Template "main" (SMS body), line 2: the filter {name} ')


def test_many_locales_do_not_pile_up() -> None:
    from babel import localedata

    for locale in localedata.locale_identifiers()[:200]:
        attempt(bundle_of({"SMS/main": "{{ 1 | number(locale=l) }}"}), {"l": locale.replace("_", "-")})
    assert len(getattr(localedata, "_cache", {})) < 100


def declared(templates: dict[str, Any], schema: Any, **more: Any) -> set[tuple[str, str, str]]:
    from xnovu_template import check_bundle

    found = check_bundle(json.dumps(json.loads(bundle_of(templates, schema)) | more))
    return {(problem["template"], problem["variable"], problem["severity"]) for problem in found}


def test_a_variable_that_nobody_declares_is_told() -> None:
    templates = {
        "SMS/main": "{{ a }}{{ b }}{{ c | default(1) }}{{ xnovu_render('x', {'d': 1}) }}",
        "SMS/x": "{{ d }}{{ e }}",
    }
    schema: dict[str, Any] = {"properties": {"a": {}}}
    assert declared(templates, schema) == {
        ("SMS/main", "b", "error"),
        ("SMS/main", "c", "warning"),
        ("SMS/x", "e", "error"),
    }
    assert declared(templates, schema, variables={"SMS/main": ["b", "c", "e"]}) == set()
    assert {severity for _, _, severity in declared(templates, None)} == {"warning"}
