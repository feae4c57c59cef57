-- Changes that wait for a person, and what people decided.

-- +goose Up
ALTER TABLE {{metadata_changes}} ADD COLUMN held text; -- why it waits or waited: approval or conflict
ALTER TABLE {{metadata_changes}} ADD COLUMN content {{document}}; -- the rows that it waits to write, where its values do not tell them
ALTER TABLE {{metadata_changes}} ADD COLUMN comment text;
CREATE INDEX {{index "metadata_changes_decided"}} ON {{metadata_changes}} (run_id, status) WHERE status <> 'applied';
CREATE INDEX {{index "metadata_changes_pending"}} ON {{metadata_changes}} (source_name, database_name, table_name) WHERE status = 'pending';

CREATE TABLE {{change_votes}} (
    change_id  bigint NOT NULL,
    stage      text NOT NULL, -- of the approval chain; '' without one
    voter      text NOT NULL,
    comment    text,
    voted_at   {{time}} NOT NULL DEFAULT ({{now}}),
    PRIMARY KEY (change_id, stage, voter)
);

-- +goose Down
DROP TABLE {{change_votes}};
DROP INDEX {{index "metadata_changes_pending"}};
DROP INDEX {{index "metadata_changes_decided"}};
ALTER TABLE {{metadata_changes}} DROP COLUMN comment;
ALTER TABLE {{metadata_changes}} DROP COLUMN content;
ALTER TABLE {{metadata_changes}} DROP COLUMN held;
