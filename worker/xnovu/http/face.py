"""What the routes share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from xnovu.http.database import Database
from xnovu.http.options import FaceOptions
from xnovu.log import Log


@dataclass
class Face:
    """One process of `xnovu serve`. `draining`: it was told to end, and ends each connection with its next answer.
    `connections`: those that are open."""

    options: FaceOptions
    database: Database
    log: Log
    draining: bool = False
    connections: Collection[object] = ()
