// GetBucketNotificationConfiguration and PutBucketNotificationConfiguration:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
// As in S3 a configuration is taken only if every destination accepts a test event. A handler calls no other service, so a task sends the
// test events and the call waits (parked) for the record of what came of them. A caller that cannot wait is told to come again, and
// finds the result of the same configuration then.
#include "base/clock.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/tasks.h"
#include "gen/s3/operations.h"
#include "services/s3/destinations.h"
#include "services/s3/errors.h"
#include "services/s3/notification_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

constexpr int64_t kPatienceUs = 20'000'000;
constexpr Millis kForgottenAfter = 60'000;   ///< a check that nobody came back for
constexpr size_t kMaxRules = 100;

/// What a check_destinations task has to do.
struct CheckWork {
  uint64_t bucket = 0;
  std::string token, bucket_name, bucket_arn, account, request_id;
  std::vector<std::string> arns;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, bucket); a(2, token); a(3, bucket_name); a(4, bucket_arn); a(5, account); a(6, request_id); a(7, arns); a(unknown);
  }
};

Str arn_of(const svc::QueueConfiguration& c) { return c.QueueArn; }
Str arn_of(const svc::TopicConfiguration& c) { return c.TopicArn; }
Str arn_of(const svc::LambdaFunctionConfiguration& c) { return c.LambdaFunctionArn; }

template <class In> Result<NotificationRule> read_rule(const In& in, Destination kind, Random& random) {
  NotificationRule rule;
  if (!arn_of(in) || in.Events.empty()) return fail(malformed_xml());
  FB_TRY(check_destination_arn(kind, arn_of(in)));
  if (in.Id.len > 255) return fail(invalid_argument("The Id cannot be longer than 255 characters", "Id", in.Id));
  rule.id = in.Id && !in.Id.empty() ? std::string(in.Id.view()) : base64(random.uuid());
  rule.arn = arn_of(in).view();
  for (Str event : in.Events) {
    if (!known_event(event)) return fail(invalid_argument("A specified event is not supported for notifications.", "Event", event));
    rule.events.emplace_back(event.view());
  }
  if (in.Filter && in.Filter->Key) {
    for (const auto& f : in.Filter->Key->FilterRules) FB_TRY(add_filter(rule, f.Name, f.Value));
  }
  return rule;
}

template <class List> Result<void> read_into(std::vector<NotificationRule>& rules, const List& list, Destination kind, Random& random) {
  for (const auto& one : list) {
    FB_ASSIGN(rule, read_rule(one, kind, random));
    for (const NotificationRule& other : rules)
      if (other.id == rule.id) return fail(invalid_argument("Same ID used for multiple configurations. IDs must be unique", "Id", rule.id));
    rules.push_back(std::move(rule));
  }
  return {};
}

Result<std::vector<NotificationRule>> read_rules(const svc::NotificationConfiguration& in, Random& random) {
  std::vector<NotificationRule> rules;
  FB_TRY(read_into(rules, in.QueueConfigurations, Destination::queue, random));
  FB_TRY(read_into(rules, in.TopicConfigurations, Destination::topic, random));
  FB_TRY(read_into(rules, in.LambdaFunctionConfigurations, Destination::function, random));
  if (!in.TopicConfigurations.empty()) return fail(not_implemented("A topic as destination of event notifications (TopicConfiguration)"));
  if (!in.LambdaFunctionConfigurations.empty()) return fail(not_implemented("A function as destination of event notifications (CloudFunctionConfiguration)"));
  if (in.EventBridgeConfiguration) return fail(not_implemented("EventBridge as destination of event notifications (EventBridgeConfiguration)"));
  if (rules.size() > kMaxRules)
    return fail(invalid_argument("A bucket cannot have more than 100 notification configurations", "QueueConfiguration", cat(rules.size())));
  FB_TRY(check_overlaps(rules));
  return rules;
}

std::vector<std::string> destinations(const std::vector<NotificationRule>& rules) {
  std::vector<std::string> out;
  for (const NotificationRule& r : rules) if (std::find(out.begin(), out.end(), r.arn) == out.end()) out.push_back(r.arn);
  return out;
}

/// What is wrong with a destination before anything is sent; empty: nothing.
std::string_view evident_fault(const BucketInfo& bucket, std::string_view text) {
  auto arn = parse_arn(text);
  if (arn->region != bucket.record.region) return "The notification destination service region is not valid for the bucket location constraint";
  if (arn->resource.ends_with(".fifo")) {
    if (arn->service == "sqs") return "FIFO SQS queues are not supported";
    if (arn->service == "sns") return "FIFO SNS topics are not supported";
  }
  return {};
}

Result<void> judge_destinations(const std::vector<std::string>& arns, const std::vector<std::string>& faults) {
  ApiError e("InvalidArgument", "Unable to validate the following destination configurations", 400);
  int n = 0;
  for (size_t i = 0; i < arns.size() && i < faults.size(); i++) {
    if (faults[i].empty()) continue;
    n++;
    e.members.emplace_back(cat("ArgumentName", n), destination_name(arns[i]));
    e.members.emplace_back(cat("ArgumentValue", n), faults[i]);
  }
  if (n) return fail(std::move(e));
  return {};
}

void forget_old_checks(store::Txn& tx, const BucketInfo& bucket, Millis now) {
  std::vector<store::Key> old;
  tx.scan_prefix(store::key(bucket.scope, kChecks, bucket.record.id), [&](std::string_view key, std::string_view bytes, store::Version) {
    auto check = decode<DestinationCheck>(bytes);
    if (!check || check->at + kForgottenAfter < now) old.push_back(store::Key::raw(std::string(key), false));
    return old.size() < 20;
  });
  for (const auto& k : old) tx.erase(k);
}

/// Begins the check of a configuration: its record, and the task that sends the test events.
Result<void> begin_check(Context& cx, Str name, const store::Key& at, const std::string& token, const std::vector<std::string>& arns) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, name);
    if (!bucket) return fail(no_such_bucket(name));
    forget_old_checks(tx, *bucket, cx.now());
    DestinationCheck check;
    check.arns = arns;
    check.at = cx.now();
    tx.put_record(at, check);
    CheckWork work{bucket->record.id, token, bucket->record.name, bucket->arn, bucket->record.account, std::string(cx.request_id()), arns, {}};
    store::Task task;
    task.due = cx.now();
    task.kind = "s3.check_destinations";
    task.scope = bucket->scope;
    task.payload = encode(work);
    tx.schedule(std::move(task));
    return {};
  });
}

/// Ends it: the configuration becomes the bucket's, or the faults the answer.
Result<void> apply(Context& cx, Str name, const store::Key* check_at, const std::vector<NotificationRule>& rules, const DestinationCheck* check) {
  Result<void> verdict = check ? judge_destinations(check->arns, check->faults) : Result<void>();
  Result<void> written = cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, name);
    if (!bucket) return fail(no_such_bucket(name));
    if (check_at) tx.erase(*check_at);
    if (!verdict) return {};
    Bucket record = bucket->record;
    record.notifications = rules;
    tx.put_record(bucket_key(bucket->scope.partition, record.name), record);
    return {};
  });
  FB_TRY(written);
  return verdict;
}

/// What tells one waiting configuration from another: the request, or, for a caller that will come again, what it asks for.
std::string check_token(Context& cx, const svc::NotificationConfiguration& in) {
  if (cx.can_park()) return std::string(cx.request_id());
  std::string text;
  auto tell = [&](const auto& list) {
    for (const auto& c : list) {
      append(text, c.Id.view(), '\n', arn_of(c).view(), '\n');
      for (Str e : c.Events) append(text, e.view(), '\n');
      if (c.Filter && c.Filter->Key) for (const auto& f : c.Filter->Key->FilterRules) append(text, f.Name.view(), '=', f.Value.view(), '\n');
    }
  };
  tell(in.QueueConfigurations);
  tell(in.TopicConfigurations);
  tell(in.LambdaFunctionConfigurations);
  return sha256_hex(text);
}

template <class Out> void show_rule(Context& cx, const NotificationRule& rule, Out& out) {
  out.Id = cx.str(rule.id);
  for (const auto& e : rule.events) out.Events.push(cx.arena(), cx.str(e));
  if (!rule.prefix && !rule.suffix) return;
  auto& filter = cx.make(cx.make(out.Filter).Key);
  if (rule.prefix) filter.FilterRules.push(cx.arena(), svc::FilterRule{"Prefix", cx.str(*rule.prefix)});
  if (rule.suffix) filter.FilterRules.push(cx.arena(), svc::FilterRule{"Suffix", cx.str(*rule.suffix)});
}

ApiError come_again() { return ApiError("ServiceUnavailable", "Please reduce your request rate.", 503); }

}  // namespace

Result<void> GetBucketNotificationConfiguration(Context& cx, const svc::GetBucketNotificationConfigurationRequest& in, svc::NotificationConfiguration& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  for (const NotificationRule& rule : bucket->record.notifications) {
    Str arn = cx.str(rule.arn);
    Destination kind = destination_of(rule.arn);
    if (kind == Destination::queue) {
      auto& queue = out.QueueConfigurations.add(cx.arena());
      queue.QueueArn = arn;
      show_rule(cx, rule, queue);
    } else if (kind == Destination::topic) {
      auto& topic = out.TopicConfigurations.add(cx.arena());
      topic.TopicArn = arn;
      show_rule(cx, rule, topic);
    } else {
      auto& function = out.LambdaFunctionConfigurations.add(cx.arena());
      function.LambdaFunctionArn = arn;
      show_rule(cx, rule, function);
    }
  }
  return {};
}

Result<Outcome> PutBucketNotificationConfiguration(Context& cx, const svc::PutBucketNotificationConfigurationRequest& in,
                                                   svc::PutBucketNotificationConfigurationOutput&) {
  if (!in.NotificationConfiguration) return fail(missing_body());
  FB_ASSIGN(rules, read_rules(*in.NotificationConfiguration, cx.random()));
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  std::vector<std::string> arns = destinations(rules), faults;
  if (arns.empty() || in.SkipDestinationValidation.value_or(false)) {
    FB_TRY(apply(cx, in.Bucket, nullptr, rules, nullptr));
    return Outcome::done();
  }
  for (const auto& arn : arns) faults.emplace_back(evident_fault(*bucket, arn));
  FB_TRY(judge_destinations(arns, faults));

  std::string token = check_token(cx, *in.NotificationConfiguration);
  store::Key at = check_key_of(bucket->scope, bucket->record.id, token);
  std::optional<DestinationCheck> check;
  cx.read([&](store::Reader& reader) { check = reader.get_as<DestinationCheck>(at); });
  if (check && check->done) {
    FB_TRY(apply(cx, in.Bucket, &at, rules, &*check));
    return Outcome::done();
  }
  if (!check) FB_TRY(begin_check(cx, in.Bucket, at, token, arns));
  if (!cx.can_park()) return fail(come_again());
  int64_t deadline = cx.parked_deadline_us().value_or(steady_micros() + kPatienceUs);
  if (steady_micros() >= deadline) return fail(come_again());
  return Outcome::park(at, deadline);
}

Result<void> check_destinations(TaskContext& cx) {
  auto work = cx.payload<CheckWork>();
  if (!work) return fail(internal_error("the payload of a destination check is damaged"));
  struct State { store::Key at; std::vector<std::string> faults; } state{check_key_of(cx.task().scope, work->bucket, work->token), {}};
  std::string message = test_event_json(work->bucket_name, cx.now(), work->request_id, host_id_of(work->request_id));
  for (size_t i = 0; i < work->arns.size(); i++) {
    Result<void> tested = test_destination(cx, int(i) + 1, {work->arns[i], work->bucket_arn, work->account, message});
    state.faults.push_back(tested ? std::string() : destination_fault(work->arns[i], tested.error()));
  }
  return cx.finish(state, [](store::Txn& tx, const State& s) -> Result<void> {
    auto check = tx.get_as<DestinationCheck>(s.at);
    if (!check) return {};   // the bucket is gone
    check->faults = s.faults;
    check->done = true;
    tx.put_record(s.at, *check);
    return {};
  });
}

}  // namespace fogbank::s3
