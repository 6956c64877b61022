-- The three roles of the ledger's database. Once, as a superuser: psql -d offload -f roles.sql
--
-- Then give the two that log in their passwords, which psql sends as hashes: \password offload_rw
-- Whoever is to migrate becomes the owner by SET ROLE: GRANT offload_owner TO <that person>
\set ON_ERROR_STOP 1

-- Owns the tables, and logs in nowhere.
SELECT 'CREATE ROLE offload_owner NOLOGIN' WHERE to_regrole('offload_owner') IS NULL \gexec
-- iceberg-offload itself: postgres.url in its configuration.
SELECT 'CREATE ROLE offload_rw LOGIN' WHERE to_regrole('offload_rw') IS NULL \gexec
-- Health checks, dashboards, and engines that read tables by the catalog.
SELECT 'CREATE ROLE offload_ro LOGIN' WHERE to_regrole('offload_ro') IS NULL \gexec

BEGIN;
-- parallel_tables + 4 for each process: a scheduler, one that stands by, and commands by hand.
ALTER ROLE offload_rw CONNECTION LIMIT 40;
ALTER ROLE offload_ro CONNECTION LIMIT 20;
-- What holds where a session says nothing else. iceberg-offload says so itself in every transaction.
ALTER ROLE offload_rw SET statement_timeout = '30s';
ALTER ROLE offload_ro SET statement_timeout = '30s';
ALTER ROLE offload_rw SET lock_timeout = '5s';
ALTER ROLE offload_ro SET lock_timeout = '5s';
ALTER ROLE offload_rw SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE offload_ro SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE offload_rw SET search_path = public;
ALTER ROLE offload_ro SET search_path = public;
-- A commit that a crash may take back is none: ClickHouse may have dropped its rows by then.
ALTER ROLE offload_rw SET synchronous_commit = on;

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO offload_owner, offload_rw, offload_ro;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO offload_rw, offload_ro;
GRANT USAGE, CREATE ON SCHEMA public TO offload_owner;

-- A ledger that was made by one user for everything becomes the owner's.
SELECT format('ALTER TABLE %I OWNER TO offload_owner', relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace
    AND (relkind = 'r' AND relname ~ '^(offload|iceberg)_' OR relname = 'offload_lease_tokens') \gexec
COMMIT;
