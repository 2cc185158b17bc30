-- +goose Up
-- When a customer changed their birthday last; NULL before the first change. What was said first is no change.
ALTER TABLE customers
    ADD COLUMN birthday_changed_at DATETIME NULL;
