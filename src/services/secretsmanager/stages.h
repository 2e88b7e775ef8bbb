// Staging labels: which version of a secret they lead to and how they move. Source: recorded answers (tests of version stages); user guide,
// "What's in a secret". Functions on the caller's copy of a record; put_version also writes, in the caller's transaction.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

/// The labels of a version in their order; none: the version is deprecated.
std::vector<std::string> labels_of(const StoredSecret& secret, std::string_view version_id);

/// Moves a label to a version. AWSCURRENT leaves AWSPREVIOUS behind, and takes AWSPENDING off the version that it leaves.
void move_label(StoredSecret& secret, std::string_view label, std::string_view version_id);

/// Adds a version with these labels, forgets the oldest deprecated ones over the bound, and writes the secret. LimitExceededException for too
/// many labels.
Result<void> put_version(store::Txn& tx, const Scope& scope, StoredSecret& secret, Version version, const Value& value, const std::vector<std::string>& labels);

}  // namespace fogbank::secretsmanager
