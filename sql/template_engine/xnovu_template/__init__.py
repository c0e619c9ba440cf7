"""XNovu's template engine: Jinja syntax by minijinja, for whoever may write templates but must not harm the database.

It is loaded into PostgreSQL, where the functions template.py_* call it. It reads nothing but its arguments.

A bundle, as text, is all that a workflow needs:

    {"templates": {"EMAIL/fire-alarm": {"subject": "…" or null, "body": "…"}, …},
     "channels": {"EMAIL": "fire-alarm", …}, "payload_schema": {…} or null}

"channels" names each channel's entry template.

`tag`, `grammar`, `expression` and `language` translate templates; `values` and `schema` look after payloads; `bundle`
compiles, `item` and `render` render, `check` refuses what can't be published; `problem` says what is wrong.
"""

from xnovu_template.check import check_bundle, inspect
from xnovu_template.render import render_batch

__all__ = ["check_bundle", "inspect", "render_batch"]
