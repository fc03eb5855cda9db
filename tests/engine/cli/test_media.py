"""`xyper media`: files from before the scanner are scanned, and what is infected is named."""

import pytest

from tests.conftest import Configure
from tests.engine.cli.process import Cli
from tests.engine.media.clamd import MALWARE, NAME, Clamd
from tests.servers import PostgreSQL
from xyper_engine.cli.parts import NoBroker
from xyper_engine.media.stream import once
from xyper_engine.parts import MediaKind
from xyper_engine.runtime import open_runtime
from xyper_engine.state.files import Owner

pytestmark = pytest.mark.real


async def test_files_are_scanned_afterwards(cli: Cli, configure: Configure, postgresql_server: PostgreSQL) -> None:
    url = await postgresql_server.database()
    async with open_runtime(configure({"database": {"url": url}}), given=NoBroker()) as rt:
        await rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
        files = [
            await rt.files.keep(Owner("acme", f"whatsapp/1/{n}", 0, "tel:+1", MediaKind.document), once(body))
            for n, body in enumerate((b"harmless", MALWARE))
        ]
    place = {"XYPER_DATABASE__URL": url}
    none = cli("media", "rescan", **place)
    assert (none.code, "[media] clamd" in none.err) == (2, True)
    async with Clamd() as clamd:
        place["XYPER_MEDIA__CLAMD"] = clamd.url
        assert "no tenant nobody" in cli("media", "rescan", "nobody", **place).err
        said = cli("media", "rescan", "acme", **place)
        assert (said.code, said.err) == (1, "")
        assert said.out.splitlines() == [
            f"acme {files[1].id}: infected with {NAME}, served no more",
            "1 clean, 1 infected, 0 not scanned.",
        ]
        again = cli("media", "rescan", "--json", **place)
        assert (again.code, again.json) == (0, [])
    away = cli("media", "rescan", **place)
    assert (away.code, "is it running?" in away.err) == (3, True)
