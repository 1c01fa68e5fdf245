-- What a depositor allowed an app to read, and until when (LINK-30, AS-07).
CREATE TABLE consents_consent (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    client_id text NOT NULL,
    -- '' while nobody has proved who he is
    holder_id text NOT NULL DEFAULT '',
    -- "expired" is no state of the row: time decides it when the row is read
    status text NOT NULL CHECK (status IN ('awaiting', 'authorised', 'revoked', 'superseded')),
    scopes text[] NOT NULL,
    mode text NOT NULL DEFAULT '',
    terms_version text NOT NULL DEFAULT '',
    screen_version text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL,
    authorised_at timestamptz,
    expires_at timestamptz,
    ended_at timestamptz,
    ended_by text NOT NULL DEFAULT ''
        CHECK (ended_by IN ('', 'app', 'customer', 'staff', 'account_moved', 'newer_consent')),
    end_reason text NOT NULL DEFAULT '',
    superseded_by text,
    last_used_at timestamptz,
    PRIMARY KEY (institution, id),
    CHECK (status = 'awaiting' OR status = 'revoked' OR (holder_id <> '' AND authorised_at IS NOT NULL
                                                         AND expires_at > authorised_at)),
    CHECK ((status IN ('revoked', 'superseded')) = (ended_at IS NOT NULL))
);
CREATE INDEX consents_consent_by_holder ON consents_consent (institution, holder_id, client_id);
CREATE INDEX consents_consent_by_client ON consents_consent (institution, client_id, requested_at);

CREATE TABLE consents_account (
    institution text NOT NULL,
    consent_id text NOT NULL,
    public_id text NOT NULL,
    account_id text NOT NULL,
    branch_code text NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    account_kind text NOT NULL,
    account_number text NOT NULL CHECK (account_number ~ '^[0-9]{7}$'),
    position integer NOT NULL,
    PRIMARY KEY (institution, consent_id, public_id),
    UNIQUE (institution, consent_id, account_id),
    FOREIGN KEY (institution, consent_id) REFERENCES consents_consent (institution, id)
        ON DELETE CASCADE
);
CREATE INDEX consents_account_by_account ON consents_account (institution, account_id);
