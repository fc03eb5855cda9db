"""Leaving a port that another engine listens on, too, without a refusal (`[server] reuse_port`).

Linux gives each new connection to one of the listeners, also to one that is about to close; what it has given it and
nobody has accepted is then reset. So, first, what asks for a connection is not heard any more: it asks again within a
second, and finds the other listener. What was begun before is accepted and answered meanwhile.
"""

import ctypes
import socket
import struct
from collections.abc import Sequence

SECONDS = 0.6
"""From the moment in which nothing new is heard to that in which nothing is listened to: longer than a connection takes
to come about, shorter than whoever was not heard waits before asking again."""

_ATTACH_FILTER = 26
"""SO_ATTACH_FILTER of Linux, which Python's `socket` does not name."""
_FLAGS, _SYN = 13, 0x02
"""Where in a TCP header the flags are, and which of them asks for a connection."""
_PROGRAM = (
    (0x30, 0, 0, _FLAGS),  # load that byte
    (0x45, 0, 1, _SYN),  # does it ask?
    (0x06, 0, 0, 0),  # then it was not heard
    (0x06, 0, 0, 0xFFFFFFFF),  # else it is taken as it is
)


def stop_hearing(sockets: Sequence[socket.socket]) -> None:
    """Listening sockets take no new connection. Raises `OSError` where the system cannot do that."""
    code = b"".join(struct.pack("HBBI", *step) for step in _PROGRAM)
    kept = ctypes.create_string_buffer(code)
    program = struct.pack("@HP", len(_PROGRAM), ctypes.addressof(kept))
    for sock in sockets:
        sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
