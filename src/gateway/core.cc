#include "gateway/core.h"

#include "auth/session_token.h"
#include "base/secret.h"
#include "gateway/access.h"
#include "gateway/chain.h"
#include "gateway/faults.h"
#include "gateway/outbound.h"
#include "gateway/last_use.h"
#include "gateway/parking.h"
#include "gateway/resolve.h"
#include "gateway/tasks.h"
#include "http/server.h"
#include "run/pool.h"
#include "run/processes.h"

namespace fogbank {

Core::Core(std::unique_ptr<store::Store> store, Settings settings, Random& random)
    : settings_(std::move(settings)), random_(random), store_(std::move(store)), pool_(std::make_unique<run::Pool>(4)),
      access_(std::make_unique<AccessLog>(*store_)), last_uses_(std::make_unique<LastUses>(*store_)), faults_(std::make_unique<Faults>(*store_, random_)),
      resolver_(std::make_unique<Resolver>(all_services())), parking_(std::make_unique<Parking>(*this)), chain_(std::make_unique<Chain>(*this)),
      tasks_(std::make_unique<TaskWorker>(*this)), processes_(std::make_unique<run::Processes>([this] { return server; })),
      outbound_(std::make_unique<Outbound>(*this)) {
  sessions_ = std::make_unique<auth::SessionTokens>(random_.bytes(auth::SessionTokens::kKeyBytes), store_->epoch());
  sessions_->follow([this] { return store_->epoch(); });
  store_->before_commit([this](store::Txn& tx) {
    access_->drain(tx);
    last_uses_->drain(tx);
  });
  faults_->load();
}

Core::~Core() {
  outbound_->stop();
  processes_->shut_down();
  tasks_->stop();
  pool_->stop();
}

Result<void> Core::load_secrets(const std::string& data_directory) {
  FB_ASSIGN(key, load_or_make_key_file(data_directory + "/session.key", auth::SessionTokens::kKeyBytes, random_));
  sessions_ = std::make_unique<auth::SessionTokens>(key.view(), store_->epoch());
  sessions_->follow([this] { return store_->epoch(); });
  return {};
}

std::shared_ptr<const auth::Principal> Core::development_principal(std::string_view account) {
  std::lock_guard<std::mutex> lock(development_mutex_);
  auto it = development_.find(account);
  if (it != development_.end()) return it->second;
  if (development_.size() > 10000) development_.clear();
  return development_.emplace(std::string(account), std::make_shared<const auth::Principal>(auth::development_principal(account))).first->second;
}

void Core::wake_loop() {
  if (server) server->post([] {});
}

size_t Core::next_type_id() {
  static std::atomic<size_t> next{0};
  return next++;
}

void* Core::make_state(size_t id, const std::function<std::shared_ptr<void>()>& make) {
  std::lock_guard<std::recursive_mutex> lock(states_mutex_);
  if (void* p = states_.at(id).load()) return p;
  owned_states_.push_back(make());
  states_[id].store(owned_states_.back().get(), std::memory_order_release);
  return owned_states_.back().get();
}

}  // namespace fogbank
