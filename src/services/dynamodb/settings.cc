#include "services/dynamodb/settings.h"

#include "base/encoding.h"
#include "services/dynamodb/errors.h"

namespace fogbank::dynamodb {

Result<void> read_stream_specification(const svc::StreamSpecification* in) {
  if (!in) return {};
  bool on = in->StreamEnabled.value_or(false);
  if (on && !in->StreamViewType) return fail(invalid_parameters("StreamViewType must be specified when StreamEnabled is true"));
  if (!on && in->StreamViewType) return fail(invalid_parameters("StreamViewType cannot be specified when StreamEnabled is false"));
  return {};
}

Result<void> read_encryption(const Scope& scope, const svc::SSESpecification* in, Table& out) {
  if (!in) return {};
  bool on = in->Enabled.value_or(false);
  if (!on && (in->SSEType || in->KMSMasterKeyId))
    return fail(invalid_parameters("SSEType and KMSMasterKeyId cannot be specified when SSE is disabled"));
  if (in->SSEType == "AES256") return fail(invalid_parameters("SSEType AES256 is not supported"));
  out.sse = on;
  out.sse_key.clear();
  if (!on) return {};
  Str key = in->KMSMasterKeyId;
  if (!key) {
    // The account's own key for DynamoDB: its id is a function of account and Region.
    std::string h = hex(sha1(cat("aws/dynamodb/", scope.account, '/', scope.region)));
    out.sse_key = make_arn(scope, "kms", cat("key/", h.substr(0, 8), '-', h.substr(8, 4), "-4", h.substr(13, 3), "-8", h.substr(17, 3), '-', h.substr(20, 12)));
  } else if (key.view().starts_with("arn:")) {
    out.sse_key = key;
  } else {
    out.sse_key = make_arn(scope, "kms", key.view().starts_with("alias/") ? std::string(key) : cat("key/", key.view()));
  }
  return {};
}

}  // namespace fogbank::dynamodb
