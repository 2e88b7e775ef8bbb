// Tokens of lists: where a page ended, behind a letter that tells them from chance and from the tokens of other lists. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"

namespace fogbank::logs {

std::string write_token(char list, std::string_view place);
/// InvalidParameterException for one that is not of this list.
Result<std::string> read_token(char list, Str token);

}  // namespace fogbank::logs
