#include "gateway/faults.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "base/strings.h"

namespace fogbank {
namespace {
constexpr store::Table kFaults{"core", "fault"};
store::Key rows() { return store::key(Scope{}.whole_partition(), kFaults); }
}  // namespace

Faults::Faults(store::Store& store, Random& random) : store_(store), random_(random) {}

void Faults::load() {
  std::vector<FaultRule> rules;
  store_.read([&](store::Reader& r) {
    r.scan_prefix(rows(), [&](std::string_view, std::string_view bytes, store::Version) {
      if (auto rule = decode<FaultRule>(bytes)) rules.push_back(std::move(*rule));
      return true;
    });
  });
  std::lock_guard<std::mutex> lock(mutex_);
  rules_ = std::move(rules);
  any_ = !rules_.empty();
}

Result<std::string> Faults::add(FaultRule rule) {
  if (rule.kind != "error" && rule.kind != "latency" && rule.kind != "drop" && rule.kind != "throttle")
    return fail("ValidationException", cat("fault kind '", rule.kind, "' is none of error, latency, drop, throttle"));
  if (!(rule.rate > 0 && rule.rate <= 1)) return fail("ValidationException", "rate must be above 0 and at most 1");
  if (rule.kind == "error" && (rule.status < 400 || rule.status > 599)) return fail("ValidationException", "status must be between 400 and 599");
  if (rule.latency_ms < 0 || rule.latency_ms > 600000) return fail("ValidationException", "latency must be between 0 and 600000 ms");
  rule.id = cat("fault-", random_.hex(8));
  auto done = store_.write([&](store::Txn& tx) -> Result<void> {
    store::Key k = rows();
    k << std::string_view(rule.id);
    tx.put_record(k, rule);
    return {};
  });
  if (!done) return fail(done.error());
  std::lock_guard<std::mutex> lock(mutex_);
  rules_.push_back(rule);
  any_ = true;
  return rule.id;
}

Result<void> Faults::remove(std::string_view id) {
  bool found = false;
  auto done = store_.write([&](store::Txn& tx) -> Result<void> {
    found = false;
    std::vector<std::string> keys;
    tx.scan_prefix(rows(), [&](std::string_view k, std::string_view bytes, store::Version) {
      auto rule = decode<FaultRule>(bytes);
      if (id == "*" || (rule && rule->id == id)) keys.emplace_back(k);
      return true;
    });
    for (auto& k : keys) tx.erase(store::Key::raw(k, false));
    found = !keys.empty();
    return {};
  });
  if (!done) return fail(done.error());
  if (!found && id != "*") return fail("NotFound", cat("there is no fault rule ", id), 404);
  std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(rules_, [&](const FaultRule& r) { return id == "*" || r.id == id; });
  any_ = !rules_.empty();
  return {};
}

std::vector<FaultRule> Faults::list() {
  std::lock_guard<std::mutex> lock(mutex_);
  return rules_;
}

std::optional<FaultRule> Faults::match(std::string_view service, std::string_view operation, std::string_view account, std::string_view region) {
  if (!any_.load(std::memory_order_relaxed)) return std::nullopt;
  std::lock_guard<std::mutex> lock(mutex_);
  auto fits = [](const std::string& want, std::string_view have) { return want.empty() || want == have; };
  for (auto& r : rules_) {
    if (r.remaining == 0 || !fits(r.service, service) || !fits(r.operation, operation) || !fits(r.account, account) || !fits(r.region, region)) continue;
    if (r.rate < 1 && double(random_.next() >> 11) * 0x1p-53 >= r.rate) continue;
    if (r.remaining > 0) r.remaining--;  // in memory only: after a restart a counted rule starts anew
    return r;
  }
  return std::nullopt;
}

void fault_point(const char* name) {
  static const char* const wanted = std::getenv("FOGBANK_CRASH_AT");
  if (!wanted) return;
  static std::atomic<int> passed{0};
  std::string_view w = wanted;
  size_t colon = w.find(':');
  if (w.substr(0, colon) != name) return;
  int nth = colon == std::string_view::npos ? 1 : int(parse_int(w.substr(colon + 1)).value_or(1));
  if (++passed == nth) kill(getpid(), SIGKILL);
}

}  // namespace fogbank
