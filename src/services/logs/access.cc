#include "services/logs/access.h"

#include <stdexcept>

#include "base/strings.h"
#include "gateway/core.h"
#include "services/logs/errors.h"

namespace fogbank::logs {
namespace {

constexpr size_t kMaxName = 512;

NamedGroup look_up(AuthoriseContext& cx, const Scope& scope, std::string_view name) {
  return {scope, std::string(name), cx.core().state<State>().groups.get(cx.reader(), group_key(scope, name))};
}

}  // namespace

Result<void> check_length(std::string_view name) {
  if (name.size() > kMaxName) return fail(invalid_parameter("Invalid LogGroup or LogStream, both must have length less than or equal to 512."));
  return {};
}

Result<NamedGroup> named_group(AuthoriseContext& cx, std::string_view name) {
  FB_TRY(check_length(name));
  return look_up(cx, cx.caller(), name);
}

Result<NamedGroup> identified_group(AuthoriseContext& cx, std::string_view identifier) {
  if (!identifier.starts_with("arn:")) {
    if (identifier.find(':') != std::string_view::npos) return fail(invalid_parameter("The log group identifier is not valid."));
    return named_group(cx, identifier);
  }
  auto arn = parse_arn(identifier);
  if (!arn || arn->service != "logs" || !is_account_id(arn->account) || !arn->resource.starts_with("log-group:")) {
    return fail(invalid_parameter("The log group ARN is not valid."));
  }
  std::string_view name = arn->resource.substr(10);
  if (name.empty() || name.find(':') != std::string_view::npos) return fail(invalid_parameter("The log group ARN is not valid."));
  Scope scope = cx.caller();
  scope.account = AccountId(arn->account);
  if (arn->region != scope.region.str() || arn->partition != scope.partition.str()) return NamedGroup{scope, std::string(name), nullptr};
  return look_up(cx, scope, name);
}

Requirement& require_group(AuthoriseContext& cx, const NamedGroup& named, std::string_view action, std::string resource) {
  cx.set_target(named.scope);
  Requirement& r = cx.require(action, resource);
  auto info = std::make_shared<ResourceInfo>();
  info->owner_account = named.scope.account.str();
  if (named.group) info->tags = named.group->tags;
  // Resource policies let services in, and principals of the account; never another account, which can name a group only by its ARN.
  if (cx.principal().account.empty() || cx.principal().account == named.scope.account.str()) {
    State& state = cx.core().state<State>();
    if (auto policies = state.account_policies.get(cx.reader(), account_policies_key(named.scope))) info->more_policies = *policies;
    if (named.group) info->policy = state.group_policies.get(cx.reader(), group_policy_key(named.scope, named.group->id));
    if (info->policy) info->policy_name = group_arn(named.scope, named.name);
  }
  r.info = std::move(info);
  return r;
}

const NamedGroup& target(Context& cx) {
  auto found = cx.found<Target>();
  if (!found) throw std::logic_error("the authorise function left no log group");
  return found->named;
}

Result<GroupPtr> group_in(Context& cx, store::Reader& reader, const NamedGroup& named) {
  GroupPtr group = cx.state<State>().groups.get(reader, group_key(named.scope, named.name));
  if (!group) return fail(no_such_group());
  return group;
}

kms::ServiceUse key_use(const Scope& scope, std::string_view group, std::string_view key) {
  std::string arn = group_arn(scope, group);
  return {cat("logs.", scope.region.str(), ".amazonaws.com"), arn, std::string(key), {{"aws:logs:arn", arn}}};
}

}  // namespace fogbank::logs
