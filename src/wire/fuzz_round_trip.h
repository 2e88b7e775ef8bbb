// For fuzz targets: what was read can be written, and what was written reads back as the same.
#pragma once
#include <cstdio>
#include <cstdlib>

#include "wire/codec.h"
#include "wire/sample_model.h"

namespace fogbank::wire {
namespace {

[[noreturn]] inline void broken(const char* what, const std::string& a, const std::string& b) {
  std::fprintf(stderr, "%s\n%s\n%s\n", what, a.c_str(), b.c_str());
  std::abort();
}

/// Reads `body` as the input of the sample operation; if that works, writes it and reads it again.
inline void round_trip(Protocol protocol, std::string_view body, bool exact) {
  Arena arena;
  auto first = read_input(protocol, Sample::rpc, {"POST", "/", "", nullptr, body}, arena);
  if (!first) return;
  Message message;
  write_input(protocol, Sample::service, Sample::rpc, *first, message);
  auto second = read_input(protocol, Sample::rpc, {"POST", "/", "", nullptr, message.body}, arena);
  if (!second) broken("our own request cannot be read", message.body, second.error().message);
  std::string a, b;
  to_json(Sample::node, *first, a);
  to_json(Sample::node, *second, b);
  if (exact && a != b) broken("a value changed on its way", a, b);
  void* copy = deep_copy(Sample::node, *second, arena);
  a.clear();
  to_json(Sample::node, copy, a);
  if (a != b) broken("a copy differs", a, b);
  to_masked_json(Sample::node, copy, a, 100);
}

}  // namespace
}  // namespace fogbank::wire
