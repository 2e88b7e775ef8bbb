// Calls from inside that are no task's: what a live process does under its own principal (the log lines of a function's environment, written
// with its role). The whole chain from validation on; an access record; no record of the effect, so what a crash interrupts is not repeated.
// What has to happen although the server may crash is a task (tasks.h).
//
// For pool threads and threads of one's own: never the loop's, never inside read or write. The answer's writes are applied when call()
// returns and committed soon after by the loop.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "base/scope.h"
#include "gateway/call.h"
#include "gateway/core.h"
#include "gateway/operation.h"

namespace fogbank {

/// A call that has everything but its input. `cause`: for the access record: "task 7 (s3.deliver_notification) step 1".
std::unique_ptr<Call> make_inside_call(Core& core, std::shared_ptr<const auth::Principal> principal, const Scope& scope, const OperationInfo& op, std::string cause);

class InsideCall {
 public:
  InsideCall(Core& core, std::shared_ptr<const auth::Principal> principal, const Scope& scope, std::string cause)
      : core_(core), principal_(std::move(principal)), scope_(scope), cause_(std::move(cause)) {}

  /// The output lives until the next call.
  template <class Op> Result<const typename Op::Output*> call(const typename Op::Input& input) {
    FB_ASSIGN(out, call_raw(Op::info(), &input));
    return static_cast<const typename Op::Output*>(out);
  }

 private:
  Result<const void*> call_raw(const OperationInfo& op, const void* input);

  Core& core_;
  std::shared_ptr<const auth::Principal> principal_;
  Scope scope_;
  std::string cause_;
  std::unique_ptr<Call> last_;
};

}  // namespace fogbank
