"""What every Python contender does in a job, which names a notification: render with python-liquid, post with httpx.

The templates are compiled once; HTML is escaped, subjects are text; the connections are kept."""

import json
import os
from typing import Any

import httpx
from liquid import DictLoader, Environment

READ = """
select enterprise_id::text, id::text, recipients[1]::text as recipient, payload from notification
where enterprise_id = {} and id = {} and status = 'PENDING'
"""
SENT = "update notification set status = 'SENT', sent_at = now() where enterprise_id = {} and id = {}"
JOBS = "select enterprise_id::text, id::text from notification order by id"


class Templates:
    """The work's templates, compiled."""

    def __init__(self) -> None:
        sources = json.loads(os.environ["BENCH_TEMPLATES"])
        html, text = Environment(loader=DictLoader(sources), autoescape=True), Environment()
        self.subject = text.from_string(sources["subject"])
        self.body = html.from_string(sources["body"])
        self.in_app_subject = text.from_string(sources["in_app_subject"])
        self.in_app_body = html.from_string(sources["in_app_body"])

    def event(self, notification: dict[str, Any]) -> dict[str, Any]:
        """The event that Novu gets for a notification."""
        tenant, payload = notification["enterprise_id"], notification["payload"]
        return {
            "name": os.environ["BENCH_WORKFLOW"],
            "to": [f"{tenant}:{notification['recipient']}"],
            "transactionId": notification["id"],
            "context": {"tenant": tenant},
            "payload": {
                "email": {"subject": self.subject.render(payload), "body": self.body.render(payload)},
                "in_app": {"subject": self.in_app_subject.render(payload), "body": self.in_app_body.render(payload)},
            },
        }


class Novu:
    """Posts one event a call."""

    def __init__(self, connections: int) -> None:
        self._client = httpx.AsyncClient(
            base_url=os.environ["NOVU_API_URL"],
            headers={"Authorization": "ApiKey bench"},
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    async def post(self, event: dict[str, Any]) -> None:
        """Post it. Raises when Novu did not take it."""
        answer = await self._client.post("/v1/events/trigger", json=event)
        answer.raise_for_status()
        if answer.json()["data"]["status"] != "processed":
            raise RuntimeError(f"Novu answered {answer.text}")


def tuning(**defaults: int) -> dict[str, int]:
    """The numbers that were found best, unless BENCH_TUNING has others."""
    given: dict[str, int] = json.loads(os.environ.get("BENCH_TUNING", "{}"))
    return defaults | given
