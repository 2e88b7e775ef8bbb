// GetSecretValue, BatchGetSecretValue: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/pages.h"
#include "services/secretsmanager/secret_values.h"

namespace fogbank::secretsmanager {
namespace {

/// GetSecretValueResponse and SecretValueEntry have the same members.
template <class Out> void fill(Context& cx, const SecretValue& value, Out& out) {
  out.ARN = cx.str(value.arn);
  out.Name = cx.str(value.name);
  out.VersionId = cx.str(value.version_id);
  std::string_view bytes = cx.arena().copy(value.value.view());
  if (value.binary) out.SecretBinary = Blob(bytes);
  else out.SecretString = Str(bytes);
  for (const std::string& label : value.stages) out.VersionStages.push(cx.arena(), cx.str(label));
  out.CreatedDate = value.created;
}

}  // namespace

Result<void> GetSecretValue(Context& cx, const svc::GetSecretValueRequest& in, svc::GetSecretValueResponse& out) {
  FB_ASSIGN(value, read_secret(cx, {in.SecretId, in.VersionId, in.VersionStage}));
  fill(cx, value, out);
  return {};
}

Result<void> BatchGetSecretValue(Context& cx, const svc::BatchGetSecretValueRequest& in, svc::BatchGetSecretValueResponse& out) {
  if (in.SecretIdList.has() == in.Filters.has()) return fail(invalid_parameter("Either 'SecretIdList' or 'Filters' must be provided, but not both."));
  if (in.MaxResults && !in.Filters) return fail(invalid_parameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."));
  auto batch = cx.found<Batch>();
  if (!batch) return fail(changed_meanwhile());
  if (batch->refused) return fail(*batch->refused);
  out.SecretValues.reserve(cx.arena(), 0);
  out.Errors.reserve(cx.arena(), 0);
  for (size_t i = 0; i < batch->ids.size(); i++) {
    auto bad = batch->bad_names.find(i);
    Result<SecretValue> value = bad != batch->bad_names.end() ? Result<SecretValue>(fail(bad->second)) : read_secret(cx, {batch->ids[i], {}, {}, {}, int(i)});
    if (value) {
      fill(cx, *value, out.SecretValues.add(cx.arena()));
      continue;
    }
    if (value.error().status >= 500) return fail(std::move(value.error()));
    auto& error = out.Errors.add(cx.arena());
    error.SecretId = cx.str(batch->ids[i]);
    error.ErrorCode = cx.str(value.error().code);
    error.Message = cx.str(value.error().message);
  }
  if (!batch->next_token.empty()) out.NextToken = cx.str(batch->next_token);
  return {};
}

}  // namespace fogbank::secretsmanager
