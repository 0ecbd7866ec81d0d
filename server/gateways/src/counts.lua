-- Looks how long whoever is counted under KEYS has to wait, in milliseconds. Only if that is nothing, does with their
-- counts what ARGV[1] says: count, forget or leave. The rule is that of domain/src/identity/throttle.rs.
--
-- ARGV[2]: now, in milliseconds of the epoch. Then of each key: how many are free, the first pause, the longest, the
-- memory, all in milliseconds, and 1 if one success makes up for its failures.
local step, now = ARGV[1], tonumber(ARGV[2])
local wait, found = 0, {}
for i in ipairs(KEYS) do
    local first_argument = 3 + (i - 1) * 5
    local free = tonumber(ARGV[first_argument])
    local pause = tonumber(ARGV[first_argument + 1])
    local longest = tonumber(ARGV[first_argument + 2])
    local memory = tonumber(ARGV[first_argument + 3])
    local kept = redis.call('HMGET', KEYS[i], 'count', 'last_at')
    local count, last_at = tonumber(kept[1] or 0), tonumber(kept[2] or now)
    -- The clock of another server may be ahead of this one's.
    local since = math.max(now - last_at, 0)
    if since > memory then
        count = 0
    end
    if count >= free then
        wait = math.max(wait, math.min(pause * 2 ^ (count - free), longest) - since)
    end
    found[i] = {
        count = math.min(count + 1, 1000),
        last_at = string.format('%.0f', math.max(last_at, now)),
        memory = ARGV[first_argument + 3],
        is_of_one = ARGV[first_argument + 4] == '1',
    }
end
if wait > 0 then
    return math.ceil(wait)
end
for i, key in ipairs(KEYS) do
    if step == 'count' then
        redis.call('HSET', key, 'count', found[i].count, 'last_at', found[i].last_at)
        redis.call('PEXPIRE', key, found[i].memory)
    elseif step == 'forget' and found[i].is_of_one then
        redis.call('DEL', key)
    end
end
return 0
