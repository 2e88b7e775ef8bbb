// Every service of this program. Written by codegen/ from src/services/*/service.toml.
#include "gateway/decide.h"
#include "gateway/operation.h"

namespace fogbank {

namespace demo { extern const ServiceInfo kServiceInfo; }
namespace web { extern const ServiceInfo kServiceInfo; }

std::span<const ServiceInfo* const> all_services() {
  static constexpr const ServiceInfo* kAll[] = {&demo::kServiceInfo, &web::kServiceInfo};
  return kAll;
}

const char* denial_code(const ServiceInfo&) {
  return nullptr;
}

}  // namespace fogbank
