-- Wrong tries of a secret (`what`) of somebody (`subject`, an opaque id), and the lock at the limit.
CREATE TABLE lockout_count (
    institution text NOT NULL,
    what text NOT NULL,
    subject text NOT NULL,
    counted_on date NOT NULL,           -- the Japan day; 0001-01-01 where no day ends the count
    wrong integer NOT NULL CHECK (wrong >= 0),
    unjudged bigint[] NOT NULL,         -- tries without a result yet, by number (microseconds)
    last_attempt bigint NOT NULL,
    locked_until timestamptz,           -- 9999-12-31 where only a release ends the lock
    since timestamptz NOT NULL,         -- when the last try was counted: the lock's beginning
    told_by bigint,                     -- the try whose failure told of the lock; 0: somebody later
    PRIMARY KEY (institution, what, subject)
) WITH (fillfactor = 70);
CREATE INDEX lockout_count_locked ON lockout_count (institution, locked_until)
    WHERE locked_until IS NOT NULL;
