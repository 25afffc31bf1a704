"""The database's history. Append only: entry n brings a file from version n to n + 1."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE jobs (
            place            INTEGER PRIMARY KEY AUTOINCREMENT,
            id               TEXT NOT NULL UNIQUE,
            status           TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
            engine           TEXT NOT NULL,
            engine_asked     TEXT NOT NULL,
            preset           TEXT NOT NULL,
            options          TEXT NOT NULL,
            picture_sha256   TEXT NOT NULL,
            idempotency_key  TEXT UNIQUE,
            created_at       REAL NOT NULL,
            started_at       REAL,
            finished_at      REAL,
            attempts         INTEGER NOT NULL DEFAULT 0,
            cancel_requested INTEGER NOT NULL DEFAULT 0,
            video            TEXT,
            seconds          REAL,
            work_seconds     REAL,
            peak_memory_gb   REAL,
            notices          TEXT NOT NULL DEFAULT '[]',
            error_code       TEXT,
            error_values     TEXT NOT NULL DEFAULT '{}',
            recipe           TEXT NOT NULL DEFAULT '{}'
        ) STRICT
        """,
        "CREATE INDEX jobs_by_status ON jobs (status, place)",
        "CREATE INDEX jobs_by_picture ON jobs (picture_sha256)",
    ),
)
