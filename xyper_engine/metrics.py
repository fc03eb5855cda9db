"""Counters and histograms for Prometheus. Labels are bounded: a conversation is none, and only so many tenants are."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SHORT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)
TENANTS = 200
OTHER = "other"


class Names:
    """The values of a label, in the order in which they are met: beyond `most` of them, each is `other`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        if name in self._known:
            return name
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(name)
        return name


class Metrics:
    """All that one engine counts. Its own registry, so that two engines in one test do not meet."""

    def __init__(self, tenants: int = TENANTS) -> None:
        self.registry = CollectorRegistry()
        self.tenant = Names(tenants)
        """A tenant as a label."""
        self.account = Names(tenants)
        self._traffic()
        self._vendors()
        self._parts()

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)

    def _traffic(self) -> None:
        self.webhooks = self._counter("xyper_webhooks_total", "Webhook requests, by answer", "adapter", "status")
        self.events = self._counter("xyper_events_total", "Events settled", "tenant", "kind", "direction", "outcome")
        self.seconds = self._histogram(
            "xyper_event_seconds", "From the webhook to the end of an event", _SECONDS, "kind", "direction"
        )
        self.queued = self._histogram(
            "xyper_queue_seconds", "From a message's webhook until work on it began", _SECONDS, "kind", "direction"
        )
        self.retries = self._counter("xyper_retries_total", "Tries that will be repeated", "tenant", "reason")
        self.dead = self._counter("xyper_dead_letters_total", "Dead letters, by the class of their reason", "reason")
        self.held = self._gauge("xyper_held", "Lanes at work in this process: in, out, signals", "queue")
        self.age = self._gauge(
            "xyper_queue_age_seconds", "Since the webhook of the oldest event that is not settled: in, out, signals",
            "queue",
        )  # fmt: skip
        self.tenant_age = self._gauge(
            "xyper_tenant_age_seconds", "Since the oldest unsettled event of a tenant came: inbound, outbound, signals",
            "tenant", "queue",
        )  # fmt: skip
        self.unattended = self._gauge(
            "xyper_queues_unattended", "Active tenants' queues that nobody consumes, as the broker sees it"
        )
        self.waiting_dead = self._gauge("xyper_dead_letters_waiting", "Dead letters about which nothing was decided")
        self.budget = self._gauge(
            "xyper_error_budget_left_ratio",
            "Of a tenant's error budget of 30 days; told by the engine that looks out for alerts",
            "tenant",
        )
        self.quota = self._gauge(
            "xyper_quota_messages", "Today's messages of a tenant, to those of its quota; above 1 it has more", "tenant"
        )

    def _vendors(self) -> None:
        self.unknown = self._counter(
            "xyper_unknown_sends_total", "Sends of unknown fate, by how they ended: receipt, read-back, resent",
            "adapter", "ended",
        )  # fmt: skip
        self.sends = self._counter(
            "xyper_widget_sends_total", "What agents sent from the widget, by how it ended: posted, refused, unknown",
            "tenant", "ended",
        )  # fmt: skip
        self.breakers = self._gauge("xyper_breaker_open", "1 while traffic to this account is paused", "account")
        self.pacing = self._histogram(
            "xyper_pacing_wait_seconds",
            "Waits for a vendor's rate limit, by the call's priority",
            _SECONDS,
            "priority",
        )
        self.checks = self._counter(
            "xyper_health_checks_total",
            "Looks at tenants' accounts at their vendors, by what was found: ok, wrong, unknown",
            "adapter", "step", "state",
        )  # fmt: skip
        self.skew = self._gauge(
            "xyper_clock_skew_seconds", "By how much the clock of a server that we call is ahead of ours", "host"
        )
        self.expiry = self._gauge(
            "xyper_token_expiry_seconds", "Until the next of all access tokens expires that do; none: infinite"
        )
        self.canary = self._counter("xyper_canary_total", "Canary's messages: arrived, lost", "direction", "became")
        self.canary_seconds = self._gauge("xyper_canary_seconds", "What the canary's last message took", "direction")
        self.health = self._gauge("xyper_tenants_health", "Active tenants by the worst of their last checks", "state")

    def _parts(self) -> None:
        self.database = self._histogram(
            "xyper_database_seconds", "How long a connection was used: one statement, or one transaction", _SHORT
        )
        self.database_wait = self._histogram(
            "xyper_database_wait_seconds", "How long a free connection of the pool was waited for", _SHORT
        )
        self.connections = self._gauge(
            "xyper_database_connections", "Connections of the pool: used, idle, most (`[database] pool`)", "state"
        )
        self.mapping = self._counter(
            "xyper_mapping_total", "Questions which conversation is meant, by who answered: cache, database", "answered"
        )
        self.cache = self._counter("xyper_cache_total", "Look-ups in the cache: hit, miss", "answer")
        self.spooled = self._gauge("xyper_spool_messages", "Messages that wait on this machine's disk for the broker")
        self.spool_used = self._gauge("xyper_spool_used_ratio", "Of the disk that the spool, or journal, may take")
        self.spool_age = self._gauge("xyper_spool_age_seconds", "Since the oldest message in the spool was stored")
        self.statistics_lag = self._gauge(
            "xyper_statistics_lag_seconds", "Since statistics that were counted could last be written"
        )
        self.live = self._gauge("xyper_live_connections", "Pages of the widget that hear live news at this engine")
        self.traces_lost = self._counter("xyper_traces_lost_total", "Traces that were not kept: too many at once")
        self.otel = self._counter(
            "xyper_otel_total", "What was told to the OpenTelemetry collector: taken, refused, no room", "became"
        )

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self.registry)

    def _histogram(self, name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, what, labels, registry=self.registry, buckets=buckets)
