// Room beyond kMaxKeys and kMaxBytes, for transactions that their API promises to be whole (a hundred items with all their index entries).
// A transaction of this size holds up other writers for tens of milliseconds, so this is for what a caller asks for in one request, never
// for background work, which goes in steps.
#pragma once
#include "store/store.h"

namespace fogbank::store {

inline constexpr size_t kWideKeys = 16'000;
inline constexpr size_t kWideBytes = 64 << 20;

/// From here on the transaction may touch kWideKeys keys and write kWideBytes bytes; more is still a std::length_error.
void widen(Txn& tx);

}  // namespace fogbank::store
