"""Puts the template engine, a pure Python package, into a plpython3u function.

A function of the database can't import from the server's disk what a migration brings, so the package's sources travel
in one as text, and the backend imports them from memory when another first needs them. Beside them
travels what the server's own Python made of them, since compiling takes longer than all the rest; a server whose
Python has changed since then compiles them itself.
"""

import ast
import hashlib
import json
import re
import sys
from pathlib import Path

from xnovu.migrate.session import Connection

MARKER = "# @template_engine"
CARRIER = "# @template_engine_sources"
_NOT_COMPILED = 'magic, packed = "", ""'
_PACKAGE = "xnovu_template"
_MARKER_LINE = re.compile(rf"^[ \t]*({re.escape(MARKER)}|{re.escape(CARRIER)})[ \t]*$", re.MULTILINE)

# What takes MARKER's place. Whoever may replace the function that is called here can't put anything else into GD: only
# a superuser's Python can.
_USE = """\
if "{key}" not in GD:
    plpy.execute("select template.py_engine()")
engine = GD["{key}"]
"""

# What takes CARRIER's place. `GD` outlives the function's own replacement, so a new hash turns the old modules out.
_LOADER = """\
def template_engine_sources():
    return {sources}

def template_engine_code():
    import base64
    import importlib.util
    import marshal

    {not_compiled}
    if magic != importlib.util.MAGIC_NUMBER.hex():
        return {{}}
    return marshal.loads(base64.b64decode(packed))

def import_template_engine():
    import importlib
    import importlib.abc
    import importlib.util
    import sys

    sources = template_engine_sources()
    code = template_engine_code()

    class TemplateEngineImporter(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
        def find_spec(self, fullname, path=None, target=None):
            if fullname in sources or self.is_package(fullname):
                return importlib.util.spec_from_loader(fullname, self)
            return None

        def is_package(self, fullname):
            return fullname + ".__init__" in sources

        def get_source(self, fullname):
            return sources[fullname + ".__init__" if self.is_package(fullname) else fullname]

        def get_code(self, fullname):
            name = fullname + ".__init__" if self.is_package(fullname) else fullname
            return code.get(name) or compile(sources[name], fullname.replace(".", "/") + ".py", "exec")

    for name in [name for name in sys.modules if (name + ".").startswith("{package}.")]:
        del sys.modules[name]
    for key in [key for key in GD if key.startswith("{package}:")]:
        del GD[key]
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "TemplateEngineImporter"]
    sys.meta_path.insert(0, TemplateEngineImporter())
    GD["{key}"] = importlib.import_module("{package}")

import_template_engine()
"""

# Runs in the server, whose Python may be another than ours.
_COMPILER = """\
import base64
import importlib.util
import marshal

code = {{
    name: compile(source, name.removesuffix(".__init__").replace(".", "/") + ".py", "exec")
    for name, source in {sources}.items()
}}
magic = importlib.util.MAGIC_NUMBER.hex()
return f"magic, packed = {{magic!r}}, {{base64.b64encode(marshal.dumps(code)).decode()!r}}"
"""


def read_sources(folder: Path) -> dict[str, str]:
    """Return the sources of the package in `folder` by dotted module name, such as "xnovu_template.render"."""
    package = folder / _PACKAGE
    return {
        ".".join(path.relative_to(folder).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*.py"))
    }


def expand(text: str, sources: dict[str, str]) -> str:
    """Replace the marker line in a function's `text`: CARRIER by Python that imports the package from memory, MARKER by
    Python that has the function template.py_engine do so once, and names the package `engine`.

    What is put in holds no dollar sign, so it can't end a dollar-quoted body, whatever its tag.
    """
    digest = hashlib.sha256((_LOADER + json.dumps(sources, sort_keys=True)).encode()).hexdigest()
    key = f"{_PACKAGE}:{digest}"
    texts = {
        MARKER: _USE.format(key=key),
        CARRIER: _LOADER.format(key=key, package=_PACKAGE, sources=_literal(sources), not_compiled=_NOT_COMPILED),
    }
    return _MARKER_LINE.sub(lambda match: texts[match[1]].rstrip("\n"), text)


def compile_in(connection: Connection, sources: dict[str, str]) -> str:
    """Let the server's Python compile the sources; returns what `with_code` puts into an expanded text."""
    body = _COMPILER.format(sources=_literal(sources))
    connection.execute(
        f"create function pg_temp.compile() returns text language plpython3u as $python$\n{body}$python$".encode()
    )
    row = connection.execute("select pg_temp.compile()").fetchone()
    connection.execute("drop function pg_temp.compile()")
    assert row is not None
    return str(row[0])


def with_code(text: str, code: str) -> str:
    """The expanded `text` of the function that carries the sources, with what `compile_in` returned."""
    return text.replace(_NOT_COMPILED, code)


def foreign_modules(sources: dict[str, str]) -> list[str]:
    """Return the top-level modules, sorted, that the package imports and neither it nor Python's library provides."""
    names: set[str] = set()
    for source in sources.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.add(node.module)
    roots = {name.partition(".")[0] for name in names}
    return sorted(roots - sys.stdlib_module_names - {_PACKAGE})


def _literal(sources: dict[str, str]) -> str:
    # repr() doubles every backslash, so the one put before x24 always begins an escape.
    items = [f"{name!r}: {source!a}".replace("$", r"\x24") for name, source in sorted(sources.items())]
    return "{" + ", ".join(items) + "}"
