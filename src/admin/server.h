// The running server: opens the store, makes the core, listens, serves until stopped. One per process.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"

namespace fogbank::admin {

struct StartOptions {
  int port = 4566;
  std::string data;                 ///< empty: the default data directory
  bool ephemeral = false;
  bool power_durability = false;
  bool allow_reset = false;
  bool development_credentials = true;
  bool strict_runtimes = false;     ///< functions run on the exact version of their language or not at all
  std::vector<std::string> listen;  ///< addresses; empty: both loopback addresses
  std::string ready_file;           ///< written with the port once the server answers
  bool quiet = false;               ///< no request log
};

/// Serves until SIGTERM, SIGINT or `fogbank stop`. The exit status.
int serve(const StartOptions& options);

inline constexpr const char* kVersion = "0.1.0";

}  // namespace fogbank::admin
