-- +goose NO TRANSACTION
-- +goose Up
-- Asked for first, since MySQL knows no ADD COLUMN IF NOT EXISTS and this file may run again.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'members' AND column_name = 'rules_n');
SET @change = IF(@missing, 'ALTER TABLE members
    ADD COLUMN rules_n BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

CREATE TABLE IF NOT EXISTS member_deeds (
    customer_id BINARY(16)    NOT NULL,
    event       VARBINARY(24) NOT NULL,
    source      VARBINARY(96) NOT NULL,
    at          BIGINT        NOT NULL,
    PRIMARY KEY (customer_id, event, source),
    KEY member_deed_at (customer_id, event, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS level_policies (
    kind       VARBINARY(8)  NOT NULL,
    policy_key VARBINARY(32) NOT NULL,
    version    BIGINT        NOT NULL,
    n          BIGINT        NOT NULL,
    standing   TINYINT       NOT NULL,
    definition MEDIUMTEXT    NOT NULL,
    created_at DATETIME(3)   NOT NULL,
    created_by BINARY(16)    NULL,
    PRIMARY KEY (kind, policy_key, version),
    KEY level_policy_standing (standing, kind, policy_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS level_rounds (
    n          BIGINT      NOT NULL,
    after_id   BINARY(16)  NULL,
    done_at    DATETIME(3) NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (n),
    KEY level_round_open (done_at, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS level_changes (
    customer_id BINARY(16)    NOT NULL,
    n           BIGINT        NOT NULL,
    id          BINARY(16)    NOT NULL,
    from_level  VARBINARY(24) NOT NULL,
    to_level    VARBINARY(24) NOT NULL,
    growth      BIGINT        NOT NULL,
    why         VARBINARY(16) NOT NULL,
    reason_zh   VARCHAR(200)  NOT NULL,
    reason_en   VARCHAR(400)  NOT NULL,
    rules_n     BIGINT        NOT NULL,
    at          DATETIME(3)   NOT NULL,
    noted_at    DATETIME(3)   NOT NULL,
    PRIMARY KEY (customer_id, n),
    UNIQUE KEY level_change_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
