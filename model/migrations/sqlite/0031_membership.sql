-- +goose Up
CREATE TABLE IF NOT EXISTS members (
    customer_id BLOB    NOT NULL,
    card_no     TEXT NOT NULL,
    level       TEXT NOT NULL,
    level_since DATETIME   NULL,
    grace_until INTEGER        NULL,
    look_at     INTEGER        NULL,
    adviser_id  BLOB    NULL,
    version     INTEGER        NOT NULL,
    joined_at   DATETIME   NOT NULL,
    PRIMARY KEY (customer_id)
);
CREATE UNIQUE INDEX IF NOT EXISTS member_card ON members (card_no);
CREATE INDEX IF NOT EXISTS member_look ON members (look_at, customer_id);
CREATE INDEX IF NOT EXISTS member_adviser ON members (adviser_id, customer_id);
CREATE INDEX IF NOT EXISTS member_level ON members (level, customer_id);

CREATE TABLE IF NOT EXISTS member_titles (
    customer_id BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    title       TEXT NOT NULL,
    source      TEXT NOT NULL,
    reason      TEXT  NOT NULL,
    granted_by  BLOB    NULL,
    granted_at  DATETIME   NOT NULL,
    until_at    INTEGER        NULL,
    ended_at    DATETIME   NULL,
    ended_why   TEXT  NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX IF NOT EXISTS member_title_held ON member_titles (title, ended_at, customer_id);
CREATE INDEX IF NOT EXISTS member_title_until ON member_titles (until_at, customer_id);
