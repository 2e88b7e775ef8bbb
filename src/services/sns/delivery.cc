#include "services/sns/delivery.h"

#include "base/aead.h"
#include "base/strings.h"
#include "gateway/mailbox.h"
#include "services/kms/owned_keys.h"
#include "services/sns/errors.h"
#include "services/sns/names.h"
#include "services/sns/subscription_attributes.h"

namespace fogbank::sns {
namespace {

constexpr size_t kMaxQueueAttributes = 10;
constexpr std::string_view kService = "sns";

/// What a sealed delivery shows: what its text is bound to.
Notification without_text(const Notification& n) {
  Notification out;
  out.topic_arn = n.topic_arn;
  return out;
}

}  // namespace

Delivery make_delivery(const Scope& scope, const Topic& topic, const Subscription& s, const Notification& n) {
  Delivery d;
  d.notification = n;
  d.subscription_id = s.id;
  d.subscription_arn = subscription_arn(scope, s.topic, s.id);
  d.protocol = d.text_protocol = s.protocol;
  d.endpoint = s.endpoint;
  d.raw = s.raw && n.type == "Notification";
  d.dead_letter_queue = dead_letter_queue(s);
  d.topic_delivery_policy = topic.delivery_policy;
  d.delivery_policy = s.delivery_policy;
  return d;
}

std::optional<Delivery> to_dead_letter_queue(const Delivery& d) {
  if (d.dead_letter_queue.empty()) return std::nullopt;
  Delivery out = d;
  out.protocol = "sqs";
  out.endpoint = std::move(out.dead_letter_queue);
  out.dead_letter_queue.clear();
  out.retries = 0;
  return out;
}

void seal(Delivery& d, const kms::DataKey& key, const auth::Principal& publisher, Random& random) {
  d.sealed = aead::seal(key.plain.view(), random.bytes(aead::kNonceBytes), d.notification.topic_arn, encode(d.notification));
  d.data_key = key.ciphertext;
  d.publisher = encode(publisher);
  d.notification = without_text(d.notification);
}

void seal_owned(Context& cx, Delivery& d) {
  d.sealed = kms::seal_owned(cx.core(), kService, d.notification.topic_arn, encode(d.notification));
  d.notification = without_text(d.notification);
}

std::optional<std::string> open_owned(Core& core, std::string_view sealed, std::string_view topic_arn) {
  return kms::open_owned(core, kService, sealed, topic_arn);
}

store::Task delivery_task(const Scope& scope, const Delivery& d, const Notification& n, Millis due) {
  store::Task task;
  task.due = due;
  task.kind = d.protocol == "http" || d.protocol == "https" ? "sns.post" : "sns.deliver";
  task.scope = scope;
  if (!n.sequence.empty()) task.lane = cat("sns/", d.subscription_id, '/', n.group);
  task.payload = encode(d);
  return task;
}

std::optional<QueueAddress> queue_of(std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn || arn->service != "sqs" || !is_account_id(arn->account) || arn->region.empty() || arn->resource.empty()) return std::nullopt;
  return QueueAddress{{Partition(arn->partition), AccountId(arn->account), Region(arn->region)}, std::string(arn->resource)};
}

std::optional<Scope> function_of(std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn || arn->service != "lambda" || !is_account_id(arn->account) || arn->region.empty()) return std::nullopt;
  if (!arn->resource.starts_with("function:") || arn->resource.size() == std::string_view("function:").size()) return std::nullopt;
  return Scope{Partition(arn->partition), AccountId(arn->account), Region(arn->region)};
}

auth::Principal delivering_principal(const Notification& n) {
  auto arn = parse_arn(n.topic_arn);
  return auth::service_principal("sns.amazonaws.com", n.topic_arn, arn ? arn->account : std::string_view());
}

bool passing(const ApiError& error) {
  if (error.code == "NotImplemented") return false;
  return error.status >= 500 || error.status == 429 || error.code.find("Throttl") != std::string::npos;
}

Result<void> fill_send(Envelopes& envelopes, const Notification& n, const Delivery& d, std::string_view queue_base, Arena& arena, sqs::svc::SendMessageRequest& out) {
  auto queue = queue_of(d.endpoint);
  if (!queue) return fail(damaged("subscription"));
  auto str = [&](std::string_view s) { return Str(arena.copy(s)); };
  out.QueueUrl = str(cat(queue_base, '/', queue->scope.account, '/', queue->name));
  if (d.raw) {
    if (n.attributes.size() > kMaxQueueAttributes) return fail(invalid("a queue takes at most 10 message attributes"));
    out.MessageBody = str(n.text_for(d.text_protocol));
    for (const auto& [name, a] : n.attributes) {
      auto& v = out.MessageAttributes.add(arena, str(name));
      v.DataType = str(a.type);
      if (a.binary()) v.BinaryValue = Blob(arena.copy(a.value));
      else v.StringValue = str(a.value);
    }
  } else {
    out.MessageBody = str(envelopes.late_json(d.text_protocol, d.subscription_arn));
  }
  if (queue->name.ends_with(".fifo")) {
    out.MessageGroupId = str(n.group);
    out.MessageDeduplicationId = str(n.deduplication_id);
  } else if (!n.group.empty() && n.sequence.empty()) {
    out.MessageGroupId = str(n.group);
  }
  return {};
}

Result<void> fill_invoke(Envelopes& envelopes, const Delivery& d, Arena& arena, lambda::svc::InvocationRequest& out) {
  FB_ASSIGN(event, envelopes.event(d.subscription_arn));
  out.FunctionName = Str(arena.copy(d.endpoint));
  out.InvocationType = "Event";
  out.Payload = Blob(arena.copy(event));
  return {};
}

void deliver_by_mail(store::Txn& tx, const Scope& scope, const Topic& topic, const Subscription& s, const Notification& n, std::string_view email_json, Millis now) {
  Mail mail;
  mail.time = now;
  mail.account = scope.account.str();
  mail.region = scope.region.str();
  mail.service = "sns";
  mail.from = cat(topic.display_name.empty() ? std::string_view("AWS Notifications") : std::string_view(topic.display_name), " <no-reply@sns.amazonaws.com>");
  mail.to = {s.endpoint};
  mail.source = topic_arn(scope, topic.name);
  if (n.type == "Notification") {
    MailText text = notification_mail(n, subscription_arn(scope, s.topic, s.id), s.endpoint);
    mail.subject = std::move(text.subject);
    mail.body = s.protocol == "email" ? std::move(text.body) : std::string(email_json);
  } else {
    MailText text = confirmation_mail(n);
    mail.subject = std::move(text.subject);
    mail.body = s.protocol == "email" ? std::move(text.body) : std::string(email_json);
  }
  deliver_mail(tx, std::move(mail));
}

}  // namespace fogbank::sns
