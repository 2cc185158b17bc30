-- +goose Up
CREATE TABLE IF NOT EXISTS till_codes (
    customer_id BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    code_hash   TEXT NOT NULL,
    expires_at  INTEGER        NOT NULL,
    ended_at    DATETIME   NULL,
    used_at     DATETIME   NULL,
    used_by     BLOB    NULL,
    store_id    BLOB    NULL,
    version     INTEGER        NOT NULL,
    created_at  DATETIME   NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS till_code_hash ON till_codes (code_hash);
CREATE INDEX IF NOT EXISTS till_code_old ON till_codes (expires_at);

CREATE INDEX IF NOT EXISTS member_unadvised ON members (adviser_id, level, customer_id);
