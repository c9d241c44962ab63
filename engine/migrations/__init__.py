"""Changes of the tables, one file each in `versions`; `engine.db.upgrade_database` runs them."""
