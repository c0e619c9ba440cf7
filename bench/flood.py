"""How much the stand-in can take: events thrown at it as fast as a socket carries them, without waiting for answers."""

import json
import socket
import time
from dataclasses import dataclass
from threading import Thread

from bench.standin import BULK, ONE, StandIn
from bench.work import BODY, WORKFLOW

_BULK_SIZE = 100
_CONNECTIONS = 4


@dataclass(frozen=True)
class Flood:
    """Events a second that the stand-in took: one a call, and in bulks of 100."""

    single: float
    bulk: float


def flood(stand_in: StandIn, seconds: float = 1.0) -> Flood:
    """Measure it, for about `seconds` each way. What it kept is forgotten."""
    event = {
        "name": WORKFLOW,
        "to": ["flood"],
        "transactionId": "flood",
        "context": {"tenant": "flood"},
        "payload": {"email": {"subject": "flood", "body": BODY * 3}, "in_app": {"subject": "flood", "body": BODY}},
    }
    single = _flood(stand_in, _call(ONE, event) * 20, seconds)
    bulk = _flood(stand_in, _call(BULK, {"events": [event] * _BULK_SIZE}), seconds)
    stand_in.empty()
    return Flood(single, bulk)


def _call(path: bytes, body: object) -> bytes:
    """A request as Node's and Python's clients write it, more or less."""
    text = json.dumps(body).encode()
    head = b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ApiKey bench\r\nAccept: application/json\r\n"
    return (head + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n") % (path, len(text)) + text


def _flood(stand_in: StandIn, data: bytes, seconds: float) -> float:
    stand_in.empty()
    started = time.monotonic()
    throwers = [Thread(target=_throw, args=(stand_in.port, data, started + seconds)) for _ in range(_CONNECTIONS)]
    for thrower in throwers:
        thrower.start()
    for thrower in throwers:
        thrower.join()
    return stand_in.count() / (time.monotonic() - started)


def _throw(port: int, data: bytes, until: float) -> None:
    """Send the same again and again, and read answers on the side, until it is time."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        reader = Thread(target=_drain, args=(connection,))
        reader.start()
        while time.monotonic() < until:
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        reader.join()


def _drain(connection: socket.socket) -> None:
    while connection.recv(1 << 16):
        pass
