"""Messages between processes of one run: JSON, with open descriptors beside it."""

import json
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any

LENGTH = struct.Struct(">Q")
MOST_DESCRIPTORS = 16


def send_message(
    channel: socket.socket, content: dict[str, Any], descriptors: Sequence[int] = ()
) -> None:
    """Send one message.

    Raises
    ------
    OSError
        If nobody listens.
    """
    data = json.dumps(content).encode()
    socket.send_fds(channel, [LENGTH.pack(len(data))], list(descriptors))
    channel.sendall(data)


def receive_message(channel: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next message and its descriptors; None when the other side is gone."""
    try:
        head, descriptors, _, _ = socket.recv_fds(
            channel, LENGTH.size, MOST_DESCRIPTORS, socket.MSG_WAITALL
        )
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        data = _receive(channel, LENGTH.unpack(head)[0]) if head else b""
    except (OSError, struct.error):
        return None
    return (json.loads(data), descriptors) if data else None


def _receive(channel: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        if not (part := channel.recv(min(length - len(data), 2**20))):
            return b""
        data += part
    return bytes(data)
