"""Many rows as one parameter.

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


def _picked(n: int, name: str, kind: str) -> str:
    if kind == "jsonb":  # JSON's null is a value of its own, which `coalesce` would take
        return f"nullif(row -> {n}, 'null') as {name}"
    return f"(row ->> {n}){'' if kind == 'text' else f'::{kind}'} as {name}"
