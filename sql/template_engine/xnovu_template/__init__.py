"""XNovu's template engine: Jinja syntax by minijinja, for whoever may write templates but must not harm the database.

It is loaded into PostgreSQL, where the functions template.py_* call it. It reads nothing but its arguments.

A bundle, as text, is all that a workflow needs:

    {"templates": {"EMAIL/fire-alarm": {"subject": "…" or null, "body": "…"}, "EMAIL/fire-alarm@da": {…},
                   "IN_APP/fire-alarm": {"subject": …, "body": "…", "extras": {…}}, …},
     "channels": {"EMAIL": "fire-alarm", …}, "payload_schema": {…} or null}

"channels" names each channel's entry template; what stands behind the @ is the locale of a variant.

`tag`, `grammar`, `expression` and `language` translate templates, `html` sees to what may get out in HTML; `values`,
`formats` and `schema` look after payloads and `scene` after language and time zone; `bundle` compiles, `item` and
`render` render, `rules` has the channels' limits; `preview` shows, `styles` inlines CSS, `check` refuses what can't be
published; `problem` says what is wrong.
"""

from xnovu_template.check import check_bundle, check_template, inspect
from xnovu_template.preview import preview
from xnovu_template.render import cache_use, render_batch
from xnovu_template.schema import list_faults
from xnovu_template.styles import inline_styles

__all__ = [
    "cache_use",
    "check_bundle",
    "check_template",
    "inline_styles",
    "inspect",
    "list_faults",
    "preview",
    "render_batch",
]
