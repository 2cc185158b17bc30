-- +goose Up
CREATE TABLE IF NOT EXISTS task_policies (
    kind        TEXT  NOT NULL,
    version     INTEGER         NOT NULL,
    title       TEXT   NOT NULL,
    script      TEXT  NOT NULL,
    due_minutes INTEGER         NOT NULL,
    owner_role  TEXT  NOT NULL,
    steps       TEXT           NOT NULL,
    outcomes    TEXT           NOT NULL,
    active      INTEGER        NOT NULL,
    created_at  DATETIME    NOT NULL,
    PRIMARY KEY (kind, version)
);

CREATE TABLE IF NOT EXISTS tasks (
    id          BLOB     NOT NULL PRIMARY KEY,
    kind        TEXT  NOT NULL,
    cause       TEXT  NOT NULL,
    title       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    script      TEXT  NOT NULL,
    outcomes    TEXT           NOT NULL,
    customer_id BLOB     NULL,
    project_id  BLOB     NULL,
    store_id    BLOB     NULL,
    owner_id    BLOB     NULL,
    owner_role  TEXT  NOT NULL,
    state       TEXT  NOT NULL,
    due_at      DATETIME    NOT NULL,
    steps       TEXT           NOT NULL,
    level       INTEGER         NOT NULL,
    escalate_at INTEGER         NULL,
    outcome     TEXT  NOT NULL,
    note        TEXT  NOT NULL,
    ended_by    BLOB     NULL,
    ended_at    DATETIME    NULL,
    created_by  BLOB     NULL,
    created_at  DATETIME    NOT NULL,
    version     INTEGER         NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS tasks_cause ON tasks (cause);
CREATE INDEX IF NOT EXISTS tasks_owner ON tasks (owner_id, state, due_at, id);
CREATE INDEX IF NOT EXISTS tasks_store ON tasks (store_id, state, due_at, id);
CREATE INDEX IF NOT EXISTS tasks_state ON tasks (state, due_at, id);
CREATE INDEX IF NOT EXISTS tasks_customer ON tasks (customer_id, created_at, id);
CREATE INDEX IF NOT EXISTS tasks_escalate ON tasks (escalate_at);

CREATE TABLE IF NOT EXISTS task_events (
    task_id  BLOB    NOT NULL,
    id       BLOB    NOT NULL,
    at       DATETIME   NOT NULL,
    what     TEXT NOT NULL,
    actor_id BLOB    NULL,
    level    INTEGER        NOT NULL,
    to_id    BLOB    NULL,
    to_role  TEXT NOT NULL,
    note     TEXT NOT NULL,
    PRIMARY KEY (task_id, id)
);
