// What require_read() found, for read_secret() and the operations around it. Internal to this service.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "services/secretsmanager/encryption.h"
#include "services/secretsmanager/resolve.h"

namespace fogbank::secretsmanager {

struct Reads {
  struct One {
    std::string id, version_id, version_stage;   ///< as asked for
    int entry = -1;
    NamedSecret named;
    std::optional<ApiError> refused;
    Version version;
    Opening opening;
  };
  std::vector<One> all;
};

}  // namespace fogbank::secretsmanager
