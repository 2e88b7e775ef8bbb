// For tests of services: a core over either store, and calls that take the whole chain from validation to commit without sockets.
// Single-threaded: call() commits before it returns. Time and randomness are the test's.
#pragma once
#include <memory>
#include <string>

#include "auth/principal.h"
#include "base/random.h"
#include "gateway/call.h"
#include "gateway/chain.h"
#include "gateway/core.h"
#include "gateway/tasks.h"
#include "store/store.h"

namespace fogbank::testing {

/// How a TestCore gets its IdentitySource: src/services defines it (IAM's), so that the gateway knows no service.
std::unique_ptr<auth::IdentitySource> make_test_identity(Core& core);

class TestCore {
 public:
  /// hostile: write functions are run again at random. Else SQLite in a temporary directory.
  explicit TestCore(bool hostile = true, uint64_t seed = 1);
  ~TestCore();

  Core& core() { return *core_; }
  store::Store& store() { return core_->store(); }
  Scope scope() const { return scope_; }
  void set_scope(const Scope& s) { scope_ = s; }

  /// Calls Op as a principal (default: the development user of the scope's account). The output lives until the next call().
  template <class Op> Result<const typename Op::Output*> call(const typename Op::Input& in) {
    return call<Op>(in, auth::development_principal(scope_.account.str()));
  }
  template <class Op> Result<const typename Op::Output*> call(const typename Op::Input& in, const auth::Principal& who) {
    auto out = call_raw(Op::info(), &in, who);
    if (!out) return fail(std::move(out.error()));
    return static_cast<const typename Op::Output*>(*out);
  }
  /// The call that call() made last: extra headers, segments, decision.
  Call& last() { return *last_; }
  /// The outcome of the last call was to wait.
  bool parked() const { return parked_; }
  Arena& arena() { return arena_; }
  /// Gives the next call a received payload (form body_in).
  void set_body(std::string_view bytes);
  /// Header of the next call.
  void set_header(std::string name, std::string value) { headers_.emplace_back(std::move(name), std::move(value)); }
  /// Runs tasks that are due, in this thread.
  size_t drain() { return core_->tasks().drain(); }

 private:
  Result<const void*> call_raw(const OperationInfo& op, const void* in, const auth::Principal& who);

  SeededRandom random_;
  std::string directory_;
  std::unique_ptr<Core> core_;
  Scope scope_;
  Arena arena_;
  std::unique_ptr<Call> last_;
  ReceivedBody body_;
  std::vector<std::pair<std::string, std::string>> headers_;
  bool parked_ = false;
};

}  // namespace fogbank::testing
