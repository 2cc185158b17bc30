-- +goose Up
CREATE TABLE IF NOT EXISTS api_keys (
    id           BLOB     NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    source       TEXT  NOT NULL,
    secret_hash  TEXT  NOT NULL,
    scopes       TEXT NOT NULL,
    store_id     BLOB     NULL,
    expires_at   DATETIME    NULL,
    revoked_at   DATETIME    NULL,
    revoked_by   BLOB     NULL,
    last_used_at DATETIME    NULL,
    created_at   DATETIME    NOT NULL,
    created_by   BLOB     NULL,
    version      INTEGER         NOT NULL
);
CREATE INDEX IF NOT EXISTS api_keys_created ON api_keys (created_at, id);
