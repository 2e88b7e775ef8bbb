#include "services/dynamodb/settings.h"

#include "services/dynamodb/errors.h"

namespace fogbank::dynamodb {

Result<void> read_stream_specification(const svc::StreamSpecification* in) {
  if (!in) return {};
  bool on = in->StreamEnabled.value_or(false);
  if (on && !in->StreamViewType) return fail(invalid_parameters("StreamViewType must be specified when StreamEnabled is true"));
  if (!on && in->StreamViewType) return fail(invalid_parameters("StreamViewType cannot be specified when StreamEnabled is false"));
  return {};
}

}  // namespace fogbank::dynamodb
