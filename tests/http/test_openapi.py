"""/openapi.json and /docs; and schemathesis, which asks each route for what they promise."""

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema_rs import Draft202012Validator
from schemathesis import checks
from tests.cluster import A
from tests.http.support import FaceProcess, Keys

from xnovu.http.openapi import describe

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CHECKS = [
    checks.not_a_server_error,
]


@pytest.fixture(scope="module")
def client(face: FaceProcess, keys: Keys) -> Iterator[httpx.Client]:
    with face.client(keys.make(A)) as opened:
        yield opened
