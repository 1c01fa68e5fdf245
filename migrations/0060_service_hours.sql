-- Times without service that staff entered, besides the rules in the settings.
CREATE TABLE service_hours_stoppage (
    institution text NOT NULL,
    id text NOT NULL,
    services text[] NOT NULL CHECK (cardinality(services) > 0),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz CHECK (ends_at >= starts_at),   -- null until somebody ends it
    text_ja text NOT NULL,
    text_en text NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    ended_by text,
    ended_at timestamptz,
    PRIMARY KEY (institution, id)
);
CREATE INDEX service_hours_stoppage_by_end ON service_hours_stoppage (institution, ends_at);
