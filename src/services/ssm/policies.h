// Parameter policies: reading the JSON of a request. Source: user guide, "Assigning parameter policies". Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fogbank::ssm {

inline constexpr size_t kMaxPolicies = 10;

struct Policies {
  std::vector<std::string> texts;   ///< compact JSON of each
  Millis expires = 0;               ///< 0: no Expiration policy
};

/// `json`: an array of policies; [] and [{}] take all away.
Result<Policies> read_policies(std::string_view json);
/// The value of "Type" in a policy's text.
std::string policy_type(std::string_view text);

}  // namespace fogbank::ssm
