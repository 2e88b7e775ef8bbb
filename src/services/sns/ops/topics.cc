// CreateTopic, DeleteTopic, ListTopics: https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
// Asked again with attributes and tags that the topic has, CreateTopic answers as the first time; what is not named is not compared.
#include "gen/sns/operations.h"
#include "gateway/context.h"
#include "services/sns/errors.h"
#include "services/sns/names.h"
#include "services/sns/pages.h"
#include "services/sns/state.h"
#include "services/sns/subscriptions.h"
#include "services/sns/tags.h"
#include "services/sns/tasks.h"
#include "services/sns/topic_attributes.h"
#include "services/sns/topic_policy.h"

namespace fogbank::sns {
namespace {

constexpr std::string_view kPrefix = "Attributes Reason: ";

struct Wanted {
  Topic topic;
  std::optional<std::string> policy;
};

Result<Wanted> read_wanted(const Scope& scope, const svc::CreateTopicInput& in) {
  Wanted w;
  w.topic.name = in.Name;
  const Str* fifo = in.Attributes.find("FifoTopic");
  if (fifo && !iequals(*fifo, "true") && !iequals(*fifo, "false")) return fail(invalid(cat(kPrefix, "FifoTopic")));
  w.topic.fifo = fifo && iequals(*fifo, "true");
  if (!valid_topic_name(w.topic.name, w.topic.fifo)) return fail(invalid("Topic Name"));
  for (const auto& e : in.Attributes)
    if (e.key != "FifoTopic") FB_TRY(set_topic_attribute(w.topic, w.policy, e.key, e.value, kPrefix, scope.partition));
  if (in.DataProtectionPolicy && !in.DataProtectionPolicy.empty()) return fail(not_served("DataProtectionPolicy"));
  FB_ASSIGN(tags, with_tags({}, in.Tags));
  w.topic.tags = std::move(tags);
  return w;
}

/// Does the topic have what is asked for? An attribute that was never set has its default.
Result<void> compare(store::Txn& tx, const Scope& scope, const svc::CreateTopicInput& in, const Wanted& w, const Topic& t) {
  auto policy = tx.get_as<TopicPolicy>(policy_key(scope, t.name));
  std::string in_force = policy ? policy->json : default_policy(scope, t.name);
  auto have = topic_attributes(scope, t, in_force), want = topic_attributes(scope, w.topic, w.policy.value_or(in_force));
  if (t.signature_version.empty()) have["SignatureVersion"] = "1";
  if (t.tracing.empty()) have["TracingConfig"] = "PassThrough";
  if (!t.fifo) have["FifoTopic"] = "false";
  if (!w.topic.fifo) want["FifoTopic"] = "false";
  for (const auto& e : in.Attributes) {
    std::string name(e.key);
    if (have[name] != want[name]) return fail(invalid(cat(kPrefix, "Topic already exists with different attributes")));
  }
  for (const auto& [key, value] : w.topic.tags) {
    auto it = t.tags.find(key);
    if (it == t.tags.end() || it->second != value) return fail(invalid("Tags Reason: Topic already exists with different tags"));
  }
  return {};
}

}  // namespace

Result<void> CreateTopic(Context& cx, const svc::CreateTopicInput& in, svc::CreateTopicResponse& out) {
  const Scope& scope = cx.scope();
  FB_ASSIGN(wanted, read_wanted(scope, in));
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = topic_key(scope, wanted.topic.name);
    if (auto existing = tx.get_as<Topic>(key)) return compare(tx, scope, in, wanted, *existing);
    Topic topic = wanted.topic;
    topic.id = tx.next(scope.whole_partition(), "sns.topic");
    topic.created = cx.now();
    tx.put_record(key, topic);
    if (wanted.policy) tx.put_record(policy_key(scope, topic.name), TopicPolicy{*wanted.policy, {}});
    return {};
  }));
  out.TopicArn = cx.str(topic_arn(scope, in.Name));
  return {};
}

Result<void> DeleteTopic(Context& cx, const svc::DeleteTopicInput& in, svc::DeleteTopicOutput&) {
  auto address = find_topic_address(in.TopicArn);
  if (!address) return fail(invalid("TopicArn"));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto topic = tx.get_as<Topic>(topic_key(address->scope, address->name));
    if (!topic) return {};
    tx.erase(topic_key(address->scope, address->name));
    if (tx.has(policy_key(address->scope, address->name))) tx.erase(policy_key(address->scope, address->name));
    bool left = false;
    tx.scan_prefix(store::key(address->scope, kSubscriptions, std::string_view(address->name)), [&](auto, auto, auto) { left = true; return false; });
    if (left) {
      tx.put_record(revision_key(address->scope, address->name), Revision{tx.version(), {}});
      schedule_forgetting(tx, address->scope, *topic, cx.now() + kOrphanAfter);
    } else if (tx.has(revision_key(address->scope, address->name))) {
      tx.erase(revision_key(address->scope, address->name));
    }
    return {};
  });
}

Result<void> ListTopics(Context& cx, const svc::ListTopicsInput& in, svc::ListTopicsResponse& out) {
  out.Topics.reserve(cx.arena(), 0);
  return page(cx, store::key(cx.scope(), kTopics), in.NextToken, out.NextToken, [&](store::Reader&, std::string_view key, std::string_view) {
    out.Topics.add(cx.arena()).TopicArn = cx.str(topic_arn(cx.scope(), store::key_parts(key).at(0)));
    return true;
  });
}

}  // namespace fogbank::sns
