"""Does the bench of the media store still work? Its figures mean nothing here."""

import pytest

from tests import servers
from tests.bench.media import figures


@pytest.mark.real
@pytest.mark.parametrize("store", ["folder", "s3"])
async def test_one_small_round(postgresql_server: servers.PostgreSQL, s3_server: servers.S3, store: str) -> None:
    media = s3_server.url if store == "s3" else "folder:"
    told = await figures(await postgresql_server.database(), media, mebi=2, rounds=2)
    assert set(told) == {"copy_mb_s", "keep", "serve", "rss_mb"}
    assert all(told[name] > 0 for name in ("copy_mb_s", "keep", "serve"))
