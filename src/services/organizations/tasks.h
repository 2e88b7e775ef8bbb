// Work of Organizations behind its operations, as tasks of the store (they survive a crash): making a new account, erasing what a deleted
// organization leaves behind.
#pragma once
#include "services/organizations/tree.h"

namespace fogbank::organizations {

void schedule_creation(store::Txn& tx, const Place& place, const Creation& creation, Millis due);
void schedule_erase(store::Txn& tx, const Place& place, Millis due);

}  // namespace fogbank::organizations
