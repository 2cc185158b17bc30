-- +goose Up
CREATE TABLE IF NOT EXISTS alert_policies (
    kind                TEXT  NOT NULL,
    level               INTEGER         NOT NULL,
    version             INTEGER         NOT NULL,
    owner_role          TEXT  NOT NULL,
    acknowledge_minutes INTEGER         NOT NULL,
    resolve_minutes     INTEGER         NOT NULL,
    script              TEXT  NOT NULL,
    steps               TEXT           NOT NULL,
    active              INTEGER        NOT NULL,
    created_at          DATETIME    NOT NULL,
    PRIMARY KEY (kind, level, version)
);

CREATE TABLE IF NOT EXISTS alerts (
    id                  BLOB     NOT NULL PRIMARY KEY,
    kind                TEXT  NOT NULL,
    cause               TEXT  NOT NULL,
    open_cause          TEXT  NULL,
    level               INTEGER         NOT NULL,
    state               TEXT  NOT NULL,
    title               TEXT   NOT NULL,
    reason              TEXT   NOT NULL,
    customer_id         BLOB     NULL,
    project_id          BLOB     NULL,
    store_id            BLOB     NULL,
    owner_id            BLOB     NULL,
    owner_role          TEXT  NOT NULL,
    task_id             BLOB     NOT NULL,
    acknowledge_minutes INTEGER         NOT NULL,
    acknowledge_due_at  DATETIME    NOT NULL,
    due_at              DATETIME    NOT NULL,
    clock_at            INTEGER         NULL,
    acknowledged_by     BLOB     NULL,
    acknowledged_at     DATETIME    NULL,
    closed_by           BLOB     NULL,
    closed_at           DATETIME    NULL,
    outcome             TEXT  NOT NULL,
    note                TEXT  NOT NULL,
    created_by          BLOB     NULL,
    created_at          DATETIME    NOT NULL,
    version             INTEGER         NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS alerts_open_cause ON alerts (open_cause);
CREATE UNIQUE INDEX IF NOT EXISTS alerts_task ON alerts (task_id);
CREATE INDEX IF NOT EXISTS alerts_cause ON alerts (cause, created_at, id);
CREATE INDEX IF NOT EXISTS alerts_state ON alerts (state, created_at, id);
CREATE INDEX IF NOT EXISTS alerts_store ON alerts (store_id, state, created_at, id);
CREATE INDEX IF NOT EXISTS alerts_owner ON alerts (owner_id, state, created_at, id);
CREATE INDEX IF NOT EXISTS alerts_project ON alerts (project_id, created_at, id);
CREATE INDEX IF NOT EXISTS alerts_customer ON alerts (customer_id, created_at, id);
CREATE INDEX IF NOT EXISTS alerts_clock ON alerts (clock_at);

CREATE TABLE IF NOT EXISTS alert_events (
    alert_id BLOB    NOT NULL,
    id       BLOB    NOT NULL,
    at       DATETIME   NOT NULL,
    what     TEXT NOT NULL,
    actor_id BLOB    NULL,
    level    INTEGER        NOT NULL,
    task_id  BLOB    NULL,
    to_id    BLOB    NULL,
    to_role  TEXT NOT NULL,
    note     TEXT NOT NULL,
    PRIMARY KEY (alert_id, id)
);
