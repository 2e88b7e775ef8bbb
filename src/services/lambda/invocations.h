// What Invoke, InvokeWithResponseStream and function URLs share: finding what is invoked, starting it, waiting for it. Loop thread.
#pragma once
#include <memory>
#include <string_view>

#include "gateway/context.h"
#include "services/lambda/functions.h"
#include "services/lambda/invoker.h"
#include "services/lambda/streams.h"

namespace fogbank::lambda {

/// The function with version or alias, and its state: a version that failed is refused.
Result<Target> find_invoked(Context& cx, const FunctionRef& ref);

struct InvocationFacts {
  std::string_view payload, client_context, tenant_id;
  bool log_tail = false;
};
/// Starts the invocation under the request's id and parks the call. While the version is Pending, only parks.
Result<Outcome> start_invocation(Context& cx, const FunctionRef& ref, const Target& target, const InvocationFacts& facts,
                                 std::shared_ptr<StreamedAnswer> stream);
Outcome wait_for_outcome(Context& cx);
/// The error of an outcome that is none of the function's own.
Result<void> check_outcome(const runtime::Outcome& outcome);

}  // namespace fogbank::lambda
