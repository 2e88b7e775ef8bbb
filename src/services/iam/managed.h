// AWS managed policies: embedded in the program (gen/iam/managed_policies.h), unpacked at first use, then kept until the program ends
// (3 MB). Only the newest version of each is known. Thread-safe; immutable.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "auth/policy/document.h"
#include "base/clock.h"

namespace fogbank::iam {

struct ManagedPolicy {
  std::string_view name, arn, path, version, document;
  Millis created = 0, updated = 0;
  std::string id;                ///< ANPA…: the same in every run
};

/// All, sorted by name.
std::span<const ManagedPolicy> managed_policies();
/// By ARN (arn:aws:iam::aws:policy/…), or null.
const ManagedPolicy* find_managed(std::string_view arn);
/// The first whose name comes after this one.
std::span<const ManagedPolicy> managed_after(std::string_view name);
/// Compiled, made once each; null if there is no such policy.
policy::PolicyPtr compiled_managed(std::string_view arn);

}  // namespace fogbank::iam
