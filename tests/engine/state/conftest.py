"""The databases these tests run on, see `tests/engine/store/databases.py`."""

from tests.engine.store.databases import data_dir, db, embedded_server, postgres, settings, url

__all__ = ["data_dir", "db", "embedded_server", "postgres", "settings", "url"]
