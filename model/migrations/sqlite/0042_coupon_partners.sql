-- +goose Up
-- Which partner of the company bears how much of what a coupon takes off, and what each use comes to.
ALTER TABLE coupons ADD COLUMN partner TEXT NOT NULL DEFAULT '';
ALTER TABLE coupons ADD COLUMN partner_bp INTEGER NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS coupon_charges (
    id           BLOB    NOT NULL,
    partner      TEXT   NOT NULL,
    partner_bp   INTEGER        NOT NULL,
    campaign_key TEXT NOT NULL,
    code         TEXT NOT NULL,
    payment_id   BLOB    NOT NULL,
    seq          INTEGER           NOT NULL,
    returned     INTEGER       NOT NULL,
    off_fen      INTEGER        NOT NULL,
    partner_fen  INTEGER        NOT NULL,
    created_at   DATETIME   NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS coupon_charge_use ON coupon_charges (payment_id, seq, returned);
CREATE INDEX IF NOT EXISTS coupon_charge_partner ON coupon_charges (partner, created_at, id);
CREATE INDEX IF NOT EXISTS coupon_charge_campaign ON coupon_charges (campaign_key, returned, off_fen, partner_fen);
