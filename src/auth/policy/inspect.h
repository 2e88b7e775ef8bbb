// Questions about the text of a document, beyond decisions: which context keys it mentions, and where its statements stand. For policy
// simulators; a decision asks none of them and pays for none. Pure functions, thread-safe; the same bounds as parse() (document.h).
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "auth/policy/document.h"

namespace fogbank::policy {

/// Every context key that conditions test and that policy variables in resources and condition values name, each once, as written, in the
/// order of the document. The literals ${*}, ${?} and ${$} count, as they do for IAM's GetContextKeysFor… operations.
/// Takes documents that no decision would: without Action, Resource, Statement or with elements of a wrong form; of the grammar only what
/// read_policy() checks is asked.
tl::expected<std::vector<std::string>, Malformed> mentioned_keys(std::string_view json);

/// Lines and columns count from 1 in characters and name the place behind something, as IAM counts them.
struct Position {
  int line = 1, column = 1;
  friend bool operator==(const Position&, const Position&) = default;
};
/// Where a statement stands. As IAM has it: the start of an entry of a list is the place behind what comes before it (the bracket or the
/// statement before, not the comma), of a single statement the place behind its brace; the end is the place behind its closing brace.
struct StatementPlace { Position start, end; };
/// By index of the statement. The document must have been parsed; of anything else the result is empty or short.
std::vector<StatementPlace> statement_places(std::string_view json);

}  // namespace fogbank::policy
