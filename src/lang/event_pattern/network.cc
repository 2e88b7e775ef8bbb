// Networks ("cidr"). Addresses are read as AWS reads them: four decimal groups, or IPv6 in any of its spellings.
#include <arpa/inet.h>

#include "base/strings.h"
#include "lang/event_pattern/pattern.h"

namespace fogbank::event_pattern {
namespace {

/// 4 or 16 bytes, or nothing.
std::string address_bytes(std::string_view text) {
  if (text.empty() || text.size() > 45) return {};
  char buffer[16];
  std::string terminated(text);
  if (text.find(':') == std::string_view::npos) return inet_pton(AF_INET, terminated.c_str(), buffer) == 1 ? std::string(buffer, 4) : std::string();
  return inet_pton(AF_INET6, terminated.c_str(), buffer) == 1 ? std::string(buffer, 16) : std::string();
}

bool same_bits(std::string_view a, std::string_view b, int bits) {
  for (size_t i = 0; bits > 0 && i < a.size(); i++, bits -= 8) {
    int mask = bits >= 8 ? 0xff : 0xff << (8 - bits) & 0xff;
    if ((a[i] & mask) != (b[i] & mask)) return false;
  }
  return true;
}

}  // namespace

Result<Test> read_network(std::string_view cidr) {
  auto parts = split(cidr, '/');
  if (parts.size() != 2) return fail("", "Malformed CIDR, one '/' required");
  auto bits = parse_int(parts[1]);
  if (!bits) return fail("", "Malformed CIDR, mask bits must be an integer");
  if (*bits < 0) return fail("", "Malformed CIDR, mask bits must not be negative");
  Test t;
  t.kind = Test::Kind::address;
  t.text = address_bytes(parts[0]);
  if (t.text.empty()) return fail("", cat("Nonstandard IP address: ", parts[0]));
  if (t.text.size() == 4 && *bits > 32) return fail("", "IPv4 mask bits must be < 32");
  if (*bits > 128) return fail("", "IPv6 mask bits must be < 128");
  t.mask_bits = int(*bits);
  return t;
}

bool in_network(const Test& network, std::string_view address) {
  std::string bytes = address_bytes(address);
  return bytes.size() == network.text.size() && !bytes.empty() && same_bits(bytes, network.text, network.mask_bits);
}

}  // namespace fogbank::event_pattern
