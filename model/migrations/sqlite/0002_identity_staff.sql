-- +goose Up
CREATE TABLE IF NOT EXISTS regions (
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT  NOT NULL,
    created_at DATETIME  NOT NULL,
    version    INTEGER       NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS regions_name ON regions (name);

CREATE TABLE IF NOT EXISTS stores (
    id         BLOB   NOT NULL PRIMARY KEY,
    name       TEXT  NOT NULL,
    city       TEXT  NOT NULL,
    region_id  BLOB   NULL,
    address    TEXT NOT NULL,
    phone      TEXT  NOT NULL,
    open       INTEGER      NOT NULL,
    created_at DATETIME  NOT NULL,
    updated_at DATETIME  NOT NULL,
    version    INTEGER       NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS stores_name ON stores (name);
CREATE INDEX IF NOT EXISTS stores_created ON stores (created_at, id);
CREATE INDEX IF NOT EXISTS stores_region ON stores (region_id);

CREATE TABLE IF NOT EXISTS staff (
    id                     BLOB     NOT NULL PRIMARY KEY,
    username               TEXT  NOT NULL,
    name                   TEXT    NOT NULL,
    role                   TEXT  NOT NULL,
    store_id               BLOB     NULL,
    region_id              BLOB     NULL,
    phone_enc              TEXT NULL,
    phone_idx              TEXT  NULL,
    password_hash          TEXT NOT NULL,
    password_first         INTEGER        NOT NULL,
    password_first_used_at DATETIME    NULL,
    password_changed_at    DATETIME    NOT NULL,
    wecom_userid           TEXT  NULL,
    totp_enc               TEXT NULL,
    disabled_at            DATETIME    NULL,
    created_at             DATETIME    NOT NULL,
    updated_at             DATETIME    NOT NULL,
    version                INTEGER         NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS staff_username ON staff (username);
CREATE UNIQUE INDEX IF NOT EXISTS staff_wecom ON staff (wecom_userid);
CREATE INDEX IF NOT EXISTS staff_phone ON staff (phone_idx);
CREATE INDEX IF NOT EXISTS staff_created ON staff (created_at, id);
CREATE INDEX IF NOT EXISTS staff_store ON staff (store_id, created_at, id);
CREATE INDEX IF NOT EXISTS staff_role ON staff (role, created_at, id);

CREATE TABLE IF NOT EXISTS sessions (
    id           BLOB    NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL,
    subject_id   BLOB    NOT NULL,
    generation   INTEGER        NOT NULL,
    expires_at   DATETIME   NOT NULL,
    revoked_at   DATETIME   NULL,
    revoked_why  TEXT NOT NULL,
    last_seen_at DATETIME   NOT NULL,
    user_agent   TEXT  NOT NULL,
    address      TEXT   NOT NULL,
    created_at   DATETIME   NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_subject ON sessions (subject_id, kind, revoked_at);
CREATE INDEX IF NOT EXISTS sessions_expiry ON sessions (expires_at);

CREATE TABLE IF NOT EXISTS refresh_tokens (
    hash        TEXT NOT NULL PRIMARY KEY,
    session_id  BLOB    NOT NULL,
    generation  INTEGER        NOT NULL,
    issued_at   DATETIME   NOT NULL,
    replaced_at DATETIME   NULL
);
CREATE INDEX IF NOT EXISTS refresh_tokens_session ON refresh_tokens (session_id, generation);
CREATE INDEX IF NOT EXISTS refresh_tokens_issued ON refresh_tokens (issued_at);

CREATE TABLE IF NOT EXISTS sign_in_failures (
    name_hash  TEXT NOT NULL PRIMARY KEY,
    recent     TEXT NOT NULL,
    updated_at DATETIME   NOT NULL
);
CREATE INDEX IF NOT EXISTS sign_in_failures_updated ON sign_in_failures (updated_at);
