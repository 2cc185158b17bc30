-- +goose Up
CREATE TABLE IF NOT EXISTS customers (
    id              BLOB      NOT NULL PRIMARY KEY,
    nickname        TEXT     NOT NULL,
    avatar_file_id  BLOB      NULL,
    name_enc        TEXT  NULL,
    name_idx        TEXT   NULL,
    phone_enc       TEXT  NULL,
    phone_idx       TEXT   NULL,
    phone_last4_idx TEXT   NULL,
    phone_bound_at  DATETIME     NULL,
    birthday        TEXT            NULL,
    note_enc        TEXT NULL,
    store_id        BLOB      NULL,
    entered_by      BLOB      NULL,
    claimed_at      DATETIME     NULL,
    merged_into     BLOB      NULL,
    status          TEXT   NOT NULL,
    created_at      DATETIME     NOT NULL,
    version         INTEGER          NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS customers_phone ON customers (phone_idx);
CREATE INDEX IF NOT EXISTS customers_last4 ON customers (phone_last4_idx, created_at, id);
CREATE INDEX IF NOT EXISTS customers_name ON customers (name_idx);
CREATE INDEX IF NOT EXISTS customers_nickname ON customers (nickname, id);
CREATE INDEX IF NOT EXISTS customers_created ON customers (created_at, id);
CREATE INDEX IF NOT EXISTS customers_store ON customers (store_id, created_at, id);
CREATE INDEX IF NOT EXISTS customers_merged ON customers (merged_into);

CREATE TABLE IF NOT EXISTS wechat_identities (
    openid          TEXT  NOT NULL PRIMARY KEY,
    unionid         TEXT  NOT NULL,
    customer_id     BLOB     NOT NULL,
    session_key_enc TEXT NULL,
    last_visit_at   DATETIME    NOT NULL,
    created_at      DATETIME    NOT NULL,
    version         INTEGER         NOT NULL
);
CREATE INDEX IF NOT EXISTS wechat_identities_customer ON wechat_identities (customer_id);

CREATE TABLE IF NOT EXISTS homes (
    id              BLOB      NOT NULL PRIMARY KEY,
    name            TEXT     NOT NULL,
    city            TEXT     NOT NULL,
    district        TEXT     NOT NULL,
    address_enc     TEXT NULL,
    area_m2         DOUBLE          NOT NULL,
    created_by_kind TEXT   NOT NULL,
    created_by      BLOB      NULL,
    created_at      DATETIME     NOT NULL,
    version         INTEGER          NOT NULL
);

CREATE TABLE IF NOT EXISTS home_members (
    customer_id BLOB    NOT NULL,
    home_id     BLOB    NOT NULL,
    role        TEXT NOT NULL,
    since       DATETIME   NOT NULL,
    until       DATETIME   NULL,
    version     INTEGER        NOT NULL,
    PRIMARY KEY (customer_id, home_id)
);
CREATE UNIQUE INDEX IF NOT EXISTS home_members_home ON home_members (home_id, customer_id);

CREATE TABLE IF NOT EXISTS home_invitations (
    id          BLOB    NOT NULL PRIMARY KEY,
    code        TEXT NOT NULL,
    home_id     BLOB    NOT NULL,
    role        TEXT NOT NULL,
    guest_days  INTEGER           NOT NULL,
    invited_by  BLOB    NOT NULL,
    created_at  DATETIME   NOT NULL,
    expires_at  DATETIME   NOT NULL,
    accepted_by BLOB    NULL,
    accepted_at DATETIME   NULL,
    version     INTEGER        NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS home_invitations_code ON home_invitations (code);
CREATE INDEX IF NOT EXISTS home_invitations_home ON home_invitations (home_id, created_at, id);

CREATE TABLE IF NOT EXISTS policies (
    policy       TEXT  NOT NULL,
    version      INTEGER         NOT NULL,
    title_zh     TEXT   NOT NULL,
    title_en     TEXT   NOT NULL,
    body_zh      TEXT     NOT NULL,
    body_en      TEXT     NOT NULL,
    hash         TEXT  NOT NULL,
    url          TEXT   NOT NULL,
    purposes     TEXT NOT NULL,
    renewed      TEXT NOT NULL,
    effective_at DATETIME    NOT NULL,
    created_at   DATETIME    NOT NULL,
    PRIMARY KEY (policy, version)
);

CREATE TABLE IF NOT EXISTS consents (
    customer_id    BLOB    NOT NULL,
    id             BLOB    NOT NULL,
    policy         TEXT NOT NULL,
    version        INTEGER        NOT NULL,
    purpose        TEXT NOT NULL,
    granted        INTEGER       NOT NULL,
    at             DATETIME   NOT NULL,
    scene          TEXT   NOT NULL,
    client_version TEXT   NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX IF NOT EXISTS consents_purpose ON consents (customer_id, purpose, at, id);

CREATE TABLE IF NOT EXISTS reveal_budgets (
    staff_id BLOB     NOT NULL PRIMARY KEY,
    recent   TEXT NOT NULL,
    version  INTEGER         NOT NULL
);
