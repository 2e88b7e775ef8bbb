// CreatePolicy, UpdatePolicy, DeletePolicy, DescribePolicy, ListPolicies, DescribeEffectivePolicy.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html and the like
#include "auth/policy/document.h"
#include "base/encoding.h"
#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"
#include "services/organizations/paging.h"

namespace fogbank::organizations {
namespace {

store::Key name_key(const Place& place, std::string_view type, std::string_view name) { return place.key(kPolicyNames, type, name); }

/// The size counts every character, white space too.
Result<void> check_content(const Place& place, const PolicyType& type, std::string_view content) {
  if (utf8_length(content) > type.max_characters) return fail(constraint("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum policy size."));
  auto kind = type.name == kServiceControl ? policy::PolicyKind::scp : policy::PolicyKind::rcp;
  FB_TRY(policy::compile(content, kind, {policy::Dialect::organizations, place.scope.partition.str()}));
  return {};
}

Result<Policy> existing_policy(store::Reader& reader, const Place& place, std::string_view id) {
  auto policy = find_policy(reader, place, id);
  if (!policy) return fail(policy_not_found());
  return std::move(*policy);
}

/// A policy that may be changed: not AWS's own.
Result<Policy> own_policy(store::Reader& reader, const Place& place, std::string_view id) {
  if (type_of_aws_policy(id)) return fail(invalid_input("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be modified."));
  return existing_policy(reader, place, id);
}

}  // namespace

Result<void> CreatePolicy(Context& cx, const svc::CreatePolicyRequest& in, svc::CreatePolicyResponse& out) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    const PolicyType* type = policy_type(in.Type);
    if (!type) return fail(not_served(cat("A policy of type ", in.Type.view())));
    if (place.org.feature_set != "ALL") return fail(policy_type_not_available());
    FB_TRY(check_content(place, *type, in.Content));
    if (in.Name == type->full_access_name || tx.has(name_key(place, type->name, in.Name))) return fail(duplicate_policy());
    int64_t& count = place.org.policies[std::string(type->name)];
    if (count >= type->max_policies)
      return fail(constraint("POLICY_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of policies of this type."));
    count++;
    Policy p;
    p.id = new_policy_id(cx.random());
    p.type = type->name;
    p.name = in.Name.view();
    p.description = in.Description.view();
    p.content = in.Content.view();
    p.order = tx.next(place.scope, "organizations");
    FB_TRY(merge_tags(p.tags, tags_of(in.Tags)));
    put_policy(tx, place, p);
    tx.put_record(name_key(place, p.type, p.name), Pointer{p.id, {}});
    tx.put_record(place.key(kPolicyOrder, std::string_view(p.type), p.order), Pointer{p.id, {}});
    fill_policy(cx, place, p, cx.make(out.Policy));
    return {};
  });
}

Result<void> UpdatePolicy(Context& cx, const svc::UpdatePolicyRequest& in, svc::UpdatePolicyResponse& out) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(p, own_policy(tx, place, in.PolicyId));
    const PolicyType* type = policy_type(p.type);
    if (in.Content) FB_TRY(check_content(place, *type, in.Content));
    if (in.Name && in.Name != p.name) {
      if (in.Name == type->full_access_name || tx.has(name_key(place, p.type, in.Name))) return fail(duplicate_policy());
      tx.erase(name_key(place, p.type, p.name));
      p.name = in.Name.view();
      tx.put_record(name_key(place, p.type, p.name), Pointer{p.id, {}});
    }
    if (in.Description) p.description = in.Description.view();
    if (in.Content) p.content = in.Content.view();
    put_policy(tx, place, p);
    fill_policy(cx, place, p, cx.make(out.Policy));
    return {};
  });
}

Result<void> DeletePolicy(Context& cx, const svc::DeletePolicyRequest& in, svc::DeletePolicyOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(p, own_policy(tx, place, in.PolicyId));
    if (in_use(place, p)) return fail("PolicyInUseException", "The policy is attached to one or more entities.");
    tx.erase(place.key(kPolicies, std::string_view(p.id)));
    tx.erase(name_key(place, p.type, p.name));
    tx.erase(place.key(kPolicyOrder, std::string_view(p.type), p.order));
    place.org.policies[p.type]--;
    return {};
  });
}

Result<void> DescribePolicy(Context& cx, const svc::DescribePolicyRequest& in, svc::DescribePolicyResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    FB_ASSIGN(p, existing_policy(reader, place, in.PolicyId));
    fill_policy(cx, place, p, cx.make(out.Policy));
    return {};
  });
}

// AWS's own policy comes first. Of a type that is not served there are none.
Result<void> ListPolicies(Context& cx, const svc::ListPoliciesRequest& in, svc::ListPoliciesResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    out.Policies.reserve(cx.arena(), 1);
    const PolicyType* type = policy_type(in.Filter);
    if (!type) return {};
    svc::ListPoliciesRequest rest = in;
    if (!in.NextToken) {
      fill_summary(cx, place, *find_policy(reader, place, type->full_access), out.Policies.add(cx.arena()));
      rest.MaxResults = in.MaxResults.value_or(kPage) - 1;
    }
    store::Key prefix = place.key(kPolicyOrder, type->name);
    if (rest.MaxResults.has() && *rest.MaxResults == 0) {  // the page is full: all others are behind the prefix itself
      bool any = false;
      reader.scan_prefix(prefix, [&](std::string_view, std::string_view, store::Version) { any = true; return false; });
      if (any) out.NextToken = cx.str(base64url(prefix.bytes()));
      return {};
    }
    return page_of_rows(cx, reader, prefix, rest, out, [&](std::string_view bytes, bool full) {
      auto p = find_policy(reader, place, decode<Pointer>(bytes)->id);
      if (p && !full) fill_summary(cx, place, *p, out.Policies.add(cx.arena()));
      return p.has_value();
    });
  });
}

// Only the management policy types have an effective policy, and none of them can be enabled here.
Result<void> DescribeEffectivePolicy(Context& cx, const svc::DescribeEffectivePolicyRequest& in, svc::DescribeEffectivePolicyResponse&) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto place = organization_of_caller(reader, cx);
    if (!place) { result = fail(std::move(place.error())); return; }
    bool own = !in.TargetId || in.TargetId == cx.caller().account.str();
    if (!own && place->org.management != cx.caller().account.str()) result = fail(no_access());
    else if (!find_account(reader, *place, own ? std::string_view(cx.caller().account) : in.TargetId.view())) result = fail(target_not_found());
    else result = fail("EffectivePolicyNotFoundException", "The account has no effective policy of the specified type.");
  });
  return result;
}

}  // namespace fogbank::organizations
