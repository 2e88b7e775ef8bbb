// Where a policy document names AWS principals: for services that keep a user or role by its unique id, as AWS does, and put the id, or the
// ARN of the moment, in that place. Pure functions, thread-safe.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace fogbank::policy {

/// An entry of a Principal's or NotPrincipal's "AWS" element, where it stands in the text (with its quotes).
struct PrincipalPlace {
  size_t offset, length;
  std::string value;
};
/// Of a document that policy::parse has accepted as JSON. Bounded by the text; recursion as deep as the policy grammar allows.
std::vector<PrincipalPlace> aws_principals(std::string_view json);

}  // namespace fogbank::policy
