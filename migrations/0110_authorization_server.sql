-- Signing keys, pushed requests, codes, tokens and single-use values of the authorization server.
-- Nothing here opens anything if it is read: codes, tokens and request URIs are SHA-256 hashes of
-- random 256-bit values, private keys are sealed.

CREATE TABLE authorization_server_signing_key (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    algorithm text NOT NULL CHECK (algorithm IN ('ES256', 'PS256')),
    state text NOT NULL CHECK (state IN ('pending', 'active', 'retired')),
    public_jwk jsonb NOT NULL,
    sealed_private_jwk bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- when it signs, or will
    active_from timestamptz NOT NULL,
    -- when the last token that it signed has expired
    retired_until timestamptz,
    PRIMARY KEY (institution, id),
    CHECK ((state = 'retired') = (retired_until IS NOT NULL))
);
CREATE UNIQUE INDEX authorization_server_signing_key_one_active
    ON authorization_server_signing_key (institution, algorithm) WHERE state = 'active';
CREATE UNIQUE INDEX authorization_server_signing_key_one_pending
    ON authorization_server_signing_key (institution, algorithm) WHERE state = 'pending';

CREATE TABLE authorization_server_request (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    reference_hash bytea NOT NULL,
    client_id text NOT NULL,
    parameters jsonb NOT NULL,
    consent_id text,
    pushed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    finished_at timestamptz,
    -- '' where a code was given, else the error that the client was told
    outcome text NOT NULL DEFAULT '',
    PRIMARY KEY (institution, id),
    UNIQUE (institution, reference_hash)
);
CREATE INDEX authorization_server_request_by_time ON authorization_server_request (pushed_at);

CREATE TABLE authorization_server_code (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    hash bytea NOT NULL,
    client_id text NOT NULL,
    consent_id text NOT NULL,
    redirect_uri text NOT NULL,
    code_challenge text NOT NULL,
    dpop_jkt text NOT NULL DEFAULT '',
    nonce text NOT NULL DEFAULT '',
    scopes text[] NOT NULL,
    auth_time timestamptz NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (institution, hash),
    CHECK (expires_at <= issued_at + interval '60 seconds')
);
CREATE INDEX authorization_server_code_by_time ON authorization_server_code (expires_at);

CREATE TABLE authorization_server_token (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    hash bytea NOT NULL,
    kind text NOT NULL CHECK (kind IN ('access', 'refresh')),
    id text NOT NULL,
    client_id text NOT NULL,
    consent_id text NOT NULL,
    -- the code that the token comes from, directly or by refreshing
    code_hash bytea NOT NULL,
    -- RFC 7638 thumbprint of the key that an access token is bound to; '' for a refresh token, which
    -- is bound to the client's own keys
    jkt text NOT NULL,
    scopes text[] NOT NULL,
    auth_time timestamptz NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (institution, hash),
    CHECK ((kind = 'access') = (jkt <> ''))
);
CREATE INDEX authorization_server_token_by_code
    ON authorization_server_token (institution, code_hash);
CREATE INDEX authorization_server_token_by_consent
    ON authorization_server_token (institution, consent_id, issued_at);
CREATE INDEX authorization_server_token_by_time ON authorization_server_token (expires_at);

-- Values that may be used once, by kind: one of one kind cannot be spent as another.
CREATE TABLE authorization_server_single_use (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    kind text NOT NULL CHECK (kind IN ('client-assertion', 'dpop-proof')),
    hash bytea NOT NULL,
    kept_until timestamptz NOT NULL,
    PRIMARY KEY (institution, kind, hash)
);
CREATE INDEX authorization_server_single_use_by_time
    ON authorization_server_single_use (kept_until);
