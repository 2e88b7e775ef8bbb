#include "services/lambda/names.h"

#include "base/strings.h"
#include "services/lambda/errors.h"

namespace fogbank::lambda {
namespace {

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// "us-east-1", "us-gov-west-1": what can stand for a Region.
bool region_like(std::string_view s) {
  if (s.size() < 6 || s.back() < '0' || s.back() > '9' || s.find('-') == std::string_view::npos) return false;
  for (char c : s) if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return true;
}

}  // namespace

bool is_number(std::string_view q) { return !q.empty() && q.find_first_not_of("0123456789") == std::string_view::npos; }

std::string function_arn(const Scope& scope, std::string_view name, std::string_view qualifier) {
  std::string arn = make_arn(scope, "lambda", cat("function:", name));
  if (!qualifier.empty()) append(arn, ':', qualifier);
  return arn;
}
std::string FunctionRef::arn() const { return function_arn(scope, name, qualifier); }
std::string FunctionRef::bare_arn() const { return function_arn(scope, name); }

std::optional<FunctionRef> parse_function_name(std::string_view text, const Scope& caller) {
  FunctionRef ref;
  ref.scope = caller;
  if (text.starts_with("arn:")) {
    auto parts = parse_arn(text);
    if (!parts || parts->service != "lambda") return std::nullopt;
    ref.scope = {Partition(parts->partition), AccountId(parts->account), Region(parts->region)};
    ref.from_arn = true;
    text = parts->resource;
  } else {
    size_t colon = text.find(':');
    if (colon != std::string_view::npos && region_like(text.substr(0, colon)) && text.find(':', colon + 1) != std::string_view::npos) {
      ref.scope.region = Region(text.substr(0, colon));
      ref.from_arn = true;
      text.remove_prefix(colon + 1);
      colon = text.find(':');
    }
    if (colon != std::string_view::npos && is_account_id(text.substr(0, colon))) {
      ref.scope.account = AccountId(text.substr(0, colon));
      ref.from_arn = true;
      text.remove_prefix(colon + 1);
    }
  }
  if (text.find(':') != std::string_view::npos) take(text, "function:");
  size_t colon = text.find(':');
  ref.name = text.substr(0, colon);
  if (colon != std::string_view::npos) ref.qualifier = text.substr(colon + 1);
  if (ref.name.empty() || ref.qualifier.find(':') != std::string::npos) return std::nullopt;
  return ref;
}

Result<FunctionRef> function_ref(std::string_view name, Str qualifier, const Scope& caller) {
  auto ref = parse_function_name(name, caller);
  if (!ref) return fail(invalid_parameter(cat("The function name ", name, " is invalid.")));
  if (qualifier && !qualifier.empty()) {
    if (!ref->qualifier.empty() && ref->qualifier != qualifier.view())
      return fail(invalid_parameter("The derived qualifier from the function name does not match the specified qualifier."));
    ref->qualifier = qualifier;
  }
  if (ref->scope.region != caller.region) {
    return fail(not_found(cat("Functions from '", ref->scope.region.str(), "' are not reachable in this region ('", caller.region.str(), "')")));
  }
  return *ref;
}

std::string layer_arn(const Scope& scope, std::string_view name, int64_t version) {
  std::string arn = make_arn(scope, "lambda", cat("layer:", name));
  if (version) append(arn, ':', version);
  return arn;
}
std::string LayerRef::arn() const { return layer_arn(scope, name, version); }

std::optional<LayerRef> parse_layer_arn(std::string_view arn) {
  auto parts = parse_arn(arn);
  if (!parts || parts->service != "lambda") return std::nullopt;
  std::string_view rest = parts->resource;
  if (!take(rest, "layer:")) return std::nullopt;
  LayerRef ref;
  ref.scope = {Partition(parts->partition), AccountId(parts->account), Region(parts->region)};
  size_t colon = rest.find(':');
  ref.name = rest.substr(0, colon);
  if (colon != std::string_view::npos) {
    auto number = parse_int(rest.substr(colon + 1));
    if (!number || *number < 0) return std::nullopt;
    ref.version = *number;
  }
  return ref;
}

LayerRef layer_ref(std::string_view name, const Scope& caller) {
  if (auto ref = parse_layer_arn(name)) return *ref;
  return {caller, std::string(name), 0};
}

std::string mapping_arn(const Scope& scope, std::string_view uuid) { return make_arn(scope, "lambda", cat("event-source-mapping:", uuid)); }

}  // namespace fogbank::lambda
