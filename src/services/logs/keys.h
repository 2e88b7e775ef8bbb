// Data keys of groups: made when a group gets a KMS key. For the handlers of operations whose authorise function looked for the KMS key.
#pragma once
#include <string_view>

#include "gateway/context.h"
#include "services/logs/access.h"

namespace fogbank::logs {

/// A data key under the KMS key that the request names (an ARN), without a generation yet. Refused as CloudWatch Logs words it.
Result<DataKey> new_data_key(Context& cx, const NamedGroup& named, std::string_view kms_key);

/// New events of the group are encrypted under this KMS key from now on: under the group's data key of it where it has one already.
void set_key(Group& group, DataKey made);

}  // namespace fogbank::logs
