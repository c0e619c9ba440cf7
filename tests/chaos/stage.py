"""The hostile Novu and the proxies, in a thread and an event loop of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from tests.chaos.hostile import Hostile
from tests.chaos.proxy import Proxy


class Stage:
    """Runs while the block does. What is asked of Novu and of a proxy is asked by `soon` and `begin`."""

    def __init__(self, hostile: Hostile, proxies: list[Proxy]) -> None:
        self.hostile = hostile
        self.proxies = proxies
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stage", daemon=True)

    def soon(self, call: Callable[[], None]) -> None:
        """Call something in the loop."""
        self._loop.call_soon_threadsafe(call)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start something in the loop, and don't wait for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the loop, and wait for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        self.finish(self.hostile.listen())
        for proxy in self.proxies:
            self.finish(proxy.listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        await self.hostile.go_away()
        for proxy in self.proxies:
            await proxy.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
