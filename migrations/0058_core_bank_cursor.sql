-- How far the platform has read each core's events and done what follows from them.
CREATE TABLE core_bank_cursor (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    cursor text NOT NULL,
    PRIMARY KEY (institution)
);
