// Which resources an operation is decided on: every policy, target, parent and account that its input names, by ARN in the management
// account. Whoever is not of the management account is decided on "*"; the handler then says what is wrong.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Organizations".
#include "gateway/authorise.h"

#include "base/strings.h"
#include "gateway/core.h"
#include "gen/organizations/operations.h"
#include "services/organizations/tree.h"

namespace fogbank::organizations {
namespace {

constexpr const char* kNaming[] = {"PolicyId", "TargetId", "ResourceId", "AccountId", "OrganizationalUnitId", "ParentId", "RootId",
                                     "SourceParentId", "DestinationParentId", "ChildId"};

std::string arn_of(store::Reader& reader, const Place& place, std::string_view id, std::string& policy_type) {
  if (is_policy_id(id)) {
    auto p = find_policy(reader, place, id);
    if (p) policy_type = p->type;
    return policy_arn(place.scope, place.org, p ? std::string_view(p->type) : "*", id);
  }
  if (is_root_id(id) || is_unit_id(id)) return node_arn(place.scope, place.org, id);
  return account_arn(place.scope, place.org, id);
}

}  // namespace

Result<void> by_named(AuthoriseContext& cx, const wire::View& in) {
  auto place = find_organization(cx.reader(), cx.caller().account);
  bool manages = place && place->org.management == cx.caller().account.str();
  std::string type = in.text("PolicyType") ? std::string(in.text("PolicyType")) : in.text("Type") ? std::string(in.text("Type")) : std::string(in.text("Filter"));
  if (manages) {
    for (const char* member : kNaming)
      if (Str id = in.text(member)) cx.require(cx.action(), arn_of(cx.reader(), *place, id, type));
  }
  if (cx.requirements().empty()) cx.require(cx.action(), "*");
  const auto* tags = in.slot<List<char>>("Tags");
  bool creates = cx.action().find(":Create") != std::string_view::npos;
  if (creates && tags && tags->count > 0) cx.require("organizations:TagResource", "*");
  for (Requirement& r : cx.requirements()) {
    if (!type.empty()) r.keys["organizations:policytype"] = {type};
    if (Str service = in.text("ServicePrincipal")) r.keys["organizations:serviceprincipal"] = {std::string(service)};
  }
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view text, ResourceInfo& out) {
  auto arn = parse_arn(text);
  if (!arn) return {};
  std::string_view id = arn->resource.substr(arn->resource.rfind('/') + 1);
  auto place = find_organization(cx.reader(), cx.caller().account);
  if (!place) return {};
  std::vector<Tag> tags;
  if (is_policy_id(id)) {
    if (auto p = find_policy(cx.reader(), *place, id)) tags = std::move(p->tags);
  } else if (auto target = find_target(cx.reader(), *place, id)) {
    tags = std::move(target->tags());
  }
  for (Tag& t : tags) out.tags.emplace(std::move(t.key), std::move(t.value));
  return {};
}

}  // namespace fogbank::organizations
