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
    (
        # `turn` is the order of the queue, which its user may change; `place` stays the order of the history.
        "ALTER TABLE jobs ADD COLUMN turn REAL NOT NULL DEFAULT 0",
        "UPDATE jobs SET turn = place",
        # Candidates made in one go share a `batch`; a clip refined from another names it as `parent_id`.
        "ALTER TABLE jobs ADD COLUMN batch TEXT",
        "ALTER TABLE jobs ADD COLUMN parent_id TEXT",
        # Set where the clip starts from the latents of its parent: the share of the way that is gone anew.
        "ALTER TABLE jobs ADD COLUMN strength REAL",
        "ALTER TABLE jobs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0",
        # The clip of a private job does not carry its sentences.
        "ALTER TABLE jobs ADD COLUMN private INTEGER NOT NULL DEFAULT 0",
        # A deleted job can be brought back until this moment plus some minutes.
        "ALTER TABLE jobs ADD COLUMN deleted_at REAL",
        # Beside `jobs_by_status`, which finds the newest finished jobs: those that estimates learn from.
        "CREATE INDEX jobs_by_turn ON jobs (status, turn)",
        "CREATE INDEX jobs_by_batch ON jobs (batch) WHERE batch IS NOT NULL",
        "CREATE INDEX jobs_by_start ON jobs (parent_id) WHERE strength IS NOT NULL",
        # The history goes by time: clips found in the folder stand where they belong, not where they were found.
        "CREATE INDEX jobs_by_time ON jobs (created_at) WHERE deleted_at IS NULL",
        "CREATE INDEX jobs_by_star ON jobs (created_at) WHERE starred = 1 AND deleted_at IS NULL",
        "CREATE INDEX jobs_by_deletion ON jobs (deleted_at) WHERE deleted_at IS NOT NULL",
    ),
    (
        # The step of the way that a clip is. Earlier rows tell it by their parents: larger ones are final.
        "ALTER TABLE jobs ADD COLUMN phase TEXT NOT NULL DEFAULT 'draft'",
        """
        UPDATE jobs SET phase = CASE WHEN json_extract(options, '$.width') > (
            SELECT json_extract(parent.options, '$.width') FROM jobs AS parent WHERE parent.id = jobs.parent_id
        ) THEN 'final' ELSE 'refine' END WHERE parent_id IS NOT NULL
        """,
        "CREATE INDEX jobs_by_parent ON jobs (parent_id) WHERE parent_id IS NOT NULL",
        # What a finished clip shows, measured from its frames; empty where nobody has measured it yet.
        "ALTER TABLE jobs ADD COLUMN measures TEXT NOT NULL DEFAULT '{}'",
    ),
)
