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
#include "services/sqs/move_tasks.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/sealing.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {
namespace {

/// No queue policy lets another account do these.
constexpr std::string_view kOwnersOnly[] = {"sqs:AddPermission", "sqs:DeleteQueue", "sqs:ListQueueTags", "sqs:RemovePermission",
                                            "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"};

constexpr size_t kMaxSources = 100;   ///< of a dead-letter queue whose permissions are asked for

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

struct NamedQueue { Scope scope; std::string name; };

/// The queue of a message move task: it exists, and the caller may do the operation on it.
Result<NamedQueue> require_source(AuthoriseContext& cx, std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn || arn->service != "sqs" || !is_account_id(arn->account)) return fail(bad_arn("SourceArn"));
  NamedQueue queue{{Partition(arn->partition), AccountId(arn->account), Region(arn->region)}, std::string(arn->resource)};
  cx.set_target(queue.scope);
  bool mine = cx.caller().account == queue.scope.account;
  if (mine && !cx.core().state<State>().queues.get(cx.reader(), queue_key(queue.scope, queue.name))) return fail(resource_not_found("SourceArn"));
  cx.require(cx.action(), text).load_policy = mine;
  return queue;
}

}  // namespace

Result<void> by_queue_url(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(queue, queue_address(cx.request(), in.text("QueueUrl"), cx.caller()));
  return require_queue(cx, queue);
}

Result<void> send_to_queue(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(address, queue_address(cx.request(), in.text("QueueUrl"), cx.caller()));
  FB_TRY(require_queue(cx, address));
  QueuePtr queue = cx.core().state<State>().queues.get(cx.reader(), queue_key(address.scope, address.name));
  return queue ? require_seal(cx, *queue, queue_arn(address.scope, address.name)) : Result<void>{};
}

Result<void> receive_from_queue(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(address, queue_address(cx.request(), in.text("QueueUrl"), cx.caller()));
  FB_TRY(require_queue(cx, address));
  QueuePtr queue = cx.core().state<State>().queues.get(cx.reader(), queue_key(address.scope, address.name));
  return queue ? require_open(cx, *queue) : Result<void>{};
}

Result<void> by_source_arn(AuthoriseContext& cx, const wire::View& in) {
  Str arn = in.text("SourceArn");
  if (!arn) return fail(missing_parameter("SourceArn"));
  FB_ASSIGN(_, require_source(cx, arn));
  return {};
}

Result<void> start_move_task(AuthoriseContext& cx, const wire::View& in) {
  Str source = in.text("SourceArn"), destination = in.text("DestinationArn");
  if (!source) return fail(missing_parameter("SourceArn"));
  FB_ASSIGN(queue, require_source(cx, source));
  // The task does what a consumer would do.
  for (const char* action : {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}) cx.require(action, source);
  if (destination) {
    if (auto arn = parse_arn(destination); !arn || arn->service != "sqs") return fail(bad_arn("DestinationArn"));
    cx.require("sqs:SendMessage", destination);
    return {};
  }
  size_t sources = 0;
  cx.reader().scan_prefix(sources_key(queue.scope, queue.name), [&](std::string_view key, std::string_view, store::Version) {
    cx.require("sqs:SendMessage", queue_arn(queue.scope, store::key_parts(key).at(1)));
    return ++sources < kMaxSources;
  });
  return {};
}

Result<void> by_task_handle(AuthoriseContext& cx, const wire::View& in) {
  Str text = in.text("TaskHandle");
  if (!text) return fail(missing_parameter("TaskHandle"));
  auto handle = read_move_handle(text);
  if (!handle) return fail(invalid_parameter("Value for parameter TaskHandle is invalid."));
  FB_ASSIGN(_, require_source(cx, handle->source_arn));
  return {};
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
