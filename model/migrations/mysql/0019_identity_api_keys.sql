-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS api_keys (
    id           BINARY(16)     NOT NULL PRIMARY KEY,
    name         VARCHAR(60)    NOT NULL,
    source       VARBINARY(32)  NOT NULL,
    secret_hash  VARBINARY(32)  NOT NULL,
    scopes       VARBINARY(255) NOT NULL,
    store_id     BINARY(16)     NULL,
    expires_at   DATETIME(3)    NULL,
    revoked_at   DATETIME(3)    NULL,
    revoked_by   BINARY(16)     NULL,
    last_used_at DATETIME(3)    NULL,
    created_at   DATETIME(3)    NOT NULL,
    created_by   BINARY(16)     NULL,
    version      BIGINT         NOT NULL,
    KEY api_keys_created (created_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
