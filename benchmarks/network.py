"""A network that takes its time: a TCP proxy that hands on what a client sends some milliseconds later.

Every round trip to the server takes that much longer, whatever the driver does: connecting, ``BEGIN`` and
``COMMIT`` included. Only the way to the server is slowed down, and what is on the way does not wait for what
was sent before it, so throughput stays what it is.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator

CHUNK = 1 << 16


@contextlib.contextmanager
def slowed(host: str, port: int, milliseconds: float) -> Iterator[int]:
    """A local port behind which the server answers, ``milliseconds`` later per round trip, while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = (listener, (host, port), milliseconds / 1000)
        threading.Thread(target=accept, args=arguments, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def accept(listener: socket.socket, server: tuple[str, int], delay: float) -> None:
    """Serve connections until ``listener`` is closed."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        upstream = socket.create_connection(server)
        for side in (client, upstream):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        for target, arguments in (
            (receive, (client, waiting, delay)),
            (send, (upstream, waiting)),
            (pass_on, (upstream, client)),
        ):
            threading.Thread(target=target, args=arguments, daemon=True).start()


def receive(source: socket.socket, waiting: queue.SimpleQueue[tuple[float, bytes]], delay: float) -> None:
    """Queue what comes from ``source`` with the moment at which it may go on; an empty piece is the end."""
    data = b"-"
    while data:
        data = read(source)
        waiting.put((time.monotonic() + delay, data))


def send(target: socket.socket, waiting: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    """Send what is queued, each piece when its moment has come."""
    while True:
        due, data = waiting.get()
        time.sleep(max(0.0, due - time.monotonic()))
        if not data:
            finish(target)
            return
        with contextlib.suppress(OSError):
            target.sendall(data)


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """Send on at once what comes from ``source``."""
    while data := read(source):
        with contextlib.suppress(OSError):
            target.sendall(data)
    finish(target)


def read(source: socket.socket) -> bytes:
    """What has arrived; nothing when the other side is gone."""
    try:
        return source.recv(CHUNK)
    except OSError:
        return b""


def finish(target: socket.socket) -> None:
    """Say that nothing more will come."""
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
