-- Asks for random orders. Arguments: the number of orders, of accounts, the first order's number, and `close` for a
-- connection of its own for each request.
bad = 0
local orders, accounts, first

function setup(thread)
  thread:set("seed", math.random(1000000000))
  threads = threads or {}
  table.insert(threads, thread)
end

function init(args)
  orders, accounts, first = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
  bad = 0
  math.randomseed(seed)
  headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
  if args[4] == "close" then headers["Connection"] = "close" end
end

function request()
  local index = math.random(0, orders - 1)
  local body = "loginName=account-" .. index % accounts ..
    "&loginPassword=correct+horse+battery&orderNumber=" .. string.format("%d", first + index) .. "&queryType=1"
  return wrk.format("POST", "/products/!GetDetailedOrderStatus", headers, body)
end

function response(status, headers, body)
  if status ~= 200 or string.sub(body, 1, 12) ~= "errorCode=0&" then bad = bad + 1 end
end

function done(summary, latency)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("bad") end
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"p999":%d,"wrong":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    wrong, errors.connect + errors.read + errors.write + errors.timeout))
end
