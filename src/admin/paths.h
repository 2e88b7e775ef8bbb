// Files by which the command line finds a running server, and the admin token.
//   <data>/admin-token       32 random bytes in hex, mode 0600, made at first start
//   <data>/ca/…              the local certificate authority and the server's certificate
//   <run>/<port>.server      "pid port data-directory", mode 0600, while a server listens on that port
// <run> is $XDG_RUNTIME_DIR/fogbank, else /tmp/fogbank-<uid>, mode 0700.
#pragma once
#include <optional>
#include <string>

#include "base/error.h"
#include "base/random.h"

namespace fogbank::admin {

std::string default_data_directory();      ///< $FOGBANK_DATA, else $XDG_DATA_HOME/fogbank, else ~/.local/share/fogbank
Result<std::string> run_directory();       ///< made if absent; refused if it is somebody else's
Result<std::string> load_or_make_token(const std::string& data, Random& random);

struct RunningServer { int pid = 0; int port = 0; std::string data; };
Result<void> announce(const RunningServer& server);
void withdraw(int port);
/// The server announced on a port, if its process is alive.
std::optional<RunningServer> find_server(int port);

std::optional<std::string> read_file(const std::string& path, size_t limit = 1 << 20);

}  // namespace fogbank::admin
