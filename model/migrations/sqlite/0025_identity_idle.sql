-- +goose Up
-- Which accounts of third parties are disabled for want of a project alone. Those that were disabled
-- before count as disabled by hand: letting in somebody who was kept out is the worse mistake.
ALTER TABLE staff ADD COLUMN idle INTEGER NOT NULL DEFAULT 0;
