"""Alerts: one engine of several looks for what is wrong, and whoever wants to know is told once, and once when it is
over."""
