"""Every HTTP endpoint."""
