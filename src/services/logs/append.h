// Log lines of a live process, written with its own permission: what Lambda does with the output of an environment, as the function's role.
//
// append() calls PutLogEvents through the front door, once for all the lines it is given (more only above 1 MB or 10,000). Where the stream is
// missing it calls CreateLogStream, where the group is missing CreateLogGroup first, and then puts again; each is decided by the policies of
// that role, so a role without permission gets AccessDeniedException and its lines are lost, as at AWS. Nothing is kept between calls.
// For pool threads and threads of one's own (gateway/inside.h). Lines are durable soon after; those of the last moments before a crash are lost.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/scope.h"

namespace fogbank { class Core; }

namespace fogbank::logs {

struct Line { Millis time = 0; std::string message; };   ///< time on the virtual clock

/// Where lines go, and as whom.
struct Destination {
  Scope scope;                                           ///< account and Region of the group
  std::string group, stream;
  std::shared_ptr<const auth::Principal> principal;      ///< the role's session
  std::string cause;                                     ///< for access records: "lambda environment 2026/11/23/[$LATEST]…"
};

/// Lines may come in any order; empty ones are left out, bytes that are not UTF-8 are replaced, and what is longer than an event can be is cut.
Result<void> append(Core& core, const Destination& to, std::vector<Line> lines);

}  // namespace fogbank::logs
