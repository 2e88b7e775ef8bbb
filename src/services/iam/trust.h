// Trust policies and the principals that they name.
//
// AWS keeps a user or role that a trust policy names by its unique id: a renamed user stays trusted, a deleted one's ARN turns into its
// id and trusts nobody, and a namesake made later is a stranger. Here the document is stored as given, with the places of such ARNs and
// their ids beside it; what is shown has the ARN of the moment or the id in that place, what is compiled for decisions has the ids.
// Functions read records through the Reader of their caller; no state.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "auth/policy/document.h"
#include "auth/policy/principal_places.h"
#include "base/error.h"
#include "services/iam/state.h"

namespace fogbank::iam {

class Caches;

using AwsPrincipalText = policy::PrincipalPlace;
using policy::aws_principals;

struct StoredTrust {
  std::string document;
  std::vector<TrustedId> trusted;
};
/// Checks a new trust policy: quota, grammar, that every user and role it names exists, and that services and identity providers can be such.
Result<StoredTrust> check_trust(store::Reader& reader, const Scope& scope, std::string_view json, bool development_user);

/// The document as Get* answers show it.
std::string shown_trust(store::Reader& reader, const Scope& scope, const Entity& role);
/// The same over the caches: for lists, where many roles trust the same few.
std::string shown_trust(Caches& caches, store::Reader& reader, const Scope& scope, const Entity& role);
/// The document as decisions take it: unique ids in the place of ARNs.
std::string decided_trust(const Entity& role);

}  // namespace fogbank::iam
