-- The institutions that are served: their settings files as published, and their logos.
-- A version is drawn for every change, under a lock, so that the highest one tells whether anything is new.
CREATE TABLE institutions_institution (
    institution text NOT NULL PRIMARY KEY CHECK (institution ~ '^[0-9]{4}$'),
    documents jsonb NOT NULL,
    logo bytea NOT NULL,
    logo_dark bytea,
    version bigint NOT NULL,
    published_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CHECK (documents -> 'institution' ->> 'code' = institution)
);
