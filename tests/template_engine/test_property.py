"""Random templates and payloads: no crash, no way out of the sandbox, nothing that a browser would run, in time."""

import re
import resource
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.template_engine.oracle import faults
from tests.template_engine.support import attempt, bundle_of

from xnovu_template import check_bundle, preview

SETTINGS = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))

NASTY = [
    "javascript:alert(1)",
    " java\tscript:alert(1)",
    "JaVaScRiPt&colon;alert(1)",
    "data:text/html,<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "x onerror=alert(1) ",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "--><img src=x onerror=alert(1)>",
    "--!><img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "red;background:url(//evil)",
    "@import '//evil'",
    '<b title="',
    '<a href="',
    "<!--",
    "<style>",
    "<title>",
    "<iframe src=//evil>",
    "<\u017fcript>alert(1)</\u017fcript>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    '<p\u00a0title="><img src=x onerror=alert(1)>">',
    '<p title=\u2003"><img src=x onerror=alert(1)>">',
    '<style></style\u00a0><img title="</style><img src=x onerror=alert(1)>">',
    "</\u017ftyle>",
    "</t\u0131tle>",
    "\u00a0",
    "\u000b",
    "\u2003",
    "\u0085",
    "u\0rl(//evil)",
    "java\0script:alert(1)",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "\U000f0000",
    "script",
    "onclick",
    "href",
    "<",
    ">",
    '"',
    "'",
    "`",
    "&lt;script&gt;",
    "]]>",
    "\\",
    "/",
]

FILTERS = ["upper", "lower", "title", "trim", "safe", "sanitize", "markdown", "striptags", "escape", "tojson"]
FILTERS += ["urlencode", "html_to_text", "reverse", "first", "last", "capitalize", "string"]

PIECES = [
    "\u00a0",
    "\u000b",
    "\u2003",
    "</\u017ftyle>",
    "</t\u0131tle>",
    "</style",
    'title="',
    "<p>",
    "</p>",
    "<",
    ">",
    '"',
    "'",
    " ",
    "=",
    "/",
    "<!--",
    "-->",
    "<!--[if mso]>",
    "<![endif]-->",
    "<style>",
    "</style>",
    "<title>",
    "</title>",
    "<table>",
    "<tr>",
    "<td",
    "<a href=",
    "<a href='",
    '<a href="',
    '<img src="',
    '<p title="',
    '<p style="color:',
    "<p class=x ",
    "<s",
    "cript",
    "on",
    "load=",
    "java",
    "script:",
    "{% if a %}",
    "{% else %}",
    "{% endif %}",
    "{%- if b -%}",
    "{%- endif -%}",
    "{% for c in d %}",
    "{{ c }}",
    "{% endfor %}",
    "{% set a %}",
    "{% endset %}",
    "{% set b = a | safe %}",
    "{% filter replace('x', '<') %}",
    "{% filter safe %}",
    "{% endfilter %}",
    "{% raw %}<p {% endraw %}",
    "{# c #}",
    "{{ xnovu_render('other') }}",
    "{{ xnovu_render('other', {'a': b | safe}) }}",
    "{{ (a ~ b) | safe }}",
    "{{ a | sanitize | truncate(length=7) }}",
    "{{ (a | safe)[:9] }}",
    "{{ a | safe | replace('a', '\"') }}",
    "{{ a | safe | split('\"') | first }}",
    "{{ [a | safe, b] | join('<b>') }}",
    "{{ d | join(' ') | safe }}",
]

values = st.one_of(
    st.sampled_from(NASTY), st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map("".join), st.text()
)
holes = st.builds(
    lambda name, filters: "{{ " + " | ".join([name, *filters]) + " }}",
    st.sampled_from("abc"),
    st.lists(st.sampled_from(FILTERS), max_size=2),
)
bodies = st.lists(st.one_of(st.sampled_from(PIECES), holes, st.sampled_from(NASTY)), max_size=14).map("".join)
payloads = st.fixed_dictionaries({"a": values, "b": values, "c": values, "d": st.lists(values, max_size=3)})
attributes = st.sampled_from(["href", "src", "title", "style", "alt", "class", "background", "cite", "data-x", "width"])
sound = st.lists(
    st.one_of(
        st.builds(lambda name, hole: f'<a {name}="{hole}">t</a>', attributes, holes),
        st.builds(lambda name, hole: f"<p {name}='x{hole}y'>t</p>", attributes, holes),
        holes,
        st.sampled_from(
            ["<b>", "</b>", "{% set a = b | safe %}", "{{ xnovu_render('other', a=b) }}", "<!-- {{ a }} -->"]
        ),
    ),
    max_size=8,
).map("".join)


def check(body: str, payload: dict[str, Any]) -> None:
    for channel in ("EMAIL", "IN_APP"):
        bundle = bundle_of({f"{channel}/main": ("{{ a }}", body), f"{channel}/other": "<i>{{ a }}</i>"})
        started = time.process_time()
        content, _, error = attempt(bundle, payload, channel)
        assert time.process_time() - started < 0.6
        assert (content is None) is not (error is None)
        if content is not None:
            rendered = content[channel.lower()]
            assert faults(rendered["body"]) == [], rendered["body"]
            assert re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e]", rendered["subject"]) is None
        check_bundle(bundle)


@SETTINGS
@given(bodies, payloads)
def test_whatever_is_written_nothing_that_a_browser_would_run_gets_out(body: str, payload: dict[str, Any]) -> None:
    check(body, payload)


@SETTINGS
@given(sound, payloads)
def test_whatever_a_sound_template_is_given_nothing_that_a_browser_would_run_gets_out(
    body: str, payload: dict[str, Any]
) -> None:
    check(body, payload)


@SETTINGS
@given(st.text(alphabet="{}%#|()[]'\".,:-+*/ abx01\n<>=", max_size=60), st.recursive(values, st.lists, max_leaves=5))
def test_no_text_is_a_template_that_crashes(body: str, value: Any) -> None:
    bundle = bundle_of({"SMS/main": body, "EMAIL/main": (body, body)})
    attempt(bundle, {"a": value, "b": 1, "x": [value]}, "SMS,EMAIL")
    check_bundle(bundle)
    preview(bundle, "{}", "{}", "SMS,EMAIL")


@SETTINGS
@given(
    st.sampled_from(
        ["a.__class__", "a.__init__", "a.mro", "().__class__", "a['__class__']", "a|attr('__class__')", "self", "loop"]
    )
)
def test_python_is_out_of_reach(path: str) -> None:
    for value in ("text", {"k": 1}, [1]):
        _, _, error = attempt(bundle_of({"SMS/main": "{{ " + path + " }}"}), {"a": value})
        assert error is not None
        assert error["code"] in ("variable_missing", "template_error")


def test_memory_stays_bounded() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(300):
        attempt(bundle_of({"EMAIL/main": ("S", f"<p title='{{{{ a }}}}'>{number}</p>")}), {"a": "<" * 9000}, "EMAIL")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024
