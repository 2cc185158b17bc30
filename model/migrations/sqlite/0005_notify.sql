-- +goose Up
CREATE TABLE IF NOT EXISTS inbox_messages (
    owner_id   BLOB    NOT NULL,
    id         BLOB    NOT NULL,
    owner_kind TEXT NOT NULL,
    event_id   BLOB    NOT NULL,
    kind       TEXT NOT NULL,
    title      TEXT  NOT NULL,
    body       TEXT  NOT NULL,
    ref_kind   TEXT NOT NULL,
    ref_id     BLOB    NULL,
    project_id BLOB    NULL,
    at         DATETIME   NOT NULL,
    read_at    DATETIME   NULL,
    version    INTEGER        NOT NULL,
    PRIMARY KEY (owner_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS inbox_messages_event ON inbox_messages (owner_id, event_id);
CREATE INDEX IF NOT EXISTS inbox_messages_unread ON inbox_messages (owner_id, read_at, id);

CREATE TABLE IF NOT EXISTS subscription_templates (
    template_key TEXT  NOT NULL PRIMARY KEY,
    template_id  TEXT  NOT NULL,
    event        TEXT  NOT NULL,
    title        TEXT    NOT NULL,
    page         TEXT   NOT NULL,
    fields       TEXT  NOT NULL,
    resendable   INTEGER        NOT NULL,
    active       INTEGER        NOT NULL,
    created_at   DATETIME    NOT NULL,
    updated_at   DATETIME    NOT NULL,
    version      INTEGER         NOT NULL
);
CREATE INDEX IF NOT EXISTS subscription_templates_event ON subscription_templates (event, active);

CREATE TABLE IF NOT EXISTS subscription_grants (
    openid      TEXT NOT NULL,
    template_id TEXT NOT NULL,
    remaining   INTEGER        NOT NULL,
    refused_at  DATETIME   NULL,
    updated_at  DATETIME   NOT NULL,
    version     INTEGER        NOT NULL,
    PRIMARY KEY (openid, template_id)
);

CREATE TABLE IF NOT EXISTS subscription_grant_events (
    event_key   TEXT NOT NULL,
    seq         INTEGER        NOT NULL,
    source      TEXT NOT NULL,
    openid      TEXT NOT NULL,
    template_id TEXT NOT NULL,
    result      TEXT NOT NULL,
    counted     INTEGER       NOT NULL,
    at          DATETIME   NOT NULL,
    created_at  DATETIME   NOT NULL,
    PRIMARY KEY (event_key, seq)
);
CREATE INDEX IF NOT EXISTS subscription_grant_events_accepts ON subscription_grant_events (openid, template_id, at);
CREATE INDEX IF NOT EXISTS subscription_grant_events_created ON subscription_grant_events (created_at);

CREATE TABLE IF NOT EXISTS sends (
    id           BLOB    NOT NULL PRIMARY KEY,
    event_id     BLOB    NOT NULL,
    customer_id  BLOB    NOT NULL,
    template_key TEXT NOT NULL,
    template_id  TEXT NOT NULL,
    openid       TEXT NOT NULL,
    project_id   BLOB    NULL,
    facts        TEXT          NOT NULL,
    state        TEXT NOT NULL,
    reason       TEXT  NOT NULL,
    msgid        TEXT NOT NULL,
    attempts     INTEGER           NOT NULL,
    resends      INTEGER           NOT NULL,
    attempt_id   BLOB    NULL,
    created_at   DATETIME   NOT NULL,
    started_at   DATETIME   NULL,
    settled_at   DATETIME   NULL,
    check_at     INTEGER        NOT NULL,
    version      INTEGER        NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS sends_event ON sends (event_id, customer_id);
CREATE INDEX IF NOT EXISTS sends_openid ON sends (openid, state, started_at);
CREATE INDEX IF NOT EXISTS sends_msgid ON sends (msgid);
CREATE INDEX IF NOT EXISTS sends_check ON sends (state, check_at, id);
CREATE INDEX IF NOT EXISTS sends_customer ON sends (customer_id, created_at, id);
CREATE INDEX IF NOT EXISTS sends_created ON sends (created_at);
