"""XNovu's template engine: Jinja syntax by minijinja, for whoever may write templates but must not harm the database.

It is loaded into PostgreSQL, where the functions template.py_* call it. It reads nothing but its arguments.

A bundle, as text, is {"templates": {"EMAIL/fire-alarm": {"subject": "…" or null, "body": "…"}, …}, "channels": {"EMAIL": "fire-alarm",
…}, "payload_schema": {…} or null}: all that a workflow needs; "channels" names each channel's entry template.

`problem` tells what is wrong; `tag`, `grammar`, `expression` and `language` translate templates; `values` and `schema` take care of
payloads; `bundle` compiles, `render` renders, `check` refuses what can't be published.
"""

from xnovu_template.check import check_bundle, inspect
from xnovu_template.render import render_batch

__all__ = ["check_bundle", "inspect", "render_batch"]
