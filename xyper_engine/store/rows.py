"""Many rows as few parameters.

A column of a parameter each (`unnest`) looks simpler, but the driver examines every element of every array: as one JSON
a row costs the engine a third of that, and the database the same.
"""


def given(columns: str, *beside: str) -> str:
    """SQL of a table: the rows of `$1`, lists of values in the order of `columns` (`name type, …`).

    `beside`: what JSON cannot hold, as `name type` each: `$2` and so on are arrays with a value for each row.
    """
    picked = [_picked(n, *column.split()) for n, column in enumerate(columns.split(","))]
    others = [column.split() for column in beside]
    source = ["jsonb_array_elements($1::jsonb)", *(f"unnest(${n}::{kind}[])" for n, (_, kind) in enumerate(others, 2))]
    names = [name for name, _ in others]
    picks, rows = ", ".join([*picked, *names]), ", ".join(["row", *names])
    return f"(select {picks} from rows from ({', '.join(source)}) as rows({rows}))"  # noqa: S608  constants


def columns(*columns: str) -> str:
    """SQL of a table: `$1` and so on are its columns, `name type` each.

    A text column comes as one text with a value on each line: cheapest for both sides, for words that hold no line
    break and are never null; a single empty one becomes null. Others are arrays.
    """
    names = ", ".join(column.split()[0] for column in columns)
    sources = ", ".join(_unfolded(n, column.split()[1]) for n, column in enumerate(columns, 1))
    return f"(select {names} from rows from ({sources}) as rows({names}))"  # noqa: S608  constants


def _unfolded(n: int, kind: str) -> str:
    return f"string_to_table(${n}, e'\\n')" if kind == "text" else f"unnest(${n}::{kind}[])"


def _picked(n: int, name: str, kind: str) -> str:
    if kind == "jsonb":  # JSON's null is a value of its own, which `coalesce` would take
        return f"nullif(row -> {n}, 'null') as {name}"
    return f"(row ->> {n}){'' if kind == 'text' else f'::{kind}'} as {name}"
