"""A real clamd that knows one piece of malware, which is none: it starts at once and downloads nothing."""

import hashlib
import socket
from collections.abc import Sequence

from tests.server import HOST, Server, binary

MALWARE = b"not malware, but what this clamd takes for it\n"
NAME = "Xyper.Test.UNOFFICIAL"
"""clamd says so of what its makers did not sign."""
MOST = 1024 * 1024
"""Bytes of a file that it takes."""


class Clamd(Server):
    @property
    def url(self) -> str:
        return f"tcp://{HOST}:{self.port}"

    @property
    def socket(self) -> str:
        return f"unix:{self.folder}/clamd.ctl"

    def prepare(self) -> None:
        known = self.folder / "known"
        known.mkdir(exist_ok=True)
        digest = hashlib.md5(MALWARE).hexdigest()
        (known / "test.hdb").write_text(f"{digest}:{len(MALWARE)}:Xyper.Test\n", "utf-8")
        (self.folder / "clamd.conf").write_text(
            f"Foreground yes\nDatabaseDirectory {known}\nTCPAddr {HOST}\nTCPSocket {self.port}\n"
            f"LocalSocket {self.folder}/clamd.ctl\nStreamMaxLength {MOST}\nSelfCheck 0\nMaxThreads 2\n",
            "utf-8",
        )

    def command(self) -> Sequence[str]:
        return (binary("clamd"), "--config-file", f"{self.folder}/clamd.conf")

    def answers(self) -> bool:
        with socket.create_connection((HOST, self.port), timeout=2) as connection:
            connection.sendall(b"zPING\0")
            return connection.recv(5) == b"PONG\0"
