// A server's core for tests of CloudWatch Logs, and the calls that all of them make.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/logs/operations.h"
#include "services/logs/state.h"

namespace fogbank::logs::testing {

inline constexpr Millis kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

struct Service {
  fogbank::testing::TestCore t;
  std::string error;   ///< "Code: text" of the last call, "" if it succeeded

  explicit Service(bool hostile = true) : t(hostile) { t.core().clock().freeze(); }

  Str str(std::string_view s) { return Str(t.arena().copy(s)); }
  Millis now() { return t.core().now(); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in) { return call<Op>(in, auth::development_principal(t.scope().account.str())); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in, const auth::Principal& who) {
    auto r = t.call<Op>(in, who);
    error = r ? "" : cat(r.error().code, ": ", r.error().message);
    return r ? *r : nullptr;
  }

  bool create_group(std::string_view name) {
    svc::CreateLogGroupRequest in{};
    in.logGroupName = str(name);
    return call<op::CreateLogGroup>(in);
  }
  bool delete_group(std::string_view name) {
    svc::DeleteLogGroupRequest in{};
    in.logGroupName = str(name);
    return call<op::DeleteLogGroup>(in);
  }
  bool create_stream(std::string_view group, std::string_view name) {
    svc::CreateLogStreamRequest in{};
    in.logGroupName = str(group);
    in.logStreamName = str(name);
    return call<op::CreateLogStream>(in);
  }
  bool delete_stream(std::string_view group, std::string_view name) {
    svc::DeleteLogStreamRequest in{};
    in.logGroupName = str(group);
    in.logStreamName = str(name);
    return call<op::DeleteLogStream>(in);
  }
  bool retention(std::string_view group, int days) {
    svc::PutRetentionPolicyRequest in{};
    in.logGroupName = str(group);
    in.retentionInDays = days;
    return call<op::PutRetentionPolicy>(in);
  }
  using Events = std::vector<std::pair<Millis, std::string>>;
  const svc::PutLogEventsResponse* put(std::string_view group, std::string_view stream, const Events& events) {
    svc::PutLogEventsRequest in{};
    in.logGroupName = str(group);
    in.logStreamName = str(stream);
    for (const auto& [time, message] : events) {
      auto& e = in.logEvents.add(t.arena());
      e.timestamp = time;
      e.message = str(message);
    }
    return call<op::PutLogEvents>(in);
  }
  struct Get { int limit = 10000; bool head = false; std::string token; Millis from = 0, to = 0; };
  const svc::GetLogEventsResponse* get(std::string_view group, std::string_view stream, const Get& g) {
    svc::GetLogEventsRequest in{};
    in.logGroupName = str(group);
    in.logStreamName = str(stream);
    in.limit = g.limit;
    in.startFromHead = g.head;
    if (!g.token.empty()) in.nextToken = str(g.token);
    if (g.from) in.startTime = g.from;
    if (g.to) in.endTime = g.to;
    return call<op::GetLogEvents>(in);
  }
  /// All messages of a stream, read forward page by page.
  std::vector<std::string> all(std::string_view group, std::string_view stream, int limit = 10000) {
    std::vector<std::string> out;
    Get g{limit, true, "", 0, 0};
    for (int pages = 0; pages < 10000; pages++) {
      auto* page = get(group, stream, g);
      if (!page) return {error};
      for (const auto& e : page->events) out.emplace_back(e.message);
      if (g.token == page->nextForwardToken.view()) return out;
      g.token = std::string(page->nextForwardToken);
    }
    return {"no end"};
  }
  struct Filter { std::string pattern, prefix; std::vector<std::string> streams; int limit = 10000; Millis from = 0, to = 0; int* pages = nullptr; };
  std::vector<std::string> filter(std::string_view group, const Filter& f) {
    std::vector<std::string> out;
    std::string token;
    for (int pages = 1; pages < 10000; pages++) {
      svc::FilterLogEventsRequest in{};
      in.logGroupName = str(group);
      if (!f.pattern.empty()) in.filterPattern = str(f.pattern);
      if (!f.prefix.empty()) in.logStreamNamePrefix = str(f.prefix);
      for (const auto& s : f.streams) in.logStreamNames.push(t.arena(), str(s));
      in.limit = f.limit;
      if (f.from) in.startTime = f.from;
      if (f.to) in.endTime = f.to;
      if (!token.empty()) in.nextToken = str(token);
      auto* page = call<op::FilterLogEvents>(in);
      if (!page) return {error};
      for (const auto& e : page->events) out.emplace_back(e.message);
      if (f.pages) *f.pages = pages;
      if (!page->nextToken) return out;
      token = std::string(page->nextToken);
    }
    return {"no end"};
  }
  size_t records(const store::Table& table) {
    size_t n = 0;
    t.store().read([&](store::Reader& reader) {
      reader.scan_prefix(store::key(t.scope(), table), [&](std::string_view, std::string_view, store::Version) { return ++n, true; });
    });
    return n;
  }
  int64_t stored_bytes(std::string_view group) {
    svc::DescribeLogGroupsRequest in{};
    in.logGroupNamePrefix = str(group);
    auto* out = call<op::DescribeLogGroups>(in);
    return out && !out->logGroups.empty() ? *out->logGroups[0].storedBytes : -1;
  }
};

}  // namespace fogbank::logs::testing
