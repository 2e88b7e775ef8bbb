// Aliases: their names, and keeping alias records and Key::aliases in step. Pure functions, and functions in the transaction of their caller.
#pragma once
#include <string_view>

#include "base/error.h"
#include "services/kms/state.h"

namespace fogbank::kms {

/// The name of an alias to be made, changed or deleted: "alias/…", and not one of AWS's own.
Result<void> check_alias_name(std::string_view alias);

void add_alias(Key& key, std::string_view alias);
void remove_alias(Key& key, std::string_view alias);

}  // namespace fogbank::kms
