// Packages: received, kept as blobs, unpacked when needed into directories named by their digest.
//
// A package belongs to an account and is counted: versions of functions and layers that use it hold it, the last one to go drops its blob and
// leaves a task that removes the directory. Directories are complete or absent (they are renamed into place) and can be made again from the
// blob at any time, so nothing is lost with them. Threads: any; what reads or writes files must not run on the loop.
#pragma once
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/scope.h"
#include "gateway/context.h"
#include "services/lambda/state.h"

namespace fogbank::lambda {

/// A package as it was received: its blob is pending until hold_code keeps it.
struct Package {
  std::string sha;                      ///< SHA-256, hex
  store::BlobRef blob;
  int64_t size = 0, unpacked = 0;
};

class CodeStore {
 public:
  explicit CodeStore(Core& core);

  /// Checks and unpacks an archive and puts its bytes into a blob. Pool thread.
  Result<Package> receive(const Scope& scope, std::string_view zip);
  /// Is the package unpacked here? Answers from memory after the first time.
  bool ready(std::string_view account, std::string_view sha);
  std::string directory(std::string_view account, std::string_view sha) const;
  /// Unpacks a package that is kept. Pool thread.
  Result<void> prepare(const Scope& scope, std::string_view account, std::string_view sha);
  void remove(std::string_view account, std::string_view sha);      ///< the directory; pool thread

 private:
  std::string root() const;
  Result<int64_t> unpack(std::string_view account, std::string_view sha, std::string_view zip);
  void note(std::string_view account, std::string_view sha, bool ready);

  Core& core_;
  std::mutex mutex_;
  std::set<std::string> ready_;
};

/// One more user of the package; keeps its blob if it is the first, drops it if it is there already.
void hold_code(store::Txn& tx, const Scope& scope, const Package& package);
/// One more user of a package that is kept in this account.
Result<void> hold_code(store::Txn& tx, const Scope& scope, std::string_view account, std::string_view sha);
/// One user less.
void release_code(store::Txn& tx, const Scope& scope, std::string_view account, std::string_view sha, Millis now);
/// The bytes of a package.
Result<std::string> read_code(store::Store& store, const Scope& scope, std::string_view account, std::string_view sha);
std::optional<Code> find_code(store::Reader& reader, const Scope& scope, std::string_view account, std::string_view sha);

/// Payload of discard_code.
struct DiscardCode {
  std::string account, sha;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, account); a(2, sha); a(unknown); }
};

}  // namespace fogbank::lambda
