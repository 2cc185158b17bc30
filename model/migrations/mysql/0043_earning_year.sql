-- +goose NO TRANSACTION
-- +goose Up
-- What rules gave a member within a year, for ladders that ask for points earned (F2): the key of the table leads
-- through all that they were ever given. Asked for first, since this file may run again.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'earning_grants' AND index_name = 'earning_grants_year');
SET @change = IF(@missing, 'ALTER TABLE earning_grants ADD KEY earning_grants_year (customer_id, book, created_at)', 'DO 0');
PREPARE change_columns FROM @change;
EXECUTE change_columns;
DEALLOCATE PREPARE change_columns;
