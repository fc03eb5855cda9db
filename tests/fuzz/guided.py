"""`python -m tests.fuzz.guided ADAPTER RUNS [CORPUS]`: atheris looks for bodies that reach new code of an adapter.

It begins with the vendor's real webhooks. The first body that does what `reading.read` forbids ends it, and is told.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["xyper_whatsapp", "xyper_genesys"]):
    from tests.fuzz.bodies import CORPUS, WORDS
    from tests.fuzz.reading import read

LONGEST = 20_000


def main(name: str, runs: str, folder: Path) -> None:
    for number, body in enumerate(CORPUS[name]):
        (folder / f"real-{number}").write_bytes(body)
    words = folder.with_suffix(".words")
    words.write_text("\n".join(f'"{_quoted(word)}"' for word in WORDS if len(word) < 60))
    options = (f"-runs={runs}", f"-max_len={LONGEST}", f"-dict={words}", "-rss_limit_mb=2048", "-timeout=20")
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", str(folder)], lambda body: read(name, body) and None)
    atheris.Fuzz()


def _quoted(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="xyper-fuzz-") as made:
        main(sys.argv[1], sys.argv[2], Path(sys.argv[3]) if len(sys.argv) > 3 else Path(made) / "corpus")
