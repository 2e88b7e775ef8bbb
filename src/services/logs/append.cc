#include "services/logs/append.h"

#include <algorithm>

#include "base/arena.h"
#include "base/encoding.h"
#include "gateway/inside.h"
#include "gen/logs/operations.h"
#include "services/logs/batches.h"
#include "wire/slots.h"

namespace fogbank::logs {
namespace {

constexpr size_t kMaxBytes = 1 << 20, kMaxEvents = 10'000, kMaxMessage = kMaxBytes - kEventOverhead;
constexpr Millis kMaxSpan = 24 * 3600'000;

/// Each byte that begins no character becomes U+FFFD.
std::string as_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t n = 1;
    while (n < 4 && n <= text.size() && !valid_utf8(text.substr(0, n))) n++;
    bool good = n <= text.size() && valid_utf8(text.substr(0, n));
    if (good) out.append(text.substr(0, n));
    else out += "\xef\xbf\xbd";
    text.remove_prefix(good ? n : 1);
  }
  return out;
}

void make_fit(std::vector<Line>& lines) {
  for (Line& l : lines) {
    if (!valid_utf8(l.message)) l.message = as_utf8(l.message);
    if (l.message.size() > kMaxMessage) l.message.resize(wire::utf8_prefix(l.message, kMaxMessage).size());
  }
  std::erase_if(lines, [](const Line& l) { return l.message.empty(); });
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time < b.time; });
}

/// One PutLogEvents from `from` on; moves it behind what was put.
svc::PutLogEventsRequest next_request(Arena& arena, const Destination& to, const std::vector<Line>& lines, size_t& from) {
  svc::PutLogEventsRequest in{};
  in.logGroupName = Str(to.group);
  in.logStreamName = Str(to.stream);
  size_t bytes = 0;
  Millis first = lines[from].time;
  for (; from < lines.size() && in.logEvents.size() < kMaxEvents; from++) {
    bytes += lines[from].message.size() + kEventOverhead;
    if (bytes > kMaxBytes || lines[from].time - first > kMaxSpan) break;
    auto& e = in.logEvents.add(arena);
    e.timestamp = lines[from].time;
    e.message = Str(lines[from].message);
  }
  return in;
}

/// The stream, and the group where that is missing too. Somebody else may make them at the same time.
Result<void> make_stream(InsideCall& inside, const Destination& to) {
  svc::CreateLogStreamRequest stream{};
  stream.logGroupName = Str(to.group);
  stream.logStreamName = Str(to.stream);
  auto there = [](const ApiError& e) { return e.code == "ResourceAlreadyExistsException"; };
  auto made = inside.call<op::CreateLogStream>(stream);
  if (!made && made.error().code == "ResourceNotFoundException") {
    svc::CreateLogGroupRequest group{};
    group.logGroupName = Str(to.group);
    if (auto r = inside.call<op::CreateLogGroup>(group); !r && !there(r.error())) return fail(std::move(r.error()));
    made = inside.call<op::CreateLogStream>(stream);
  }
  if (!made && !there(made.error())) return fail(std::move(made.error()));
  return {};
}

}  // namespace

Result<void> append(Core& core, const Destination& to, std::vector<Line> lines) {
  make_fit(lines);
  InsideCall inside(core, to.principal, to.scope, to.cause);
  for (size_t at = 0; at < lines.size();) {
    Arena arena;
    svc::PutLogEventsRequest in = next_request(arena, to, lines, at);
    auto put = inside.call<op::PutLogEvents>(in);
    if (!put && put.error().code == "ResourceNotFoundException") {
      FB_TRY(make_stream(inside, to));
      put = inside.call<op::PutLogEvents>(in);
    }
    if (!put) return fail(std::move(put.error()));
  }
  return {};
}

}  // namespace fogbank::logs
