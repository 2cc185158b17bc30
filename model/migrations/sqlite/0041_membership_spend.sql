-- +goose Up
-- What of a payment was received in money and did not go back, beside the deed, so that a level can ask for it (F2).
ALTER TABLE member_deeds
    ADD COLUMN amount_fen INTEGER NOT NULL DEFAULT 0;

UPDATE member_deeds SET amount_fen = COALESCE((
    SELECT MAX(p.amount_fen - p.discount_fen - p.fund_fen - p.refunded_fen, 0) FROM payments p
    WHERE p.id = UNHEX(REPLACE(SUBSTR(member_deeds.source, 9), '-', ''))), 0)
WHERE event = 'payment' AND amount_fen = 0;
