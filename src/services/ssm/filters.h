// ParameterFilters and the old Filters: which parameters a listing shows. Source: API reference, ParameterStringFilter. Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gen/ssm/types.h"
#include "services/ssm/state.h"

namespace fogbank::ssm {

struct Filter {
  std::string key;       ///< "Name", "tag:x"
  std::string option;    ///< "Equals", "BeginsWith", "Contains", "Recursive", "OneLevel"
  std::vector<std::string> values;   ///< one must fit; of a tag none: that it exists
};
using Filters = std::vector<Filter>;   ///< all must fit

/// InvalidFilterKey, InvalidFilterOption, InvalidFilterValue. by_path: of GetParametersByPath.
Result<Filters> read_filters(const List<svc::ParameterStringFilter>& given, bool by_path);
/// The old ones: Name by its beginning, the others whole.
Filters read_old_filters(const List<svc::ParametersFilter>& given);

/// Do the filters, but for Label, let the parameter through?
bool fits(const Filters& filters, const Parameter& parameter);
/// The label that GetParametersByPath asks for, or null.
const Filter* label_filter(const Filters& filters);
/// Is the name below the path: directly, or at any level?
bool below(std::string_view name, std::string_view path, bool recursive);

/// Paths of GetParametersByPath and of filters.
Result<void> check_path(std::string_view path);

}  // namespace fogbank::ssm
