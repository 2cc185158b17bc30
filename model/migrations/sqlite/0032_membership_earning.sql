-- +goose Up
CREATE TABLE IF NOT EXISTS earning_rules (
    rule_key   TEXT NOT NULL,
    version    INTEGER        NOT NULL,
    standing   INTEGER       NOT NULL,
    event      TEXT NOT NULL,
    definition TEXT    NOT NULL,
    created_at DATETIME   NOT NULL,
    created_by BLOB    NULL,
    PRIMARY KEY (rule_key, version)
);
CREATE INDEX IF NOT EXISTS earning_rule_standing ON earning_rules (standing, event);

CREATE TABLE IF NOT EXISTS earning_grants (
    customer_id  BLOB    NOT NULL,
    rule_key     TEXT NOT NULL,
    source       TEXT NOT NULL,
    rule_version INTEGER        NOT NULL,
    book         TEXT NOT NULL,
    amount       INTEGER        NOT NULL,
    taken        INTEGER        NOT NULL,
    transfer_id  BLOB    NOT NULL,
    subject      TEXT NOT NULL,
    day          TEXT          NOT NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (customer_id, rule_key, source),
    CONSTRAINT earning_grant_bounds CHECK (taken >= 0 AND taken <= amount)
);
CREATE INDEX IF NOT EXISTS earning_grant_source ON earning_grants (source, customer_id);
CREATE INDEX IF NOT EXISTS earning_grant_subject ON earning_grants (subject, rule_key);

CREATE TABLE IF NOT EXISTS earning_budgets (
    rule_key TEXT NOT NULL,
    used     INTEGER        NOT NULL,
    PRIMARY KEY (rule_key)
);

CREATE TABLE IF NOT EXISTS check_ins (
    customer_id BLOB  NOT NULL,
    day         TEXT        NOT NULL,
    streak      INTEGER      NOT NULL,
    points      INTEGER      NOT NULL,
    created_at  DATETIME NOT NULL,
    PRIMARY KEY (customer_id, day)
);

CREATE TABLE IF NOT EXISTS expiry_notices (
    account_id  BLOB  NOT NULL,
    expires_at  INTEGER      NOT NULL,
    days_before INTEGER      NOT NULL,
    amount      INTEGER      NOT NULL,
    created_at  DATETIME NOT NULL,
    PRIMARY KEY (account_id, expires_at, days_before)
);
CREATE INDEX IF NOT EXISTS expiry_notice_old ON expiry_notices (expires_at);
