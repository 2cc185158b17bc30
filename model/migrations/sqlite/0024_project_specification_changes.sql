-- +goose Up
CREATE TABLE IF NOT EXISTS project_specification_changes (
    project_id      BLOB  NOT NULL,
    change_order_id BLOB  NOT NULL,
    revision        INTEGER      NOT NULL,
    by_id           BLOB  NULL,
    at              DATETIME NOT NULL,
    PRIMARY KEY (project_id, change_order_id)
);
