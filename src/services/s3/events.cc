// Deliveries of object events to queues, topics and functions. Source: S3 User Guide, "Granting permissions to publish event notification messages".
#include "services/s3/events.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/tasks.h"
#include "gen/s3/operations.h"
#include "services/s3/destinations.h"
#include "services/s3/errors.h"
#include "services/s3/notification_rules.h"

namespace fogbank::s3 {
namespace {

/// One event for one destination.
struct Delivery {
  std::string arn, bucket_arn, account, message;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, arn); a(2, bucket_arn); a(3, account); a(4, message); a(unknown); }
};

std::string principal_id(const auth::Principal& p) {
  if (p.anonymous()) return "Anonymous";
  if (p.kind == auth::PrincipalKind::service) return p.name;
  return cat("AWS:", p.user_id);
}

/// Who made it happen, and how.
struct Cause { Millis time = 0; std::string principal, source_ip, request_id; };

Cause cause_of(Context& cx) {
  return {cx.now(), principal_id(cx.principal()), cx.request().internal ? "s3.amazonaws.com" : std::string(cx.request().source_ip), std::string(cx.request_id())};
}

Event make_event(const Cause& cause, store::Txn& tx, const BucketInfo& bucket, std::string_view name, std::string_view key, const Object* object) {
  Event e;
  e.name = name;
  e.time = cause.time;
  e.region = bucket.record.region;
  e.bucket = bucket.record.name;
  e.bucket_arn = bucket.arn;
  e.owner_account = bucket.record.account;
  e.key = key;
  if (object) {
    e.size = object->size;
    e.etag = object->etag;
  }
  e.sequencer = tx.version();
  e.principal_id = cause.principal;
  e.source_ip = cause.source_ip;
  e.request_id = cause.request_id;
  e.host_id = host_id_of(cause.request_id);
  return e;
}

}  // namespace

namespace {

void deliver(const Cause& cause, store::Txn& tx, const BucketInfo& bucket, std::string_view event, std::string_view key, const Object* object,
             std::string_view version_id) {
  std::optional<Event> made;
  for (const NotificationRule& rule : bucket.record.notifications) {
    if (!matches(rule, event, key)) continue;
    if (!made) made = make_event(cause, tx, bucket, event, key, object);
    made->version_id = version_id;
    store::Task task;
    task.due = cause.time;
    task.kind = "s3.deliver_notification";
    task.scope = bucket.scope;
    task.payload = encode(Delivery{rule.arn, bucket.arn, bucket.record.account, event_json(*made, rule.id), {}});
    tx.schedule(std::move(task));
  }
}

}  // namespace

void announce(Context& cx, store::Txn& tx, const BucketInfo& bucket, std::string_view event, std::string_view key, const Object* object) {
  if (bucket.record.notifications.empty()) return;
  deliver(cause_of(cx), tx, bucket, event, key, object, object ? std::string_view(object->version_id) : std::string_view());
}

void announce_removal(Context& cx, store::Txn& tx, const BucketInfo& bucket, std::string_view event, std::string_view key, std::string_view version_id) {
  if (bucket.record.notifications.empty()) return;
  deliver(cause_of(cx), tx, bucket, event, key, nullptr, version_id);
}

void announce_by_rule(Core& core, store::Txn& tx, const BucketInfo& bucket, std::string_view event, std::string_view key, const Object* object,
                      std::string_view version_id) {
  if (bucket.record.notifications.empty()) return;
  Cause cause{core.now(), "s3.amazonaws.com", "s3.amazonaws.com", new_request_id(core.random())};
  deliver(cause, tx, bucket, event, key, object, object ? std::string_view(object->version_id) : version_id);
}

Result<void> deliver_notification(TaskContext& cx) {
  auto d = cx.payload<Delivery>();
  if (!d) return fail(internal_error("the payload of a notification is damaged"));
  FB_TRY(send_event(cx, 1, {d->arn, d->bucket_arn, d->account, d->message}));
  return cx.finish();
}

}  // namespace fogbank::s3
