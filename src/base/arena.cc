#include "base/arena.h"

#include <new>

namespace fogbank {

void* Arena::slow(size_t bytes) {
  size_t size = bytes + 16 > kBlock ? bytes + 16 : kBlock;
  char* block = static_cast<char*>(::operator new(size));
  blocks_.push_back(block);
  if (size > kBlock && begin_) {  // a large value gets a block of its own; the current one stays in use
    used_ += bytes;
    return reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(block) + 15) & ~uintptr_t(15));
  }
  used_ += next_ - begin_;
  begin_ = next_ = block;
  end_ = block + size;
  uintptr_t at = (reinterpret_cast<uintptr_t>(next_) + 15) & ~uintptr_t(15);
  next_ = reinterpret_cast<char*>(at + bytes);
  return reinterpret_cast<void*>(at);
}

void Arena::reset() {
  for (size_t i = 1; i < blocks_.size(); i++) ::operator delete(blocks_[i]);
  if (blocks_.size() > 1) blocks_.resize(1);
  used_ = 0;
  // The first block may be a large one: reuse what is sure to be there.
  begin_ = next_ = blocks_.empty() ? nullptr : static_cast<char*>(blocks_[0]);
  end_ = begin_ ? begin_ + kBlock : nullptr;
}

}  // namespace fogbank
