"""The JSON Schema of a workflow's payload: made ready once a bundle, and its errors told without the payload's values.

Nothing is ever fetched, patterns are matched in linear time, and a schema may not refer to itself or blow up by references:
validation can't be interrupted.
"""

from typing import Final

import jsonschema_rs

from xnovu_template.problem import Problem

MAX_ERRORS: Final = 5
MAX_EXPANDED: Final = 5_000
"""Parts that a schema may have once its references are written out."""

type Draft = dict[str, object]


def _refuse_to_fetch(uri: str) -> object:
    raise ValueError("a schema can refer to its own parts only")
