"""Handing units to workers, a few at a time, until all are done or one has failed."""

from __future__ import annotations

import collections
import concurrent.futures
import itertools
import typing as t

from .executors import Crew
from .values import FleetOptions, Outcome, Unit

#: How many units are handed out beyond those that are worked on, so that no worker waits. What an executor has taken
#: into its queue can't be taken back, so there are none where the first failure is to stop the others.
AHEAD = 2
#: How often a unit whose worker was lost is done again.
TRIES = 10

#: What a worker does with a unit; it never raises.
Work = t.Callable[[Unit], Outcome]


class Fleet:
    """Some units, each done once.

    :param work: what is done with each; it has to be importable by its name.
    :param crew: who does it.
    :param options: how.
    :param report: told every outcome.
    """

    def __init__(self, work: Work, crew: Crew, options: FleetOptions, report: t.Callable[[Outcome], None]) -> None:
        self.work = work
        self.crew = crew
        self.options = options
        self.report = report
        self.is_stopped = False
        self._pending: dict[concurrent.futures.Future[Outcome], Unit] = {}
        self._again: collections.deque[Unit] = collections.deque()
        self._losses: collections.Counter[str] = collections.Counter()
        self._limit = crew.size

    def run(self, units: t.Iterator[Unit]) -> tuple[str, ...]:
        """Do all ``units``, which are read as they are needed.

        :returns: the names of those that were handed out and taken back, since another one failed.
        """
        try:
            if self.options.canary:
                self._run(itertools.islice(units, self.options.canary), stops=True)
            if not self.is_stopped:
                self._run(units, stops=not self.options.keep_going)
        except KeyboardInterrupt:
            self.is_stopped = True
            self._recall()
            self._interrupted()
            raise
        finally:
            self.crew.close()
        return tuple(unit.name for unit in self._again)

    def _run(self, units: t.Iterator[Unit], *, stops: bool) -> None:
        self._limit = self.crew.size + (0 if stops else AHEAD)
        while True:
            self._fill(units)
            if not self._pending:
                return
            done, _ = concurrent.futures.wait(self._pending, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                unit = self._pending.pop(future, None)
                if unit is not None:
                    self._finish(unit, future, stops)

    def _fill(self, units: t.Iterator[Unit]) -> None:
        """Hand out units as long as there are workers for them."""
        while not self.is_stopped and len(self._pending) < self._limit:
            unit = self._again.popleft() if self._again else next(units, None)
            if unit is None:
                return
            try:
                self._pending[self.crew.submit(self.work, unit)] = unit
            except (concurrent.futures.BrokenExecutor, RuntimeError) as error:
                if not self._lost(unit, error, stops=False):
                    return
                self._replace()

    def _finish(self, unit: Unit, future: concurrent.futures.Future[Outcome], stops: bool) -> None:
        try:
            outcome = future.result()
        except concurrent.futures.CancelledError:
            self._again.append(unit)
            return
        except Exception as error:  # the worker was lost, or what came back can't be read
            is_again = self._lost(unit, error, stops)
            if isinstance(error, concurrent.futures.BrokenExecutor) and is_again:
                self._replace()
            return
        self._tell(outcome, stops)

    def _lost(self, unit: Unit, error: Exception, stops: bool) -> bool:
        """Note that the worker of ``unit`` was lost, and say whether the unit is done again."""
        self._losses[unit.name] += 1
        if self._losses[unit.name] < TRIES or self.is_stopped:
            self._again.append(unit)
            return True
        text = " ".join(str(error).split()) or type(error).__name__
        self._tell(
            Outcome(unit.name, f"Its worker was lost {self._losses[unit.name]} times: {text}", exit_code=1), stops
        )
        return False

    def _replace(self) -> None:
        """Take back what a broken executor was given, and get another one; each step is safe to be done again."""
        for future, unit in list(self._pending.items()):
            if not future.done() or future.cancelled() or future.exception() is not None:
                del self._pending[future]
                self._losses[unit.name] += 1
                self._again.append(unit)
        self.crew.replace()

    def _tell(self, outcome: Outcome, stops: bool) -> None:
        self.report(outcome)
        if outcome.error is not None and stops and not self.is_stopped:
            self.is_stopped = True
            self._recall()

    def _recall(self) -> None:
        """Take back the units that no worker has begun; they are found cancelled."""
        for future in self._pending:
            future.cancel()

    def _interrupted(self) -> None:
        """Let the units that are worked on come to their end; a second interrupt cuts them off."""
        try:
            while self._pending:
                done, _ = concurrent.futures.wait(self._pending, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    self._finish(self._pending.pop(future), future, stops=True)
        except KeyboardInterrupt:
            self.crew.close(at_once=True)
