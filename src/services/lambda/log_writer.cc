#include "services/lambda/log_writer.h"

#include <algorithm>

#include "base/json_text.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/lambda/operations.h"
#include "gen/logs/operations.h"
#include "services/lambda/roles.h"

namespace fogbank::lambda {
namespace {

constexpr size_t kTaskBytes = 512 << 10, kTaskLines = 5000, kMaxLine = 256 << 10;
constexpr size_t kWriteBytes = 2 << 20;

/// One task's lines of one stream.
store::Task task_of(const LogLines& lines, const runtime::FunctionSpec& f, Millis now) {
  store::Task task;
  task.kind = "lambda.write_logs";
  task.scope = {Partition(parse_arn(f.function_arn) ? parse_arn(f.function_arn)->partition : "aws"), AccountId(f.account), Region(f.region)};
  task.due = now;
  task.lane = cat("lambda.logs/", f.account, '/', f.region, '/', lines.group, '/', lines.stream);
  task.payload = encode(lines);
  return task;
}

class LogWriter final : public runtime::LogSink {
 public:
  explicit LogWriter(Core& core) : core_(core) {}

  void write(std::vector<runtime::LogBatch>&& batches) override {
    std::vector<store::Task> tasks;
    for (auto& batch : batches) split(batch, tasks);
    for (size_t at = 0; at < tasks.size();) {   // a transaction is bounded
      size_t end = at, bytes = 0;
      while (end < tasks.size() && end - at < 200 && (end == at || bytes + tasks[end].payload.size() < kWriteBytes)) bytes += tasks[end++].payload.size();
      auto done = core_.store().write([&](store::Txn& tx) -> Result<void> {
        for (size_t i = at; i < end; i++) tx.schedule(tasks[i]);
        return {};
      });
      if (!done) log(LogLevel::error, cat("what functions printed could not be kept: ", done.error().message));
      at = end;
    }
  }

 private:
  void split(runtime::LogBatch& batch, std::vector<store::Task>& tasks) {
    LogLines lines;
    auto begin = [&] {
      lines = {};
      lines.role = batch.function->role_arn;
      lines.function = batch.function->name;
      lines.group = batch.function->logging.group;
      lines.stream = batch.stream;
    };
    begin();
    size_t bytes = 0;
    for (auto& event : batch.events) {
      if (event.message.size() > kMaxLine) event.message.resize(kMaxLine);
      event.message = sound_utf8(event.message);   // functions may print anything
      if (!lines.lines.empty() && (bytes + event.message.size() > kTaskBytes || lines.lines.size() >= kTaskLines)) {
        tasks.push_back(task_of(lines, *batch.function, core_.now()));
        begin();
        bytes = 0;
      }
      bytes += event.message.size() + 26;
      lines.lines.push_back({event.at, std::move(event.message), {}});
    }
    if (!lines.lines.empty()) tasks.push_back(task_of(lines, *batch.function, core_.now()));
  }

  Core& core_;
};

}  // namespace

std::shared_ptr<runtime::LogSink> make_log_writer(Core& core) { return std::make_shared<LogWriter>(core); }

namespace {

Result<void> put(TaskContext& cx, int step, const auth::Principal& role, const LogLines& lines) {
  namespace svc = logs::svc;
  svc::PutLogEventsRequest in{};
  in.logGroupName = cx.str(lines.group);
  in.logStreamName = cx.str(lines.stream);
  in.logEvents.reserve(cx.arena(), uint32_t(lines.lines.size()));
  for (const auto& line : lines.lines) {
    auto& event = in.logEvents.add(cx.arena());
    event.timestamp = line.at;
    event.message = cx.str(line.message);
  }
  FB_TRY(cx.call<logs::op::PutLogEvents>(step, role, cx.task().scope, in));
  return {};
}

Result<void> make_stream(TaskContext& cx, int step, const auth::Principal& role, const LogLines& lines) {
  logs::svc::CreateLogStreamRequest in{};
  in.logGroupName = cx.str(lines.group);
  in.logStreamName = cx.str(lines.stream);
  FB_TRY(cx.call<logs::op::CreateLogStream>(step, role, cx.task().scope, in));
  return {};
}

Result<void> make_group(TaskContext& cx, int step, const auth::Principal& role, const LogLines& lines) {
  logs::svc::CreateLogGroupRequest in{};
  in.logGroupName = cx.str(lines.group);
  FB_TRY(cx.call<logs::op::CreateLogGroup>(step, role, cx.task().scope, in));
  return {};
}

bool missing(const Result<void>& done) { return !done && done.error().code == "ResourceNotFoundException"; }
/// Worth another try. A denial is not: the function has no logs.
bool may_pass(const Result<void>& done) { return !done && (done.error().status >= 500 || done.error().code == "ThrottlingException"); }

/// What is missing is made: the stream, and the group only where there is none (many roles may not make groups, and need not).
Result<void> write(TaskContext& cx, const auth::Principal& role, const LogLines& lines) {
  auto done = put(cx, 1, role, lines);
  if (!missing(done)) return done;
  done = make_stream(cx, 2, role, lines);
  if (missing(done)) {
    done = make_group(cx, 3, role, lines);
    if (may_pass(done)) return done;
    done = make_stream(cx, 4, role, lines);
  }
  if (may_pass(done)) return done;
  return put(cx, 5, role, lines);
}

}  // namespace

Result<void> write_logs(TaskContext& cx) {
  auto lines = cx.payload<LogLines>();
  if (!lines) return fail("InternalFailure", "damaged payload", 500);
  auto role = role_principal(cx.core(), lines->role, lines->function);
  if (!role) return cx.finish();
  std::stable_sort(lines->lines.begin(), lines->lines.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  auto done = write(cx, *role, *lines);
  if (may_pass(done)) return done;
  return cx.finish();
}

}  // namespace fogbank::lambda
