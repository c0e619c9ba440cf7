"""What stands for a value that an emergency lacks, and the filters that go on with it instead of failing.

A stand-in prints as the variable's name in square brackets, is false, is a list of itself, and whatever is looked up in
it is another. No comparison with it holds: "more than 60 degrees" must not be said of a sensor that told nothing.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import minijinja

from xnovu_template.problem import Problem
from xnovu_template.scene import scene
from xnovu_template.values import clock

MARK: Final = f"\x01{os.urandom(8).hex()}:"
"""Opens the text that tells, on its way to Python, that a variable has no value: MARK + line + ":" + what to call it.
No payload can hold it, as nobody can foresee it."""

MAX_NAME: Final = 40
FUEL: Final = 10_000

_COUNTED: Final = (bool, int, float, str)


class Missing:
    """Stands for a value that is not there, in a template that goes out all the same."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"

    def __str__(self) -> str:
        return f"[{self._name}]"

    __repr__ = __str__

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator["Missing"]:
        return iter((self,))

    def __getattr__(self, name: str) -> "Missing":
        if name.startswith("_"):
            raise AttributeError(name)
        return Missing(f"{self._name}.{name}")

    def __getitem__(self, name: object) -> "Missing":
        return Missing(f"{self._name}.{name}")

    def __call__(self, *_: object, **__: object) -> "Missing":
        return self


def mark(line: int, name: str) -> str:
    """Return the text, as a template writes it, that stands for a variable; `name` may be empty."""
    return f'"{MARK}{line}:{name}"'


def readable(code: str) -> str:
    """Return what to call a value, of the code that it is read by: empty where that can't stand in a text."""
    return code if '"' not in code and "\\" not in code and "\n" not in code and len(code) <= 2 * MAX_NAME else ""


def seen(value: object) -> object:
    """Filter: a value as it is; a stand-in, with a warning, where it is not there."""
    if isinstance(value, str) and value.startswith(MARK):
        line, _, name = value.removeprefix(MARK).partition(":")
        words = f'the variable "{name}" has no value' if name else "a value is missing"
        shown = Missing(name or "?")
        scene.note(Problem("variable_missing", f"{words}: {shown} stands in its place.", int(line), name or None))
        return shown
    return value


def items(value: object, line: int) -> object:
    """Filter: what a loop goes over; nothing, with a warning, where that is no list."""
    value = seen(value)
    if value is None or isinstance(value, (bool, int, float)):
        scene.note(Problem("template_error", "a loop is given something that is no list: it was left out.", line))
        return ()
    return value


_plain: Final = minijinja.Environment(fuel=FUEL, undefined_behavior="chainable")


def compare(left: object, operator: str, right: object) -> bool:
    """Filter: whether a comparison holds; none does with what is missing."""
    left, right = seen(left), seen(right)
    if isinstance(left, Missing) or isinstance(right, Missing):
        return False
    try:
        return bool(_plain.eval_expr(f"a {operator} b", a=left, b=right))
    except minijinja.TemplateError:
        return False


def calculate(left: object, operator: str, right: object, line: int) -> object:
    """Filter: the result of + - * / // % **; a stand-in, with a warning, where there is none."""
    left, right = seen(left), seen(right)
    for operand in (left, right):
        if isinstance(operand, Missing):
            return operand
    if isinstance(left, _COUNTED) and isinstance(right, _COUNTED):
        try:
            return _plain.eval_expr(f"a {operator} b", a=left, b=right)
        except minijinja.TemplateError:
            pass
    return _failed(f"{operator} can't be calculated with what it is given", line)


def builtin(value: object, name: str, line: int, *given: object, **named: object) -> object:
    """Filter: one of minijinja's filters for numbers; a stand-in, with a warning, for what it can't take."""
    value = seen(value)
    if isinstance(value, Missing):
        return value
    arguments = {f"a{number}": argument for number, argument in enumerate(given)} | named
    written = ", ".join([*(f"a{number}" for number in range(len(given))), *(f"{name}={name}" for name in named)])
    try:
        return _plain.eval_expr(f"value|{name}({written})", value=value, **arguments)
    except minijinja.TemplateError:
        return _unchanged(value, Problem("template_error", f"the filter {name} can't take what it is given.", line))


def gentle(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter of ours that lets through what it can't take, with a warning, instead of failing."""

    def run(value: object, *given: object, **named: object) -> object:
        value = seen(value)
        if isinstance(value, Missing):
            return value
        try:
            return function(value, *given, **named)
        except Problem as problem:
            if clock.late():
                raise
            return _unchanged(value, problem)
        except TypeError:
            return _unchanged(value, Problem("template_error", "a filter is given an argument that it does not take."))

    return run


def _unchanged(value: object, problem: Problem) -> object:
    """Return a value as text, for want of anything better; a stand-in for what has no text that people can read."""
    scene.note(problem)
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return f"{value}"  # plain: what was marked as HTML is escaped from here on
    return Missing("?")


def _failed(words: str, line: int) -> Missing:
    shown = Missing("?")
    scene.note(Problem("template_error", f"{words}: {shown} stands in its place.", line))
    return shown
