"""What whoever watches a run is told while it goes on."""

from __future__ import annotations


class Progress:
    """Told what runs; does nothing with it. A subclass shows it to a person.

    .. versionadded:: 5.0
    """

    def begin(self, number: int, total: int, step: str) -> None:
        """A revision begins.

        :param number: which one of this database, from 1.
        :param total: how many there are, as far as that is known.
        :param step: what it is, as ``upgrade 4f1c -> 8a3e, users``.
        """

    def statement(self, text: str) -> None:
        """A statement of its script is sent now."""

    def end(self) -> None:
        """The revision that began last is done."""

    def stop(self) -> None:
        """The revision that began last failed, was interrupted, or is tried again."""
