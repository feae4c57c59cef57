-- Takes n places at once, in the order of arrival, or says how many wait in
-- front. 0 means that the places are taken.
--
-- KEYS: held (place, until when), order (ticket, when it came), seen (ticket,
--       until when it counts as waiting)
-- ARGV: limit, n, ticket ("n:claim"), claim, lease of a place, patience with a
--       ticket (both in ms)
local held, order, seen = KEYS[1], KEYS[2], KEYS[3]
local limit, n, ticket, claim = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local lease, patience = tonumber(ARGV[5]), tonumber(ARGV[6])

local function text(number) return string.format('%.0f', number) end

local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local now = math.floor(micros / 1000)

redis.call('ZREMRANGEBYSCORE', held, '-inf', text(now))
if redis.call('ZSCORE', held, claim .. ':1') then
  return 0 -- taken before, and the answer got lost
end

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', text(now))) do
  redis.call('ZREM', order, gone)
  redis.call('ZREM', seen, gone)
end
if not redis.call('ZSCORE', order, ticket) then
  redis.call('ZADD', order, text(micros), ticket)
end

-- Who waits in front has a claim on what is free, even if it is too little yet.
local free = limit - redis.call('ZCARD', held) - n
local ahead = redis.call('ZRANK', order, ticket)
if free >= 0 and ahead > 0 then
  for _, other in ipairs(redis.call('ZRANGE', order, 0, ahead - 1)) do
    free = free - tonumber(string.match(other, '^%d+'))
  end
end

local linger = text(lease + patience)
if free < 0 then
  redis.call('ZADD', seen, text(now + patience), ticket)
  redis.call('PEXPIRE', order, linger)
  redis.call('PEXPIRE', seen, linger)
  return ahead + 1
end
for place = 1, n do
  redis.call('ZADD', held, text(now + lease), claim .. ':' .. place)
end
redis.call('ZREM', order, ticket)
redis.call('ZREM', seen, ticket)
redis.call('PEXPIRE', held, linger)
return 0
