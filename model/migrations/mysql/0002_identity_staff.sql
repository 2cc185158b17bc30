-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS regions (
    id         BINARY(16)   NOT NULL PRIMARY KEY,
    name       VARCHAR(60)  NOT NULL,
    created_at DATETIME(3)  NOT NULL,
    version    BIGINT       NOT NULL,
    UNIQUE KEY regions_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS stores (
    id         BINARY(16)   NOT NULL PRIMARY KEY,
    name       VARCHAR(60)  NOT NULL,
    city       VARCHAR(60)  NOT NULL,
    region_id  BINARY(16)   NULL,
    address    VARCHAR(200) NOT NULL,
    phone      VARCHAR(32)  NOT NULL,
    open       TINYINT      NOT NULL,
    created_at DATETIME(3)  NOT NULL,
    updated_at DATETIME(3)  NOT NULL,
    version    BIGINT       NOT NULL,
    UNIQUE KEY stores_name (name),
    KEY stores_created (created_at, id),
    KEY stores_region (region_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS staff (
    id                     BINARY(16)     NOT NULL PRIMARY KEY,
    username               VARBINARY(64)  NOT NULL,
    name                   VARCHAR(60)    NOT NULL,
    role                   VARBINARY(32)  NOT NULL,
    store_id               BINARY(16)     NULL,
    region_id              BINARY(16)     NULL,
    phone_enc              VARBINARY(255) NULL,
    phone_idx              VARBINARY(32)  NULL,
    password_hash          VARBINARY(160) NOT NULL,
    password_first         TINYINT        NOT NULL,
    password_first_used_at DATETIME(3)    NULL,
    password_changed_at    DATETIME(3)    NOT NULL,
    wecom_userid           VARBINARY(64)  NULL,
    totp_enc               VARBINARY(255) NULL,
    disabled_at            DATETIME(3)    NULL,
    created_at             DATETIME(3)    NOT NULL,
    updated_at             DATETIME(3)    NOT NULL,
    version                BIGINT         NOT NULL,
    UNIQUE KEY staff_username (username),
    UNIQUE KEY staff_wecom (wecom_userid),
    KEY staff_phone (phone_idx),
    KEY staff_created (created_at, id),
    KEY staff_store (store_id, created_at, id),
    KEY staff_role (role, created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sessions (
    id           BINARY(16)    NOT NULL PRIMARY KEY,
    kind         VARBINARY(16) NOT NULL,
    subject_id   BINARY(16)    NOT NULL,
    generation   BIGINT        NOT NULL,
    expires_at   DATETIME(3)   NOT NULL,
    revoked_at   DATETIME(3)   NULL,
    revoked_why  VARBINARY(32) NOT NULL,
    last_seen_at DATETIME(3)   NOT NULL,
    user_agent   VARCHAR(200)  NOT NULL,
    address      VARCHAR(64)   NOT NULL,
    created_at   DATETIME(3)   NOT NULL,
    KEY sessions_subject (subject_id, kind, revoked_at),
    KEY sessions_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS refresh_tokens (
    hash        VARBINARY(32) NOT NULL PRIMARY KEY,
    session_id  BINARY(16)    NOT NULL,
    generation  BIGINT        NOT NULL,
    issued_at   DATETIME(3)   NOT NULL,
    replaced_at DATETIME(3)   NULL,
    KEY refresh_tokens_session (session_id, generation),
    KEY refresh_tokens_issued (issued_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sign_in_failures (
    name_hash  VARBINARY(32) NOT NULL PRIMARY KEY,
    recent     VARBINARY(80) NOT NULL,
    updated_at DATETIME(3)   NOT NULL,
    KEY sign_in_failures_updated (updated_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
