// What the reading operations answer, found by the authorise function: it decides about every SecureString that will be decrypted, so it
// has to know them, and the handler answers exactly what was decided about. Refusals other than denials wait in `error` for the handler,
// so that those who may not call learn nothing. One per call, see Context::found.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gateway/authorise.h"
#include "gen/ssm/types.h"
#include "services/ssm/filters.h"
#include "services/ssm/names.h"
#include "services/ssm/state.h"

namespace fogbank::ssm {

/// A secret of Secrets Manager, see secrets.h.
struct SecretReference { std::string name, selector; };

struct Chosen {
  std::string name;        ///< as created
  std::string arn;
  std::string selector;    ///< ":3", ":label" or ""
  Version version;
  std::vector<std::string> labels;   ///< of the version
  std::optional<SecretReference> secret;   ///< then there is no version
};

struct Selection {
  std::optional<ApiError> error;
  std::vector<Chosen> chosen;
  std::vector<std::string> invalid;   ///< names that lead nowhere (GetParameters)
  std::string next_token;
};

/// The version that the reference means: ParameterNotFound, ParameterVersionNotFound.
Result<Chosen> choose(AuthoriseContext& cx, const Reference& reference);

/// A page of what is below the path.
Result<void> choose_by_path(AuthoriseContext& cx, const svc::GetParametersByPathRequest& in, Selection& out);
/// A page of a parameter's versions, oldest first.
Result<void> choose_history(AuthoriseContext& cx, const Reference& reference, const svc::GetParameterHistoryRequest& in, Selection& out);

/// Tokens remember the last entry of a page.
std::string make_token(std::string_view last);
Result<std::string> read_token(Str token);   ///< "": from the beginning

}  // namespace fogbank::ssm
