#include "services/sqs/redrive.h"

#include <algorithm>
#include <stdexcept>

#include "base/strings.h"
#include "services/sqs/errors.h"
#include "services/sqs/json.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {
namespace {

using wire::Document;

constexpr std::string_view kPolicy = "RedrivePolicy", kAllowPolicy = "RedriveAllowPolicy";
constexpr std::string_view kTarget = "deadLetterTargetArn", kCount = "maxReceiveCount";
constexpr std::string_view kPermission = "redrivePermission", kSourceArns = "sourceQueueArns";
constexpr size_t kMaxSources = 10;

ApiError bad_policy(std::string_view text, std::string_view reason) { return invalid_parameter(text, kPolicy, reason); }

ApiError bad_allow_policy(std::string_view text, std::string_view reason) {
  return invalid_parameter(text, kAllowPolicy, cat("Amazon SQS can't create the redrive allow policy. ", reason));
}

ApiError unsupported_allow_policy() {
  ApiError e = invalid_attribute_value(kAllowPolicy);
  e.message = "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it\u2019s in an unsupported format.";
  return e;
}

bool is_text(const Document* d) { return d && d->type == Document::Type::text; }

/// A whole number, written as such or as a text.
std::optional<int64_t> count_of(const Document& d) {
  if (d.type == Document::Type::number && d.integral) return d.integer;
  if (d.type == Document::Type::text) return parse_int(d.text);
  return std::nullopt;
}

std::string shown(const Document& d) {
  std::string out;
  if (d.type == Document::Type::text) return std::string(d.text);
  wire::to_json(any_json(), &d, out);
  return out;
}

/// The allow policy of a queue, which was checked when it was set.
struct Allowed { std::string_view permission; std::vector<std::string_view> sources; };
std::optional<Allowed> read_allowed(std::string_view text, Arena& arena) {
  const Document* d = parse_json(text, arena);
  if (!d || d->type != Document::Type::object) return std::nullopt;
  Allowed out;
  for (const auto& e : d->object) {
    if (e.key == kPermission && is_text(&e.value)) out.permission = e.value.text;
    else if (e.key == kSourceArns && e.value.type == Document::Type::array) {
      for (const Document& arn : e.value.array) {
        if (!is_text(&arn)) return std::nullopt;
        out.sources.push_back(arn.text);
      }
    } else return std::nullopt;
  }
  if (out.permission != "allowAll" && out.permission != "denyAll" && out.permission != "byQueue") return std::nullopt;
  return out;
}

bool allows(const Queue& target, std::string_view source_arn) {
  if (target.redrive.allow_policy.empty()) return true;
  Arena arena;
  auto allowed = read_allowed(target.redrive.allow_policy, arena);
  if (!allowed || allowed->permission == "denyAll") return false;
  return allowed->permission == "allowAll" || std::find(allowed->sources.begin(), allowed->sources.end(), source_arn) != allowed->sources.end();
}

}  // namespace

Result<void> read_redrive_policy(std::string_view text, Redrive& out, std::string& target_arn) {
  out.policy = out.target = target_arn = {};
  out.max_receives = 0;
  if (text.empty()) return {};
  Arena arena;
  const Document* d = parse_json(text, arena);
  if (!d || d->type != Document::Type::object) {
    return fail(invalid_parameter("Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map."));
  }
  const Document *count = d->object.find(kCount), *target = d->object.find(kTarget);
  if (!count) return fail(bad_policy(text, "Redrive policy does not contain mandatory attribute: maxReceiveCount."));
  if (!target) return fail(bad_policy(text, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."));
  if (d->object.size() > 2) return fail(bad_policy(text, "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn]."));
  auto n = count_of(*count);
  if (!n || *n < 1 || *n > 1000) {
    return fail(bad_policy(text, cat("Invalid value for maxReceiveCount: ", shown(*count), ", valid values are from 1 to 1000 both inclusive.")));
  }
  auto arn = is_text(target) ? parse_arn(target->text) : std::nullopt;
  if (!arn) return fail(bad_policy(text, "Invalid value for deadLetterTargetArn."));
  if (arn->service != "sqs") return fail(bad_policy(text, "Only SQS queues are valid resources for deadLetterTargetArn."));
  out.policy = text;
  out.target = arn->resource;
  out.max_receives = *n;
  target_arn = target->text.view();
  return {};
}

Result<void> check_redrive_allow_policy(std::string_view text) {
  if (text.empty()) return {};
  Arena arena;
  auto allowed = read_allowed(text, arena);
  if (!allowed) return fail(unsupported_allow_policy());
  if (allowed->permission != "byQueue") {
    if (!allowed->sources.empty()) return fail(bad_allow_policy(text, "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."));
    return {};
  }
  if (allowed->sources.empty()) {
    return fail(bad_allow_policy(text, "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."));
  }
  if (allowed->sources.size() > kMaxSources) return fail(bad_allow_policy(text, "The maximum number of source queue ARNs you can specify is 10."));
  return {};
}

Result<void> check_redrive_target(store::Reader& reader, const RedriveSource& source, const Redrive& redrive, std::string_view target_arn) {
  auto arn = parse_arn(target_arn);
  if (!arn) throw std::logic_error("a redrive policy was not read");
  if (fifo_name(arn->resource) != source.fifo) return fail(bad_policy(redrive.policy, "Dead-letter queue must be same type of queue as the source.."));
  if (arn->account != source.scope.account.str()) return fail(bad_policy(redrive.policy, "Dead-letter target owner should be same as the source."));
  bool here = arn->region == source.scope.region.str() && arn->partition == source.scope.partition.str();
  auto target = here ? reader.get_as<Queue>(queue_key(source.scope, redrive.target)) : std::nullopt;
  if (!target) return fail(bad_policy(redrive.policy, "Dead letter target does not exist."));
  if (!allows(*target, queue_arn(source.scope, source.name))) {
    return fail(bad_policy(redrive.policy, cat("The redrive allow policy of ", target_arn, " doesn't permit this queue to use it as a dead-letter queue.")));
  }
  return {};
}

void change_target(store::Txn& tx, const Scope& scope, std::string_view queue, std::string_view from, std::string_view to) {
  if (from == to) return;
  if (!from.empty()) tx.erase(source_key(scope, from, queue));
  if (!to.empty()) tx.put(source_key(scope, to, queue), {});
}

Message with_content(store::Reader& reader, const Scope& scope, uint64_t queue_id, uint64_t seq, Message message) {
  if (!message.apart) return message;
  auto content = reader.get_as<Content>(body_key(scope, queue_id, seq));
  if (!content) throw std::runtime_error("a message's body is missing");
  message.content = std::move(*content);
  message.apart = false;
  return message;
}

void deliver(store::Txn& tx, const Target& to, Message message, size_t n) {
  const uint64_t seq = seq_of(tx.version(), n);
  message.nonce = 0;
  message.moved = false;
  message.visible_at = 0;
  if (content_bytes(message.content) > kInRecord) {
    tx.put_record(body_key(to.scope, to.queue.id, seq), message.content);
    message.content = {};
    message.apart = true;
  }
  if (to.queue.fifo) {
    tx.put_record(fifo_message_key(to.scope, to.queue.id, message.group, seq), message);
    group_grew(tx, {to.scope, to.queue, to.now}, message.group, seq, message.sent);
  } else {
    Millis visible = std::max(to.now + to.delay * 1000, to.queue.purged_at);
    tx.put_record(message_key(to.scope, to.queue.id, {visible, seq}), message);
  }
}

void give_up(store::Txn& tx, const Target& to, std::string_view source_arn, Message message, size_t n) {
  message.source_arn = source_arn;
  message.receives_before = message.receive_count;
  if (to.queue.fifo) message.sent = to.now;
  deliver(tx, to, std::move(message), n);
}

}  // namespace fogbank::sqs
