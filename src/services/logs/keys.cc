#include "services/logs/keys.h"

#include <algorithm>

#include "services/logs/errors.h"

namespace fogbank::logs {

Result<DataKey> new_data_key(Context& cx, const NamedGroup& named, std::string_view kms_key) {
  auto made = kms::service_generate(cx, key_use(named.scope, named.name, kms_key));
  if (made) return DataKey{0, made->key_arn, made->ciphertext, {}};
  if (made.error().status >= 500) return fail(std::move(made.error()));
  ApiError e = key_not_usable(group_arn(named.scope, named.name));
  e.detail = made.error().message;
  return fail(std::move(e));
}

void set_key(Group& group, DataKey made) {
  group.kms_key = made.kms_key;
  if (group.current_data_key()) return;
  for (const DataKey& k : group.data_keys) made.generation = std::max(made.generation, k.generation);
  made.generation++;
  group.data_keys.push_back(std::move(made));
}

}  // namespace fogbank::logs
