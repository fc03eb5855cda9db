"""Counters and histograms for Prometheus, with bounded labels: a tenant is a label, a conversation never is."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """All that one engine counts. Its own registry, so that two engines in one test do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = self._counter("xyper_webhooks_total", "Webhook requests, by answer", "adapter", "status")
        self.events = self._counter("xyper_events_total", "Events settled", "tenant", "kind", "direction", "outcome")
        self.seconds = Histogram(
            "xyper_event_seconds", "From the webhook to the end of an event", ["kind", "direction"],
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.retries = self._counter("xyper_retries_total", "Tries that will be repeated", "tenant", "reason")
        self.unknown = self._counter(
            "xyper_unknown_sends_total", "Sends of unknown fate, by how they ended: receipt, read-back, resent",
            "adapter", "ended",
        )  # fmt: skip
        self.breakers = self._gauge("xyper_breaker_open", "1 while traffic to this account is paused", "account")
        self.quota = self._gauge(
            "xyper_quota_messages", "Today's messages of a tenant, to those of its quota; above 1 it has more", "tenant"
        )
        self.checks = self._counter(
            "xyper_health_checks_total",
            "Looks at tenants' accounts at their vendors, by what was found: ok, wrong, unknown",
            "adapter", "step", "state",
        )  # fmt: skip
        self.health = self._gauge("xyper_tenants_health", "Active tenants by the worst of their last checks", "state")
        self.traces_lost = self._counter("xyper_traces_lost_total", "Traces that were not kept: too many at once")
        self.otel = self._counter(
            "xyper_otel_total", "What was told to the OpenTelemetry collector: taken, refused, no room", "became"
        )
        self.held = self._gauge("xyper_held", "Deliveries held by this process", "queue")

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self.registry)
