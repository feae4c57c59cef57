-- What happened is told to several targets, each on its own.

-- +goose Up
ALTER TABLE {{outbox}} DROP COLUMN attempts;
ALTER TABLE {{outbox}} DROP COLUMN due_at;
ALTER TABLE {{outbox}} DROP COLUMN sent_at;
ALTER TABLE {{outbox}} DROP COLUMN error;
ALTER TABLE {{outbox}} ADD COLUMN told_at {{time}}; -- when its deliveries were made
UPDATE {{outbox}} SET told_at = created_at; -- what happened before this version is not told any more
CREATE INDEX {{index "outbox_untold"}} ON {{outbox}} (created_at) WHERE told_at IS NULL;
CREATE INDEX {{index "outbox_run"}} ON {{outbox}} (run_id);

CREATE TABLE {{outbox_deliveries}} (
    outbox_key text NOT NULL REFERENCES {{outbox}} ON DELETE CASCADE,
    event      text NOT NULL, -- of notify_on
    channel    text NOT NULL, -- slack, email, webhook
    target     text NOT NULL, -- a mail address; '' where a channel has one target
    notice     {{document}} NOT NULL,
    created_at {{time}} NOT NULL DEFAULT ({{now}}),
    attempts   integer NOT NULL DEFAULT 0,
    due_at     {{time}} NOT NULL DEFAULT ({{now}}),
    holder     text, -- who tries, or tried last
    held_until {{time}}, -- nobody else tries before; NULL when nobody does
    sent_at    {{time}},
    gave_up_at {{time}},
    error      text, -- why the last attempt failed
    PRIMARY KEY (outbox_key, event, channel, target)
);
CREATE INDEX {{index "outbox_deliveries_due"}} ON {{outbox_deliveries}} (channel, due_at) WHERE sent_at IS NULL AND gave_up_at IS NULL;

-- +goose Down
DROP TABLE {{outbox_deliveries}};
DROP TABLE {{outbox}};
CREATE TABLE {{outbox}} (
    outbox_key  text PRIMARY KEY,
    run_id      {{uuid}},
    kind        text NOT NULL,
    payload     {{document}} NOT NULL,
    created_at  {{time}} NOT NULL DEFAULT ({{now}}),
    attempts    integer NOT NULL DEFAULT 0,
    due_at      {{time}} NOT NULL DEFAULT ({{now}}),
    sent_at     {{time}},
    error       text
);
