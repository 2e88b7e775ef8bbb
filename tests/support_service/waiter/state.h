// Records of the test service `waiter`: runs of a process, counters, chains of effects. Keys are in the caller's account and Region.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::waiter {

inline constexpr store::Table kRuns{"waiter", "run"};
inline constexpr store::Table kCounters{"waiter", "counter"};
inline constexpr store::Table kChains{"waiter", "chain"};

enum class RunState : uint8_t { running, ended, failed };

struct RunRecord {
  std::string id;
  RunState state = RunState::running;
  std::string role_arn;
  std::vector<std::string> steps;
  int64_t timeout_ms = 0;
  std::string output, failure;
  int64_t exit_code = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, state); a(3, role_arn); a(4, steps); a(5, timeout_ms); a(6, output); a(7, failure); a(8, exit_code); a(unknown);
  }
};

struct Counter {
  int64_t value = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, value); a(unknown); }
};

struct ChainRecord {
  std::string name, role_name, counter, queue_url;
  bool ended = false;
  std::string role_arn, message_id;
  int64_t counter_value = 0;
  int64_t runs = 0;          ///< how often its task began
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, name); a(2, role_name); a(3, counter); a(4, queue_url); a(5, ended); a(6, role_arn); a(7, message_id); a(8, counter_value); a(9, runs); a(unknown);
  }
};

/// What both tasks carry: the name of their record.
struct TaskPayload {
  std::string name;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(unknown); }
};

inline store::Key run_key(const Scope& s, std::string_view id) { return store::key(s, kRuns, id); }
inline store::Key counter_key(const Scope& s, std::string_view name) { return store::key(s, kCounters, name); }
inline store::Key chain_key(const Scope& s, std::string_view name) { return store::key(s, kChains, name); }

inline int64_t add_to_counter(store::Txn& tx, const Scope& s, std::string_view name, int64_t amount) {
  Counter c = tx.get_as<Counter>(counter_key(s, name)).value_or(Counter{});
  c.value += amount;
  tx.put_record(counter_key(s, name), c);
  return c.value;
}

}  // namespace fogbank::waiter
