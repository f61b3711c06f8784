"""Many files through the batch room, as an iterator."""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import _peel, _settings
from ._result import Result


class _Run:
    """One pass over some files: the library works on a thread of its own, and waits where nobody takes its results."""

    def __init__(self, batch: Any, paths: Iterable[Any], output: Any, ordered: bool, settings: dict[str, Any], endings: Mapping[str, str]) -> None:
        self._batch = batch
        self._paths = iter(paths)
        self._folder = None if output is None else Path(output)
        self._ordered = ordered
        self._settings = settings
        self._ending = endings[settings.get("format") or "png"]
        # So many may wait to be taken, with those in hand: results hold pixels.
        self._window = int(json.loads(batch.describe())["workers"]) + 2
        self._changed = threading.Condition()
        self._names: dict[int, tuple[str, str | None]] = {}
        self._done: dict[int, Any] = {}
        self._order: deque[int] = deque()
        self._taken = 0
        self._given = 0
        self._used: set[str] = set()
        self._ended = False
        self._failure: BaseException | None = None
        self._closed = False
        self._control = _peel.control()
        self._thread = threading.Thread(target=self._work, name="peel-map", daemon=True)

    def _name_output(self, path: str) -> str | None:
        if self._folder is None:
            return None
        stem = Path(path).stem
        name = stem
        number = 2
        while name in self._used:
            name, number = f"{stem}-{number}", number + 1
        self._used.add(name)
        return str(self._folder / (name + self._ending))

    def _next(self) -> tuple[str, str | None, int] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._taken - self._given < self._window)
            if self._closed:
                return None
        try:
            path = os.fspath(next(self._paths))
        except StopIteration:
            return None
        with self._changed:
            tag = self._taken
            self._taken += 1
            self._names[tag] = (os.fsdecode(path), self._name_output(os.fsdecode(path)))
            return path, self._names[tag][1], tag

    def _finished(self, tag: int, made: Any, error: BaseException | None) -> None:
        with self._changed:
            path, output = self._names.pop(tag)
            self._done[tag] = error if error is not None else Result(made, self._settings, path, output)
            self._order.append(tag)
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
            pairs = _settings.pairs("folder", self._settings)
            self._batch.run(self._next, self._finished, pairs, self._control)
        except BaseException as failure:  # it is raised where the results are taken
            self._failure = failure
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _ready(self) -> int | None:
        if self._ordered:
            return self._given if self._given in self._done else None
        return self._order[0] if self._order else None

    def results(self, raises: bool) -> Iterator[Any]:
        self._thread.start()
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._ready() is not None or self._ended)
                    tag = self._ready()
                    if tag is None:
                        break
                    item = self._done.pop(tag)
                    if not self._ordered:
                        self._order.popleft()
                    self._given += 1
                    self._changed.notify_all()
                if raises and isinstance(item, BaseException):
                    raise item
                yield item
            if self._failure is not None:
                raise self._failure
        finally:
            with self._changed:
                self._closed = True
                self._changed.notify_all()
            self._control.stop()
            self._thread.join()


def run(batch: Any, paths: Iterable[Any], output: Any, ordered: bool, raises: bool, settings: dict[str, Any], endings: Mapping[str, str]) -> Iterator[Any]:
    return _Run(batch, paths, output, ordered, settings, endings).results(raises)
