-- +goose NO TRANSACTION
-- +goose Up
-- What of a bill coupons and the home fund paid. One ALTER a table, so that a break leaves all of its
-- columns or none; asked for first, since MySQL knows no ADD COLUMN IF NOT EXISTS and this file may run again.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'payments' AND column_name = 'discount_fen');
SET @change = IF(@missing, 'ALTER TABLE payments
    ADD COLUMN discount_fen BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN fund_fen BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN fund_transfer_id BINARY(16) NULL,
    ADD COLUMN asked VARBINARY(64) NOT NULL DEFAULT ''''', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'payment_refunds' AND column_name = 'fund_fen');
SET @change = IF(@missing, 'ALTER TABLE payment_refunds
    ADD COLUMN fund_fen BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN discount_fen BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;
