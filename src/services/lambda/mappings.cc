#include "services/lambda/mappings.h"

namespace fogbank::lambda {

store::Key mapping_key(const Scope& scope, std::string_view uuid) { return store::key(scope, kMappings, uuid); }

}  // namespace fogbank::lambda
