"""Gauges that nobody sets: each is read from its part whenever `/metrics` is asked for."""

from functools import partial

from xyper_engine.runtime import Runtime


def gauge(rt: Runtime) -> None:
    metrics = rt.metrics
    metrics.spooled.set_function(lambda: rt.broker.spooled)
    metrics.spool_age.set_function(lambda: rt.broker.spool.age)
    metrics.spool_used.set_function(lambda: rt.broker.spool.used / max(rt.broker.spool.limit, 1))
    metrics.statistics_lag.set_function(lambda: rt.statistics.lag)
    for state in rt.db.connections():
        metrics.connections.labels(state).set_function(partial(_connections, rt, state))


def _connections(rt: Runtime, state: str) -> float:
    return rt.db.connections()[state]
