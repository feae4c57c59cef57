-- name: Fence
SELECT 1 FROM {{coordinator_lease}} WHERE name = 'leader' AND holder = $1 AND epoch = $2 {{key_share}}

-- name: Campaign
INSERT INTO {{coordinator_lease}} AS l (name, holder, epoch, expires_at)
VALUES ('leader', $1, 1, {{after "$2"}})
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, expires_at = excluded.expires_at
WHERE l.expires_at <= {{now}}
RETURNING epoch

-- name: Renew
UPDATE {{coordinator_lease}} SET expires_at = {{after "$3"}} WHERE name = 'leader' AND holder = $1 AND epoch = $2

-- name: Resign
UPDATE {{coordinator_lease}} SET expires_at = {{now}} WHERE name = 'leader' AND holder = $1 AND epoch = $2

-- name: ExpireLead
UPDATE {{coordinator_lease}} SET expires_at = {{now}} WHERE expires_at > {{now}}

-- name: ExpireWorkers
UPDATE {{workers}} SET expires_at = {{now}} WHERE expires_at > {{now}}

-- name: Leader
SELECT holder, epoch, expires_at > {{now}} FROM {{coordinator_lease}} WHERE name = 'leader'
