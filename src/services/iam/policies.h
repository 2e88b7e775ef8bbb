// What the operations on managed policies and their versions share.
#pragma once
#include "gateway/context.h"
#include "services/iam/entities.h"
#include "services/iam/managed.h"

namespace fogbank::iam {

/// Quota and grammar of a customer managed policy.
Result<void> check_managed_document(const Scope& scope, std::string_view document);
void put_version(store::Txn& tx, const Scope& scope, const Policy& p, int64_t number, std::string_view document, Millis created);
/// AWS's own policy of that ARN, or null.
const ManagedPolicy* aws_policy(std::string_view arn);
/// The account's policy for an operation that changes it; AWS's own belong to nobody here.
Result<Policy> changeable_policy(Context& cx, store::Reader& reader, std::string_view arn);
ApiError no_such_version(std::string_view arn, std::string_view version);

}  // namespace fogbank::iam
