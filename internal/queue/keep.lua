-- Frees places, takes tickets back and renews leases, in one step.
--
-- KEYS: held, order, seen (see acquire.lua)
-- ARGV: lease in ms, number of names to drop, the names, the places to renew
local held, order, seen = KEYS[1], KEYS[2], KEYS[3]
local lease, drops = tonumber(ARGV[1]), tonumber(ARGV[2])

local function text(number) return string.format('%.0f', number) end

for i = 3, 2 + drops do
  redis.call('ZREM', held, ARGV[i])
  redis.call('ZREM', order, ARGV[i])
  redis.call('ZREM', seen, ARGV[i])
end

-- A place that is no longer there is taken again, even beyond the limit: the
-- query that it stands for is in flight.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
for i = 3 + drops, #ARGV do
  redis.call('ZADD', held, text(now + lease), ARGV[i])
end
if #ARGV > 2 + drops then
  redis.call('PEXPIRE', held, text(2 * lease))
end
return redis.status_reply('OK')
