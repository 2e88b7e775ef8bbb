// LabelParameterVersion, UnlabelParameterVersion:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html and API_UnlabelParameterVersion.html
#include <algorithm>

#include "services/ssm/answers.h"
#include "services/ssm/errors.h"

namespace fogbank::ssm {
namespace {

constexpr ptrdiff_t kLabelsPerVersion = 10;

Result<uint64_t> version_of(const Parameter& p, Opt<int64_t> given, std::string_view name) {
  if (!given) return p.current.number;
  uint64_t v = uint64_t(*given);
  if (*given < 0 || v < p.oldest || v > p.current.number) return fail(version_not_found(v, name));
  return v;
}

}  // namespace

Result<void> LabelParameterVersion(Context& cx, const svc::LabelParameterVersionRequest& in, svc::LabelParameterVersionResult& out) {
  std::string_view name = trim(in.Name);
  uint64_t version = 0;
  FB_TRY(change(cx, name, parameter_not_found(), [&](store::Txn&, Parameter& p) -> Result<void> {
    FB_ASSIGN(number, version_of(p, in.ParameterVersion, name));
    version = number;
    for (const Str& label : in.Labels) if (valid_label(label)) p.labels[std::string(label)] = number;   // a label of another version moves
    auto here = std::count_if(p.labels.begin(), p.labels.end(), [&](const auto& l) { return l.second == number; });
    if (here > kLabelsPerVersion)
      return fail("ParameterVersionLabelLimitExceeded", "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.");
    return {};
  }));
  out.ParameterVersion = int64_t(version);
  out.InvalidLabels.reserve(cx.arena(), 0);
  for (const Str& label : in.Labels) if (!valid_label(label)) out.InvalidLabels.push(cx.arena(), label);
  return {};
}

Result<void> UnlabelParameterVersion(Context& cx, const svc::UnlabelParameterVersionRequest& in, svc::UnlabelParameterVersionResult& out) {
  std::string_view name = trim(in.Name);
  std::vector<Str> removed, invalid;
  FB_TRY(change(cx, name, parameter_not_found(), [&](store::Txn&, Parameter& p) -> Result<void> {
    removed.clear();
    invalid.clear();
    FB_ASSIGN(number, version_of(p, in.ParameterVersion, name));
    for (const Str& label : in.Labels) {
      auto it = p.labels.find(std::string(label));
      bool here = it != p.labels.end() && it->second == number;
      (here ? removed : invalid).push_back(label);
      if (here) p.labels.erase(it);
    }
    return {};
  }));
  out.RemovedLabels.reserve(cx.arena(), 0);
  out.InvalidLabels.reserve(cx.arena(), 0);
  for (Str label : removed) out.RemovedLabels.push(cx.arena(), label);
  for (Str label : invalid) out.InvalidLabels.push(cx.arena(), label);
  return {};
}

}  // namespace fogbank::ssm
