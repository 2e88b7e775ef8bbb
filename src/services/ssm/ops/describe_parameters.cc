// DescribeParameters: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
#include <algorithm>

#include "services/ssm/answers.h"
#include "services/ssm/errors.h"
#include "services/ssm/filters.h"

namespace fogbank::ssm {
namespace {

void fill(Context& cx, const Parameter& p, svc::ParameterMetadata& out) {
  const Version& v = p.current;
  out.Name = cx.str(p.name);
  out.ARN = cx.str(parameter_arn(cx.scope(), p.name));
  out.Type = name_of(v.type);
  if (!v.key_id.empty()) out.KeyId = cx.str(v.key_id);
  out.LastModifiedDate = v.modified;
  out.LastModifiedUser = cx.str(v.modified_by);
  if (!v.description.empty()) out.Description = cx.str(v.description);
  if (!v.allowed_pattern.empty()) out.AllowedPattern = cx.str(v.allowed_pattern);
  out.Version = int64_t(v.number);
  out.Tier = name_of(v.tier);
  fill_policies(cx, v.policies, out.Policies);
  out.DataType = cx.str(v.data_type);
}

using Visit = std::function<bool(const Parameter&)>;

/// Visits the parameters that can fit, in the order of their places, behind `after`: those of the names that are asked for, else all.
void visit_candidates(store::Reader& reader, const Scope& scope, const Filters& filters, std::string_view after, const Visit& visit) {
  for (const Filter& f : filters) {
    if (f.key != "Name" || f.option != "Equals") continue;
    std::vector<std::string_view> places;
    for (const std::string& name : f.values) places.push_back(place_of(name));
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    for (std::string_view place : places) {
      if (place <= after) continue;
      if (auto p = find_parameter(reader, scope, place); p && !visit(*p)) return;
    }
    return;
  }
  store::Key all = store::key(scope, kParameters);
  reader.scan(after.empty() ? all : parameter_key(scope, after), all.after_prefix(), store::Order::ascending,
              [&](std::string_view, std::string_view bytes, store::Version) {
    auto p = decode<Parameter>(bytes);
    return !p || place_of(p->name) == after || visit(*p);
  });
}

}  // namespace

Result<void> DescribeParameters(Context& cx, const svc::DescribeParametersRequest& in, svc::DescribeParametersResult& out) {
  if (!in.Filters.empty() && !in.ParameterFilters.empty()) return fail(validation("You can use either Filters or ParameterFilters in a single request."));
  FB_ASSIGN(filters, read_filters(in.ParameterFilters, false));
  if (filters.empty()) filters = read_old_filters(in.Filters);
  FB_ASSIGN(after, read_token(in.NextToken));
  size_t limit = size_t(in.MaxResults.value_or(10));
  out.Parameters.reserve(cx.arena(), 0);
  if (in.Shared.value_or(false)) return {};   // nobody can share: resource policies are not served
  cx.read([&](store::Reader& reader) {
    std::string last;
    visit_candidates(reader, cx.scope(), filters, after, [&](const Parameter& p) {
      if (!fits(filters, p)) return true;
      if (out.Parameters.size() == limit) {
        out.NextToken = cx.str(make_token(last));
        return false;
      }
      fill(cx, p, out.Parameters.add(cx.arena()));
      last = place_of(p.name);
      return true;
    });
  });
  return {};
}

}  // namespace fogbank::ssm
