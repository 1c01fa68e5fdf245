-- Notices to customers (MAIL-01): what was told to whom, and whether it arrived.

CREATE TABLE notices_outbox (
    institution text NOT NULL,
    event_key text NOT NULL,
    template text NOT NULL,
    language text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'bounced', 'unknown')),
    reason text NOT NULL DEFAULT '',
    sends integer NOT NULL DEFAULT 1, -- grows when staff have it sent again
    message_id text NOT NULL,
    content bytea, -- sealed: address and values; null once purged
    to_hash bytea, -- keyed hash of the address; null once purged
    queued_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (institution, event_key),
    UNIQUE (institution, message_id)
);

CREATE INDEX notices_outbox_state ON notices_outbox (institution, state, queued_at);
CREATE INDEX notices_outbox_to ON notices_outbox (institution, to_hash) WHERE to_hash IS NOT NULL;
CREATE INDEX notices_outbox_kept ON notices_outbox (changed_at) WHERE content IS NOT NULL;
