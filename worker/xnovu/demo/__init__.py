"""The sample data, three enterprises on one platform: loaded, sent and watched. Its SQL stands in samples/."""

from xnovu.demo.apply import load, send
from xnovu.demo.follow import watch

__all__ = ["load", "send", "watch"]
