// A poller of a queue: receives messages as the function's role, gives what passes the filters to the function in one batch, and deletes what was
// processed. What the function fails stays hidden until its visibility timeout ends and comes again.
#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "gen/sqs/operations.h"
#include "services/lambda/lineage.h"
#include "services/lambda/polling.h"
#include "services/lambda/triggers.h"
#include "services/sqs/arrivals.h"

namespace fogbank::lambda {
namespace {

constexpr size_t kMaxEvent = 5 << 20;
constexpr int kDeleteSteps = 100000, kReturnSteps = 200000;   // beside the steps of receives

struct Source { Scope scope; std::string name, url; };
Source source_of(const Mapping& m) {
  auto parts = parse_arn(m.source_arn);
  Source s{{Partition(parts->partition), AccountId(parts->account), Region(parts->region)}, std::string(parts->resource), {}};
  s.url = cat("https://sqs.", s.scope.region.str(), ".amazonaws.com/", s.scope.account.str(), '/', s.name);
  return s;
}

Result<void> delete_messages(TaskContext& cx, const Polling& p, const Source& source) {
  const auto& receipts = p.work.receipts;
  for (size_t at = 0; at < receipts.size(); at += 10) {
    sqs::svc::DeleteMessageBatchRequest in{};
    in.QueueUrl = cx.str(source.url);
    for (size_t i = at; i < std::min(receipts.size(), at + 10); i++) {
      auto& entry = in.Entries.add(cx.arena());
      entry.Id = cx.str(cat("m", i));
      entry.ReceiptHandle = cx.str(receipts[i]);
    }
    FB_TRY(cx.call<sqs::op::DeleteMessageBatch>(kDeleteSteps + int(at / 10), p.role, source.scope, in));
  }
  return {};
}

/// Messages in hand: those of earlier runs (whose stored answers are given again), then new ones as long as there are any and room.
struct Hand {
  std::vector<const sqs::svc::Message*> messages;
  size_t bytes = 0;
  bool empty_receive = false;
  void take(const sqs::svc::ReceiveMessageResult& out) {
    for (const auto& m : out.Messages) {
      messages.push_back(&m);
      bytes += m.Body.len + 1024;
    }
  }
};

Result<const sqs::svc::ReceiveMessageResult*> receive(TaskContext& cx, const Polling& p, const Source& source, int64_t step, int64_t most) {
  sqs::svc::ReceiveMessageRequest in{};
  in.QueueUrl = cx.str(source.url);
  in.MaxNumberOfMessages = int32_t(most);
  in.WaitTimeSeconds = 0;
  in.MessageSystemAttributeNames.push(cx.arena(), "All");
  in.MessageAttributeNames.push(cx.arena(), "All");
  return cx.call<sqs::op::ReceiveMessage>(int(step), p.role, source.scope, in);
}

Result<Hand> gather(TaskContext& cx, Polling& p, const Source& source) {
  Hand hand;
  for (int64_t step : p.work.steps) {
    FB_ASSIGN(out, receive(cx, p, source, step, 10));
    hand.take(*out);
  }
  while (int64_t(hand.messages.size()) < p.mapping.batch_size && hand.bytes < kMaxEvent / 2 && p.work.next_step < kDeleteSteps) {
    int64_t step = p.work.next_step++;
    FB_ASSIGN(out, receive(cx, p, source, step, std::min<int64_t>(10, p.mapping.batch_size - int64_t(hand.messages.size()))));
    if (out->Messages.empty()) {
      hand.empty_receive = true;
      break;
    }
    p.work.steps.push_back(step);
    hand.take(*out);
  }
  return hand;
}

std::string record_json(const sqs::svc::Message& m, const Mapping& mapping) {
  JsonText j;
  j.open().member("messageId", m.MessageId.view()).member("receiptHandle", m.ReceiptHandle.view()).member("body", m.Body.view());
  j.key("attributes").open();
  for (const auto& a : m.Attributes) j.member(a.key.view(), a.value.view());
  j.close().key("messageAttributes").open();
  for (const auto& a : m.MessageAttributes) {
    j.key(a.key).open();
    if (a.value.StringValue) j.member("stringValue", a.value.StringValue.view());
    if (a.value.BinaryValue) j.member("binaryValue", base64(a.value.BinaryValue));
    j.key("stringListValues").open_list().close_list().key("binaryListValues").open_list().close_list();
    j.member("dataType", a.value.DataType.view()).close();
  }
  j.close().key("md5OfMessageAttributes");
  if (m.MD5OfMessageAttributes) j.text(m.MD5OfMessageAttributes.view());
  else j.null();
  j.member("md5OfBody", m.MD5OfBody.view()).member("eventSource", "aws:sqs").member("eventSourceARN", mapping.source_arn);
  auto arn = parse_arn(mapping.source_arn);
  return j.member("awsRegion", arn ? arn->region : std::string_view()).close().str();
}

/// Filters see the body as JSON where it is JSON.
bool wanted(const std::vector<event_pattern::PatternPtr>& filters, const std::string& record) {
  if (filters.empty()) return true;
  auto json = event_pattern::parse_json(record);
  if (!json) return false;
  if (passes(filters, *json)) return true;
  for (auto& [name, value] : json->members) {
    if (name != "body") continue;
    auto body = event_pattern::parse_json(value.text);
    if (!body || !body->object()) return false;
    value = std::move(*body);
  }
  return passes(filters, *json);
}

Traced trace_of(TaskContext& cx, const Polling& p, const sqs::svc::Message& m) {
  std::string_view header;
  for (const auto& a : m.Attributes) if (a.key == "AWSTraceHeader") header = a.value;
  return trace_through(header, function_arn(p.scope, p.mapping.function), cx.now(), cx.core().random());
}

struct Batch {
  std::string event = R"({"Records":[)";
  std::vector<std::pair<std::string, std::string>> ids;   ///< message id, receipt
  std::vector<std::string> unwanted, looped;              ///< receipts
  Traced trace;                                           ///< of the message which has gone round most often
};

Batch make_batch(TaskContext& cx, const Polling& p, const Hand& hand, const std::vector<event_pattern::PatternPtr>& filters) {
  Batch b;
  for (const sqs::svc::Message* m : hand.messages) {
    std::string record = record_json(*m, p.mapping);
    if (!wanted(filters, record)) {
      b.unwanted.emplace_back(m->ReceiptHandle);
      continue;
    }
    Traced trace = trace_of(cx, p, *m);
    if (trace.times >= kMaxLoops && !p.function->recursion_allowed) {
      b.looped.emplace_back(m->ReceiptHandle);
      continue;
    }
    if (b.trace.header.empty() || trace.times > b.trace.times) b.trace = std::move(trace);
    if (!b.ids.empty()) b.event += ',';
    b.event += record;
    b.ids.emplace_back(m->MessageId, m->ReceiptHandle);
  }
  b.event += "]}";
  return b;
}

/// Messages that go round and round are not given to the function again: those of a queue with a dead-letter queue come back, until they have come
/// back too often, and others are gone.
void stop_loop(TaskContext& cx, const Polling& p, const Source& source, bool redrives, Batch& batch) {
  log(LogLevel::warning, cat("a recursive loop through the function ", p.mapping.function, " was stopped"));
  if (!redrives) {
    for (std::string& receipt : batch.looped) batch.unwanted.push_back(std::move(receipt));
    return;
  }
  for (size_t i = 0; i < batch.looped.size(); i++) {
    sqs::svc::ChangeMessageVisibilityRequest in{};
    in.QueueUrl = cx.str(source.url);
    in.ReceiptHandle = cx.str(batch.looped[i]);
    in.VisibilityTimeout = 0;
    if (!cx.call<sqs::op::ChangeMessageVisibility>(kReturnSteps + int(i), p.role, source.scope, in)) return;   // they come back by themselves
  }
}

/// Receipts of what is done with after this outcome.
std::vector<std::string> processed(const Batch& b, const Mapping& mapping, const runtime::Outcome& outcome) {
  std::vector<std::string> done = b.unwanted;
  if (outcome.kind != runtime::Outcome::Kind::success) return done;
  std::set<std::string> failed;
  if (mapping.report_item_failures) {
    auto items = failed_items(outcome.payload);
    if (!items) return done;
    for (const std::string& id : *items) {
      if (std::none_of(b.ids.begin(), b.ids.end(), [&](const auto& i) { return i.first == id; })) return done;   // an unknown one: the whole batch failed
      failed.insert(id);
    }
  }
  for (const auto& [id, receipt] : b.ids) if (!failed.contains(id)) done.push_back(receipt);
  return done;
}

/// How Triggers knows the task that deletes what a slot's last batch was done with.
int64_t deletion_of(int64_t slot) { return -1 - slot; }

/// The poller's next run, with what it has to delete first.
Result<void> go_on(store::Txn& tx, Triggers& triggers, const Polling& p, std::vector<std::string> receipts, Millis due) {
  auto m = tx.get_as<Mapping>(mapping_key(p.scope, p.mapping.uuid));
  if (!m) return {};
  PollWork next = idle_work(p.mapping, p.work.slot);
  next.receipts = std::move(receipts);
  if (m->generation == p.mapping.generation) {
    schedule_poller(tx, p.scope, *m, next, due);
  } else if (!next.receipts.empty()) {   // changed or disabled meanwhile: only what is done with is deleted
    store::Task task;
    task.kind = "lambda.poll_queue";
    task.scope = p.scope;
    task.due = due;
    task.payload = encode(next);
    tx.schedule(std::move(task));
    triggers.run_begins(next.uuid, deletion_of(next.slot));   // until then the mapping stays as it is
  }
  return {};
}

Result<void> wait_for_more(TaskContext& cx, const Polling& p, const std::string& key, uint64_t seen) {
  store::Task task = cx.task();
  task.payload = encode(p.work);
  FB_TRY(cx.again_at(p.work.window_end, task.payload));
  cx.core().state<Triggers>().sleep(key, seen, task, true);
  return {};
}

Result<void> poll(TaskContext& cx, Polling& p, const Source& source) {
  auto& triggers = cx.core().state<Triggers>();
  std::optional<sqs::Arrival> arrival;
  cx.read([&](store::Reader& reader) { arrival = sqs::next_arrival(reader, source.scope, source.name, cx.now()); });
  if (!arrival) return fail("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", 400);
  std::string key = arrival->key.bytes();
  uint64_t seen = triggers.look(key, cx.task().id);
  FB_ASSIGN(filters, compile_filters(p.mapping.filters));
  FB_ASSIGN(hand, gather(cx, p, source));
  if (hand.messages.empty()) {
    cx.read([&](store::Reader& reader) { arrival = sqs::next_arrival(reader, source.scope, source.name, cx.now()); });
    std::optional<Millis> next = arrival ? arrival->next : std::nullopt;
    if (next && *next <= cx.now()) next = cx.now() + 200;   // visible and not given out: held back by the queue (in flight limits)
    return fall_asleep(cx, p, key, seen, next);
  }
  if (p.mapping.window && hand.empty_receive && int64_t(hand.messages.size()) < p.mapping.batch_size) {
    if (!p.work.window_end) p.work.window_end = cx.now() + p.mapping.window * 1000;
    if (p.work.window_end > cx.now()) return wait_for_more(cx, p, key, seen);
  }
  triggers.wake_another(key);
  Batch batch = make_batch(cx, p, hand, filters);
  if (!batch.looped.empty()) stop_loop(cx, p, source, arrival->redrives, batch);
  if (batch.ids.empty()) {
    struct Given { Polling p; std::vector<std::string> receipts; Millis now; Triggers* triggers; };
    return cx.finish(Given{p, batch.unwanted, cx.now(), &triggers}, [](store::Txn& tx, const Given& g) { return go_on(tx, *g.triggers, g.p, g.receipts, g.now); });
  }
  Core& core = cx.core();
  BatchEvent event{core.random().uuid(), std::move(batch.event), std::move(batch.trace.header)};
  return run_batch(cx, p, std::move(event), [p, batch = std::move(batch), &core](store::Txn& tx, const runtime::Outcome& outcome) {
    bool ran = outcome.kind == runtime::Outcome::Kind::success || outcome.kind == runtime::Outcome::Kind::function_error;
    return go_on(tx, core.state<Triggers>(), p, processed(batch, p.mapping, outcome), ran ? core.now() : core.now() + 1000);
  });
}

}  // namespace

Result<void> poll_queue(TaskContext& cx) {
  PollRun run(cx);
  auto begun = begin_polling(cx);
  if (!begun) return poll_again_after(cx, begun.error());   // the function or its role is gone, for now
  if (!*begun) return cx.finish();
  Polling p = std::move(**begun);
  Source source = source_of(p.mapping);
  if (!p.work.receipts.empty()) {
    if (auto deleted = delete_messages(cx, p, source); !deleted) log(LogLevel::warning, cat("processed messages could not be deleted: ", deleted.error().message));
  }
  if (!p.current) {
    auto done = cx.finish();
    cx.core().state<Triggers>().run_ends(p.scope, p.mapping.uuid, deletion_of(p.work.slot));
    return done;
  }
  auto done = poll(cx, p, source);
  if (!done && !cx.ended() && !cx.left_running()) return poll_again_after(cx, done.error());
  return done;
}

}  // namespace fogbank::lambda
