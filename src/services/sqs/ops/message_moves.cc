// StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
// The queues were found and checked by the authorise functions; here they are looked up again.
#include "base/strings.h"
#include "gen/sqs/operations.h"
#include "services/sqs/counting.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/move_tasks.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {
namespace {

std::string name_in(std::string_view arn) {
  auto parts = parse_arn(arn);
  return parts ? std::string(parts->resource) : std::string();
}

Result<Queue> load_source(store::Reader& reader, const Scope& scope, std::string_view name) {
  auto queue = reader.get_as<Queue>(queue_key(scope, name));
  if (!queue) return fail(resource_not_found("SourceArn"));
  return std::move(*queue);
}

bool is_dead_letter_queue(store::Reader& reader, const Scope& scope, std::string_view name) {
  bool any = false;
  reader.scan_prefix(sources_key(scope, name), [&](auto, auto, auto) { return !(any = true); });
  return any;
}

/// The queue that a task moves to, if it names one.
Result<void> check_destination(store::Reader& reader, const Scope& scope, const svc::StartMessageMoveTaskRequest& in, const Queue& source) {
  if (!in.DestinationArn) return {};
  auto arn = parse_arn(in.DestinationArn);
  if (!arn || arn->service != "sqs") return fail(bad_arn("DestinationArn"));
  if (in.DestinationArn == in.SourceArn.view()) return fail(invalid_parameter("Source queue arn and destination queue arn cannot be the same."));
  bool here = arn->account == scope.account.str() && arn->region == scope.region.str();
  auto queue = here ? reader.get_as<Queue>(queue_key(scope, arn->resource)) : std::nullopt;
  if (!queue) return fail(resource_not_found("DestinationArn"));
  if (queue->fifo != source.fifo) return fail(invalid_parameter("The source queue and destination queue must be of the same queue type."));
  return {};
}

Result<Queue> check_start(store::Reader& reader, const Scope& scope, const svc::StartMessageMoveTaskRequest& in, std::string_view name) {
  FB_ASSIGN(source, load_source(reader, scope, name));
  if (!is_dead_letter_queue(reader, scope, name)) return fail(invalid_parameter("Source queue must be configured as a Dead Letter Queue."));
  FB_TRY(check_destination(reader, scope, in, source));
  return source;
}

}  // namespace

Result<void> StartMessageMoveTask(Context& cx, const svc::StartMessageMoveTaskRequest& in, svc::StartMessageMoveTaskResult& out) {
  if (in.MaxNumberOfMessagesPerSecond && (*in.MaxNumberOfMessagesPerSecond < 1 || *in.MaxNumberOfMessagesPerSecond > kMaxMoveRate)) {
    return fail(invalid_parameter("Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500."));
  }
  const std::string name = name_in(in.SourceArn);
  Result<Queue> source;
  cx.read([&](store::Reader& reader) { source = check_start(reader, cx.scope(), in, name); });
  if (!source) return fail(std::move(source.error()));
  MoveTask task;
  task.id = cx.random().uuid();
  task.queue_id = source->id;
  task.destination_arn = in.DestinationArn.view();
  task.destination = name_in(in.DestinationArn);
  task.rate = in.MaxNumberOfMessagesPerSecond ? *in.MaxNumberOfMessagesPerSecond : 0;
  task.started = cx.now();
  task.to_move = count_messages(cx.store(), cx.scope(), *source, cx.now()).visible;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, check_start(tx, cx.scope(), in, name));
    task.queue_id = queue.id;
    return start_move(tx, cx.scope(), name, task);
  }));
  out.TaskHandle = cx.str(write_move_handle({task.id, std::string(in.SourceArn)}));
  return {};
}

Result<void> CancelMessageMoveTask(Context& cx, const svc::CancelMessageMoveTaskRequest& in, svc::CancelMessageMoveTaskResult& out) {
  auto handle = read_move_handle(in.TaskHandle);
  if (!handle) return fail(invalid_parameter("Value for parameter TaskHandle is invalid."));
  const std::string name = name_in(handle->source_arn);
  int64_t moved = 0;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(load_source(tx, cx.scope(), name));
    for (ListedMove& m : list_moves(tx, cx.scope(), name)) {
      if (m.task.id != handle->task_id) continue;
      if (m.task.status != MoveStatus::running) return fail(invalid_parameter("Only active tasks can be cancelled."));
      m.task.status = MoveStatus::cancelling;
      tx.put_record(move_key(cx.scope(), name, m.number), m.task);
      moved = m.task.moved;
      return {};
    }
    return fail(task_not_found());
  }));
  out.ApproximateNumberOfMessagesMoved = moved;
  return {};
}

Result<void> ListMessageMoveTasks(Context& cx, const svc::ListMessageMoveTasksRequest& in, svc::ListMessageMoveTasksResult& out) {
  size_t limit = 1;
  if (in.MaxResults) {
    if (*in.MaxResults < 1 || *in.MaxResults > int32_t(kListedMoves)) {
      return fail(invalid_parameter("Value for parameter MaxResults is invalid. Reason: You must enter a number that's between 1 and 10."));
    }
    limit = size_t(*in.MaxResults);
  }
  const std::string name = name_in(in.SourceArn);
  std::vector<ListedMove> moves;
  Result<Queue> source;
  cx.read([&](store::Reader& reader) {
    source = load_source(reader, cx.scope(), name);
    moves = list_moves(reader, cx.scope(), name);
  });
  if (!source) return fail(std::move(source.error()));
  if (moves.size() > limit) moves.resize(limit);
  out.Results.reserve(cx.arena(), moves.size());
  for (const ListedMove& m : moves) {
    auto& r = out.Results.add(cx.arena());
    r.Status = cx.str(status_name(m.task.status));
    r.SourceArn = cx.str(in.SourceArn);
    if (m.task.status == MoveStatus::running) r.TaskHandle = cx.str(write_move_handle({m.task.id, std::string(in.SourceArn)}));
    if (!m.task.destination_arn.empty()) r.DestinationArn = cx.str(m.task.destination_arn);
    if (m.task.rate) r.MaxNumberOfMessagesPerSecond = int32_t(m.task.rate);
    r.ApproximateNumberOfMessagesMoved = m.task.moved;
    r.ApproximateNumberOfMessagesToMove = m.task.to_move;
    if (!m.task.failure.empty()) r.FailureReason = cx.str(m.task.failure);
    r.StartedTimestamp = m.task.started;
  }
  return {};
}

}  // namespace fogbank::sqs
