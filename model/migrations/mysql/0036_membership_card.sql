-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS till_codes (
    customer_id BINARY(16)    NOT NULL,
    id          BINARY(16)    NOT NULL,
    code_hash   VARBINARY(32) NOT NULL,
    expires_at  BIGINT        NOT NULL,
    ended_at    DATETIME(3)   NULL,
    used_at     DATETIME(3)   NULL,
    used_by     BINARY(16)    NULL,
    store_id    BINARY(16)    NULL,
    version     BIGINT        NOT NULL,
    created_at  DATETIME(3)   NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE KEY till_code_hash (code_hash),
    KEY till_code_old (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Asked for first, since this file may run again (see 0008).
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'members' AND index_name = 'member_unadvised');
SET @change = IF(@missing, 'ALTER TABLE members ADD KEY member_unadvised (adviser_id, level, customer_id)', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;
