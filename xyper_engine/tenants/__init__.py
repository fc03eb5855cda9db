"""Tenants: who may speak through Xyper, with which accounts, links, hooks and secrets."""
