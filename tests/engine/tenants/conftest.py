from tests.engine.store.databases import data_dir, db, embedded_server, settings, url

__all__ = ["data_dir", "db", "embedded_server", "settings", "url"]
