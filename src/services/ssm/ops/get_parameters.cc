// GetParameter, GetParameters, GetParametersByPath, GetParameterHistory:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html and the following
#include "services/ssm/answers.h"

namespace fogbank::ssm {

Result<void> GetParameter(Context& cx, const svc::GetParameterRequest& in, svc::GetParameterResult& out) {
  FB_ASSIGN(selection, selection_of(cx));
  return fill(cx, selection->chosen.at(0), in.WithDecryption.value_or(false), cx.make(out.Parameter));
}

Result<void> GetParameters(Context& cx, const svc::GetParametersRequest& in, svc::GetParametersResult& out) {
  FB_ASSIGN(selection, selection_of(cx));
  out.Parameters.reserve(cx.arena(), 0);
  out.InvalidParameters.reserve(cx.arena(), 0);
  for (const Chosen& c : selection->chosen) FB_TRY(fill(cx, c, in.WithDecryption.value_or(false), out.Parameters.add(cx.arena())));
  for (const std::string& name : selection->invalid) out.InvalidParameters.push(cx.arena(), cx.str(name));
  return {};
}

Result<void> GetParametersByPath(Context& cx, const svc::GetParametersByPathRequest& in, svc::GetParametersByPathResult& out) {
  FB_ASSIGN(selection, selection_of(cx));
  out.Parameters.reserve(cx.arena(), 0);
  for (const Chosen& c : selection->chosen) FB_TRY(fill(cx, c, in.WithDecryption.value_or(false), out.Parameters.add(cx.arena())));
  if (!selection->next_token.empty()) out.NextToken = cx.str(selection->next_token);
  return {};
}

Result<void> GetParameterHistory(Context& cx, const svc::GetParameterHistoryRequest& in, svc::GetParameterHistoryResult& out) {
  FB_ASSIGN(selection, selection_of(cx));
  out.Parameters.reserve(cx.arena(), 0);
  for (const Chosen& c : selection->chosen) {
    auto& one = out.Parameters.add(cx.arena());
    const Version& v = c.version;
    FB_ASSIGN(value, value_of(cx, c, in.WithDecryption.value_or(false)));
    one.Value = value;
    one.Name = cx.str(c.name);
    one.Type = name_of(v.type);
    if (!v.key_id.empty()) one.KeyId = cx.str(v.key_id);
    one.LastModifiedDate = v.modified;
    one.LastModifiedUser = cx.str(v.modified_by);
    if (!v.description.empty()) one.Description = cx.str(v.description);
    if (!v.allowed_pattern.empty()) one.AllowedPattern = cx.str(v.allowed_pattern);
    one.Version = int64_t(v.number);
    one.Labels.reserve(cx.arena(), 0);
    for (const std::string& label : c.labels) one.Labels.push(cx.arena(), cx.str(label));
    one.Tier = name_of(v.tier);
    fill_policies(cx, v.policies, one.Policies);
    one.DataType = cx.str(v.data_type);
  }
  if (!selection->next_token.empty()) out.NextToken = cx.str(selection->next_token);
  return {};
}

}  // namespace fogbank::ssm
