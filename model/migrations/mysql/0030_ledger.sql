-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS ledger_accounts (
    id         BINARY(16)    NOT NULL,
    book       VARBINARY(32) NOT NULL,
    owner_kind VARBINARY(16) NOT NULL,
    owner_id   BINARY(16)    NOT NULL,
    available  BIGINT        NOT NULL,
    pending    BIGINT        NOT NULL,
    held       BIGINT        NOT NULL,
    debt       BIGINT        NOT NULL,
    last_n     BIGINT        NOT NULL,
    opened_at  DATETIME(3)   NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY ledger_account_owner (owner_kind, owner_id, book),
    CONSTRAINT ledger_account_signs CHECK (available >= 0 AND pending >= 0 AND held >= 0 AND debt <= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_transfers (
    id         BINARY(16)    NOT NULL,
    account_id BINARY(16)    NOT NULL,
    book       VARBINARY(32) NOT NULL,
    kind       VARBINARY(16) NOT NULL,
    amount     BIGINT        NOT NULL,
    source     VARBINARY(96) NOT NULL,
    rule       VARBINARY(64) NOT NULL,
    corrects   BINARY(16)    NULL,
    reverses   BINARY(16)    NULL,
    ref_kind   VARBINARY(32) NOT NULL,
    ref_id     BINARY(16)    NULL,
    reason     VARCHAR(200)  NOT NULL,
    actor_kind VARBINARY(16) NOT NULL,
    actor_id   BINARY(16)    NULL,
    at         DATETIME(3)   NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY ledger_transfer_cause (account_id, source, rule),
    UNIQUE KEY ledger_transfer_reverses (reverses),
    KEY ledger_transfer_corrects (corrects)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_entries (
    account_id  BINARY(16)    NOT NULL,
    side        VARBINARY(16) NOT NULL,
    n           BIGINT        NOT NULL,
    transfer_id BINARY(16)    NOT NULL,
    amount      BIGINT        NOT NULL,
    balance     BIGINT        NOT NULL,
    at          DATETIME(3)   NOT NULL,
    PRIMARY KEY (account_id, side, n),
    UNIQUE KEY ledger_entry_transfer (transfer_id, account_id, side)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_system_entries (
    transfer_id BINARY(16)    NOT NULL,
    account     VARBINARY(16) NOT NULL,
    amount      BIGINT        NOT NULL,
    PRIMARY KEY (transfer_id, account)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_lots (
    account_id  BINARY(16)  NOT NULL,
    id          BINARY(16)  NOT NULL,
    transfer_id BINARY(16)  NOT NULL,
    amount      BIGINT      NOT NULL,
    remaining   BIGINT      NOT NULL,
    expires_at  BIGINT      NOT NULL,
    due_at      BIGINT      NULL,
    expired_at  DATETIME(3) NULL,
    created_at  DATETIME(3) NOT NULL,
    PRIMARY KEY (account_id, id),
    KEY ledger_lot_transfer (transfer_id),
    KEY ledger_lot_open (account_id, due_at, id),
    KEY ledger_lot_due (due_at, account_id),
    CONSTRAINT ledger_lot_bounds CHECK (remaining >= 0 AND remaining <= amount)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_allocations (
    account_id  BINARY(16) NOT NULL,
    transfer_id BINARY(16) NOT NULL,
    lot_id      BINARY(16) NOT NULL,
    origin_id   BINARY(16) NOT NULL,
    amount      BIGINT     NOT NULL,
    restored    BIGINT     NOT NULL,
    PRIMARY KEY (account_id, transfer_id, lot_id),
    KEY ledger_allocation_origin (origin_id, lot_id),
    KEY ledger_allocation_lot (account_id, lot_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_promises (
    account_id  BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    transfer_id BINARY(16)    NOT NULL,
    amount      BIGINT        NOT NULL,
    remaining   BIGINT        NOT NULL,
    subject     VARBINARY(64) NOT NULL,
    event       VARBINARY(64) NOT NULL,
    life        VARBINARY(16) NOT NULL,
    ripe        TINYINT       NOT NULL,
    vest_at     BIGINT        NULL,
    due_at      BIGINT        NULL,
    created_at  DATETIME(3)   NOT NULL,
    PRIMARY KEY (account_id, id),
    KEY ledger_promise_transfer (transfer_id),
    KEY ledger_promise_subject (subject, account_id),
    KEY ledger_promise_due (due_at, account_id),
    CONSTRAINT ledger_promise_bounds CHECK (remaining >= 0 AND remaining <= amount)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_subjects (
    subject   VARBINARY(64) NOT NULL,
    opened_at DATETIME(3)   NOT NULL,
    PRIMARY KEY (subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_freezes (
    subject   VARBINARY(64) NOT NULL,
    cause     VARBINARY(64) NOT NULL,
    frozen_at DATETIME(3)   NOT NULL,
    ended_at  DATETIME(3)   NULL,
    PRIMARY KEY (subject, cause)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger_holds (
    account_id  BINARY(16)  NOT NULL,
    id          BINARY(16)  NOT NULL,
    transfer_id BINARY(16)  NOT NULL,
    amount      BIGINT      NOT NULL,
    captured    BIGINT      NOT NULL,
    released    BIGINT      NOT NULL,
    expires_at  BIGINT      NOT NULL,
    due_at      BIGINT      NULL,
    created_at  DATETIME(3) NOT NULL,
    PRIMARY KEY (account_id, id),
    KEY ledger_hold_transfer (transfer_id),
    KEY ledger_hold_due (due_at, account_id),
    CONSTRAINT ledger_hold_bounds CHECK (captured >= 0 AND released >= 0 AND captured + released <= amount)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
