"""Rounds: work that comes round again. What stands in its way is told, and ends nothing but this round."""

from types import TracebackType

from xyper_engine.errors import Unavailable
from xyper_engine.runtime import Runtime


class Round:
    """`with Round(rt, "herald"):` around one. A part that is away is told once for as long as it is, a bug with its
    place.
    """

    def __init__(self, rt: Runtime, task: str) -> None:
        self._rt = rt
        self._task = task
        self.done = False
        self.away = False
        """Whether a part that it needs did not answer."""

    def __enter__(self) -> "Round":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.done, self.away = error is None, isinstance(error, Unavailable)
        if self.away:
            self._rt.once.warning("put off", task=self._task, reason=str(error))
        elif isinstance(error, Exception):
            self._rt.log.exception("bug", task=self._task, exc_info=error)
        return isinstance(error, Exception)
