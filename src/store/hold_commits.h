// HoldCommits: while one lives on this thread, Store::write() does not commit a large batch by itself. Whoever needs two writes in one
// batch (an effect and the record of it) holds one around both; commits by others are that caller's business.
#pragma once

namespace fogbank::store {

class HoldCommits {
 public:
  HoldCommits() { depth()++; }
  ~HoldCommits() { depth()--; }
  HoldCommits(const HoldCommits&) = delete;
  HoldCommits& operator=(const HoldCommits&) = delete;
  static bool active() { return depth() > 0; }

 private:
  static int& depth() {
    thread_local int d = 0;
    return d;
  }
};

}  // namespace fogbank::store
