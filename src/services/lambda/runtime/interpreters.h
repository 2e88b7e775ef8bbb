// The language interpreters of this machine and the AWS runtime clients that tools/setup installed, and which of them stands for a runtime's name.
//
// The exact version where it is installed, else the nearest of the same language (or nothing, if `strict`). Looked up once, by running
// candidates with --version; that blocks for some milliseconds, so find() is for pool threads. Thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fogbank::lambda::runtime {

enum class Language : uint8_t { provided, python, node, java };

struct Interpreter {
  Language language = Language::provided;
  std::string version;      ///< "3.11.7"
  std::string program;      ///< on the host, links resolved
  std::string prefix;       ///< folder that it needs; "/usr" is in every sandbox
};

struct Choice {
  Language language = Language::provided;
  Interpreter interpreter;  ///< empty for provided.*
  bool exact = true;
  std::string client;       ///< folder that becomes /var/runtime; empty for provided.*
  std::string description() const;   ///< "python 3.11.7 (/usr/bin/python3.11)"
};

class Interpreters {
 public:
  /// `clients`: folder in which tools/setup puts the runtime clients ($FOGBANK_CACHE/lambda).
  explicit Interpreters(std::string clients = default_clients(), bool strict = false) : clients_(std::move(clients)), strict_(strict) {}
  static std::string default_clients();
  void set_strict(bool strict) { strict_ = strict; }
  /// Errors name what is to be installed.
  Result<Choice> find(std::string_view runtime);
  /// Lines for `fogbank doctor`.
  std::vector<std::string> describe();

 private:
  const std::vector<Interpreter>& installed(Language language);
  const std::string clients_;
  bool strict_;
  std::mutex mutex_;
  std::map<Language, std::vector<Interpreter>> installed_;
};

/// "python3.12" → python and "3.12"; nothing for languages that are not served.
struct RuntimeName { Language language; std::string version; };
std::optional<RuntimeName> parse_runtime(std::string_view runtime);
/// The installed version that is wanted or nearest to it; -1 if there is none. Versions as "3.11.7"; wanted as "3.12", "20", "17".
int nearest_version(std::string_view wanted, const std::vector<std::string>& installed, bool& exact);

}  // namespace fogbank::lambda::runtime
