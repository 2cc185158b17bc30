-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS alert_policies (
    kind                VARBINARY(48)  NOT NULL,
    level               BIGINT         NOT NULL,
    version             BIGINT         NOT NULL,
    owner_role          VARBINARY(24)  NOT NULL,
    acknowledge_minutes BIGINT         NOT NULL,
    resolve_minutes     BIGINT         NOT NULL,
    script              VARCHAR(2000)  NOT NULL,
    steps               TEXT           NOT NULL,
    active              TINYINT        NOT NULL,
    created_at          DATETIME(3)    NOT NULL,
    PRIMARY KEY (kind, level, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS alerts (
    id                  BINARY(16)     NOT NULL PRIMARY KEY,
    kind                VARBINARY(48)  NOT NULL,
    cause               VARBINARY(96)  NOT NULL,
    open_cause          VARBINARY(96)  NULL,
    level               BIGINT         NOT NULL,
    state               VARBINARY(16)  NOT NULL,
    title               VARCHAR(100)   NOT NULL,
    reason              VARCHAR(500)   NOT NULL,
    customer_id         BINARY(16)     NULL,
    project_id          BINARY(16)     NULL,
    store_id            BINARY(16)     NULL,
    owner_id            BINARY(16)     NULL,
    owner_role          VARBINARY(24)  NOT NULL,
    task_id             BINARY(16)     NOT NULL,
    acknowledge_minutes BIGINT         NOT NULL,
    acknowledge_due_at  DATETIME(3)    NOT NULL,
    due_at              DATETIME(3)    NOT NULL,
    clock_at            BIGINT         NULL,
    acknowledged_by     BINARY(16)     NULL,
    acknowledged_at     DATETIME(3)    NULL,
    closed_by           BINARY(16)     NULL,
    closed_at           DATETIME(3)    NULL,
    outcome             VARBINARY(32)  NOT NULL,
    note                VARCHAR(1000)  NOT NULL,
    created_by          BINARY(16)     NULL,
    created_at          DATETIME(3)    NOT NULL,
    version             BIGINT         NOT NULL,
    UNIQUE KEY alerts_open_cause (open_cause),
    UNIQUE KEY alerts_task (task_id),
    KEY alerts_cause (cause, created_at, id),
    KEY alerts_state (state, created_at, id),
    KEY alerts_store (store_id, state, created_at, id),
    KEY alerts_owner (owner_id, state, created_at, id),
    KEY alerts_project (project_id, created_at, id),
    KEY alerts_customer (customer_id, created_at, id),
    KEY alerts_clock (clock_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS alert_events (
    alert_id BINARY(16)    NOT NULL,
    id       BINARY(16)    NOT NULL,
    at       DATETIME(3)   NOT NULL,
    what     VARBINARY(16) NOT NULL,
    actor_id BINARY(16)    NULL,
    level    BIGINT        NOT NULL,
    task_id  BINARY(16)    NULL,
    to_id    BINARY(16)    NULL,
    to_role  VARBINARY(24) NOT NULL,
    note     VARCHAR(1000) NOT NULL,
    PRIMARY KEY (alert_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
