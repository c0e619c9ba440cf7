"""The words of the template language: its filters, tests and methods.

What is listed here is what templates may use. Everything that minijinja has is listed except what its fuel does not
bound: zip, chain and pprint; the method format; namespace, macros, blocks, imports and includes (xnovu_render takes
their place).
"""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONSTANTS: Final = frozenset(("true", "false", "none", "True", "False", "None"))
KEYWORDS: Final = CONSTANTS | {"and", "or", "not", "in", "is", "if", "else"}
FUNCTIONS: Final = frozenset(("range", "xnovu_render"))
RESERVED: Final = FUNCTIONS | {"loop"}
"""Names that neither a template nor a payload can bind."""

NOTIFICATION: Final = _words("building created_at enterprise_id id is_drill is_test locale name priority time_zone")
"""The members of `notification`: what notify.find_render_items and notify.preview_context hand over."""

# What gives a number or a text, whatever goes in.
SCALAR_FILTERS: Final = _words(
    """abs bool capitalize count currency date datetime e escape filesizeformat float format html_to_text indent int
    join json length lower markdown number percent plural pluralize replace round safe sanitize string striptags sum
    time title tojson trim truncate upper urlencode wordwrap"""
)
# What gives some or all of what goes in.
CHOOSING_FILTERS: Final = _words(
    """attr batch d default dictsort first groupby items last lines list map max min reject rejectattr reverse select
    selectattr slice sort split unique"""
)
FILTERS: Final = SCALAR_FILTERS | CHOOSING_FILTERS
# What repeats an argument in each element: it has to be short.
REPEATING_FILTERS: Final = frozenset(("batch", "groupby", "map", "slice"))
# What is written in Python; it is told the line, for its errors.
PYTHON_FILTERS: Final = _words(
    "currency date datetime html_to_text json markdown number percent plural sanitize time tojson"
)
# What can't cut HTML in pieces: it gives a text that will be escaped, whole HTML, or elements as they are.
WHOLE_FILTERS: Final = PYTHON_FILTERS | _words(
    """abs attr bool count d default dictsort e escape filesizeformat first float groupby int items join last length
    list pluralize reject rejectattr round safe select selectattr sort string sum unique urlencode"""
)

TESTS: Final = _words(
    """boolean defined divisibleby endingwith eq equalto escaped even false filter float ge greaterthan gt in int
    integer iterable le lessthan lower lt mapping ne none number odd safe sameas sequence startingwith string test true
    undefined upper"""
)
SCALAR_METHODS: Final = _words(
    """capitalize count endswith find isalnum isalpha isascii isdigit islower isnumeric isspace isupper join lower
    lstrip replace rfind rstrip startswith strip title upper"""
)
CHOOSING_METHODS: Final = frozenset(("get", "items", "keys", "split", "splitlines", "values"))
