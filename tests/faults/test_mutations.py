"""The mutations still fit the product. That the checker goes red is shown by `python -m tests.faults.mutations`."""

import ast
from pathlib import Path

import pytest

from tests.faults.mutations import MUTATIONS, Mutation, mutated
from xyper_engine.settings import root


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[one.name for one in MUTATIONS])
def test_a_mutation_changes_a_copy_in_one_place(mutation: Mutation, tmp_path: Path) -> None:
    command = mutated(mutation, tmp_path)
    changed = (tmp_path / mutation.file).read_text("utf-8")
    assert ast.parse(changed).body
    assert changed.replace(mutation.after or "\0", "") != (root() / mutation.file).read_text("utf-8")
    assert f"PYTHONPATH={tmp_path}" in command
