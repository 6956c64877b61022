-- Watermarks, leases, the ledger of windows and files, and the Iceberg SQL catalog beside them.

-- How far each table has come. The columns down to updated_at are the ones that dashboards and people know.
CREATE TABLE offload_watermarks (
    table_name                 TEXT PRIMARY KEY,
    last_offload_timestamp     TIMESTAMPTZ NOT NULL,
    last_offload_max_sequence  BIGINT NOT NULL,
    last_offload_row_count     BIGINT DEFAULT 0,
    status                     TEXT NOT NULL DEFAULT 'initialized'
                               CHECK (status IN ('initialized', 'running', 'success', 'failed')),
    last_successful_run        TIMESTAMPTZ,
    last_run_duration_seconds  INTEGER,
    failure_count              INTEGER DEFAULT 0,
    last_error_message         TEXT,
    created_at                 TIMESTAMPTZ DEFAULT now(),
    updated_at                 TIMESTAMPTZ DEFAULT now(),
    -- What exactness needs: the position in ticks of the cursor's own unit; a timestamptz ends at microseconds.
    target                     TEXT NOT NULL,
    cursor_column              TEXT,
    cursor_digits              SMALLINT,              -- decimal places of a time cursor; NULL for an integer one
    position                   NUMERIC(39, 0),        -- NULL: nothing offloaded yet
    last_batch_id              UUID,
    lake_table_uuid            UUID,
    observed_position          NUMERIC(39, 0),        -- the highest integer cursor seen at observed_at
    observed_at                TIMESTAMPTZ
);
CREATE INDEX idx_watermarks_status ON offload_watermarks (status);
CREATE INDEX idx_watermarks_last_run ON offload_watermarks (last_successful_run DESC);

-- Who may write: a row per table and one for the scheduler. A token is never used twice (a fencing token).
CREATE SEQUENCE offload_lease_tokens;
CREATE TABLE offload_leases (
    name        TEXT PRIMARY KEY,
    holder      TEXT NOT NULL,
    token       BIGINT NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL
);

-- The ledger: every attempt to move a window, written before its first byte.
CREATE TABLE offload_batches (
    batch_id       UUID PRIMARY KEY,
    table_name     TEXT NOT NULL REFERENCES offload_watermarks,
    token          BIGINT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('staged', 'committed', 'abandoned')),
    low            NUMERIC(39, 0),                    -- exclusive; NULL: from the first row
    high           NUMERIC(39, 0) NOT NULL,           -- inclusive
    row_count      BIGINT,
    byte_count     BIGINT,
    sequence_max   BIGINT,
    snapshot_id    BIGINT,
    metadata_folder TEXT NOT NULL,
    metadata_location TEXT,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    committed_at   TIMESTAMPTZ
);
CREATE INDEX offload_batches_by_table ON offload_batches (table_name, committed_at DESC);
CREATE INDEX offload_batches_staged ON offload_batches (table_name) WHERE status = 'staged';
-- No window is committed twice, whatever else goes wrong.
CREATE UNIQUE INDEX offload_batches_once ON offload_batches (table_name, high) WHERE status = 'committed';

CREATE TABLE offload_files (
    batch_id    UUID NOT NULL REFERENCES offload_batches,
    location    TEXT NOT NULL,
    row_count   BIGINT,                               -- NULL until committed
    byte_count  BIGINT,
    PRIMARY KEY (batch_id, location)
);

-- Every value a watermark ever had, and why it changed.
CREATE TABLE offload_watermark_history (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name  TEXT NOT NULL,
    position    NUMERIC(39, 0),
    cursor_text TEXT,
    batch_id    UUID,
    row_count   BIGINT,
    reason      TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX offload_watermark_history_by_table ON offload_watermark_history (table_name, id DESC);

CREATE TABLE offload_cycles (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    holder         TEXT NOT NULL,
    started_at     TIMESTAMPTZ NOT NULL,
    seconds        DOUBLE PRECISION NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('success', 'partial', 'failed')),
    table_count    INTEGER NOT NULL,
    failed_count   INTEGER NOT NULL,
    row_count      BIGINT NOT NULL
);
CREATE INDEX offload_cycles_by_start ON offload_cycles (started_at DESC);

-- The Iceberg SQL catalog, schema version V1 (apache/iceberg, JdbcUtil.java). It may be there already.
CREATE TABLE IF NOT EXISTS iceberg_tables (
    catalog_name                VARCHAR(255) NOT NULL,
    table_namespace             VARCHAR(255) NOT NULL,
    table_name                  VARCHAR(255) NOT NULL,
    metadata_location           VARCHAR(1000),
    previous_metadata_location  VARCHAR(1000),
    iceberg_type                VARCHAR(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);
-- A catalog made by Java's default is V0, without this column. Only its owner may alter it, so not without need.
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'iceberg_tables'::regclass AND attname = 'iceberg_type' AND NOT attisdropped
    ) THEN
        ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5);
    END IF;
END $$;
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
    catalog_name    VARCHAR(255) NOT NULL,
    namespace       VARCHAR(255) NOT NULL,
    property_key    VARCHAR(255) NOT NULL,
    property_value  VARCHAR(1000),
    PRIMARY KEY (catalog_name, namespace, property_key)
);
