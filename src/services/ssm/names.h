// Names of parameters: which may be created, how a request refers to one, its version or its label. Source: user guide, "Requirements and
// constraints for parameter names"; "Working with parameter versions". Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/scope.h"

namespace fogbank::ssm {

/// The name without the slash at its beginning.
inline std::string_view place_of(std::string_view name) { return name.starts_with('/') ? name.substr(1) : name; }
std::string parameter_arn(const Scope& scope, std::string_view name);

inline constexpr std::string_view kSecrets = "/aws/reference/secretsmanager/";

/// Whose a name is.
enum class Space { account, service, secret };   ///< the account's own, /aws/service/… (public), /aws/reference/secretsmanager/…

/// What a request means by "name", "name:3", "name:label" or an ARN.
struct Reference {
  Scope scope;              ///< of a public parameter: without an account
  Space space = Space::account;
  std::string name;         ///< as given, without selector; of an ARN with a slash
  std::string selector;     ///< "3", "label" or ""
  std::string given;        ///< as in the request
  std::string arn() const { return parameter_arn(scope, name); }
};

/// ValidationException for what is no name. With selector: one may follow the name.
Result<Reference> read_reference(const Scope& caller, std::string_view given, bool selector = true);

/// May a parameter of this name be created? The texts of PutParameter.
Result<void> check_new_name(const Scope& scope, std::string_view name);

/// Levels of a hierarchy: characters, slashes. No prefix is reserved here.
bool valid_path(std::string_view name);

bool valid_label(std::string_view label);

}  // namespace fogbank::ssm
