-- +goose Up
CREATE TABLE IF NOT EXISTS change_orders (
    project_id    BLOB     NOT NULL,
    id            BLOB     NOT NULL,
    title         TEXT   NOT NULL,
    text          TEXT  NOT NULL,
    asked_kind    TEXT  NOT NULL,
    asked_by      BLOB     NULL,
    asked_name    TEXT    NOT NULL,
    asked_role    TEXT  NOT NULL,
    state         TEXT  NOT NULL,
    offer         INTEGER         NOT NULL,
    amount_fen    INTEGER         NOT NULL,
    days          INTEGER            NOT NULL,
    stage_key     TEXT  NOT NULL,
    valid_until   DATETIME    NULL,
    quoted_by     BLOB     NULL,
    expires_at    INTEGER         NULL,
    remind_at     INTEGER         NULL,
    decided_at    DATETIME    NULL,
    decided_by    BLOB     NULL,
    word          TEXT   NOT NULL,
    contract_fen  INTEGER         NULL,
    shifted_days  INTEGER            NOT NULL,
    version       INTEGER         NOT NULL,
    created_at    DATETIME    NOT NULL,
    updated_at    DATETIME    NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS change_order_id ON change_orders (id);
CREATE INDEX IF NOT EXISTS change_order_expiry ON change_orders (expires_at, id);
CREATE INDEX IF NOT EXISTS change_order_reminder ON change_orders (remind_at, id);

CREATE TABLE IF NOT EXISTS change_order_offers (
    project_id  BLOB    NOT NULL,
    order_id    BLOB    NOT NULL,
    offer       INTEGER        NOT NULL,
    amount_fen  INTEGER        NOT NULL,
    days        INTEGER           NOT NULL,
    stage_key   TEXT NOT NULL,
    valid_until DATETIME   NOT NULL,
    note        TEXT  NOT NULL,
    author_id   BLOB    NULL,
    author_name TEXT   NOT NULL,
    author_role TEXT NOT NULL,
    at          DATETIME   NOT NULL,
    PRIMARY KEY (project_id, order_id, offer)
);

CREATE TABLE IF NOT EXISTS change_order_lines (
    project_id BLOB   NOT NULL,
    order_id   BLOB   NOT NULL,
    offer      INTEGER       NOT NULL,
    seq        INTEGER          NOT NULL,
    text       TEXT NOT NULL,
    amount_fen INTEGER       NOT NULL,
    PRIMARY KEY (project_id, order_id, offer, seq)
);

CREATE TABLE IF NOT EXISTS change_order_files (
    project_id BLOB NOT NULL,
    order_id   BLOB NOT NULL,
    seq        INTEGER        NOT NULL,
    file_id    BLOB NOT NULL,
    PRIMARY KEY (project_id, order_id, seq)
);

CREATE TABLE IF NOT EXISTS payments (
    project_id   BLOB    NOT NULL,
    id           BLOB    NOT NULL,
    amount_fen   INTEGER        NOT NULL,
    refunded_fen INTEGER        NOT NULL,
    kind         TEXT NOT NULL,
    paid_at      DATETIME   NOT NULL,
    external_no  TEXT NULL,
    method       TEXT   NOT NULL,
    note         TEXT  NOT NULL,
    author_id    BLOB    NULL,
    author_name  TEXT   NOT NULL,
    author_role  TEXT NOT NULL,
    entry_id     BLOB    NOT NULL,
    version      INTEGER        NOT NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS payment_id ON payments (id);
CREATE UNIQUE INDEX IF NOT EXISTS payment_external_no ON payments (external_no);

CREATE TABLE IF NOT EXISTS payment_refunds (
    project_id  BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    payment_id  BLOB    NOT NULL,
    amount_fen  INTEGER        NOT NULL,
    reason      TEXT  NOT NULL,
    external_no TEXT NULL,
    author_id   BLOB    NULL,
    author_name TEXT   NOT NULL,
    author_role TEXT NOT NULL,
    at          DATETIME   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS payment_refund_external_no ON payment_refunds (external_no);
CREATE INDEX IF NOT EXISTS payment_refund_payment ON payment_refunds (project_id, payment_id, id);

CREATE TABLE IF NOT EXISTS payment_instalments (
    project_id BLOB    NOT NULL,
    seq        INTEGER           NOT NULL,
    name       TEXT  NOT NULL,
    amount_fen INTEGER        NOT NULL,
    due_stage  TEXT NOT NULL,
    due_on     TEXT          NULL,
    order_id   BLOB    NULL,
    PRIMARY KEY (project_id, seq)
);
