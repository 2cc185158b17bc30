-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS task_policies (
    kind        VARBINARY(48)  NOT NULL,
    version     BIGINT         NOT NULL,
    title       VARCHAR(100)   NOT NULL,
    script      VARCHAR(2000)  NOT NULL,
    due_minutes BIGINT         NOT NULL,
    owner_role  VARBINARY(24)  NOT NULL,
    steps       TEXT           NOT NULL,
    outcomes    TEXT           NOT NULL,
    active      TINYINT        NOT NULL,
    created_at  DATETIME(3)    NOT NULL,
    PRIMARY KEY (kind, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS tasks (
    id          BINARY(16)     NOT NULL PRIMARY KEY,
    kind        VARBINARY(48)  NOT NULL,
    cause       VARBINARY(96)  NOT NULL,
    title       VARCHAR(100)   NOT NULL,
    reason      VARCHAR(500)   NOT NULL,
    script      VARCHAR(2000)  NOT NULL,
    outcomes    TEXT           NOT NULL,
    customer_id BINARY(16)     NULL,
    project_id  BINARY(16)     NULL,
    store_id    BINARY(16)     NULL,
    owner_id    BINARY(16)     NULL,
    owner_role  VARBINARY(24)  NOT NULL,
    state       VARBINARY(12)  NOT NULL,
    due_at      DATETIME(3)    NOT NULL,
    steps       TEXT           NOT NULL,
    level       BIGINT         NOT NULL,
    escalate_at BIGINT         NULL,
    outcome     VARBINARY(32)  NOT NULL,
    note        VARCHAR(1000)  NOT NULL,
    ended_by    BINARY(16)     NULL,
    ended_at    DATETIME(3)    NULL,
    created_by  BINARY(16)     NULL,
    created_at  DATETIME(3)    NOT NULL,
    version     BIGINT         NOT NULL,
    UNIQUE KEY tasks_cause (cause),
    KEY tasks_owner (owner_id, state, due_at, id),
    KEY tasks_store (store_id, state, due_at, id),
    KEY tasks_state (state, due_at, id),
    KEY tasks_customer (customer_id, created_at, id),
    KEY tasks_escalate (escalate_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS task_events (
    task_id  BINARY(16)    NOT NULL,
    id       BINARY(16)    NOT NULL,
    at       DATETIME(3)   NOT NULL,
    what     VARBINARY(16) NOT NULL,
    actor_id BINARY(16)    NULL,
    level    BIGINT        NOT NULL,
    to_id    BINARY(16)    NULL,
    to_role  VARBINARY(24) NOT NULL,
    note     VARCHAR(1000) NOT NULL,
    PRIMARY KEY (task_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
