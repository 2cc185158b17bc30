-- +goose Up
-- What rules gave a member within a year, for ladders that ask for points earned (F2): the key of the table leads
-- through all that they were ever given.
CREATE INDEX IF NOT EXISTS earning_grants_year ON earning_grants (customer_id, book, created_at);
