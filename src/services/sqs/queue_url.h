// Queue URLs and names. Any host is accepted in a URL that a client gives: account and name are the last two parts of its path, the
// Region comes from the host (sqs.eu-west-1.…, eu-west-1.queue.…) or from …/queue/<region>/<account>/<name>, else it is the caller's.
// Pure functions; views borrow from their argument.
#pragma once
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"
#include "base/scope.h"

namespace fogbank { class Context; struct RequestFacts; }

namespace fogbank::sqs {

struct QueueAddress {
  Scope scope;
  std::string_view name;
};

/// InvalidAddress if the text names no queue.
Result<QueueAddress> parse_queue_url(std::string_view url, const Scope& caller);
/// The queue of a request: its QueueUrl or, where old clients leave that out, the path that they post to.
Result<QueueAddress> queue_address(const RequestFacts& request, Str url, const Scope& caller);

/// Letters, digits, hyphens and underscores, 1 to 80 of them: what SQS asks of a name without ".fifo", of labels and entries' ids.
bool plain_name(std::string_view name);
/// A FIFO queue's name: ends with ".fifo", 80 characters with it.
bool fifo_name(std::string_view name);

std::string queue_url(const Context& cx, std::string_view name);   ///< of a queue in the target's scope, as the caller reaches us
inline std::string queue_arn(const Scope& scope, std::string_view name) { return make_arn(scope, "sqs", name); }

}  // namespace fogbank::sqs
