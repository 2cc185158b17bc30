-- +goose Up
CREATE TABLE IF NOT EXISTS value_corrections (
    customer_id  BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    store_id     BLOB    NULL,
    book         TEXT NOT NULL,
    amount       INTEGER        NOT NULL,
    reason       TEXT  NOT NULL,
    about_id     BLOB    NULL,
    state        TEXT NOT NULL,
    day          TEXT          NOT NULL,
    asked_by     BLOB    NOT NULL,
    asked_name   TEXT   NOT NULL,
    asked_at     DATETIME   NOT NULL,
    lapses_at    INTEGER        NOT NULL,
    decided_by   BLOB    NULL,
    decided_name TEXT   NOT NULL,
    decided_at   DATETIME   NULL,
    decided_why  TEXT  NOT NULL,
    transfer_id  BLOB    NULL,
    version      INTEGER        NOT NULL,
    PRIMARY KEY (customer_id, id),
    CONSTRAINT value_correction_amount CHECK (amount <> 0)
);
CREATE UNIQUE INDEX IF NOT EXISTS value_correction_id ON value_corrections (id);
CREATE INDEX IF NOT EXISTS value_correction_state ON value_corrections (state, asked_at, id);
CREATE INDEX IF NOT EXISTS value_correction_day ON value_corrections (asked_by, day);
