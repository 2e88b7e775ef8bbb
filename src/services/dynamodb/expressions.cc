#include "services/dynamodb/expressions.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/wire_values.h"

namespace fogbank::dynamodb {
namespace {

std::string listed(std::initializer_list<Parameter> parameters, bool all) {
  std::string out;
  for (const auto& p : parameters)
    if (all || p.given) append(out, out.empty() ? "" : ", ", p.name);
  return out;
}

std::string all_null(std::initializer_list<Parameter> parameters) {
  std::string out;
  size_t n = 0;
  for (const auto& p : parameters) append(out, n++ ? " and " : "", p.name);
  return cat(out, n > 1 ? " are null" : " is null");
}

}  // namespace

Result<void> Expressions::begin(const Map<Str>& names, const Map<svc::AttributeValue>* values, std::initializer_list<Parameter> expressions,
                                std::initializer_list<Parameter> legacy) {
  bool any = false, any_legacy = false;
  for (const auto& p : expressions) any = any || p.given;
  for (const auto& p : legacy) any_legacy = any_legacy || p.given;
  if (any && any_legacy)
    return fail(invalid(cat("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {", listed(legacy, false),
                            "} Expression parameters: {", listed(expressions, false), "}")));
  if (names && !any) return fail(invalid(cat("ExpressionAttributeNames can only be specified when using expressions")));
  if (values && *values && !any) return fail(invalid(cat("ExpressionAttributeValues can only be specified when using expressions",
                                                         any_legacy || expressions.size() < 2 ? "" : cat(": ", all_null(expressions)))));
  if (names && names.empty()) return fail(invalid("ExpressionAttributeNames must not be empty"));
  for (const auto& e : names) {
    if (!valid_name_placeholder(e.key)) return fail(invalid(cat("ExpressionAttributeNames contains invalid key: Syntax error; key: \"", e.key.view(), '"')));
    if (e.value.empty()) return fail(invalid(cat("ExpressionAttributeNames contains invalid value: Empty attribute name; key: ", e.key.view())));
    with_.add_name(e.key, e.value);
  }
  if (!values || !*values) return {};
  if (values->empty()) return fail(invalid("ExpressionAttributeValues must not be empty"));
  for (const auto& e : *values) {
    if (!valid_value_placeholder(e.key)) return fail(invalid(cat("ExpressionAttributeValues contains invalid key: Syntax error; key: \"", e.key.view(), '"')));
    auto v = keep(e.value);
    if (!v && v.error().message == nested_too_deep().message) return fail(std::move(v.error()));
    if (!v) return fail(invalid(cat("ExpressionAttributeValues contains invalid value: ", v.error().message, " for key ", e.key.view())));
    with_.add_value(e.key, *v);
  }
  return {};
}

Result<Value> Expressions::keep(const svc::AttributeValue& v) {
  std::string bytes;
  FB_TRY(encode_value(v, bytes));
  return Value(values_.emplace_back(std::move(bytes)));
}

Result<Tree> Expressions::condition(Kind kind, Str text) {
  if (!text) return Tree{};
  return parse_condition(kind, text, with_);
}
Result<Update> Expressions::update(Str text) {
  if (!text) return Update{};
  return parse_update(text, with_);
}
Result<std::optional<std::vector<Path>>> Expressions::projection(Str text) {
  if (!text) return std::optional<std::vector<Path>>();
  FB_ASSIGN(paths, parse_projection(text, with_));
  return std::optional(std::move(paths));
}

}  // namespace fogbank::dynamodb
