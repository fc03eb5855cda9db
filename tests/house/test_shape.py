"""The shape of the house: short files and functions, a word in every module, nothing global, no machine's paths."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    file
    for folder in ("xyper_engine", "plugins")
    for file in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in file.parts
)
TESTS = sorted(file for file in (ROOT / "tests").rglob("*.py") if "__pycache__" not in file.parts)
TEXTS = sorted(
    file
    for folder in ("xyper_engine", "plugins")
    for ext in ("js", "css", "html")
    for file in (ROOT / folder).rglob(f"*.{ext}")
) + sorted(file for file in (ROOT / "widget_static").rglob("*.js") if "vendor" not in file.parts)

LINES, BODY = 300, 45
CHANGERS = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft", "remove",
    "reverse", "setdefault", "sort", "update",
}  # fmt: skip
BINARY = frozenset({".png", ".ico", ".woff2", ".jpg", ".webp", ".ogg", ".mp3", ".mp4", ".pdf"})


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@pytest.mark.parametrize("file", [*MODULES, *TEXTS], ids=named)
def test_a_file_can_be_read_in_one_sitting(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= LINES


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_a_function_can_be_seen_at_a_glance(file: Path) -> None:
    functions = (node for node in ast.walk(tree(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    # The signature of a command is its list of options: only what a function does is counted.
    long = {node.name: length for node in functions if (length := _length(node)) > BODY}
    assert long == {}


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or 0) - function.body[0].lineno + 1


@pytest.mark.parametrize("file", [*MODULES, *TESTS], ids=named)
def test_a_module_says_what_it_is(file: Path) -> None:
    assert not file.read_text("utf-8").strip() or ast.get_docstring(tree(file))


def test_nothing_is_called_utils() -> None:
    assert [named(file) for file in [*MODULES, *TESTS] if re.fullmatch(r"_?utils?\.py", file.name)] == []


@pytest.mark.parametrize("file", MODULES, ids=named)
def test_no_module_keeps_state(file: Path) -> None:
    """Tables are fine, as long as nothing ever changes them; `global` is not."""
    module = tree(file)
    assert not [node for node in ast.walk(module) if isinstance(node, ast.Global)]
    assert sorted(set(changed(module)) & set(made(module))) == []


def made(module: ast.Module) -> Iterator[str]:
    """Names that the module itself binds."""
    for node in module.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def changed(module: ast.Module) -> Iterator[str]:
    """Names whose values some function changes in place, unless it has a variable of that name."""
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        nodes = list(ast.walk(function))
        own = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        yield from (name for node in nodes if (name := _victim(node)) and name not in own)


def _victim(node: ast.AST) -> str | None:
    match node:
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
        case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in CHANGERS:
            return name
    return None


def test_the_search_for_state_finds_it() -> None:
    source = (
        "A: dict = {}\nB = []\nC = {}\nD = {}\ndef f(C):\n  A['x'] = 1\n  B.append(2)\n  C['x'] = 1\n  return D['x']\n"
    )
    module = ast.parse(source)
    assert set(changed(module)) & set(made(module)) == {"A", "B"}


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


MACHINE = re.compile(rf"(?<![\w.-])/({'|'.join(('work', 'root', 'tmp', 'home'))})/\w")
HOSTS = re.compile("|".join((r"pypi\.", "pythonhosted", "npmjs", r"crates\.", "artifactory", "--index-url", "nexus")))


@pytest.mark.parametrize("pattern", [MACHINE, HOSTS], ids=["paths of one machine", "hosts of package registries"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout: nothing is tracked")
    found = []
    for file in tracked():
        if file != Path(__file__) and file.suffix not in BINARY:
            text = file.read_text("utf-8")
            found += [f"{named(file)}: {match.group()}" for match in pattern.finditer(text)]
    assert found == []


def test_plugins_is_a_folder_and_no_package() -> None:
    assert not (ROOT / "plugins/__init__.py").exists()
