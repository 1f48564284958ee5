-- wrk sends the requests of the file one after the other; `done` tells the figures as JSON.
local folder = os.getenv("BENCH_FOLDER")
local ready, at = {}, 0

function init(_)
  local fields = {}
  for line in io.lines(folder .. "/fields") do
    local name, value = line:match("^([^:]+): (.*)$")
    fields[name] = value
  end
  local file = io.open(folder .. "/requests", "rb")
  while true do
    local length = file:read("*n")
    if not length then break end
    file:read(1)
    ready[#ready + 1] = wrk.format("POST", nil, fields, file:read(length))
  end
  file:close()
end

function request()
  at = at % #ready + 1
  return ready[at]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "a second": %.1f, "p50": %.3f, "p90": %.3f, "p99": %.3f, "max": %.3f, "not 200": %d, "socket errors": %d}\n',
    summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
    latency:percentile(90) / 1000, latency:percentile(99) / 1000, latency.max / 1000, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
