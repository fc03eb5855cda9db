"""The figures as tables."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

_COLUMNS = {
    "rate": "messages/s",
    "cpu_us": "CPU µs each",
    "postgresql_cpu_us": "PostgreSQL µs",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "rss_mb": "RSS MB",
}


def show(figures: Mapping[str, Any]) -> None:
    console = Console(width=110)
    plan = figures["size"]["plan"]
    title = f"medians of {plan['rounds']} interleaved rounds of {plan['messages']}; p50 and p99 at {plan['rate']}/s"
    console.print(_table(title, _COLUMNS, figures["medians"]))
    console.print(_table("ratios to the yardstick", {"rate": "messages/s", "cpu": "CPU"}, figures["ratios"], 2))
    columns = {
        "alone_p99_ms": "alone p99 ms",
        "beside_p99_ms": "beside two bad ones",
        "even_p99_ms": "same load, all good",
        "ratio": "to alone",
        "ratio_to_even": "to the same load",
    }
    tenants = figures["size"]["crowd"]["tenants"]
    console.print(_table(f"{tenants} tenants: from the webhook to the far side", columns, figures["crowd"], 2))
    idle = {name: {"rss": value} for name, value in figures["idle_rss_mb"].items()}
    console.print(_table("`xyper serve` at rest", {"rss": "RSS MB"}, idle))
    _show_kinds(console, figures)


def _show_kinds(console: Console, figures: Mapping[str, Any]) -> None:
    columns = {"read_us": "read µs", "say_us": "fit and say µs"}
    console.print(_table("each kind of message, between the wires", columns, figures["kinds"]))
    batch = {"1,000 messages in 3 MB": figures["batch"]}
    columns = {"accepted": "accepted ms", "bare": "bare handler ms", "ratio": "ratio"}
    console.print(_table("a full webhook of Meta's", columns, batch, 1))
    columns = {"bare": "bare CPU µs", "guarded": "guarded CPU µs", "database": "database's µs"}
    columns |= {"engine": "engine's ratio", "whole": "ratio"}
    console.print(_table("a call of the API through the gateway", columns, figures["gateway"], 2))
    if stores := figures.get("media"):
        columns = {"copy_mb_s": "plain copy MiB/s", "keep": "keep", "serve": "serve", "rss_mb": "memory + MiB"}
        console.print(_table("a file of 64 MiB, relative to a plain copy", columns, stores, 2))


def _table(
    title: str, columns: Mapping[str, str], rows: Mapping[str, Mapping[str, float]], digits: int | None = None
) -> Table:
    table = Table("", title=title, title_justify="left")
    for column in columns.values():
        table.add_column(column, justify="right")
    for name, values in rows.items():
        table.add_row(name, *(_cell(values.get(key), digits) for key in columns))
    return table


def _cell(value: float | None, digits: int | None) -> str:
    if value is None:
        return ""
    return f"{value:,.{(0 if value >= 100 else 1) if digits is None else digits}f}"
