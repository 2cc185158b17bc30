-- +goose Up
CREATE TABLE IF NOT EXISTS ledger_accounts (
    id         BLOB    NOT NULL,
    book       TEXT NOT NULL,
    owner_kind TEXT NOT NULL,
    owner_id   BLOB    NOT NULL,
    available  INTEGER        NOT NULL,
    pending    INTEGER        NOT NULL,
    held       INTEGER        NOT NULL,
    debt       INTEGER        NOT NULL,
    last_n     INTEGER        NOT NULL,
    opened_at  DATETIME   NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ledger_account_signs CHECK (available >= 0 AND pending >= 0 AND held >= 0 AND debt <= 0)
);
CREATE UNIQUE INDEX IF NOT EXISTS ledger_account_owner ON ledger_accounts (owner_kind, owner_id, book);

CREATE TABLE IF NOT EXISTS ledger_transfers (
    id         BLOB    NOT NULL,
    account_id BLOB    NOT NULL,
    book       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    amount     INTEGER        NOT NULL,
    source     TEXT NOT NULL,
    rule       TEXT NOT NULL,
    corrects   BLOB    NULL,
    reverses   BLOB    NULL,
    ref_kind   TEXT NOT NULL,
    ref_id     BLOB    NULL,
    reason     TEXT  NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   BLOB    NULL,
    at         DATETIME   NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS ledger_transfer_cause ON ledger_transfers (account_id, source, rule);
CREATE UNIQUE INDEX IF NOT EXISTS ledger_transfer_reverses ON ledger_transfers (reverses);
CREATE INDEX IF NOT EXISTS ledger_transfer_corrects ON ledger_transfers (corrects);

CREATE TABLE IF NOT EXISTS ledger_entries (
    account_id  BLOB    NOT NULL,
    side        TEXT NOT NULL,
    n           INTEGER        NOT NULL,
    transfer_id BLOB    NOT NULL,
    amount      INTEGER        NOT NULL,
    balance     INTEGER        NOT NULL,
    at          DATETIME   NOT NULL,
    PRIMARY KEY (account_id, side, n)
);
CREATE UNIQUE INDEX IF NOT EXISTS ledger_entry_transfer ON ledger_entries (transfer_id, account_id, side);

CREATE TABLE IF NOT EXISTS ledger_system_entries (
    transfer_id BLOB    NOT NULL,
    account     TEXT NOT NULL,
    amount      INTEGER        NOT NULL,
    PRIMARY KEY (transfer_id, account)
);

CREATE TABLE IF NOT EXISTS ledger_lots (
    account_id  BLOB  NOT NULL,
    id          BLOB  NOT NULL,
    transfer_id BLOB  NOT NULL,
    amount      INTEGER      NOT NULL,
    remaining   INTEGER      NOT NULL,
    expires_at  INTEGER      NOT NULL,
    due_at      INTEGER      NULL,
    expired_at  DATETIME NULL,
    created_at  DATETIME NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT ledger_lot_bounds CHECK (remaining >= 0 AND remaining <= amount)
);
CREATE INDEX IF NOT EXISTS ledger_lot_transfer ON ledger_lots (transfer_id);
CREATE INDEX IF NOT EXISTS ledger_lot_open ON ledger_lots (account_id, due_at, id);
CREATE INDEX IF NOT EXISTS ledger_lot_due ON ledger_lots (due_at, account_id);

CREATE TABLE IF NOT EXISTS ledger_allocations (
    account_id  BLOB NOT NULL,
    transfer_id BLOB NOT NULL,
    lot_id      BLOB NOT NULL,
    origin_id   BLOB NOT NULL,
    amount      INTEGER     NOT NULL,
    restored    INTEGER     NOT NULL,
    PRIMARY KEY (account_id, transfer_id, lot_id)
);
CREATE INDEX IF NOT EXISTS ledger_allocation_origin ON ledger_allocations (origin_id, lot_id);
CREATE INDEX IF NOT EXISTS ledger_allocation_lot ON ledger_allocations (account_id, lot_id);

CREATE TABLE IF NOT EXISTS ledger_promises (
    account_id  BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    transfer_id BLOB    NOT NULL,
    amount      INTEGER        NOT NULL,
    remaining   INTEGER        NOT NULL,
    subject     TEXT NOT NULL,
    event       TEXT NOT NULL,
    life        TEXT NOT NULL,
    ripe        INTEGER       NOT NULL,
    vest_at     INTEGER        NULL,
    due_at      INTEGER        NULL,
    created_at  DATETIME   NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT ledger_promise_bounds CHECK (remaining >= 0 AND remaining <= amount)
);
CREATE INDEX IF NOT EXISTS ledger_promise_transfer ON ledger_promises (transfer_id);
CREATE INDEX IF NOT EXISTS ledger_promise_subject ON ledger_promises (subject, account_id);
CREATE INDEX IF NOT EXISTS ledger_promise_due ON ledger_promises (due_at, account_id);

CREATE TABLE IF NOT EXISTS ledger_subjects (
    subject   TEXT NOT NULL,
    opened_at DATETIME   NOT NULL,
    PRIMARY KEY (subject)
);

CREATE TABLE IF NOT EXISTS ledger_freezes (
    subject   TEXT NOT NULL,
    cause     TEXT NOT NULL,
    frozen_at DATETIME   NOT NULL,
    ended_at  DATETIME   NULL,
    PRIMARY KEY (subject, cause)
);

CREATE TABLE IF NOT EXISTS ledger_holds (
    account_id  BLOB  NOT NULL,
    id          BLOB  NOT NULL,
    transfer_id BLOB  NOT NULL,
    amount      INTEGER      NOT NULL,
    captured    INTEGER      NOT NULL,
    released    INTEGER      NOT NULL,
    expires_at  INTEGER      NOT NULL,
    due_at      INTEGER      NULL,
    created_at  DATETIME NOT NULL,
    PRIMARY KEY (account_id, id),
    CONSTRAINT ledger_hold_bounds CHECK (captured >= 0 AND released >= 0 AND captured + released <= amount)
);
CREATE INDEX IF NOT EXISTS ledger_hold_transfer ON ledger_holds (transfer_id);
CREATE INDEX IF NOT EXISTS ledger_hold_due ON ledger_holds (due_at, account_id);
