-- +goose NO TRANSACTION
-- +goose Up
-- What of a payment was received in money and did not go back, beside the deed, so that a level can ask for it (F2).
-- Asked for first, since MySQL knows no ADD COLUMN IF NOT EXISTS and this file may run again.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'member_deeds' AND column_name = 'amount_fen');
SET @change = IF(@missing, 'ALTER TABLE member_deeds
    ADD COLUMN amount_fen BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;

UPDATE member_deeds SET amount_fen = COALESCE((
    SELECT GREATEST(p.amount_fen - p.discount_fen - p.fund_fen - p.refunded_fen, 0) FROM payments p
    WHERE p.id = UNHEX(REPLACE(SUBSTR(member_deeds.source, 9), '-', ''))), 0)
WHERE event = 'payment' AND amount_fen = 0;
