"""A workflow's templates, ready to render: one minijinja environment for each bundle, used for all its items."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

import minijinja
import orjson

from xnovu_template import formats, lenient, placeholder, values
from xnovu_template.grammar import PYTHON_FILTERS
from xnovu_template.item import HTML_CHANNELS, xnovu_render
from xnovu_template.language import Translation, translate
from xnovu_template.problem import Place, Problem
from xnovu_template.schema import compile_schema

FUEL: Final = 30_000
"""Steps of minijinja, and 64ths of a character, for one template. An email with 20 values and a loop of 10 takes
240."""

MAX_EXTRAS: Final = 100
"""How many texts the extras of a template may have."""

_EXTRAS: Final = frozenset(("avatar", "data", "primaryAction", "redirect", "secondaryAction"))
_ACTION: Final = frozenset(("label", "redirect"))
_REDIRECT: Final = frozenset(("target", "url"))


class Bundle:
    """The templates and the payload schema of one version of a workflow. It does not change.

    `entries` gives each channel's entry template, `translations` the templates by names such as
    "EMAIL/fire-alarm/body" or "EMAIL/fire-alarm@da/body". `problems` has what keeps a part from being used, by the same
    names and "payload_schema": it is raised when the part is used, and listed when the bundle is checked. `variants`
    gives, for each template that has any, the locales of its variants in lower case, and the keys with which they are
    found. `extras` has what an in-app message has beside its text, its texts replaced by the names of their templates.
    `unsafe` are the names of templates of which what they render has to be cleaned.
    """

    def __init__(self, text: str) -> None:
        """Read and compile a bundle of the form that the package's docstring gives."""
        content = orjson.loads(text)
        self.content: dict[str, Any] = content
        self.entries: dict[str, str] = content["channels"]
        self.translations: dict[str, Translation] = {}
        self.problems: dict[str, Problem] = {}
        self.variants: dict[str, dict[str, str]] = {}
        self.extras: dict[str, dict[str, Any]] = {}
        self.check_payload: Callable[[object], None] | None = None
        for name, template in content["templates"].items():
            self._note_variant(name)
            self._translate(f"{name}/body", template["body"])
            self._translate(f"{name}/subject", template["subject"])
            self._read_extras(name, template.get("extras"))
        try:
            self.check_payload = compile_schema(content["payload_schema"])
        except Problem as problem:
            self.problems["payload_schema"] = problem
        self.unsafe = frozenset(name for name, translation in self.translations.items() if translation.faults)
        bodies = {f"{name}/text": template["body"] for name, template in content["templates"].items()}
        sources = {name: translation.code for name, translation in self.translations.items()}
        self.environment = _environment(_Loader(sources, bodies))

    def _note_variant(self, name: str) -> None:
        base, _, locale = name.partition("@")
        if locale:
            found = self.variants.setdefault(base, {})
            found[locale.replace("_", "-").lower()] = name.partition("/")[2]

    def _translate(self, name: str, source: str | None) -> None:
        if source is None:
            return
        try:
            self.translations[name] = translate(source, name.partition("/")[0] if _escapes(name) else "")
        except Problem as problem:
            self.problems[name] = problem.at(Place.parse(name))

    def _read_extras(self, name: str, extras: object) -> None:
        if not extras:
            return
        place = Place.parse(f"{name}/extras")
        try:
            _check_extras(extras)
            texts = list(_texts(extras, "extras"))
            if len(texts) > MAX_EXTRAS:
                raise Problem("template_error", f"there are more than {MAX_EXTRAS} texts.")
        except Problem as problem:
            self.problems[f"{name}/extras"] = problem.at(place)
            return
        for path, text in texts:
            self._translate(f"{name}/{path}", text)
            translation = self.translations.get(f"{name}/{path}")
            if translation is not None and translation.includes:
                fault = Problem("template_error", "extras can't use xnovu_render.")
                self.problems[f"{name}/extras"] = fault.at(Place.parse(f"{name}/{path}"))
        if isinstance(extras, dict) and f"{name}/extras" not in self.problems:
            self.extras[name] = extras

    @cached_property
    def lenient(self) -> dict[str, str]:
        """The code of each template for an emergency. What can't be written so is not there."""
        sources: dict[str, str] = {}
        for name, template in self.content["templates"].items():
            parts = {"body": template["body"], "text": template["body"], "subject": template["subject"]}
            parts |= dict(_texts(self.extras.get(name, {}), "extras"))
            for field, source in parts.items():
                if source is not None:
                    part = f"{name}/{field}"
                    with suppress(Problem):
                        sources[part] = lenient.translate(source, name.partition("/")[0] if _escapes(part) else "")
        return sources

    @staticmethod
    def lenient_environment(sources: dict[str, str]) -> minijinja.Environment:
        """Return an environment for one emergency, with its templates' code by name."""
        return _environment(sources.get, is_lenient=True)

    def has(self, name: str) -> bool:
        """Tell whether there is a template with a name such as "EMAIL/fire-alarm/body", be it usable or not."""
        return name in self.translations or name in self.problems

    def find(self, channel: str, key: str, locales: tuple[str, ...]) -> str:
        """Return the key, with its locale, of the variant of a template that the first of the locales has."""
        variants = self.variants.get(f"{channel}/{key}")
        if variants:
            for locale in locales:
                if locale.lower() in variants:
                    return variants[locale.lower()]
        return key

    def text_of(self, place: Place) -> str:
        """Return the text of a member of a template's extras."""
        return dict(_texts(self.extras[f"{place.channel}/{place.key}"], "extras"))[place.field]

    def has_entry(self, channel: str, field: str) -> bool:
        """Tell whether a channel's entry template has a `field`: subject or body."""
        return self.has(f"{channel}/{self.entries.get(channel)}/{field}")


_LINKS: Final = frozenset(("extras.avatar", "extras.redirect.url"))


def is_link(path: str) -> bool:
    """Tell whether a member of extras, such as "extras.redirect.url", is a link."""
    return path in _LINKS or path in ("extras.primaryAction.redirect.url", "extras.secondaryAction.redirect.url")


def _check_extras(extras: object) -> None:
    """Raise Problem template_error, without a place, where extras are not what an in-app message can have."""
    _members(extras, "extras", _EXTRAS)
    assert isinstance(extras, dict)
    _of_type(extras.get("avatar"), "extras.avatar", str)
    for name in ("primaryAction", "secondaryAction"):
        action = extras.get(name)
        if action is not None:
            _members(action, f"extras.{name}", _ACTION)
            _of_type(action.get("label"), f"extras.{name}.label", str)
            _check_redirect(action.get("redirect"), f"extras.{name}.redirect")
    _check_redirect(extras.get("redirect"), "extras.redirect")
    _of_type(extras.get("data"), "extras.data", dict)


def _check_redirect(redirect: Any, path: str) -> None:
    if redirect is not None:
        _members(redirect, path, _REDIRECT)
        _of_type(redirect.get("url"), f"{path}.url", str)
        _of_type(redirect.get("target"), f"{path}.target", str)


def _members(value: object, path: str, known: frozenset[str]) -> None:
    _of_type(value, path, dict)
    for name in value if isinstance(value, dict) else ():
        if name not in known:
            raise Problem("template_error", f"{path} can't have {name}; it has {', '.join(sorted(known))}.")


def _of_type(value: object, path: str, kind: type) -> None:
    if value is not None and not isinstance(value, kind):
        raise Problem("template_error", f"{path} has to be {'an object' if kind is dict else 'a text'}.")


def _texts(value: object, path: str, depth: int = 1) -> Iterator[tuple[str, str]]:
    """Yield the texts in extras with their paths, such as "extras.redirect.url"."""
    if depth > values.VALUE_DEPTH:
        raise Problem("template_error", "extras are nested too deeply.")
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(member, f"{path}.{name}", depth + 1)
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _texts(member, f"{path}.{number}", depth + 1)


_FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "currency": formats.currency,
    "date": formats.format_date,
    "datetime": formats.format_datetime,
    "html_to_text": values.html_to_text,
    "json": values.tojson,
    "markdown": values.markdown,
    "number": formats.number,
    "percent": formats.percent,
    "plural": formats.plural,
    "safe": values.safe,
    "sanitize": values.sanitize,
    "time": formats.format_time,
    "tojson": values.tojson,
    "xnovu_attribute": values.in_attribute,
    "xnovu_html": values.cleaned,
    "xnovu_image": values.in_image,
    "xnovu_link": values.in_link,
    "xnovu_raw": values.raw,
    "xnovu_scalar": values.scalar,
    "xnovu_sheet": values.in_sheet,
    "xnovu_style": values.in_style,
}
_LENIENT_FILTERS: Final[dict[str, Callable[..., Any]]] = _FILTERS | {
    **{name: placeholder.gentle(_FILTERS[name]) for name in PYTHON_FILTERS},
    "xnovu_builtin": placeholder.builtin,
    "xnovu_calculate": placeholder.calculate,
    "xnovu_compare": placeholder.compare,
    "xnovu_items": placeholder.items,
    "xnovu_seen": placeholder.seen,
}


class _Loader:
    """Finds the code of a template by name, and that of each body under a second one, "…/text": as text, for subjects.

    It may not refer to what holds it: Python could not find that circle, and would never free it.
    """

    def __init__(self, sources: dict[str, str], bodies: dict[str, str]) -> None:
        self.sources = sources
        self.bodies = bodies

    def __call__(self, name: str) -> str | None:
        return translate(self.bodies[name]).code if name in self.bodies else self.sources.get(name)


def _environment(loader: Callable[[str], str | None], is_lenient: bool = False) -> minijinja.Environment:
    environment = minijinja.Environment(
        loader=loader,
        fuel=FUEL,
        undefined_behavior="chainable" if is_lenient else "strict",
        auto_escape_callback=_escapes,
        filters=_LENIENT_FILTERS if is_lenient else _FILTERS,
        globals={"xnovu_render": xnovu_render},
    )
    for name in ("cycler", "debug", "dict", "joiner", "namespace"):
        environment.remove_global(name)
    for name in ("chain", "pprint", "zip"):
        environment.remove_filter(name)
    return environment


def _escapes(name: str) -> bool:
    channel, _, rest = name.partition("/")
    return channel in HTML_CHANNELS and rest.partition("/")[2] == "body"
