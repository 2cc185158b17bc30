-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS idempotency (
    scope       VARBINARY(32)  NOT NULL PRIMARY KEY,
    fingerprint VARBINARY(32)  NOT NULL,
    result      MEDIUMTEXT     NULL,
    created_at  DATETIME(3)    NOT NULL,
    KEY idempotency_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS outbox (
    id         BINARY(16)    NOT NULL PRIMARY KEY,
    topic      VARBINARY(64) NOT NULL,
    payload    MEDIUMTEXT    NOT NULL,
    state      TINYINT       NOT NULL,
    run_at     BIGINT        NOT NULL,
    attempts   INT           NOT NULL,
    lease      BINARY(16)    NULL,
    last_error VARCHAR(500)  NOT NULL,
    created_at DATETIME(3)   NOT NULL,
    ended_at   DATETIME(3)   NULL,
    KEY outbox_due (state, run_at, id),
    KEY outbox_lease (lease)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS leases (
    name    VARBINARY(64) NOT NULL PRIMARY KEY,
    holder  BINARY(16)    NOT NULL,
    fence   BIGINT        NOT NULL,
    until   BIGINT        NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS job_periods (
    job     VARBINARY(64) NOT NULL,
    period  VARBINARY(32) NOT NULL,
    done_at DATETIME(3)   NOT NULL,
    PRIMARY KEY (job, period)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS audit_log (
    id           BINARY(16)    NOT NULL PRIMARY KEY,
    at           DATETIME(3)   NOT NULL,
    actor_kind   VARBINARY(16) NOT NULL,
    actor_id     BINARY(16)    NULL,
    action       VARBINARY(64) NOT NULL,
    subject_kind VARBINARY(32) NOT NULL,
    subject_id   BINARY(16)    NULL,
    reason       VARCHAR(500)  NOT NULL,
    detail       TEXT          NOT NULL,
    KEY audit_subject (subject_kind, subject_id, at, id),
    KEY audit_actor (actor_id, at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS settings (
    name       VARBINARY(64) NOT NULL PRIMARY KEY,
    value      TEXT          NOT NULL,
    updated_at DATETIME(3)   NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
