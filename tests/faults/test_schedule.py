"""A seed decides everything: who says what, and what strikes when."""

from itertools import islice, pairwise

import pytest

from tests.faults.nemeses import Kind
from tests.faults.schedule import FIRST, HOLD, SECOND, schedule
from tests.faults.workload import answers_to, steps
from tests.world import Tenant

KINDS: dict[str, Kind] = {f"{kind} {n}": kind for kind in HOLD for n in range(3)}
TENANTS = [Tenant(1), Tenant(2)]


def test_the_same_seed_says_the_same() -> None:
    one, same, other = (list(islice(steps(seed, TENANTS, 3, 10.0, 0.5), 200)) for seed in (1, 1, 2))
    assert one == same != other
    assert {step.picture for step in one} == {True, False}
    assert len({step.lane for step in one}) == 6
    assert [answers_to(1, f"text {n}") for n in range(9)] == [answers_to(1, f"text {n}") for n in range(9)]


def test_the_same_seed_strikes_the_same() -> None:
    assert schedule(1, KINDS, 300.0) == schedule(1, KINDS, 300.0) != schedule(2, KINDS, 300.0)


@pytest.mark.parametrize(("track", "kinds"), [(0, FIRST), (1, SECOND)])
def test_of_a_track_one_strikes_after_another_and_none_is_left_out(track: int, kinds: tuple[Kind, ...]) -> None:
    strikes = schedule(3, KINDS, 900.0)[track]
    assert {one.name for one in strikes} == {name for name, kind in KINDS.items() if kind in kinds}
    assert all(one.at + one.hold < after.at for one, after in pairwise(strikes))


def test_what_is_not_there_does_not_strike() -> None:
    first, second = schedule(1, {"kill it": "kill"}, 60.0)
    assert {one.name for one in first} == {"kill it"}
    assert second == []
