// The running server as one object: store, clock, pool, chain, and each service's state. Made once by admin/server.cc, passed by
// reference, never a global. Thread-safe as its parts are.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auth/credentials.h"
#include "base/clock.h"
#include "base/random.h"
#include "store/store.h"

namespace fogbank::http { class Server; }
namespace fogbank::run { class Pool; class Processes; }
namespace fogbank::auth { class SessionTokens; }

namespace fogbank {

class Chain;
class Parking;
class TaskWorker;
class AccessLog;
class LastUses;
class Faults;
class Resolver;
class Outbound;

struct Settings {
  bool development_credentials = true;
  bool allow_reset = false;
  std::string public_endpoint = "http://localhost:4566";  ///< for URLs in answers of internal calls
  std::string data_directory;                             ///< empty: ephemeral
  std::vector<uint16_t> own_ports;                        ///< that we listen on: outbound calls never go there
};

class Core {
 public:
  Core(std::unique_ptr<store::Store> store, Settings settings, Random& random);
  ~Core();
  Core(const Core&) = delete;

  store::Store& store() { return *store_; }
  VirtualClock& clock() { return clock_; }
  Millis now() const { return clock_.now(); }
  Random& random() { return random_; }
  const Settings& settings() const { return settings_; }
  Settings& settings() { return settings_; }

  void set_identity(std::unique_ptr<auth::IdentitySource> identity) { identity_ = std::move(identity); }
  auth::IdentitySource& identity() { return *identity_; }
  auth::SessionTokens& sessions() { return *sessions_; }
  /// Reads, or makes, the key that seals session tokens in a data directory (empty: a key for this process only).
  Result<void> load_secrets(const std::string& data_directory);
  /// The synthetic administrator of an account, one object per account.
  std::shared_ptr<const auth::Principal> development_principal(std::string_view account);
  run::Pool& pool() { return *pool_; }
  run::Processes& processes() { return *processes_; }
  Chain& chain() { return *chain_; }
  Parking& parking() { return *parking_; }
  TaskWorker& tasks() { return *tasks_; }
  AccessLog& access() { return *access_; }
  LastUses& last_uses() { return *last_uses_; }
  Faults& faults() { return *faults_; }
  const Resolver& resolver() const { return *resolver_; }
  Outbound& outbound() { return *outbound_; }
  http::Server* server = nullptr;   ///< set while serving; null in unit tests
  /// Makes the loop take a turn soon (and so commit). Any thread; does nothing where no server runs.
  void wake_loop();

  /// The state of one service, made at first use and kept until the server ends.
  template <class T> T& state() {
    size_t id = type_id<T>();
    if (void* p = states_.at(id).load(std::memory_order_acquire)) return *static_cast<T*>(p);
    return *static_cast<T*>(make_state(id, [this]() -> std::shared_ptr<void> { return std::make_shared<T>(*this); }));
  }

 private:
  static size_t next_type_id();
  template <class T> static size_t type_id() { static const size_t id = next_type_id(); return id; }
  void* make_state(size_t id, const std::function<std::shared_ptr<void>()>& make);

  Settings settings_;
  Random& random_;
  VirtualClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<auth::IdentitySource> identity_;
  std::unique_ptr<auth::SessionTokens> sessions_;
  std::mutex development_mutex_;
  std::map<std::string, std::shared_ptr<const auth::Principal>, std::less<>> development_;
  std::unique_ptr<run::Pool> pool_;
  std::unique_ptr<AccessLog> access_;
  std::unique_ptr<LastUses> last_uses_;
  std::unique_ptr<Faults> faults_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<Parking> parking_;
  std::unique_ptr<Chain> chain_;
  std::unique_ptr<TaskWorker> tasks_;
  std::unique_ptr<run::Processes> processes_;
  std::unique_ptr<Outbound> outbound_;
  std::recursive_mutex states_mutex_;  ///< recursive: a service's state may be made from another's
  std::array<std::atomic<void*>, 256> states_{};
  std::vector<std::shared_ptr<void>> owned_states_;
};

}  // namespace fogbank
