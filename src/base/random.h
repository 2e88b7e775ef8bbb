// Randomness, injected so that tests can repeat a run. The system source is cryptographically strong. Thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace fogbank {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(void* out, size_t bytes) = 0;

  uint64_t next();                          ///< 64 random bits
  uint64_t below(uint64_t n);               ///< 0 … n-1
  std::string bytes(size_t n);
  std::string hex(size_t digits);           ///< lower case
  std::string from(std::string_view alphabet, size_t n);
  std::string uuid();                       ///< version 4
};

/// The kernel's random numbers, buffered per thread.
Random& system_random();
/// A repeatable sequence; not for secrets.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(void* out, size_t bytes) override;

 private:
  uint64_t state_;
};

}  // namespace fogbank
