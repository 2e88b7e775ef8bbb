#include "gateway/core.h"

#include "gateway/access.h"
#include "gateway/chain.h"
#include "gateway/faults.h"
#include "gateway/parking.h"
#include "gateway/resolve.h"
#include "gateway/tasks.h"
#include "http/server.h"
#include "run/pool.h"

namespace fogbank {

Core::Core(std::unique_ptr<store::Store> store, Settings settings, Random& random)
    : settings_(std::move(settings)), random_(random), store_(std::move(store)), pool_(std::make_unique<run::Pool>(4)),
      access_(std::make_unique<AccessLog>(*store_)), faults_(std::make_unique<Faults>(*store_, random_)),
      resolver_(std::make_unique<Resolver>(all_services())), parking_(std::make_unique<Parking>(*this)), chain_(std::make_unique<Chain>(*this)),
      tasks_(std::make_unique<TaskWorker>(*this)) {
  store_->before_commit([this](store::Txn& tx) { access_->drain(tx); });
  faults_->load();
}

Core::~Core() {
  tasks_->stop();
  pool_->stop();
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
