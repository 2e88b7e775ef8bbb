// Drives one fuzz target without a coverage-guided engine: replays a corpus folder, then mutates its inputs for a bounded time.
// With clang's libFuzzer the same targets link against that engine instead. Usage: fuzz_x [--seconds N] [--corpus DIR] [--seed N]
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  double seconds = 2;
  uint64_t seed = 1;
  std::string corpus;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--seconds")) seconds = std::atof(argv[i + 1]);
    else if (!std::strcmp(argv[i], "--corpus")) corpus = argv[i + 1];
    else if (!std::strcmp(argv[i], "--seed")) seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  std::vector<std::string> inputs{""};
  if (std::filesystem::is_directory(corpus)) {
    for (const auto& e : std::filesystem::directory_iterator(corpus)) {
      std::ifstream f(e.path(), std::ios::binary);
      inputs.emplace_back(std::istreambuf_iterator<char>(f), std::istreambuf_iterator<char>());
    }
  }
  auto run = [](const std::string& s) { LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(s.data()), s.size()); };
  for (const auto& s : inputs) run(s);
  fogbank::SeededRandom random(seed);
  auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  uint64_t runs = inputs.size();
  while (std::chrono::steady_clock::now() < end) {
    std::string s = inputs[random.below(inputs.size())];
    for (uint64_t edits = 1 + random.below(6); edits; edits--) {
      size_t at = s.empty() ? 0 : random.below(s.size() + 1);
      switch (random.below(6)) {
        case 0: if (at < s.size()) s[at] = char(random.next()); break;
        case 1: s.insert(at, 1, char(random.next())); break;
        case 2: if (at < s.size()) s.erase(at, 1 + random.below(8)); break;
        case 3: if (at < s.size()) s[at] ^= char(1 << random.below(8)); break;
        case 4: { const auto& other = inputs[random.below(inputs.size())]; s.insert(at, other.substr(0, random.below(other.size() + 1))); break; }
        default: if (s.size() < 65536) s.insert(at, s.substr(at, random.below(64)));
      }
    }
    run(s);
    if (++runs % 64 == 0 && s.size() < 4096 && inputs.size() < 4096) inputs.push_back(s);
  }
  std::printf("%llu runs\n", static_cast<unsigned long long>(runs));
  return 0;
}
