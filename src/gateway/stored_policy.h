// The resource policy of a record with a member `json`, compiled: what a service's cache of policies is filled with.
#pragma once
#include <stdexcept>
#include <string_view>

#include "auth/policy/stored.h"
#include "base/strings.h"
#include "store/store.h"

namespace fogbank {

template <class Record> policy::PolicyPtr stored_policy(policy::Dialect dialect, std::string_view key, const store::Item& item) {
  auto record = decode<Record>(item.bytes);
  if (!record) throw std::runtime_error("a stored resource policy is damaged");
  std::string partition = store::key_head(key).scope.partition.value;
  auto parts = store::key_parts(key);
  return policy::compile_stored(record->json, policy::PolicyKind::resource, {dialect, partition},
                                cat("the resource policy of ", parts.empty() ? std::string_view("a resource") : std::string_view(parts[0])));
}

}  // namespace fogbank
