-- The third parties' apps that may ask an institution's customers for consent (AS-08).
CREATE TABLE clients_client (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL CHECK (id ~ '^[A-Za-z0-9._~-]{1,128}$'),
    -- goes up with every change: what processes remember of a client is keyed by it
    version integer NOT NULL DEFAULT 1,
    status text NOT NULL CHECK (status IN ('active', 'suspended')),
    status_reason text NOT NULL DEFAULT '',
    registration jsonb NOT NULL,
    registered_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (institution, id)
);
