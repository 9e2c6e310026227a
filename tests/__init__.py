"""The test suite; ``engines`` and ``projects`` are its two helpers."""
