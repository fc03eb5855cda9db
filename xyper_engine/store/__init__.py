"""The database: PostgreSQL, one given by URL or a private one that the engine starts."""
