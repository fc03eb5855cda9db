"""A command line in an empty folder, and one running demo that several tests look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli.process import Cli, Demo, demo


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """On free ports, with its data in `tmp_path/var`; nothing is running."""
    file = tmp_path / "xyper.toml"
    file.write_text('[server]\nlisten = "127.0.0.1:0"\ninternal = "127.0.0.1:0"\n', "utf-8")
    return Cli(tmp_path, file)


@pytest.fixture(scope="package")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("acme")) as running:
        yield running
