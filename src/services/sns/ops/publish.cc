// Publish, PublishBatch: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
// A batch is refused as a whole for what is wrong with one of its messages, as AWS does.
#include <algorithm>
#include <set>

#include "gen/sns/operations.h"
#include "services/sns/caches.h"
#include "services/sns/errors.h"
#include "services/sns/publishing.h"

namespace fogbank::sns {
namespace {

constexpr size_t kMaxEntries = 10, kMaxEntryId = 80;

struct Destination {
  std::shared_ptr<const PublishTarget> target;
  TopicPtr topic;
};

Result<Destination> destination(Context& cx) {
  Destination d;
  d.target = cx.found<PublishTarget>();
  if (!d.target) return fail(invalid("TopicArn"));
  d.topic = cx.state<State>().topics.get(topic_key(d.target->address.scope, d.target->address.name));
  if (!d.topic) return fail(topic_does_not_exist());
  // Encrypted since the decision: the client tries again.
  if (d.target->kms_key != d.topic->kms_key) return fail(ApiError("Throttled", "The topic was changed while the message was published.", 429));
  return d;
}

bool entry_id_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

Result<void> check_entries(const List<svc::PublishBatchRequestEntry>& entries) {
  if (entries.empty()) return fail(batch_error("EmptyBatchRequest", "The batch request doesn't contain any entries."));
  if (entries.size() > kMaxEntries) return fail(batch_error("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."));
  std::set<std::string_view> ids;
  for (const auto& e : entries) {
    std::string_view id = e.Id;
    if (id.size() > kMaxEntryId) return fail(batch_error("InvalidBatchEntryId", cat("The Id of a batch entry in the batch request is too long: ", id)));
    if (id.empty() || !std::all_of(id.begin(), id.end(), entry_id_character)) {
      return fail(batch_error("InvalidBatchEntryId", cat("The Id of a batch entry in the batch request contains an impermissible character: ", id)));
    }
    if (!ids.insert(id).second) return fail(batch_error("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."));
  }
  return {};
}

}  // namespace

Result<void> Publish(Context& cx, const svc::PublishInput& in, svc::PublishResponse& out) {
  FB_ASSIGN(d, destination(cx));
  FB_ASSIGN(message, read_message(in));
  if (message_bytes(message) > kMaxMessageBytes) return fail(invalid("Message too long"));
  std::vector<Notification> messages;
  messages.push_back(std::move(message));
  FB_TRY(check_for_topic(*d.topic, messages[0]));
  FB_TRY(publish(cx, *d.target, *d.topic, messages));
  out.MessageId = cx.str(messages[0].id);
  if (!messages[0].sequence.empty()) out.SequenceNumber = cx.str(messages[0].sequence);
  return {};
}

Result<void> PublishBatch(Context& cx, const svc::PublishBatchInput& in, svc::PublishBatchResponse& out) {
  FB_TRY(check_entries(in.PublishBatchRequestEntries));
  FB_ASSIGN(d, destination(cx));
  std::vector<Notification> messages;
  int64_t bytes = 0;
  for (const auto& e : in.PublishBatchRequestEntries) {
    FB_ASSIGN(message, read_message(e));
    bytes += message_bytes(message);
    messages.push_back(std::move(message));
  }
  if (bytes > kMaxMessageBytes) return fail(batch_error("BatchRequestTooLong", "The length of all the messages put together is more than the limit."));
  for (auto& m : messages) FB_TRY(check_for_topic(*d.topic, m));
  FB_TRY(publish(cx, *d.target, *d.topic, messages));
  out.Successful.reserve(cx.arena(), uint32_t(messages.size()));
  out.Failed.reserve(cx.arena(), 0);
  for (size_t i = 0; i < messages.size(); i++) {
    auto& sent = out.Successful.add(cx.arena());
    sent.Id = cx.str(in.PublishBatchRequestEntries[i].Id);
    sent.MessageId = cx.str(messages[i].id);
    if (!messages[i].sequence.empty()) sent.SequenceNumber = cx.str(messages[i].sequence);
  }
  return {};
}

}  // namespace fogbank::sns
