-- The operations log (LOG-01): who did what, one chain of keyed hashes per institution and lane.
-- Rows are only ever added; the head of each lane says how many there are and signs the last hash.

CREATE TABLE operations_log_entries (
    institution text NOT NULL,
    lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 7),
    number bigint NOT NULL CHECK (number > 0),
    at timestamptz NOT NULL,
    event text NOT NULL,
    result text NOT NULL CHECK (result IN ('done', 'refused', 'failed')),
    actor text NOT NULL,
    subject text NOT NULL,
    reason text NOT NULL,
    source text NOT NULL,
    reference text NOT NULL,
    journey text NOT NULL,
    detail jsonb NOT NULL,
    personal bytea NOT NULL, -- sealed; empty where there is none
    key_id text NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (institution, lane, number)
);

CREATE INDEX operations_log_entries_at ON operations_log_entries (institution, at);
CREATE INDEX operations_log_entries_actor ON operations_log_entries (institution, actor, at) WHERE actor <> '';
CREATE INDEX operations_log_entries_subject ON operations_log_entries (institution, subject, at) WHERE subject <> '';
CREATE INDEX operations_log_entries_reference ON operations_log_entries (institution, reference) WHERE reference <> '';
CREATE INDEX operations_log_entries_journey ON operations_log_entries (institution, journey, at) WHERE journey <> '';

CREATE TABLE operations_log_heads (
    institution text NOT NULL,
    lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 7),
    count bigint NOT NULL CHECK (count >= 0),
    hash bytea NOT NULL, -- of the last row; empty where there is none
    key_id text NOT NULL,
    signature bytea NOT NULL, -- over all of the above
    PRIMARY KEY (institution, lane)
);

CREATE FUNCTION operations_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the operations log is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION operations_log_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.count <= OLD.count OR NEW.institution <> OLD.institution OR NEW.lane <> OLD.lane THEN
        RAISE EXCEPTION 'a head of the operations log only goes forward' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER operations_log_entries_stay BEFORE UPDATE OR DELETE ON operations_log_entries
    FOR EACH ROW EXECUTE FUNCTION operations_log_refuse();
CREATE TRIGGER operations_log_entries_stay_whole BEFORE TRUNCATE ON operations_log_entries
    FOR EACH STATEMENT EXECUTE FUNCTION operations_log_refuse();
CREATE TRIGGER operations_log_heads_stay BEFORE DELETE ON operations_log_heads
    FOR EACH ROW EXECUTE FUNCTION operations_log_refuse();
CREATE TRIGGER operations_log_heads_stay_whole BEFORE TRUNCATE ON operations_log_heads
    FOR EACH STATEMENT EXECUTE FUNCTION operations_log_refuse();
CREATE TRIGGER operations_log_heads_go_forward BEFORE UPDATE ON operations_log_heads
    FOR EACH ROW EXECUTE FUNCTION operations_log_only_forward();
