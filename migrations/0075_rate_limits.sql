-- Turns taken in the present window. Unlogged: worth nothing after a crash, and written often.
CREATE UNLOGGED TABLE rate_limits_window (
    institution text NOT NULL,
    what text NOT NULL,
    who text NOT NULL,
    ends_at timestamptz NOT NULL,
    used integer NOT NULL,
    PRIMARY KEY (institution, what, who)
) WITH (fillfactor = 50);
