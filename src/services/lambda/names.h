// Names and ARNs of functions, layers and mappings, as callers may write them. Pure functions, any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"
#include "base/scope.h"

namespace fogbank::lambda {

/// What a FunctionName (a name, a partial or a full ARN, each with a qualifier or not) and a Qualifier lead to.
struct FunctionRef {
  Scope scope;
  std::string name, qualifier;             ///< qualifier: "" if none was named
  bool from_arn = false;                   ///< the Region or account was named
  std::string arn() const;                 ///< as named: with the qualifier if there is one
  std::string bare_arn() const;            ///< of the function itself
};

/// Takes the text apart; nothing if it is not of the form. The account and Region of `caller` where it names none.
std::optional<FunctionRef> parse_function_name(std::string_view text, const Scope& caller);
/// The same with the errors of the service: a qualifier that contradicts the name's, a Region that is not the caller's.
Result<FunctionRef> function_ref(std::string_view name, Str qualifier, const Scope& caller);

std::string function_arn(const Scope& scope, std::string_view name, std::string_view qualifier = {});
bool is_number(std::string_view qualifier);          ///< of a version

struct LayerRef {
  Scope scope;
  std::string name;
  int64_t version = 0;                     ///< 0: the layer itself
  std::string arn() const;
};
std::optional<LayerRef> parse_layer_arn(std::string_view arn);
/// A layer's name or ARN.
LayerRef layer_ref(std::string_view name, const Scope& caller);
std::string layer_arn(const Scope& scope, std::string_view name, int64_t version = 0);

std::string mapping_arn(const Scope& scope, std::string_view uuid);

}  // namespace fogbank::lambda
