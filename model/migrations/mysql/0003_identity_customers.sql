-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS customers (
    id              BINARY(16)      NOT NULL PRIMARY KEY,
    nickname        VARCHAR(64)     NOT NULL,
    avatar_file_id  BINARY(16)      NULL,
    name_enc        VARBINARY(384)  NULL,
    name_idx        VARBINARY(32)   NULL,
    phone_enc       VARBINARY(128)  NULL,
    phone_idx       VARBINARY(32)   NULL,
    phone_last4_idx VARBINARY(32)   NULL,
    phone_bound_at  DATETIME(3)     NULL,
    birthday        DATE            NULL,
    note_enc        VARBINARY(1024) NULL,
    store_id        BINARY(16)      NULL,
    entered_by      BINARY(16)      NULL,
    claimed_at      DATETIME(3)     NULL,
    merged_into     BINARY(16)      NULL,
    status          VARBINARY(16)   NOT NULL,
    created_at      DATETIME(3)     NOT NULL,
    version         BIGINT          NOT NULL,
    UNIQUE KEY customers_phone (phone_idx),
    KEY customers_last4 (phone_last4_idx, created_at, id),
    KEY customers_name (name_idx),
    KEY customers_nickname (nickname, id),
    KEY customers_created (created_at, id),
    KEY customers_store (store_id, created_at, id),
    KEY customers_merged (merged_into)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS wechat_identities (
    openid          VARBINARY(64)  NOT NULL PRIMARY KEY,
    unionid         VARBINARY(64)  NOT NULL,
    customer_id     BINARY(16)     NOT NULL,
    session_key_enc VARBINARY(255) NULL,
    last_visit_at   DATETIME(3)    NOT NULL,
    created_at      DATETIME(3)    NOT NULL,
    version         BIGINT         NOT NULL,
    KEY wechat_identities_customer (customer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS homes (
    id              BINARY(16)      NOT NULL PRIMARY KEY,
    name            VARCHAR(64)     NOT NULL,
    city            VARCHAR(32)     NOT NULL,
    district        VARCHAR(32)     NOT NULL,
    address_enc     VARBINARY(1024) NULL,
    area_m2         DOUBLE          NOT NULL,
    created_by_kind VARBINARY(16)   NOT NULL,
    created_by      BINARY(16)      NULL,
    created_at      DATETIME(3)     NOT NULL,
    version         BIGINT          NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS home_members (
    customer_id BINARY(16)    NOT NULL,
    home_id     BINARY(16)    NOT NULL,
    role        VARBINARY(16) NOT NULL,
    since       DATETIME(3)   NOT NULL,
    until       DATETIME(3)   NULL,
    version     BIGINT        NOT NULL,
    PRIMARY KEY (customer_id, home_id),
    UNIQUE KEY home_members_home (home_id, customer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS home_invitations (
    id          BINARY(16)    NOT NULL PRIMARY KEY,
    code        VARBINARY(16) NOT NULL,
    home_id     BINARY(16)    NOT NULL,
    role        VARBINARY(16) NOT NULL,
    guest_days  INT           NOT NULL,
    invited_by  BINARY(16)    NOT NULL,
    created_at  DATETIME(3)   NOT NULL,
    expires_at  DATETIME(3)   NOT NULL,
    accepted_by BINARY(16)    NULL,
    accepted_at DATETIME(3)   NULL,
    version     BIGINT        NOT NULL,
    UNIQUE KEY home_invitations_code (code),
    KEY home_invitations_home (home_id, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS policies (
    policy       VARBINARY(32)  NOT NULL,
    version      BIGINT         NOT NULL,
    title_zh     VARCHAR(100)   NOT NULL,
    title_en     VARCHAR(100)   NOT NULL,
    body_zh      MEDIUMTEXT     NOT NULL,
    body_en      MEDIUMTEXT     NOT NULL,
    hash         VARBINARY(64)  NOT NULL,
    url          VARCHAR(500)   NOT NULL,
    purposes     VARBINARY(500) NOT NULL,
    renewed      VARBINARY(500) NOT NULL,
    effective_at DATETIME(3)    NOT NULL,
    created_at   DATETIME(3)    NOT NULL,
    PRIMARY KEY (policy, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consents (
    customer_id    BINARY(16)    NOT NULL,
    id             BINARY(16)    NOT NULL,
    policy         VARBINARY(32) NOT NULL,
    version        BIGINT        NOT NULL,
    purpose        VARBINARY(32) NOT NULL,
    granted        TINYINT       NOT NULL,
    at             DATETIME(3)   NOT NULL,
    scene          VARCHAR(64)   NOT NULL,
    client_version VARCHAR(32)   NOT NULL,
    PRIMARY KEY (customer_id, id),
    KEY consents_purpose (customer_id, purpose, at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS reveal_budgets (
    staff_id BINARY(16)     NOT NULL PRIMARY KEY,
    recent   VARBINARY(500) NOT NULL,
    version  BIGINT         NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
