-- +goose Up
ALTER TABLE members ADD COLUMN rules_n INTEGER NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS member_deeds (
    customer_id BLOB    NOT NULL,
    event       TEXT NOT NULL,
    source      TEXT NOT NULL,
    at          INTEGER        NOT NULL,
    PRIMARY KEY (customer_id, event, source)
);
CREATE INDEX IF NOT EXISTS member_deed_at ON member_deeds (customer_id, event, at);

CREATE TABLE IF NOT EXISTS level_policies (
    kind       TEXT  NOT NULL,
    policy_key TEXT NOT NULL,
    version    INTEGER        NOT NULL,
    n          INTEGER        NOT NULL,
    standing   INTEGER       NOT NULL,
    definition TEXT    NOT NULL,
    created_at DATETIME   NOT NULL,
    created_by BLOB    NULL,
    PRIMARY KEY (kind, policy_key, version)
);
CREATE INDEX IF NOT EXISTS level_policy_standing ON level_policies (standing, kind, policy_key);

CREATE TABLE IF NOT EXISTS level_rounds (
    n          INTEGER      NOT NULL,
    after_id   BLOB  NULL,
    done_at    DATETIME NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (n)
);
CREATE INDEX IF NOT EXISTS level_round_open ON level_rounds (done_at, n);

CREATE TABLE IF NOT EXISTS level_changes (
    customer_id BLOB    NOT NULL,
    n           INTEGER        NOT NULL,
    id          BLOB    NOT NULL,
    from_level  TEXT NOT NULL,
    to_level    TEXT NOT NULL,
    growth      INTEGER        NOT NULL,
    why         TEXT NOT NULL,
    reason_zh   TEXT  NOT NULL,
    reason_en   TEXT  NOT NULL,
    rules_n     INTEGER        NOT NULL,
    at          DATETIME   NOT NULL,
    noted_at    DATETIME   NOT NULL,
    PRIMARY KEY (customer_id, n)
);
CREATE UNIQUE INDEX IF NOT EXISTS level_change_id ON level_changes (id);
