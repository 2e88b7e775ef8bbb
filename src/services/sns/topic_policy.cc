#include "services/sns/topic_policy.h"

#include <algorithm>

#include "base/json_text.h"
#include "lang/event_pattern/json.h"
#include "services/sns/errors.h"
#include "services/sns/names.h"

namespace fogbank::sns {
namespace {

using event_pattern::Json;

constexpr std::string_view kGrantable[] = {"GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic",
                                           "Subscribe", "ListSubscriptionsByTopic", "Publish"};
/// Grantable too, but not in the default policy.
constexpr std::string_view kAlsoGrantable[] = {"TagResource", "UntagResource", "ListTagsForResource", "ConfirmSubscription", "Receive",
                                               "GetDataProtectionPolicy", "PutDataProtectionPolicy"};
/// Actions that are no topic's to allow; a pattern that takes one of them in is refused.
constexpr std::string_view kOfAccounts[] = {"CreateTopic", "ListTopics", "ListSubscriptions", "Unsubscribe", "GetSubscriptionAttributes", "SetSubscriptionAttributes",
                                            "GetSMSAttributes", "SetSMSAttributes", "CheckIfPhoneNumberIsOptedOut", "CreatePlatformApplication", "DeleteEndpoint",
                                            "ListPlatformApplications", "OptInPhoneNumber", "VerifySMSSandboxPhoneNumber"};
constexpr size_t kMaxPolicyBytes = 30720;

ApiError out_of_scope() { return invalid("Policy statement action out of service scope!"); }

bool fits(std::string_view pattern, std::string_view s) {
  if (pattern.empty()) return s.empty();
  if (pattern[0] == '*') return fits(pattern.substr(1), s) || (!s.empty() && fits(pattern, s.substr(1)));
  if (s.empty()) return false;
  return (pattern[0] == '?' || iequals(pattern.substr(0, 1), s.substr(0, 1))) && fits(pattern.substr(1), s.substr(1));
}

template <size_t N> bool any_fits(const std::string_view (&names)[N], std::string_view pattern) {
  return std::any_of(std::begin(names), std::end(names), [&](std::string_view n) { return fits(pattern, n); });
}

bool in_scope(std::string_view action) {
  if (!starts_with_i(action, "sns:") || action.size() > 100) return false;
  action.remove_prefix(4);
  if (std::count(action.begin(), action.end(), '*') > 3) return false;
  return (any_fits(kGrantable, action) || any_fits(kAlsoGrantable, action)) && !any_fits(kOfAccounts, action);
}

Json text(std::string_view s) { return Json::of_text(s); }

/// One text by itself, several as a list: as AWS writes them.
Json one_or_list(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return text(texts[0]);
  Json list;
  list.type = Json::Type::array;
  for (const auto& t : texts) list.items.push_back(text(t));
  return list;
}

Json object(std::initializer_list<std::pair<std::string, Json>> members) {
  Json o;
  o.type = Json::Type::object;
  o.members.assign(members.begin(), members.end());
  return o;
}

Json* statements(Json& policy) {
  for (auto& [name, value] : policy.members) {
    if (name != "Statement") continue;
    if (value.object()) {
      Json list;
      list.type = Json::Type::array;
      list.items.push_back(std::move(value));
      value = std::move(list);
    }
    return &value;
  }
  return nullptr;
}

bool has_label(const Json& statement, std::string_view label) {
  const Json* sid = statement.get("Sid");
  return sid && sid->type == Json::Type::text && sid->text == label;
}

}  // namespace

std::string default_policy(const Scope& scope, std::string_view topic) {
  JsonText j;
  j.open().member("Version", "2008-10-17").member("Id", "__default_policy_ID").key("Statement").open_list().open();
  j.member("Sid", "__default_statement_ID").member("Effect", "Allow").key("Principal").open().member("AWS", "*").close();
  j.key("Action").open_list();
  for (auto action : kGrantable) j.text(cat("SNS:", action));
  j.close_list().member("Resource", topic_arn(scope, topic)).key("Condition").open().key("StringEquals").open();
  return j.member("AWS:SourceOwner", scope.account.str()).close().close().close().close_list().close().str();
}

Result<policy::PolicyPtr> check_policy(std::string_view json, std::string_view partition) {
  FB_ASSIGN(compiled, policy::compile(json, policy::PolicyKind::resource, {policy::Dialect::sns, partition}));
  if (json.size() > kMaxPolicyBytes) return fail(invalid("Policy Error: null"));
  for (size_t i = 0; i < policy::statement_count(*compiled); i++) {
    if (policy::names_other_actions(*compiled, i)) continue;
    for (auto action : policy::actions_of(*compiled, i)) if (!in_scope(action)) return fail(out_of_scope());
  }
  return compiled;
}

Result<std::string> add_permission(std::string_view policy, const Permission& p, const Scope& scope, std::string_view topic) {
  auto document = event_pattern::parse_json(policy);
  Json* list = document ? statements(*document) : nullptr;
  if (!list) return fail(damaged("topic policy"));
  for (const Json& s : list->items) if (has_label(s, p.label)) return fail(invalid("Statement already exists"));
  std::vector<std::string> principals, actions;
  for (auto action : p.actions) {
    if (std::find(std::begin(kGrantable), std::end(kGrantable), action) == std::end(kGrantable)) return fail(out_of_scope());
    actions.push_back(cat("SNS:", action));
  }
  for (auto account : p.accounts) {
    if (!is_account_id(account)) return fail(invalid("AWSAccountId"));
    principals.push_back(cat("arn:", scope.partition, ":iam::", account, ":root"));
  }
  list->items.push_back(object({{"Sid", text(p.label)},
                                {"Effect", text("Allow")},
                                {"Principal", object({{"AWS", one_or_list(principals)}})},
                                {"Action", one_or_list(actions)},
                                {"Resource", text(topic_arn(scope, topic))}}));
  return event_pattern::write_json(*document);
}

Result<std::string> remove_permission(std::string_view policy, std::string_view label) {
  auto document = event_pattern::parse_json(policy);
  Json* list = document ? statements(*document) : nullptr;
  if (!list) return fail(damaged("topic policy"));
  std::erase_if(list->items, [&](const Json& s) { return has_label(s, label); });
  return event_pattern::write_json(*document);
}

}  // namespace fogbank::sns
