"""README.md and the files of `config/` speak of what there is: links, commands, settings, metrics, the picture."""

import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Configure
from tests.servers import RabbitMQ
from xyper_engine.metrics import Metrics

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
GUIDE = (ROOT / "plugins/README.md").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "config/compose.yaml").read_text("utf-8"))


@pytest.mark.parametrize("page", ["README.md", "plugins/README.md"])
def test_a_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text("utf-8"))
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / page).parent.joinpath(link).exists()] == []


def test_a_command_that_is_named_exists() -> None:
    named = set(
        re.findall(
            r"xyper ((?:tenants |dead )?(?:serve|demo|check|migrate|plugins|hook|add|list|show|replay|groups))\b",
            README,
        )
    )
    assert {"serve", "check", "migrate", "tenants add", "tenants hook", "tenants show", "dead groups"} <= named
    for command in sorted(named):
        assert _help(*command.split()).returncode == 0, command


def _help(*command: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("xyper"))
    return subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ["run", "test", "lint", "bench", "coverage", "lock", "clean"])
def test_a_make_target_that_is_named_exists(target: str) -> None:
    assert f"`{target}`" in README or f"make {target}" in README
    assert re.search(rf"^{target}:.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", ["demo.png", "demo-dark.png"])
def test_the_picture_is_one_and_small(name: str) -> None:
    assert f'"docs/{name}"' in README
    content = (ROOT / "docs" / name).read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert content.startswith(b"\x89PNG")
    assert (width, height) == (1120, 600)
    assert len(content) < 150_000


def test_a_setting_that_is_named_exists(configure: Configure) -> None:
    sections = configure().model_dump()
    for section, name in re.findall(r"`\[(\w+)\] (\w+)`", README):
        assert name in sections[section], f"[{section}] {name}"


def test_the_containers_settings_are_settings(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPOSE["services"]["xyper"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{PUBLIC_URL.*?\}", "https://x.example", value))
    settings = configure()
    assert settings.public_url == "https://x.example"
    assert len(settings.secrets.keys) == 1


def test_the_container_copies_what_the_wheel_is_made_of() -> None:
    text = (ROOT / "config/Containerfile").read_text("utf-8")
    copied = {name for line in re.findall(r"^COPY ([^-].*) \S+$", text, re.MULTILINE) for name in line.split()}
    assert {"pyproject.toml", "README.md", "xyper.toml", "xyper_engine", "plugins", "sql", "config"} <= copied
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_alerts_name_metrics_that_are_measured() -> None:
    text = (ROOT / "config/prometheus.yml").read_text("utf-8")
    known = {f"{family.name}{'_total' if family.type == 'counter' else ''}" for family in Metrics().registry.collect()}
    assert set(re.findall(r"\bxyper_\w+", text + README)) - {"xyper_pick_link", "xyper_admin", *_packages()} <= known
    assert yaml.safe_load(text)["scrape_configs"][0]["job_name"] == "xyper"


def _packages() -> set[str]:
    return {folder.name for folder in [*ROOT.glob("xyper_*"), *ROOT.glob("plugins/xyper_*")]}


class Tuned(RabbitMQ):
    """A RabbitMQ with our file on top of the tests' own settings."""

    def prepare(self) -> None:
        super().prepare()
        with (self.folder / "rabbitmq.conf").open("a", encoding="utf-8") as file:
            file.write((ROOT / "config/rabbitmq.conf").read_text("utf-8"))


@pytest.mark.real
def test_a_real_rabbitmq_takes_its_settings() -> None:
    with Tuned() as server:
        assert server.answers()
