"""Files in, files out: pictures and sound in a form that a channel takes. Films are never converted.

Each conversion is a process of its own, confined in time and memory, and works on files: the engine holds none of it.
Pictures are Pillow's and libheif's work, sound is ffmpeg's (`[media] ffmpeg`).
"""

import asyncio
import json
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from xyper_engine.errors import Unconvertible
from xyper_engine.media.types import OPUS, essence
from xyper_engine.sections import Media

AT_ONCE = 2
"""Conversions at once."""
BEHIND = 10
"""By how much a conversion is less urgent than a message, as `nice` counts."""
PROGRAM = Path(__file__).with_name("convert_image.py")
LOOK = Path(__file__).with_name("look_at.py")

READERS: Mapping[str, str] = {
    "audio/ogg": "ogg", "video/ogg": "ogg", "audio/webm": "matroska", "video/webm": "matroska", "audio/mpeg": "mp3",
    "audio/wav": "wav", "audio/mp4": "mov", "audio/3gpp": "mov", "audio/aac": "aac", "audio/amr": "amr",
    "audio/flac": "flac",
}  # fmt: skip
"""ffmpeg's reader per type. It is named, since one that ffmpeg guesses may be a playlist's, which opens other files."""

WRITERS: Mapping[str, Sequence[str]] = {
    OPUS: ("-ac", "1", "-c:a", "libopus", "-b:a", "32k", "-application", "voip", "-f", "ogg"),
    "audio/mpeg": ("-ac", "1", "-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3"),
    "audio/mp4": ("-ac", "1", "-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", "-f", "ipod"),
}
"""What ffmpeg is told per type that can come out."""
PICTURES = ("image/jpeg", "image/png")
"""What pictures can come out as."""


class Workshop:
    def __init__(self, settings: Media) -> None:
        self._settings = settings
        self._benches = asyncio.Semaphore(AT_ONCE)

    async def picture(self, source: Path, target: Path, mimes: Sequence[str], size: int, *, still: bool = False) -> str:
        """A picture of at most `size` bytes in one of `mimes`; which one is returned. Upright, without metadata.

        With `still`, the first frame stands for an animation. Raises `Unconvertible`.
        """
        wish = {
            "source": str(source), "target": str(target), "mimes": list(mimes), "size": size,
            "pixels": self._settings.convert_pixels, "still": still,
        }  # fmt: skip
        told = await self._run((sys.executable, "-I", str(PROGRAM), json.dumps(wish)), "The picture")
        answer: dict[str, str] = json.loads(told)
        if "mime" not in answer:
            raise Unconvertible(f"The picture is not converted: {answer['error']}.")
        return answer["mime"]

    async def sound(self, source: Path, target: Path, mime: str, wanted: str) -> None:
        """Sound of type `mime` as `wanted`, one of `WRITERS`: one channel, no metadata. Raises `Unconvertible`."""
        reader = READERS.get(essence(mime))
        if reader is None:
            raise Unconvertible(f"Sound of type {essence(mime)} is not converted.")
        await self._run(
            (
                self._settings.ffmpeg, "-nostdin", "-v", "error", "-y", "-protocol_whitelist", "file", "-f", reader,
                "-i", f"file:{source}", "-map", "0:a:0", "-map_metadata", "-1", "-threads", "1", *WRITERS[wanted],
                f"file:{target}",
            ),
            "The sound",
        )  # fmt: skip

    async def look(self, source: Path, what: str, mime: str) -> Mapping[str, Any]:
        """What a page needs to know of a `picture`, `sound` or `pdf`; as far as it is found out. `Unconvertible`."""
        reader = READERS.get(essence(mime), "")
        if what == "sound" and not reader:
            raise Unconvertible(f"Sound of type {essence(mime)} is not listened to.")
        wish = {"source": str(source), "what": what, "ffmpeg": self._settings.ffmpeg, "reader": reader}
        found: dict[str, Any] = json.loads(
            await self._run((sys.executable, "-I", str(LOOK), json.dumps(wish)), "The file")
        )
        return found

    async def _run(self, command: Sequence[str], what: str) -> bytes:
        """The program's output. It never sees the engine's environment: there may be secrets in it."""
        async with self._benches:
            process = await _started(command)
            try:
                self._confine(process.pid)
                async with asyncio.timeout(self._settings.convert_timeout):
                    told, _ = await process.communicate()
            except TimeoutError:
                raise Unconvertible(f"{what} took longer than [media] convert_timeout.") from None
            finally:
                await _ended(process)
        if process.returncode != 0:
            raise Unconvertible(f"{what} cannot be converted: it is damaged, or larger than [media] convert_memory.")
        return told

    def _confine(self, pid: int) -> None:
        seconds = int(self._settings.convert_timeout) + 1
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, pid, BEHIND)
            resource.prlimit(pid, resource.RLIMIT_AS, (self._settings.convert_memory,) * 2)
            resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


async def _started(command: Sequence[str]) -> asyncio.subprocess.Process:
    pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        return await asyncio.create_subprocess_exec(
            *command, stdin=none, stdout=pipe, stderr=none, env={"PATH": "/usr/local/bin:/usr/bin:/bin"}
        )
    except OSError as error:
        raise Unconvertible(
            f"{command[0]} cannot be started ({error.strerror}): install it, or name it as [media] ffmpeg."
        ) from error


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
