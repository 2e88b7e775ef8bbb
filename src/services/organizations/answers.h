// Records as the API shows them.
#pragma once
#include "gateway/context.h"
#include "gen/organizations/types.h"
#include "services/organizations/tree.h"

namespace fogbank::organizations {

void fill_organization(Context& cx, const Place& place, svc::Organization& out);
void fill_root(Context& cx, const Place& place, const Node& root, svc::Root& out);
void fill_unit(Context& cx, store::Reader& reader, const Place& place, const Node& unit, svc::OrganizationalUnit& out);
void fill_account(Context& cx, store::Reader& reader, const Place& place, const Account& account, svc::Account& out);
void fill_summary(Context& cx, const Place& place, const Policy& policy, svc::PolicySummary& out);
void fill_policy(Context& cx, const Place& place, const Policy& policy, svc::Policy& out);
void fill_creation(Context& cx, const Creation& creation, svc::CreateAccountStatus& out);

/// Tags of a request.
template <class L> std::vector<Tag> tags_of(const L& list) {
  std::vector<Tag> out;
  for (const auto& t : list) out.push_back({std::string(t.Key.view()), std::string(t.Value.view())});
  return out;
}

}  // namespace fogbank::organizations
