-- Who may do what with the ledger's tables. After every migration, as the owner:
--
--   iceberg-offload migrate --dry-run | psql -d offload -c 'SET ROLE offload_owner' -f - -f grants.sql
\set ON_ERROR_STOP 1

BEGIN;
GRANT SELECT ON
    offload_schema_migrations, offload_watermarks, offload_leases, offload_batches, offload_files,
    offload_watermark_history, offload_cycles, iceberg_tables, iceberg_namespace_properties
TO offload_rw, offload_ro;

-- Nothing is ever deleted: what is over is marked as such.
GRANT INSERT, UPDATE ON offload_watermarks, offload_leases, offload_batches, offload_files, iceberg_tables
TO offload_rw;
GRANT USAGE ON SEQUENCE offload_lease_tokens TO offload_rw;

-- What has happened stays as it was written.
GRANT INSERT ON offload_watermark_history, offload_cycles, iceberg_namespace_properties TO offload_rw;
COMMIT;
