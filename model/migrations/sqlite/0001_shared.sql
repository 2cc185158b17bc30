-- +goose Up
CREATE TABLE IF NOT EXISTS idempotency (
    scope       TEXT  NOT NULL PRIMARY KEY,
    fingerprint TEXT  NOT NULL,
    result      TEXT     NULL,
    created_at  DATETIME    NOT NULL
);
CREATE INDEX IF NOT EXISTS idempotency_created ON idempotency (created_at);

CREATE TABLE IF NOT EXISTS outbox (
    id         BLOB    NOT NULL PRIMARY KEY,
    topic      TEXT NOT NULL,
    payload    TEXT    NOT NULL,
    state      INTEGER       NOT NULL,
    run_at     INTEGER        NOT NULL,
    attempts   INTEGER           NOT NULL,
    lease      BLOB    NULL,
    last_error TEXT  NOT NULL,
    created_at DATETIME   NOT NULL,
    ended_at   DATETIME   NULL
);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (state, run_at, id);
CREATE INDEX IF NOT EXISTS outbox_lease ON outbox (lease);

CREATE TABLE IF NOT EXISTS leases (
    name    TEXT NOT NULL PRIMARY KEY,
    holder  BLOB    NOT NULL,
    fence   INTEGER        NOT NULL,
    until   INTEGER        NOT NULL
);

CREATE TABLE IF NOT EXISTS job_periods (
    job     TEXT NOT NULL,
    period  TEXT NOT NULL,
    done_at DATETIME   NOT NULL,
    PRIMARY KEY (job, period)
);

CREATE TABLE IF NOT EXISTS audit_log (
    id           BLOB    NOT NULL PRIMARY KEY,
    at           DATETIME   NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     BLOB    NULL,
    action       TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id   BLOB    NULL,
    reason       TEXT  NOT NULL,
    detail       TEXT          NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_subject ON audit_log (subject_kind, subject_id, at, id);
CREATE INDEX IF NOT EXISTS audit_actor ON audit_log (actor_id, at, id);

CREATE TABLE IF NOT EXISTS settings (
    name       TEXT NOT NULL PRIMARY KEY,
    value      TEXT          NOT NULL,
    updated_at DATETIME   NOT NULL
);
