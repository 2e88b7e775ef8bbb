// Key specs, usages and algorithms: what goes together. Source: developer guide, "Key spec reference". Constant data, pure functions.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/asymmetric.h"
#include "base/error.h"

namespace fogbank::kms {

enum class Family : uint8_t { symmetric, hmac, rsa, ecc };

struct Spec {
  std::string_view name;
  Family family;
  asymmetric::Spec pair;   ///< rsa, ecc
  Hash mac;                ///< hmac
  size_t bytes;            ///< symmetric, hmac: of the secret
};
/// Null for a spec that is not served.
const Spec* find_spec(std::string_view name);
/// The spec of a stored key; throws if it is unknown.
const Spec& spec_of(std::string_view name);

struct Algorithm {
  std::string_view name;
  asymmetric::Scheme scheme = asymmetric::Scheme::pss;
  Hash hash = Hash::sha256;
};
/// The algorithms of a key: for encryption, signing, MACs or key agreement, by its usage.
std::span<const Algorithm> algorithms(const Spec& spec, std::string_view usage);
const Algorithm* find_algorithm(const Spec& spec, std::string_view usage, std::string_view name);

/// The usage of a new key: given, or the one of symmetric keys. Refuses what does not go together.
Result<std::string> usage_of_new_key(const Spec& spec, std::string_view given);

}  // namespace fogbank::kms
