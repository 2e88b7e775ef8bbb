// A blocking HTTP call to a running server's /_fogbank, for the command line.
#pragma once
#include <string>

#include "admin/paths.h"
#include "base/error.h"

namespace fogbank::admin {

/// The body of a 2xx answer; else the error that the server sent.
Result<std::string> call_admin(const RunningServer& server, const std::string& method, const std::string& path_and_query);

}  // namespace fogbank::admin
