#include "services/ssm/filters.h"

#include <algorithm>

#include "base/strings.h"
#include "services/ssm/errors.h"
#include "services/ssm/names.h"

namespace fogbank::ssm {
namespace {

using Texts = std::vector<std::string_view>;

std::string joined(const Texts& texts) {
  std::string out;
  for (std::string_view t : texts) append(out, out.empty() ? "" : ", ", t);
  return out;
}
bool among(const Texts& texts, std::string_view wanted) { return std::find(texts.begin(), texts.end(), wanted) != texts.end(); }

Result<void> check_key(std::string_view key, bool by_path) {
  Texts valid = by_path ? Texts{"Type", "KeyId"} : Texts{"Path", "Name", "Type", "KeyId", "Tier"};
  if (among(valid, key) || (by_path ? key == "Label" : key == "DataType" || key.starts_with("tag:"))) return {};
  return fail("InvalidFilterKey", cat("The following filter key is not valid: ", key, ". Valid filter keys include: [", joined(valid), "]."));
}

Result<void> check_option(const Filter& f) {
  Texts valid{"BeginsWith", "Equals"};
  if (f.key == "Path") valid = {"Recursive", "OneLevel"};
  if (f.key == "Label") valid = {"Equals"};
  if (among(valid, f.option) || (f.key == "Name" && f.option == "Contains")) return {};
  return fail("InvalidFilterOption", cat("The following filter option is not valid: ", f.option, ". Valid options include: [", joined(valid), "]."));
}

Result<void> check_values(const Filter& f) {
  if (f.values.empty() && !f.key.starts_with("tag:"))
    return fail("InvalidFilterValue", cat("The following filter values are missing : null for filter key ", f.key, "."));
  Texts valid;
  if (f.key == "Tier") valid = {"Standard", "Advanced", "Intelligent-Tiering"};
  if (f.key == "Type") valid = {"String", "StringList", "SecureString"};
  for (const std::string& value : f.values) {
    if (!valid.empty() && !among(valid, value))
      return fail("InvalidFilterValue", cat("The following filter value is not valid: ", value, ". Valid values include: [", joined(valid), "]."));
    if (f.key != "Path") continue;
    if (starts_with_i(value, "/aws") || starts_with_i(value, "/ssm"))
      return fail(validation("Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). When using global parameters, please specify within a global namespace."));
    FB_TRY(check_path(value));
  }
  return {};
}

bool fits_text(const Filter& f, std::string_view text) {
  return std::any_of(f.values.begin(), f.values.end(), [&](std::string_view v) {
    if (f.option == "Contains") return text.find(v) != std::string_view::npos;
    return f.option == "BeginsWith" ? text.starts_with(v) : text == v;
  });
}

/// Names with and without the slash at the beginning are the same.
bool fits_name(const Filter& f, std::string_view name) {
  std::string_view place = place_of(name);
  if (f.option == "Contains") return fits_text(f, cat('/', place));
  return std::any_of(f.values.begin(), f.values.end(), [&](std::string_view v) {
    return f.option == "BeginsWith" ? place.starts_with(place_of(v)) : place == place_of(v);
  });
}

bool fits_one(const Filter& f, const Parameter& p) {
  const Version& v = p.current;
  if (f.key == "Name") return fits_name(f, p.name);
  if (f.key == "Path") return std::any_of(f.values.begin(), f.values.end(), [&](std::string_view path) { return below(p.name, path, f.option == "Recursive"); });
  if (f.key == "Type") return fits_text(f, name_of(v.type));
  if (f.key == "KeyId") return v.type == Type::secure_string && fits_text(f, v.key_id);
  if (f.key == "Tier") return fits_text(f, name_of(v.tier));
  if (f.key == "DataType") return fits_text(f, v.data_type);
  if (!f.key.starts_with("tag:")) return true;
  auto tag = p.tags.find(f.key.substr(4));
  return tag != p.tags.end() && (f.values.empty() || fits_text(f, tag->second));
}

}  // namespace

Result<Filters> read_filters(const List<svc::ParameterStringFilter>& given, bool by_path) {
  Filters out;
  for (const auto& g : given) {
    Filter f;
    f.key = g.Key;
    f.option = g.Option.value_or(f.key == "Path" ? "OneLevel" : "Equals");
    for (const Str& v : g.Values) f.values.emplace_back(v);
    FB_TRY(check_key(f.key, by_path));
    if (std::any_of(out.begin(), out.end(), [&](const Filter& o) { return o.key == f.key; }))
      return fail("InvalidFilterKey", cat("The following filter is duplicated in the request: ", f.key, ". A request can contain only one occurrence of a specific filter."));
    FB_TRY(check_option(f));
    FB_TRY(check_values(f));
    out.push_back(std::move(f));
  }
  return out;
}

Filters read_old_filters(const List<svc::ParametersFilter>& given) {
  Filters out;
  for (const auto& g : given) {
    Filter f;
    f.key = g.Key;
    f.option = f.key == "Name" ? "BeginsWith" : "Equals";
    for (const Str& v : g.Values) f.values.emplace_back(v);
    out.push_back(std::move(f));
  }
  return out;
}

bool fits(const Filters& filters, const Parameter& parameter) {
  return std::all_of(filters.begin(), filters.end(), [&](const Filter& f) { return fits_one(f, parameter); });
}

const Filter* label_filter(const Filters& filters) {
  for (const Filter& f : filters) if (f.key == "Label") return &f;
  return nullptr;
}

bool below(std::string_view name, std::string_view path, bool recursive) {
  std::string_view place = place_of(name), prefix = place_of(path);
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!prefix.empty()) {
    if (!place.starts_with(prefix) || place.size() <= prefix.size() || place[prefix.size()] != '/') return false;
    place.remove_prefix(prefix.size() + 1);
  }
  return recursive || place.find('/') == std::string_view::npos;
}

Result<void> check_path(std::string_view path) {
  if (path == "/") return {};
  if (!path.starts_with('/')) return fail(bad_path());
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!valid_path(path)) return fail(bad_path());
  return {};
}

}  // namespace fogbank::ssm
