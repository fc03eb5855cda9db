"""Counters and histograms for Prometheus, with bounded labels: a tenant is a label, a conversation never is."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """All that one engine counts. Its own registry, so that two engines in one test do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter(
            "xyper_webhooks_total", "Webhook requests, by answer", ["adapter", "status"], registry=self.registry
        )
        self.events = Counter(
            "xyper_events_total",
            "Events settled",
            ["tenant", "kind", "direction", "outcome"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "xyper_event_seconds",
            "From the webhook to the end of an event",
            ["kind", "direction"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.retries = Counter(
            "xyper_retries_total", "Tries that will be repeated", ["tenant", "reason"], registry=self.registry
        )
        self.unknown = Counter(
            "xyper_unknown_sends_total",
            "Sends of unknown fate, by how they ended: receipt, read-back, resent",
            ["adapter", "ended"],
            registry=self.registry,
        )
        self.breakers = Gauge(
            "xyper_breaker_open", "1 while traffic to this account is paused", ["account"], registry=self.registry
        )
        self.quota = Gauge(
            "xyper_quota_messages",
            "Today's messages of a tenant, to those of its quota; above 1 it has more",
            ["tenant"],
            registry=self.registry,
        )
        self.traces_lost = Counter(
            "xyper_traces_lost_total", "Traces that were not kept: too many at once", registry=self.registry
        )
        self.held = Gauge("xyper_held", "Deliveries held by this process", ["queue"], registry=self.registry)

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)
