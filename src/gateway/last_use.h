// Last use: when a user or role last called which action of which service in which Region, and what an access key was last used for.
// IAM's answers read it (GetAccessKeyLastUsed, RoleLastUsed, the reports of last access).
//
// Every call that a recorded identity made counts, denied or not. An entry holds the first use of a span of 15 minutes, as IAM's credential
// report does it; a key's is also renewed when the service or Region changes. So a busy caller costs a table lookup per call and a row per
// quarter of an hour. Rows join the next commit like the access records of reads: what is not committed yet (at most 100 ms) is seen
// by `each` and `of_key` but lost in a crash.
// Bounded: a row per entity and service, in it an entry per action and Region that were used; erase() when the entity goes. In memory:
// kMostKnown entries; a commit takes at most kRowsPerCommit rows, the rest waits for the next. The rows are in tables of IAM, in the scope of
// the caller's account, so that a reset of either drops them. Thread-safe.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank {

struct Call;

struct LastUse {
  Millis time = 0;
  std::string service, action, region;   ///< "sqs", "SendMessage", "eu-west-1"; services without Region: "us-east-1"
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, time); a(2, service); a(3, action); a(4, region); a(unknown); }
};

/// The uses of one service by an entity.
struct LastUseRow {
  std::vector<LastUse> uses;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, uses); a(unknown); }
};

class LastUses {
 public:
  explicit LastUses(store::Store& store);
  /// A call has ended. `now` on the virtual clock.
  void note(const Call& call, Millis now);
  /// Writes what is new into the transaction (called inside each commit, perhaps again); it is forgotten when the commit is settled.
  void drain(store::Txn& tx);
  bool pending() const;

  /// All uses by an entity (unique id: AIDA…, AROA…) in no special order: an action comes once per Region, and once more while it is new.
  void each(store::Reader& reader, const Scope& account, std::string_view id, const std::function<void(const LastUse&)>& visit) const;
  std::optional<LastUse> of_key(store::Reader& reader, const Scope& account, std::string_view access_key_id) const;
  /// Forgets an entity, or a key, that is deleted.
  static void erase(store::Txn& tx, const Scope& account, std::string_view id);
  static void erase_key(store::Txn& tx, const Scope& account, std::string_view access_key_id);

 private:
  static constexpr Millis kSpan = 15 * 60 * 1000;
  static constexpr size_t kMostKnown = 65536;
  static constexpr size_t kRowsPerCommit = 400;

  struct Known { Millis span = -1; };
  struct KnownKey { Millis span = -1; std::string service, region; };
  /// Uses that are not committed yet, of one row. `change` tells whether more came since the row was drained.
  struct New { Scope account; std::string id; bool of_key = false; uint64_t change = 0; std::vector<LastUse> uses; };
  void forget_after_reset();
  void settled(const store::Store::Batch& batch);
  void renew(std::string_view id, const Scope& account, bool of_key, const LastUse& use);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Known> known_;          ///< by entity, action and Region: the span of the row
  std::unordered_map<std::string, KnownKey> known_keys_;
  std::unordered_map<std::string, New> new_;              ///< by the encoded key of their row
  std::vector<std::pair<std::string, uint64_t>> drained_; ///< rows of the commit under way: key and change
  uint64_t changes_ = 0, epoch_ = 0;
  store::Ticket newest_ = 0;
  store::Store& store_;
};

}  // namespace fogbank
