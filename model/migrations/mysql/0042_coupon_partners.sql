-- +goose NO TRANSACTION
-- +goose Up
-- Which partner of the company bears how much of what a coupon takes off, and what each use comes to.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'coupons' AND column_name = 'partner');
SET @change = IF(@missing, 'ALTER TABLE coupons
    ADD COLUMN partner VARCHAR(60) NOT NULL DEFAULT '''',
    ADD COLUMN partner_bp BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

CREATE TABLE IF NOT EXISTS coupon_charges (
    id           BINARY(16)    NOT NULL,
    partner      VARCHAR(60)   NOT NULL,
    partner_bp   BIGINT        NOT NULL,
    campaign_key VARBINARY(32) NOT NULL,
    code         VARBINARY(16) NOT NULL,
    payment_id   BINARY(16)    NOT NULL,
    seq          INT           NOT NULL,
    returned     TINYINT       NOT NULL,
    off_fen      BIGINT        NOT NULL,
    partner_fen  BIGINT        NOT NULL,
    created_at   DATETIME(3)   NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY coupon_charge_use (payment_id, seq, returned),
    KEY coupon_charge_partner (partner, created_at, id),
    KEY coupon_charge_campaign (campaign_key, returned, off_fen, partner_fen)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
