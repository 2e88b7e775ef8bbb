// EnablePolicyType, DisablePolicyType. Enabling attaches AWS's policy that allows everything to every root, unit and account; disabling
// detaches everything of the type (state.h says how).
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnablePolicyType.html
#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"

namespace fogbank::organizations {
namespace {

TypeState& state_of(Organization& org, std::string_view type) {
  for (TypeState& t : org.types) if (t.type == type) return t;
  org.types.emplace_back();
  org.types.back().type = type;
  return org.types.back();
}

Result<Node> root_of(store::Reader& reader, const Place& place, std::string_view id) {
  auto root = place.org.root == id ? find_node(reader, place, id) : std::nullopt;
  if (!root) return fail(root_not_found());
  return std::move(*root);
}

}  // namespace

Result<void> EnablePolicyType(Context& cx, const svc::EnablePolicyTypeRequest& in, svc::EnablePolicyTypeResponse& out) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(root, root_of(tx, place, in.RootId));
    if (!policy_type(in.PolicyType)) return fail(not_served(cat("The policy type ", in.PolicyType.view())));
    if (place.org.feature_set != "ALL") return fail(policy_type_not_available());
    TypeState& type = state_of(place.org, in.PolicyType);
    if (type.enabled) return fail("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.");
    type.enabled = true;
    type.generation++;
    fill_root(cx, place, root, cx.make(out.Root));
    return {};
  });
}

Result<void> DisablePolicyType(Context& cx, const svc::DisablePolicyTypeRequest& in, svc::DisablePolicyTypeResponse& out) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(root, root_of(tx, place, in.RootId));
    if (!enabled_type(place.org, in.PolicyType)) return fail(policy_type_not_enabled());
    state_of(place.org, in.PolicyType).enabled = false;
    fill_root(cx, place, root, cx.make(out.Root));
    return {};
  });
}

}  // namespace fogbank::organizations
