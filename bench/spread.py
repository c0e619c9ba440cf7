"""What several measurements say together."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Spread:
    """The median, and how far the measurements are apart."""

    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of one value or more."""
        return cls(median(values), min(values), max(values))


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which that many percent of two values or more lie."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
