// How hard the store is at work, for background work that can go in larger or smaller steps. Any thread.
#pragma once
#include "store/store.h"

namespace fogbank::store {

/// True while the write-ahead log is longer than its keeper likes: commits will have to wait for it if it goes on growing so.
bool log_is_long(Store& store);

}  // namespace fogbank::store
