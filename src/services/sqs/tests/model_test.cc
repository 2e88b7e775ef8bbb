// Random histories of one queue against a model of a dozen lines: what is visible, in which order, and which handle counts.
#include <algorithm>

#include "base/random.h"
#include "services/sqs/tests/service.h"

using namespace fogbank;
using namespace fogbank::sqs;

namespace {

struct Entry {
  std::string body;
  Millis sent, visible_at, received = 0;
  size_t order;
  int receives = 0;
  std::string handle;   ///< of the newest receive
};

class History {
 public:
  History(bool hostile, uint64_t seed) : s_(hostile, seed), random_(seed * 977) {
    REQUIRE(s_.create("q", {{"MessageRetentionPeriod", "120"}, {"VisibilityTimeout", "10"}}));
  }

  void step() {
    expire();
    switch (random_.below(12)) {
      case 0: case 1: case 2: return send();
      case 3: case 4: case 5: return receive();
      case 6: case 7: return remove();
      case 8: return change();
      case 9: case 10: return s_.advance(Millis(random_.below(8000)));
      default: return rare();
    }
  }
  void finish() {
    expire();
    s_.t.drain();
    counts();
    s_.advance(121'000);
    s_.t.drain();
    CHECK(s_.records(kMessages) == 0);
    CHECK(s_.records(kBodies) == 0);
    CHECK(s_.records(kMoved) == 0);
  }

 private:
  Millis now() { return s_.t.core().now(); }
  void expire() { std::erase_if(queue_, [&](const Entry& e) { return e.sent + 120'000 <= now(); }); }

  void send() {
    int delay = random_.below(3) ? 0 : int(random_.below(20));
    std::string body = cat("m", sent_, std::string(random_.below(8) ? 0 : 5000, 'x'));
    REQUIRE(s_.send(body, delay));
    queue_.push_back({body, now(), now() + delay * 1000, 0, sent_++, 0, {}});
  }

  void receive() {
    int max = 1 + int(random_.below(10)), visibility = int(random_.below(15));
    std::vector<Entry*> expected;
    for (Entry& e : queue_) if (e.visible_at <= now()) expected.push_back(&e);
    std::sort(expected.begin(), expected.end(), [](auto* a, auto* b) { return std::pair(a->visible_at, a->order) < std::pair(b->visible_at, b->order); });
    if (expected.size() > size_t(max)) expected.resize(size_t(max));
    auto got = s_.receive(max, visibility);
    REQUIRE(got.size() == expected.size());
    for (size_t i = 0; i < got.size(); i++) {
      CHECK(got[i].body == expected[i]->body);
      if (expected[i]->receives++) old_.push_back(expected[i]->handle);
      expected[i]->handle = got[i].handle;
      expected[i]->received = now();
      expected[i]->visible_at = now() + visibility * 1000;
    }
  }

  Entry* received() {
    std::vector<Entry*> all;
    for (Entry& e : queue_) if (e.receives) all.push_back(&e);
    return all.empty() ? nullptr : all[random_.below(all.size())];
  }

  void remove() {
    if (!old_.empty() && random_.below(3) == 0) {
      CHECK(s_.remove(old_[random_.below(old_.size())]));  // no effect
      return;
    }
    if (Entry* e = received()) {
      old_.push_back(e->handle);
      CHECK(s_.remove(e->handle));
      queue_.erase(queue_.begin() + (e - queue_.data()));
    }
  }

  void change() {
    if (!old_.empty() && random_.below(3) == 0) {
      CHECK_FALSE(s_.change(old_[random_.below(old_.size())], 5));
      return;
    }
    if (Entry* e = received()) {
      int timeout = int(random_.below(30));
      CHECK(s_.change(e->handle, timeout));
      if (e->visible_at > now()) e->visible_at = now() + timeout * 1000;
    }
  }

  void rare() {
    switch (random_.below(4)) {
      case 0: s_.t.drain(); return;
      case 1:
        if (s_.purge()) {
          for (Entry& e : queue_) if (e.receives) old_.push_back(e.handle);
          queue_.clear();
        } else {
          CHECK(s_.last_error.code == "PurgeQueueInProgress");
        }
        return;
      default: return counts();
    }
  }

  void counts() {
    size_t visible = 0, in_flight = 0, delayed = 0;
    for (const Entry& e : queue_) (e.visible_at <= now() ? visible : e.receives ? in_flight : delayed)++;
    CHECK(s_.counts() == cat(visible, '/', in_flight, '/', delayed));
  }

  Service s_;
  SeededRandom random_;
  std::vector<Entry> queue_;
  std::vector<std::string> old_;   ///< handles that lead nowhere
  size_t sent_ = 0;
};

}  // namespace

TEST_CASE("random_histories_agree_with_a_model_of_a_queue") {
  for (bool hostile : {true, false}) {
    for (uint64_t seed = 1; seed <= (hostile ? 12 : 4); seed++) {
      CAPTURE(seed);
      CAPTURE(hostile);
      History h(hostile, seed);
      for (int i = 0; i < 250; i++) h.step();
      h.finish();
    }
  }
}
