"""The broker: durable queues. RabbitMQ, or an embedded journal, behind the same small port."""
