// Operations on "the user that UserName names, else the caller": whose name that is. Pure.
#pragma once
#include <string>

#include "auth/principal.h"
#include "base/arena.h"
#include "base/error.h"

namespace fogbank::iam {

/// The user's name; refuses callers who are no user where none is given.
Result<std::string> user_name(const auth::Principal& caller, Str given);

}  // namespace fogbank::iam
