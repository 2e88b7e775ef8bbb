// From what a request names (a group's name, or its ARN) to the group, and what decisions about groups and streams have to know.
//
// Groups are decided on as "log-group:NAME:log-stream:" and streams as "log-group:NAME:log-stream:STREAM", as AWS's own denials name them: the
// pattern "log-group:NAME:*" of a policy covers both, and "log-group:NAME" alone covers neither. Tags are decided on "log-group:NAME".
#pragma once
#include <string>
#include <string_view>

#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/kms/service_keys.h"
#include "services/logs/state.h"

namespace fogbank::logs {

struct NamedGroup {
  Scope scope;
  std::string name;
  GroupPtr group;      ///< null: there is none; told after the decision
};
/// What an authorise function found, for the handler.
struct Target { NamedGroup named; };

/// InvalidParameterException for a name that is too long (the model checks the rest).
Result<void> check_length(std::string_view name);
Result<NamedGroup> named_group(AuthoriseContext& cx, std::string_view name);
/// A name, or the ARN of a group of any account.
Result<NamedGroup> identified_group(AuthoriseContext& cx, std::string_view identifier);

/// One decision about a group; `resource` as above. The reference is good until the next requirement is added.
Requirement& require_group(AuthoriseContext& cx, const NamedGroup& named, std::string_view action, std::string resource);

/// In handlers: what the authorise function found.
const NamedGroup& target(Context& cx);
/// The group as a transaction sees it; ResourceNotFoundException.
Result<GroupPtr> group_in(Context& cx, store::Reader& reader, const NamedGroup& named);
/// Changes the group's record; `f` gets the transaction and the record.
template <class F> Result<void> change_group(Context& cx, const NamedGroup& named, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(found, group_in(cx, tx, named));
    Group group = *found;
    FB_TRY(f(tx, group));
    tx.put_record(group_key(named.scope, group.name), group);
    return {};
  });
}

/// How CloudWatch Logs uses KMS keys for a group.
kms::ServiceUse key_use(const Scope& scope, std::string_view group, std::string_view key = {});

}  // namespace fogbank::logs
