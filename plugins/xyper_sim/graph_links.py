"""Meta fetches what a send names by its link."""

import aiohttp

from xyper_sim.files import TooBig
from xyper_sim.graph_media import MOST, Blob, MediaShelf

_PATIENCE = 30.0  # seconds


async def fetch(shelf: MediaShelf, number: str, link: str) -> Blob:
    """The file behind a link, put on the shelf. Raises `OSError` in words that Meta's error 131053 can carry."""
    limit = aiohttp.ClientTimeout(total=_PATIENCE)
    agent = {"User-Agent": "facebookexternalua"}
    try:
        async with aiohttp.ClientSession(timeout=limit, headers=agent) as http, http.get(link) as answer:
            if answer.status != 200:
                raise OSError(f"Downloading media from weblink failed with http code {answer.status}")
            stored = await shelf.files.keep(answer.content.iter_chunked(64 * 1024), MOST)
            name = str(answer.url.name or "file")
            return shelf.put(number, answer.headers.get("Content-Type", "application/octet-stream"), name, stored)
    except (aiohttp.ClientError, TimeoutError, ValueError, TooBig) as error:
        raise OSError(f"Downloading media from weblink failed: {type(error).__name__}") from None
