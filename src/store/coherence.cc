#include "store/coherence.h"

#include "store/key_layout.h"

namespace fogbank::store {

void Coherence::attach(const Table& table, Listener& listener) {
  std::string segment(table_segment(key(Scope(), table).bytes()));
  std::lock_guard lock(mutex_);
  listeners_[segment].push_back(&listener);
}

void Coherence::detach(Listener& listener) {
  std::lock_guard lock(mutex_);
  for (auto& [segment, list] : listeners_) std::erase(list, &listener);
}

void Coherence::end(const std::vector<std::string>& keys) {
  {
    std::lock_guard lock(mutex_);
    if (!listeners_.empty()) {
      for (const std::string& k : keys) {
        auto found = listeners_.find(table_segment(k));
        if (found == listeners_.end()) continue;
        for (Listener* l : found->second) l->changed(k);
      }
    }
  }
  phase_.fetch_add(1, std::memory_order_seq_cst);
}

void Coherence::end_all() {
  {
    std::lock_guard lock(mutex_);
    for (auto& [segment, list] : listeners_) for (Listener* l : list) l->all_changed();
  }
  phase_.fetch_add(1, std::memory_order_seq_cst);
}

}  // namespace fogbank::store
