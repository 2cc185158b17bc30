-- +goose Up
-- Who brought whom, and how far the friend has come.
CREATE TABLE IF NOT EXISTS referrals (
    friend_id   BLOB    NOT NULL,
    id          BLOB    NOT NULL,
    referrer_id BLOB    NOT NULL,
    channel     TEXT NOT NULL,
    code        TEXT NOT NULL,
    alias       TEXT   NOT NULL,
    campaign    TEXT NOT NULL,
    campaign_n  INTEGER        NOT NULL,
    policy_n    INTEGER        NOT NULL,
    bound_by    BLOB    NULL,
    store_id    BLOB    NULL,
    stage       TEXT NOT NULL,
    stage_at    DATETIME   NOT NULL,
    bound_at    DATETIME   NOT NULL,
    voided_at   DATETIME   NULL,
    void_why    TEXT NOT NULL,
    version     INTEGER        NOT NULL,
    PRIMARY KEY (friend_id)
);
CREATE UNIQUE INDEX IF NOT EXISTS referrals_id ON referrals (id);
CREATE INDEX IF NOT EXISTS referrals_referrer ON referrals (referrer_id, bound_at, id);
CREATE INDEX IF NOT EXISTS referrals_bound ON referrals (bound_at, id);
CREATE INDEX IF NOT EXISTS referrals_store ON referrals (store_id, bound_at, id);

CREATE TABLE IF NOT EXISTS referral_milestones (
    friend_id   BLOB    NOT NULL,
    stage       TEXT NOT NULL,
    referrer_id BLOB    NOT NULL,
    at          DATETIME   NOT NULL,
    ref_kind    TEXT NOT NULL,
    ref_id      BLOB    NULL,
    project_id  BLOB    NULL,
    undone_at   DATETIME   NULL,
    PRIMARY KEY (friend_id, stage)
);
CREATE INDEX IF NOT EXISTS referral_milestones_referrer ON referral_milestones (referrer_id, stage, at);
CREATE INDEX IF NOT EXISTS referral_milestones_stage ON referral_milestones (stage, at);
CREATE INDEX IF NOT EXISTS referral_milestones_project ON referral_milestones (project_id);
