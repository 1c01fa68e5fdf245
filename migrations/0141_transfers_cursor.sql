-- How far the core's events were read for transfers that other banks sent back.
CREATE TABLE transfers_cursor (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    cursor text NOT NULL,
    PRIMARY KEY (institution)
);
