-- +goose Up
CREATE TABLE IF NOT EXISTS customer_preferences (
    customer_id BLOB      NOT NULL,
    pref_key    TEXT   NOT NULL,
    value_enc   TEXT NOT NULL,
    by_kind     TEXT   NOT NULL,
    by_id       BLOB      NULL,
    updated_at  DATETIME     NOT NULL,
    version     INTEGER          NOT NULL,
    PRIMARY KEY (customer_id, pref_key)
);

CREATE TABLE IF NOT EXISTS care_notes (
    customer_id  BLOB      NOT NULL,
    id           BLOB      NOT NULL,
    text_enc     TEXT NULL,
    author_id    BLOB      NOT NULL,
    created_at   DATETIME     NOT NULL,
    withdrawn_by BLOB      NULL,
    withdrawn_at DATETIME     NULL,
    version      INTEGER          NOT NULL,
    PRIMARY KEY (customer_id, id)
);
