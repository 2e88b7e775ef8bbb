// Every service of this program. Written by codegen/ from src/services/*/service.toml.
#include "gateway/operation.h"

namespace fogbank {

namespace demo { extern const ServiceInfo kServiceInfo; }
namespace web { extern const ServiceInfo kServiceInfo; }

std::span<const ServiceInfo* const> all_services() {
  static constexpr const ServiceInfo* kAll[] = {&demo::kServiceInfo, &web::kServiceInfo};
  return kAll;
}

}  // namespace fogbank
