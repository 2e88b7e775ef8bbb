// What is decided before SQS's operations run, and on which queue. Source: Service Authorization Reference, "Amazon SQS"; developer guide,
// "Using custom policies with the Amazon SQS access policy language".
//
// A missing queue of the caller's own account is told as such before anything is decided; a foreign one only shows as a denial.
#include "base/strings.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "gateway/core.h"
#include "gen/sqs/operations.h"
#include "services/sqs/caches.h"
#include "services/sqs/errors.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {
namespace {

/// No queue policy lets another account do these.
constexpr std::string_view kOwnersOnly[] = {"sqs:AddPermission", "sqs:DeleteQueue", "sqs:ListQueueTags", "sqs:RemovePermission",
                                            "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"};

bool owners_only(std::string_view action) {
  for (std::string_view a : kOwnersOnly) if (a == action) return true;
  return false;
}

Result<void> require_queue(AuthoriseContext& cx, const QueueAddress& queue) {
  cx.set_target(queue.scope);
  if (cx.caller().account == queue.scope.account) {
    if (!cx.core().state<State>().queues.get(cx.reader(), queue_key(queue.scope, queue.name))) return fail(queue_does_not_exist());
    cx.require(cx.action(), queue_arn(queue.scope, queue.name));
    return {};
  }
  Requirement& r = cx.require(cx.action(), queue_arn(queue.scope, queue.name));
  r.load_policy = !owners_only(cx.action());
  return {};
}

}  // namespace

Result<void> by_queue_url(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(queue, queue_address(cx.request(), in.text("QueueUrl"), cx.caller()));
  return require_queue(cx, queue);
}

Result<void> by_queue_name(AuthoriseContext& cx, const wire::View& in) {
  Str name = in.text("QueueName"), owner = in.text("QueueOwnerAWSAccountId");
  if (name.empty()) return fail(missing_parameter("QueueName"));
  if (!plain_name(name) && !fifo_name(name)) return fail(invalid_parameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"));
  QueueAddress queue{cx.caller(), name};
  if (!owner.empty()) {
    if (!is_account_id(owner)) return fail(invalid_parameter(owner, "QueueOwnerAWSAccountId", "Must be a valid AWS account id."));
    queue.scope.account = AccountId(owner);
  }
  return require_queue(cx, queue);
}

Result<void> new_queue(AuthoriseContext& cx, const wire::View& in) {
  std::string arn = queue_arn(cx.target(), in.text("QueueName"));
  cx.require("sqs:CreateQueue", arn);
  const auto* tags = in.slot<Map<Str>>("tags");
  if (tags && !tags->empty()) cx.require("sqs:TagQueue", arn);
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
  auto parts = parse_arn(arn);
  if (!parts) return {};
  Scope scope{Partition(parts->partition), AccountId(parts->account), Region(parts->region)};
  State& state = cx.core().state<State>();
  out.owner_account = parts->account;
  out.policy = state.policies.get(cx.reader(), policy_key(scope, parts->resource));
  if (out.policy) out.policy_name = arn;
  QueuePtr queue = state.queues.get(cx.reader(), queue_key(scope, parts->resource));
  if (queue && !queue->tags.empty()) out.tags = queue->tags;
  return {};
}

}  // namespace fogbank::sqs
