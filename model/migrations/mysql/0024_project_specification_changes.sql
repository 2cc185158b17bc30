-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS project_specification_changes (
    project_id      BINARY(16)  NOT NULL,
    change_order_id BINARY(16)  NOT NULL,
    revision        BIGINT      NOT NULL,
    by_id           BINARY(16)  NULL,
    at              DATETIME(3) NOT NULL,
    PRIMARY KEY (project_id, change_order_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
