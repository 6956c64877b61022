-- What each committed window holds, so that it can be proven again: the wrapping sum of its rows' hashes.
ALTER TABLE offload_batches
    ADD COLUMN content_hash    NUMERIC(20, 0),        -- 0 to 2^64 - 1; NULL: the table is verified by count
    ADD COLUMN content_fields  INTEGER[];             -- the Iceberg fields that went into it
