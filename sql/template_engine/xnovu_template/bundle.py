"""A workflow's templates, ready to render: one minijinja environment for each bundle, used for all its items."""

from collections.abc import Callable
from typing import Final

import minijinja
import orjson

from xnovu_template.item import HTML_CHANNELS, xnovu_render
from xnovu_template.language import Translation, translate
from xnovu_template.problem import Place, Problem
from xnovu_template.schema import compile_schema
from xnovu_template.values import markdown, sanitize, scalar, tojson

FUEL: Final = 30_000
"""Steps of minijinja, and 64ths of a character, for one template. An email with 20 values and a loop of 10 takes
240."""


class Bundle:
    """The templates and the payload schema of one version of a workflow. It does not change.

    `entries` gives each channel's entry template, `translations` the templates by names such as
    "EMAIL/fire-alarm/body". `problems` has what keeps a part from being used, by the same names and "payload_schema":
    it is raised when the part is used, and listed when the bundle is checked.
    """

    def __init__(self, text: str) -> None:
        """Read and compile a bundle of the form that the package's docstring gives."""
        content = orjson.loads(text)
        self.entries: dict[str, str] = content["channels"]
        self.translations: dict[str, Translation] = {}
        self.problems: dict[str, Problem] = {}
        self.check_payload: Callable[[object], None] | None = None
        for name, template in content["templates"].items():
            self._translate(f"{name}/body", template["body"])
            self._translate(f"{name}/subject", template["subject"])
        try:
            self.check_payload = compile_schema(content["payload_schema"])
        except Problem as problem:
            self.problems["payload_schema"] = problem
        self.environment = _environment(self.translations)

    def _translate(self, name: str, source: str | None) -> None:
        if source is None:
            return
        try:
            self.translations[name] = translate(source)
        except Problem as problem:
            self.problems[name] = problem.at(Place.parse(name))

    def has(self, name: str) -> bool:
        """Tell whether there is a template with a name such as "EMAIL/fire-alarm/body", be it usable or not."""
        return name in self.translations or name in self.problems

    def has_entry(self, channel: str, field: str) -> bool:
        """Tell whether a channel's entry template has a `field`: subject or body."""
        return self.has(f"{channel}/{self.entries.get(channel)}/{field}")


def _environment(translations: dict[str, Translation]) -> minijinja.Environment:
    """Return an environment that knows each body under a second name too, "…/text": without escaping, for subjects.

    Nothing that it is given may refer to what holds it: Python could not find that circle, and would never free it.
    """
    sources = {name: translation.code for name, translation in translations.items()}
    for name, translation in translations.items():
        if name.endswith("/body"):
            sources[name.removesuffix("body") + "text"] = translation.code
    environment = minijinja.Environment(
        loader=sources.get,
        fuel=FUEL,
        undefined_behavior="strict",
        auto_escape_callback=_escapes,
        filters={"markdown": markdown, "sanitize": sanitize, "tojson": tojson, "xnovu_scalar": scalar},
        globals={"xnovu_render": xnovu_render},
    )
    for name in ("cycler", "debug", "dict", "joiner", "namespace"):
        environment.remove_global(name)
    for name in ("chain", "pprint", "zip"):
        environment.remove_filter(name)
    return environment


def _escapes(name: str) -> bool:
    channel, _, field = name.split("/")
    return field == "body" and channel in HTML_CHANNELS
