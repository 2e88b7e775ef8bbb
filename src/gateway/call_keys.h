// The context keys of one decision, which policies ask for one by one: those of every call (aws:…), what the requirement brings, and members of the
// input that the manifest names. Internal to the gateway; lives on the stack of the decision.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "auth/credentials.h"
#include "auth/policy/request.h"
#include "gateway/authorise.h"
#include "gateway/call.h"
#include "gateway/core.h"

namespace fogbank {

/// What a call is decided as (Context::decide_as), else what it is.
inline const OperationInfo& decided(const Call& call) { return call.decided_op ? *call.decided_op : *call.op; }
inline wire::View decided_input(const Call& call) { return {call.decided_op ? call.decided_input : call.input, decided(call).wire->input}; }

/// Context keys that hold for every call, asked one by one. Names arrive in lower case.
class CallKeys : public policy::Keys {
 public:
  CallKeys(Core& core, store::Reader& reader, const Call& call, const Requirement& need, const ResourceInfo& info, const auth::PolicySet& policies,
           const auth::ResourceAccountPolicies& owner)
      : core_(core), reader_(reader), call_(call), need_(need), info_(info), policies_(policies), owner_(owner) {}

  bool find(std::string_view key, policy::Values& out) const override;

 private:
  wire::View input() const { return decided_input(call_); }
  const auth::Principal& who() const { return *call_.principal; }
  /// A scalar of the input as the policy language writes it.
  bool member(std::string_view name, policy::Values& out) const;
  bool text(std::string_view v, policy::Values& out) const;
  bool global(std::string_view key, policy::Values& out) const;
  /// The services that the call came through: those of the principal, then the one that this decision is made for.
  bool called_via(std::string_view key, policy::Values& out) const;
  bool tag(const std::map<std::string, std::string>& tags, std::string_view name, policy::Values& out) const;
  bool request_tags(std::string_view key, policy::Values& out) const;

  Millis core_now() const { return core_.now(); }
  std::shared_ptr<const auth::ResourceAccountPolicies> source_account() const { return core_.identity().policies_of_account(who().source_account, reader_); }

  Core& core_;
  store::Reader& reader_;
  const Call& call_;
  const Requirement& need_;
  const ResourceInfo& info_;
  const auth::PolicySet& policies_;
  const auth::ResourceAccountPolicies& owner_;
};

}  // namespace fogbank
