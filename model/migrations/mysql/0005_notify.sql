-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS inbox_messages (
    owner_id   BINARY(16)    NOT NULL,
    id         BINARY(16)    NOT NULL,
    owner_kind VARBINARY(16) NOT NULL,
    event_id   BINARY(16)    NOT NULL,
    kind       VARBINARY(32) NOT NULL,
    title      VARCHAR(100)  NOT NULL,
    body       VARCHAR(500)  NOT NULL,
    ref_kind   VARBINARY(32) NOT NULL,
    ref_id     BINARY(16)    NULL,
    project_id BINARY(16)    NULL,
    at         DATETIME(3)   NOT NULL,
    read_at    DATETIME(3)   NULL,
    version    BIGINT        NOT NULL,
    PRIMARY KEY (owner_id, id),
    UNIQUE KEY inbox_messages_event (owner_id, event_id),
    KEY inbox_messages_unread (owner_id, read_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS subscription_templates (
    template_key VARBINARY(32)  NOT NULL PRIMARY KEY,
    template_id  VARBINARY(64)  NOT NULL,
    event        VARBINARY(32)  NOT NULL,
    title        VARCHAR(50)    NOT NULL,
    page         VARCHAR(200)   NOT NULL,
    fields       VARCHAR(1000)  NOT NULL,
    resendable   TINYINT        NOT NULL,
    active       TINYINT        NOT NULL,
    created_at   DATETIME(3)    NOT NULL,
    updated_at   DATETIME(3)    NOT NULL,
    version      BIGINT         NOT NULL,
    KEY subscription_templates_event (event, active)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS subscription_grants (
    openid      VARBINARY(64) NOT NULL,
    template_id VARBINARY(64) NOT NULL,
    remaining   BIGINT        NOT NULL,
    refused_at  DATETIME(3)   NULL,
    updated_at  DATETIME(3)   NOT NULL,
    version     BIGINT        NOT NULL,
    PRIMARY KEY (openid, template_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS subscription_grant_events (
    event_key   VARBINARY(64) NOT NULL,
    seq         BIGINT        NOT NULL,
    source      VARBINARY(16) NOT NULL,
    openid      VARBINARY(64) NOT NULL,
    template_id VARBINARY(64) NOT NULL,
    result      VARBINARY(32) NOT NULL,
    counted     TINYINT       NOT NULL,
    at          DATETIME(3)   NOT NULL,
    created_at  DATETIME(3)   NOT NULL,
    PRIMARY KEY (event_key, seq),
    KEY subscription_grant_events_accepts (openid, template_id, at),
    KEY subscription_grant_events_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sends (
    id           BINARY(16)    NOT NULL PRIMARY KEY,
    event_id     BINARY(16)    NOT NULL,
    customer_id  BINARY(16)    NOT NULL,
    template_key VARBINARY(32) NOT NULL,
    template_id  VARBINARY(64) NOT NULL,
    openid       VARBINARY(64) NOT NULL,
    project_id   BINARY(16)    NULL,
    facts        TEXT          NOT NULL,
    state        VARBINARY(16) NOT NULL,
    reason       VARCHAR(200)  NOT NULL,
    msgid        VARBINARY(32) NOT NULL,
    attempts     INT           NOT NULL,
    resends      INT           NOT NULL,
    attempt_id   BINARY(16)    NULL,
    created_at   DATETIME(3)   NOT NULL,
    started_at   DATETIME(3)   NULL,
    settled_at   DATETIME(3)   NULL,
    check_at     BIGINT        NOT NULL,
    version      BIGINT        NOT NULL,
    UNIQUE KEY sends_event (event_id, customer_id),
    KEY sends_openid (openid, state, started_at),
    KEY sends_msgid (msgid),
    KEY sends_check (state, check_at, id),
    KEY sends_customer (customer_id, created_at, id),
    KEY sends_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
