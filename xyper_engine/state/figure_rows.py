"""The statements by which figures are read: a tenant's own rows, or what was added up over all tenants meanwhile.

`$1` measures, `$2` and `$3` the days, `$4` what is told apart, `$5` kind, `$6` direction; of hours `$7` the zone; of a
tenant's own two more, the tenant and the number.
"""

from collections.abc import Mapping
from typing import Literal

By = Literal["hour", "day", "week", "total"]
GROUPS = ("tenant", "number", "direction", "kind")


def _select(names: Mapping[str, str], at: str) -> str:
    """What is told apart; of names that the table has not, nothing."""
    told = ", ".join(
        f"case when '{name}' = any($4::text[]) then {column} end as {name}" if column else f"null::text as {name}"
        for name, column in names.items()
    )
    return f"select {at} as at, {told}, s.measure, s.label, sum(s.n) as n"


_WANTED = """measure = any($1::text[]) and ($5::text is null or kind = $5)
        and ($6::text is null or direction = $6)"""


def _read(table: str, within: str, more: int, at: str = "s.at") -> str:
    """`more`: the number of its last two values, the tenant and the number."""
    return f"""
    {_select({name: f"s.{name}" for name in GROUPS}, at)}, zone.name as zone
    from (
      select id, coalesce({"$7::text, " if more > 7 else ""}policy ->> 'timezone', 'UTC') as name from tenants
      where ${more}::text is null or id = ${more}
    ) zone cross join lateral (
      select * from {table} where tenant = zone.id and {within} and {_WANTED}
        and (${more + 1}::text is null or number = ${more + 1})
    ) s
    group by 1, 2, 3, 4, 5, 6, 7, zone.name
    """  # noqa: S608  constants


def _together(table: str, within: str, zone: str, at: str = "s.at") -> str:
    names = {"tenant": "", "number": "", "direction": "s.direction", "kind": "s.kind"}
    return f"""
    {_select(names, at)}, zone.name as zone
    from (select {zone}::text as name) zone cross join lateral (
      select * from {table} where {within} and {_WANTED}
    ) s
    group by 1, 2, 3, 4, 5, 6, 7, zone.name
    """  # noqa: S608  constants


def _added(hours: str, at: str) -> str:
    """What zones tell apart, or hours, is added up."""
    return f"""
    select {at} as at, h.tenant, h.number, h.direction, h.kind, h.measure, h.label, sum(h.n) as n
    from ({hours}) h group by 1, 2, 3, 4, 5, 6, 7
    """  # noqa: S608  constants


_DAYS = "at between $2::date and $3::date"

# No zone is more than a day off: by the first bounds, the same for every tenant, the index finds the rows.
_HOURS = """at >= ($2::date - 1)::timestamp at time zone 'UTC' and at < ($3::date + 2)::timestamp at time zone 'UTC'
        and at >= $2::date::timestamp at time zone zone.name
        and at < ($3::date + 1)::timestamp at time zone zone.name"""
_OF_WEEK = """to_char(h.at at time zone h.zone, 'ID"T"HH24')"""
_CLOCK = "coalesce($7::text, 'UTC')"
_OWN_HOURS = _read("statistics_hours", _HOURS, 8)
_ALL_HOURS = _together("statistics_all_hours", _HOURS, _CLOCK)

READ: Mapping[By, str] = {
    "hour": _added(_OWN_HOURS, "h.at"),
    "week": _added(_OWN_HOURS, _OF_WEEK),
    "day": _added(_read("statistics_days", _DAYS, 7), "h.at"),
    "total": _added(_read("statistics_days", _DAYS, 7, "null::date"), "h.at"),
}
"""By tenant and number."""

TOGETHER: Mapping[By, str] = {
    "hour": _added(_ALL_HOURS, "h.at"),
    "week": _added(_ALL_HOURS, _OF_WEEK),
    "day": _added(_together("statistics_all_days", _DAYS, "null"), "h.at"),
    "total": _added(_together("statistics_all_days", _DAYS, "null", "null::date"), "h.at"),
}
"""Of all tenants, as it was added up when it was counted: also of those that are no more."""
