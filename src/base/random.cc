#include "base/random.h"

#include <sys/random.h>

#include <cstring>
#include <stdexcept>

namespace fogbank {

uint64_t Random::next() {
  uint64_t v;
  fill(&v, sizeof v);
  return v;
}

uint64_t Random::below(uint64_t n) {
  uint64_t limit = UINT64_MAX - UINT64_MAX % n, v;
  do v = next(); while (v >= limit);
  return v % n;
}

std::string Random::bytes(size_t n) {
  std::string s(n, 0);
  fill(s.data(), n);
  return s;
}

std::string Random::hex(size_t digits) { return from("0123456789abcdef", digits); }

std::string Random::from(std::string_view alphabet, size_t n) {
  std::string s(n, 0);
  for (char& c : s) c = alphabet[below(alphabet.size())];
  return s;
}

std::string Random::uuid() {
  unsigned char b[16];
  fill(b, sizeof b);
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  static const char d[] = "0123456789abcdef";
  std::string s;
  s.reserve(36);
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) s += '-';
    s += d[b[i] >> 4];
    s += d[b[i] & 15];
  }
  return s;
}

namespace {
class SystemRandom : public Random {
 public:
  void fill(void* out, size_t bytes) override {
    thread_local unsigned char pool[512];
    thread_local size_t used = sizeof pool;
    auto* p = static_cast<unsigned char*>(out);
    while (bytes) {
      if (used == sizeof pool) {
        if (getrandom(pool, sizeof pool, 0) != ssize_t(sizeof pool)) throw std::runtime_error("getrandom failed");
        used = 0;
      }
      size_t n = bytes < sizeof pool - used ? bytes : sizeof pool - used;
      std::memcpy(p, pool + used, n);
      std::memset(pool + used, 0, n);
      used += n;
      p += n;
      bytes -= n;
    }
  }
};
}  // namespace

Random& system_random() {
  static SystemRandom r;
  return r;
}

void SeededRandom::fill(void* out, size_t bytes) {
  auto* p = static_cast<unsigned char*>(out);
  while (bytes) {  // splitmix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    z ^= z >> 31;
    size_t n = bytes < 8 ? bytes : 8;
    std::memcpy(p, &z, n);
    p += n;
    bytes -= n;
  }
}

}  // namespace fogbank
