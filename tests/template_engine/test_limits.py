"""That no template runs for long, needs much memory, or ends the process: each is rendered in a process of its own."""

import json
import multiprocessing
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from tests.template_engine.support import attempt, bundle_of, fail, render

from xnovu_template.values import clock, load

ROWS = [{"n": number, "s": "x" * 9} for number in range(1000)]
PAYLOAD = {
    "rows": ROWS,
    "same": ROWS,
    "big": "<i> " * 4000,
    "d": {str(number): number for number in range(3300)},
    "p": ["y" * 9000],
}
LOOP, END = "{% for i in range(9000) %}", "{% endfor %}"
LONG = "{% set long = 'x y,' * 8000 %}"


def measure(bundle: str, payload: str, answers: Any) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    _, _, error = attempt(bundle, payload)
    seconds = time.process_time() - start
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    answers.send((error and error["code"], seconds, growth / 1024))


def watch(bundle: str, payload: Any = None) -> str | None:
    """Render and return the code of the error; fail where it takes 0.6 s of the processor, 64 MB, or the process."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=measure, args=(bundle, json.dumps(payload or {}), sender))
    process.start()
    sender.close()
    assert receiver.poll(5), "it runs on"
    code, seconds, megabytes = receiver.recv()
    process.join()
    assert seconds < 0.6
    assert megabytes < 64
    assert code is None or isinstance(code, str)
    return code


@pytest.mark.parametrize(
    "body",
    [
        "{{ 'x' * 10**9 }}",
        "{{ 'x' * 10**18 }}",
        "{% for i in range(1000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% for i in range(1000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}",
        LONG + LOOP + "{{ long }}" + END,
        LONG + LOOP + "{% set x = long ~ i %}" + END,
        LONG + LOOP + "{% set x = long | upper %}" + END,
        LONG + LOOP + "{% set x = long.replace('x', 'y') %}" + END,
        LONG + LOOP + "{% set x = long | list %}" + END,
        LOOP + "x" * 9000 + END,
        "{% set a = 'xx' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{{ ('a' * 1000) | replace('a', 'b' * 100000) }}",
        "{{ ('a' * 1000).replace('', 'b' * 100000) }}",
        "{{ 'a\nb' | indent(10**9) }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ '%.1000000000f' | format(1.5) }}",
        "{{ range(99999) | join('x' * 9000) }}",
        "{{ range(99999) | map('string') | join(',') }}",
        "{{ range(9) | batch(99999, 'x') | list }}",
        "{{ range(9) | slice(99999) | list }}",
        "{{ rows | map('list') | list | string }}" * 400,
        LOOP + "{{ rows | tojson }}" + END,
        LOOP + "{{ rows }}" + END,
        LOOP + "{% set x = d | length %}" + END,
        LOOP + "{% for k, v in d.items() %}{% break %}{% endfor %}" + END,
        LOOP + "{% set x = rows in [same] %}" + END,
        LOOP + "{% set x = rows | unique | list %}" + END,
        LOOP + "{% set x = rows | min %}" + END,
        LOOP + "{{ big | sanitize }}" + END,
        LOOP + "{{ (big[:5000]) | markdown }}" + END,
        LOOP + "{{ xnovu_render('leaf') }}" + END,
        LOOP + "{{ xnovu_render('slow') }}" + END,
        "{{ xnovu_render('t1') }}{{ xnovu_render('t1') }}",
    ],
)
def test_what_does_not_end_soon_is_stopped(body: str) -> None:
    tree = {f"SMS/t{level}": ("{{ xnovu_render('t" + str(level + 1) + "') }}") * 9 for level in range(1, 8)}
    slow = "{% for i in range(99) %}{% for j in range(99) %}{% endfor %}{% endfor %}"
    bundle = bundle_of({"SMS/main": body, "SMS/leaf": "-", "SMS/slow": slow, **tree, "SMS/t8": "x"})
    assert watch(bundle, PAYLOAD) == "template_endless"


@pytest.mark.parametrize(
    "body",
    [
        "{% set a = [p, p] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
        "{% set a0 = [p, p] %}" + "".join(f"{{% set a{n + 1} = [a{n}, a{n}] %}}" for n in range(40)) + "{{ a40 }}",
        "{% set a0 = {'x': p} %}" + "".join(f"{{% set a{n + 1} = {{'x': a{n}, 'y': a{n}}} %}}" for n in range(40)),
        "{% for a in [[p, p]] %}{% for b in [[a, a] * 9000] %}{{ b }}{% endfor %}{% endfor %}",
        LOOP + "{% set p = [p, p] %}{{ p }}" + END,
        "{% set a = p %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{{ p * 9000 }}",
        "{{ rows | list * 9000 }}",
        "{{ [p] * 9000 }}",
        "{{ ('x' * 9000) | list * 9000 }}",
        "{{ range(9000) | map(attribute='x', default=p) | list }}",
        "{{ range(9000) | map('default', p) | list }}",
        "{{ [[p]] | batch(9000, p) | list }}",
        "{{ p | zip(p) | zip(p) }}",
        "{{ p | chain(p) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ (1).format() }}",
        "{% set n = namespace(a=1) %}{% set n.a = n %}{{ n }}",
        "{{ dict(a=p, b=p) }}",
        "{{ cycler(p) }}",
        "{{ debug() }}",
        "{% macro m(x) %}{{ m([x, x]) }}{% endmacro %}{{ m(p) }}",
        "{% for x in rows recursive %}{{ loop(rows) }}{% endfor %}",
        "{{ [" + "p, " * 9000 + "] }}",
        "{{ " + "(" * 9000 + "p" + ")" * 9000 + " }}",
        "{{ 1" + " + 1" * 90000 + " }}",
        "{{ 'a'" + " ~ 'a'" * 20000 + " }}",
        "{{ 'a'" + " | upper" * 9000 + " }}",
        "{{ d" + ".x" * 9000 + " }}",
        "{{ d" + "[0]" * 9000 + " }}",
        "{{ " + "-" * 9000 + "1 }}",
        "{{ " + "not " * 9000 + "1 }}",
        "{{ 1" + " if 1 else 1" * 9000 + " }}",
        "{{ 1" + " is odd" * 9000 + " }}",
        "{{ " + "[" * 9000 + "]" * 9000 + " }}",
        "{% if 1 %}" * 9000 + "{% endif %}" * 9000,
        "{% if 1 %}" + "{% elif 1 %}" * 9000 + "{% endif %}",
        "x" * 200_000,
        "{{ [" + "1, " * 40_000 + "] }}",
    ],
)
def test_what_could_outgrow_the_memory_or_the_stack_is_refused(body: str) -> None:
    assert watch(bundle_of({"SMS/main": body}), PAYLOAD) == "template_error"


def test_what_an_include_is_given_can_not_double_from_level_to_level() -> None:
    given = "{{ xnovu_render('%s', {'a': [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]}) }}"
    bundle = bundle_of({"SMS/main": given % "b", "SMS/b": given % "c", "SMS/c": given % "d", "SMS/d": "{{ a }}"})
    assert watch(bundle, {"a": ["x" * 9000]}) == "template_endless"


def test_what_an_include_is_given_has_a_bound() -> None:
    many, long = list(range(20_001)), ["x" * 90_000]
    assert fail("{{ xnovu_render('a', {'b': b}) }}", {"a": "-"}, b=many)["code"] == "template_endless"
    assert fail("{{ xnovu_render('a', b=[b, b, b]) }}", {"a": "-"}, b=long)["code"] == "template_endless"
    assert render("{{ xnovu_render('a', {'b': b}) }}", {"a": "-"}, b=long) == "-"


def test_output_has_a_bound_over_all_channels() -> None:
    half = "{{ 'x' * 300000 }}"
    assert attempt(bundle_of({"SMS/main": half}))[2] is None
    _, _, error = attempt(bundle_of({"SMS/main": half, "CHAT/main": half}), channels="SMS,CHAT")
    assert error is not None
    assert error["code"] == "template_endless"


def test_filters_in_python_have_a_bound_on_what_they_take() -> None:
    assert "up to 100000 characters" in fail("{{ ('x' * 100001) | sanitize }}")["message"]
    assert "up to 3000 tags" in fail("{{ ('<p>' * 3001) | sanitize }}")["message"]
    assert "up to 16000 characters" in fail("{{ ('x' * 16001) | markdown }}")["message"]
    assert "up to 1000 brackets" in fail("{{ ('[' * 1001) | markdown }}")["message"]


def test_an_email_of_a_thousand_rows_is_far_from_any_limit() -> None:
    rows = "<tr>{% for r in rows %}<td>{{ r.n }}</td><td>{{ r.s }}</td><td>{{ r.n * 2 }}</td></tr>{% endfor %}"
    assert render(rows, channel="EMAIL", rows=ROWS[:1000]).count("</tr>") == 1000


def test_a_long_sum_of_words_is_a_template_like_any_other() -> None:
    names: dict[str, Any] = {f"v{number}": str(number % 10) for number in range(45)}
    assert render("{{ " + " ~ ' ' ~ ".join(names) + " }}", **names) == " ".join(names.values())


def test_bundles_that_are_no_longer_used_are_freed() -> None:
    body = "{{ xnovu_render('other') }}" + "{% if x is defined %}{{ x }}{% endif %}" * 100
    before = 0
    for number in range(900):
        attempt(bundle_of({"SMS/main": body, "SMS/other": str(number)}))
        if number == 400:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4 * 1024


def test_a_package_that_takes_long_to_import_costs_no_notification_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_package_of_the_test.py").write_text("import time\ntime.sleep(0.3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(clock, "deadline", time.monotonic() + 0.2)
    load("slow_package_of_the_test")
    assert not clock.late()
    load("slow_package_of_the_test")
    assert clock.deadline < time.monotonic() + 0.3
