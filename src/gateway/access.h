// Access records: every call leaves one, a superset of a CloudTrail event. A write's joins the commit of the write; a read's is buffered
// for at most 100 ms (that much may be lost in a crash). Packed: one row per commit, compressed; kept 90 virtual days or 1 GB.
// Row key: (core, access, time of its first record, sequence). Thread-safe.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/record.h"
#include "store/store.h"

namespace fogbank {

struct AccessRecord {
  Millis time = 0;
  std::string request_id, service, operation;
  std::string principal_arn, account, access_key_id, session_context;
  std::string target_account, region, source_ip, user_agent;
  std::string parameters;          ///< JSON, secrets masked, cut at 1 KB
  std::string decision;            ///< what allowed or denied it, with policy and statement
  bool allowed = true;
  std::string error_code, error_message;
  int64_t duration_us = 0;
  std::string cause;
  bool read_only = true;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, time); a(2, request_id); a(3, service); a(4, operation); a(5, principal_arn); a(6, account); a(7, access_key_id);
    a(8, session_context); a(9, target_account); a(10, region); a(11, source_ip); a(12, user_agent); a(13, parameters); a(14, decision);
    a(15, allowed); a(16, error_code); a(17, error_message); a(18, duration_us); a(19, cause); a(20, read_only); a(unknown);
  }
};

class AccessLog {
 public:
  explicit AccessLog(store::Store& store) : store_(store) {}
  void add(AccessRecord record);
  /// Writes what is pending into the transaction (called inside each commit).
  void drain(store::Txn& tx);
  /// After a batch was undone: what was drained into it is pending again, marked as failed.
  bool pending() const;
  /// The record of a request id, newest match.
  std::optional<AccessRecord> find(std::string_view request_id);
  /// Newest first, at most `limit`, until `visit` returns false.
  void scan(const std::function<bool(const AccessRecord&)>& visit);
  /// Drops rows older than `before`, and the oldest beyond `max_bytes`. At most 500 rows per call; true if there is more to do.
  bool trim(Millis before, uint64_t max_bytes);

 private:
  store::Store& store_;
  mutable std::mutex mutex_;
  std::string buffer_;             ///< length-prefixed encoded records
  Millis first_ = 0;
  size_t count_ = 0;
  uint64_t sequence_ = 0;
};

/// A request id: the form of a UUID, its first 48 bits the machine's time, so that a record is found by its id without an index.
std::string new_request_id(Random& random);
std::optional<Millis> time_of_request_id(std::string_view id);

}  // namespace fogbank
